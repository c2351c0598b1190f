// SPDX-License-Identifier: BSL-1.0
// format_reader.cpp: PEP 3118 by its letter, with sizes written down and not computed from types.
#include "format_reader.hpp"

#include <stdexcept>

namespace {

class reader {
public:
    explicit reader(std::string_view text) : rest_{text} {}

    read_format read_all()
    {
        read_format format{};
        format.itemsize_bytes = element({}, 0, format.fields);
        if (!rest_.empty()) {
            fail();
        }
        return format;
    }

private:
    [[noreturn]] void fail() const { throw std::invalid_argument{"cannot read from '" + std::string{rest_} + "'"}; }

    bool next_is(char expected)
    {
        const bool is = rest_.starts_with(expected);
        rest_.remove_prefix(is ? 1 : 0);
        return is;
    }

    void demand(char expected)
    {
        if (!next_is(expected)) {
            fail();
        }
    }

    bool digit_follows() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

    std::size_t number()
    {
        std::size_t value = 0;
        if (!digit_follows()) {
            fail();
        }
        for (; digit_follows(); rest_.remove_prefix(1)) {
            value = 10 * value + static_cast<std::size_t>(rest_[0] - '0');
        }
        return value;
    }

    std::size_t code()
    {
        if (next_is('Z')) {
            return 2 * code(); // of its parts, which only f, d and g are
        }
        struct known {
            char code;
            std::size_t standard_bytes;
        };
        static constexpr known all[] = {{'?', 1}, {'c', 1}, {'b', 1}, {'B', 1}, {'h', 2}, {'H', 2},
                                        {'i', 4}, {'I', 4}, {'q', 8}, {'Q', 8}, {'f', 4}, {'d', 8}};
        for (const auto& one : all) {
            if (next_is(one.code)) {
                return one.standard_bytes;
            }
        }
        if (native_ && next_is('g')) {
            return sizeof(long double);
        }
        fail();
    }

    std::size_t members(const std::string& path, std::size_t at, std::vector<read_field>& fields)
    {
        std::size_t end = at;
        while (!next_is('}')) {
            const auto before = rest_;
            std::size_t padding = digit_follows() ? number() : 1;
            if (next_is('x')) {
                end += padding;
                continue;
            }
            rest_ = before;
            std::vector<read_field> inner;
            const auto size_bytes = element("?", end, inner);
            demand(':');
            const auto colon = rest_.find(':');
            if (colon == std::string_view::npos) {
                fail();
            }
            const auto name = path + std::string{rest_.substr(0, colon)};
            rest_.remove_prefix(colon + 1);
            fields.push_back({name, end, size_bytes});
            for (auto& field : inner) {
                fields.push_back({name + field.path.substr(1), field.offset_bytes, field.size_bytes});
            }
            end += size_bytes;
        }
        return end - at;
    }

    std::size_t element(const std::string& path, std::size_t at, std::vector<read_field>& fields)
    {
        std::size_t count = 1;
        const bool is_array = next_is('(');
        if (is_array) {
            do {
                count *= number();
            } while (next_is(','));
            demand(')');
        }
        if (next_is('<') || next_is('>')) {
            native_ = false;
        } else if (next_is('^')) {
            native_ = true;
        }
        if (next_is('T')) {
            demand('{');
            std::vector<read_field> inner;
            const auto size_bytes = members(path.empty() ? path : path + '.', at, inner);
            if (!is_array) {
                fields.insert(fields.end(), inner.begin(), inner.end());
            }
            return count * size_bytes;
        }
        return count * code();
    }

    std::string_view rest_;
    bool native_ = true;
};

} // namespace

read_format read(std::string_view format)
{
    return reader{format}.read_all();
}
