// SPDX-License-Identifier: BSL-1.0
// write_value.cpp: values into bytes: first all of it is checked, then all of it is written.
#include "view/half.hpp"
#include "view/scalar_value.hpp"

#include <samepage/view/item_value.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <utility>

namespace samepage {
namespace view {
namespace {

/// Where in the item, for messages alone.
struct place {
    const place* outer = nullptr;
    const std::string* name = nullptr; ///< null of an element, and of the whole item
    std::size_t index = 0;

    [[nodiscard]] std::string path() const
    {
        if (outer == nullptr) {
            return {};
        }
        std::string before = outer->path();
        if (name != nullptr && !name->empty()) {
            return before.empty() ? *name : std::move(before) + '.' + *name;
        }
        return std::move(before) + '[' + std::to_string(index) + ']';
    }
};

constexpr std::size_t max_shown = 60;

[[noreturn]] void refuse(const place& at, std::string expected, std::string found)
{
    const auto path = at.path();
    if (found.size() > max_shown) {
        found.resize(max_shown);
        found += "…";
    }
    throw value_error{errc::invalid_argument,
                      {.operation = path.empty() ? "write an item" : "write",
                       .channel = path,
                       .expected = std::move(expected),
                       .found = std::move(found)}};
}

[[noreturn]] void refuse(const place& at, std::string expected, const item_value& found)
{
    if (found.parts() != nullptr) {
        refuse(at, std::move(expected),
               (found.holds<item_value::list>() ? "a list of " : "a record of ") + std::to_string(found.size()));
    }
    std::ostringstream text;
    text << found;
    refuse(at, std::move(expected), text.str());
}

/// The value as an integer, as Python has it: booleans are integers, characters and reals are none.
[[nodiscard]] std::optional<integer_value> integer_of(const item_value& value) noexcept
{
    if (const auto* const flag = std::get_if<bool>(&value.variant())) {
        return integer_value{*flag ? std::uint64_t{1} : std::uint64_t{0}, false};
    }
    if (const auto* const number = std::get_if<std::int64_t>(&value.variant())) {
        return integer_value{static_cast<std::uint64_t>(*number), *number < 0};
    }
    if (const auto* const number = std::get_if<std::uint64_t>(&value.variant())) {
        return integer_value{*number, false};
    }
    return std::nullopt;
}

struct complex_value {
    long double real = 0;
    long double imaginary = 0;
};

/// An integer becomes a real as in Python: of double's precision, unless the item's is greater.
[[nodiscard]] std::optional<complex_value> number_of(const item_value& value, char code) noexcept
{
    if (const auto integer = integer_of(value)) {
        const long double exact = integer->as_real();
        return complex_value{code == 'g' ? exact : static_cast<long double>(static_cast<double>(exact)), 0};
    }
    if (const auto* const real = std::get_if<double>(&value.variant())) {
        return complex_value{static_cast<long double>(*real), 0};
    }
    if (const auto* const real = std::get_if<long double>(&value.variant())) {
        return complex_value{*real, 0};
    }
    if (const auto* const number = std::get_if<std::complex<double>>(&value.variant())) {
        return complex_value{static_cast<long double>(number->real()), static_cast<long double>(number->imag())};
    }
    if (const auto* const number = std::get_if<std::complex<long double>>(&value.variant())) {
        return complex_value{number->real(), number->imag()};
    }
    return std::nullopt;
}

/// bool(value), as Python has it.
[[nodiscard]] bool truth_of(const item_value& value) noexcept
{
    if (const auto number = number_of(value, 'g')) {
        return number->real != 0 || number->imaginary != 0;
    }
    if (const auto* const bytes = std::get_if<std::string>(&value.variant())) {
        return !bytes->empty();
    }
    if (const auto* const units = std::get_if<std::u32string>(&value.variant())) {
        return !units->empty();
    }
    return value.holds<char>() || value.size() != 0;
}

[[nodiscard]] std::optional<std::string_view> bytes_of(const item_value& value) noexcept
{
    if (const auto* const bytes = std::get_if<std::string>(&value.variant())) {
        return *bytes;
    }
    if (const auto* const character = std::get_if<char>(&value.variant())) {
        return std::string_view{character, 1};
    }
    return std::nullopt;
}

/// Goes through a value and a format together. Without a place to write to, it checks.
class value_writer {
public:
    explicit value_writer(bool writes) noexcept : writes_{writes} {}

    void put(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        switch (node.kind) {
        case item_kind::boolean: put_number(to, static_cast<std::uint8_t>(truth_of(value) ? 1 : 0), false); break;
        case item_kind::character: put_character(to, value, at); break;
        case item_kind::signed_integer:
        case item_kind::unsigned_integer:
        case item_kind::pointer: put_integer(node, to, value, at); break;
        case item_kind::real:
        case item_kind::complex: put_reals(node, to, value, at); break;
        case item_kind::bytes:
        case item_kind::pascal_string: put_bytes(node, to, value, at); break;
        case item_kind::unicode: put_unicode(node, to, value, at); break;
        case item_kind::structure: put_structure(node, to, value, at); break;
        case item_kind::sub_array: put_dimension(node, 0, node.size_bytes, to, value, at); break;
        }
    }

private:
    template <class T>
    void put_number(std::byte* to, T value, bool is_swapped) const noexcept
    {
        if (writes_) {
            store(to, value, is_swapped);
        }
    }

    void put_character(std::byte* to, const item_value& value, const place& at) const
    {
        const auto bytes = bytes_of(value);
        if (!bytes || bytes->size() != 1) {
            refuse(at, "a character, or one byte", value);
        }
        put_number(to, bytes->front(), false);
    }

    void put_integer(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        const bool is_signed = node.kind == item_kind::signed_integer;
        const std::size_t magnitude_bits = 8 * node.size_bytes - (is_signed ? 1 : 0);
        const std::uint64_t largest = ~std::uint64_t{0} >> (64 - magnitude_bits);
        const auto integer = integer_of(value);
        // ~bits of a negative number is one less than its magnitude, as the smallest number's is the largest's.
        const bool fits =
            integer && (integer->is_negative ? is_signed && ~integer->bits <= largest : integer->bits <= largest);
        if (!fits) {
            refuse(at,
                   "an integer from " + (is_signed ? std::to_string(-1 - static_cast<std::int64_t>(largest)) : "0") +
                       " to " + std::to_string(largest),
                   value);
        }
        switch (node.size_bytes) {
        case 1: put_number(to, static_cast<std::uint8_t>(integer->bits), false); break;
        case 2: put_number(to, static_cast<std::uint16_t>(integer->bits), node.is_swapped); break;
        case 4: put_number(to, static_cast<std::uint32_t>(integer->bits), node.is_swapped); break;
        default: put_number(to, integer->bits, node.is_swapped);
        }
    }

    template <class T>
    void put_rounded(std::byte* to, T rounded, long double value, bool is_swapped, const place& at) const
    {
        if (std::isinf(rounded) && !std::isinf(value)) {
            refuse(at, "a number that does not round to infinity", item_value{value});
        }
        put_number(to, rounded, is_swapped);
    }

    void put_real(const format_node& node, std::byte* to, long double value, const place& at) const
    {
        switch (node.code) {
        case 'e': {
            const std::uint16_t bits = half_from(value);
            if ((bits & 0x7fffU) == 0x7c00U && !std::isinf(value)) {
                refuse(at, "a number that does not round to infinity", item_value{value});
            }
            put_number(to, bits, node.is_swapped);
            break;
        }
        case 'f': put_rounded(to, static_cast<float>(value), value, node.is_swapped, at); break;
        case 'd': put_rounded(to, static_cast<double>(value), value, node.is_swapped, at); break;
        default: put_long_double(to, value);
        }
    }

    /// Only the bytes that count: the others are whatever the register's copy left in them.
    void put_long_double(std::byte* to, long double value) const noexcept
    {
        constexpr std::size_t used_bytes = std::numeric_limits<long double>::digits == 64 ? 10 : sizeof value;
        if (writes_) {
            std::memset(to, 0, sizeof value);
            std::memcpy(to, &value, used_bytes);
        }
    }

    void put_reals(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        const bool is_complex = node.kind == item_kind::complex;
        const auto number = number_of(value, node.code);
        if (!number ||
            (!is_complex && (value.holds<std::complex<double>>() || value.holds<std::complex<long double>>()))) {
            refuse(at, is_complex ? "a number" : "a real number", value);
        }
        put_real(node, to, number->real, at);
        if (is_complex) {
            put_real(node, to + node.size_bytes / 2, number->imaginary, at);
        }
    }

    void put_bytes(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        const auto bytes = bytes_of(value);
        if (!bytes) {
            refuse(at, "bytes", value);
        }
        if (!writes_ || node.size_bytes == 0) {
            return;
        }
        const std::size_t before = node.kind == item_kind::pascal_string ? 1 : 0;
        const std::size_t count = std::min(bytes->size(), node.size_bytes - before);
        std::memset(to, 0, node.size_bytes);
        if (before != 0) {
            to[0] = static_cast<std::byte>(std::min<std::size_t>(count, 255));
        }
        if (count != 0) {
            std::memcpy(to + before, bytes->data(), count);
        }
    }

    void put_unicode(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        const auto* const units = std::get_if<std::u32string>(&value.variant());
        if (units == nullptr) {
            refuse(at, "unicode", value);
        }
        const std::size_t unit_bytes = unicode_unit_bytes(node);
        for (std::size_t i = 0; i < node.size_bytes / unit_bytes; ++i) {
            const std::uint32_t unit = i < units->size() ? (*units)[i] : 0;
            if (unit_bytes == 2) {
                if (unit > 0xffff) {
                    refuse(at, "characters up to U+FFFF", value);
                }
                put_number(to + i * unit_bytes, static_cast<std::uint16_t>(unit), node.is_swapped);
            } else {
                put_number(to + i * unit_bytes, unit, node.is_swapped);
            }
        }
    }

    void put_structure(const format_node& node, std::byte* to, const item_value& value, const place& at) const
    {
        if (value.parts() == nullptr || value.size() != node.parts.size()) {
            refuse(at, "a record or a list of " + std::to_string(node.parts.size()), value);
        }
        if (writes_ && node.size_bytes != 0) {
            std::memset(to, 0, node.size_bytes);
        }
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            const auto& part = node.parts[i];
            put(part.node, to + part.offset_bytes, value.at(i), {&at, &part.name, i});
        }
    }

    void put_dimension(const format_node& node, std::size_t dimension, std::size_t bytes, std::byte* to,
                       const item_value& value, const place& at) const
    {
        const std::size_t extent = node.element_count == 0 ? 0 : node.shape[dimension];
        if (value.parts() == nullptr || value.size() != extent) {
            refuse(at, "a list of " + std::to_string(extent), value);
        }
        for (std::size_t i = 0; i < extent; ++i) {
            const std::size_t step_bytes = bytes / extent;
            const place within{&at, nullptr, i};
            if (dimension + 1 == node.shape.size()) {
                put(node.parts[0].node, to + i * step_bytes, value.at(i), within);
            } else {
                put_dimension(node, dimension + 1, step_bytes, to + i * step_bytes, value.at(i), within);
            }
        }
    }

    bool writes_;
};

} // namespace
} // namespace view

void write_value(const item_format& format, std::byte* item, const item_value& value)
{
    view::value_writer{false}.put(format.node(), item, value, {});
    view::value_writer{true}.put(format.node(), item, value, {});
}

} // namespace samepage
