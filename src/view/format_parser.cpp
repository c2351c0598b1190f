// SPDX-License-Identifier: BSL-1.0
// format_parser.cpp: reads PEP 3118 strings. Layout as CPython's struct at the outermost level and NumPy's inside T{…}.
#include "view/format_parser.hpp"

#include "view/format_codes.hpp"

#include <samepage/view/item_format.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace samepage::view {
namespace {

/// Not "'" + std::string: of that, g++ 12 fears at -O3 that it overlaps.
std::string quoted(std::string_view text)
{
    return std::string{'\''}.append(text) += '\'';
}

constexpr std::size_t max_item_bytes = std::numeric_limits<std::ptrdiff_t>::max();
constexpr std::string_view orders = "@=<>!^";
constexpr std::string_view spaces = " \t\n\r\f\v";

/// What the last byte order character said. It holds until the next one, across braces.
struct order_mode {
    bool is_aligned = true;
    bool has_native_sizes = true;
    bool is_swapped = false;
};

[[nodiscard]] order_mode mode_of(char order) noexcept
{
    constexpr bool is_big = std::endian::native == std::endian::big;
    switch (order) {
    case '@': return {true, true, false};
    case '^': return {false, true, false};
    case '=': return {false, false, false};
    case '<': return {false, false, is_big};
    default: return {false, false, !is_big};
    }
}

/// The items of one level.
struct item_list {
    std::vector<format_part> fields;
    std::unordered_set<std::string_view> names;
    std::size_t end_bytes = 0;
    std::size_t alignment = 1;
};

class format_parser {
public:
    explicit format_parser(std::string_view text) noexcept : text_{text} {}

    [[nodiscard]] format_node read_all()
    {
        if (text_.size() > item_format::max_text) {
            throw format_error{text_, item_format::max_text,
                               "at most " + std::to_string(item_format::max_text) + " characters",
                               std::to_string(text_.size()) + " characters, the first too many", "shorten the format"};
        }
        if (text_.size() == 1 && is_one_of(orders)) { // an order and no items, as struct allows it
            ++at_;
        }
        item_list items;
        read_items(items, 0);
        // One item and nothing else is that item, not a structure around it.
        if (items.fields.size() == 1 && items.fields[0].name.empty() &&
            items.fields[0].node.size_bytes == items.end_bytes) {
            return std::move(items.fields[0].node);
        }
        return structure_of(std::move(items));
    }

private:
    [[noreturn]] void fail_at(std::size_t column, std::string expected, std::string_view found,
                              std::string remedy) const
    {
        throw format_error{text_, column, std::move(expected), found, std::move(remedy)};
    }

    /// The character here is not what was expected.
    [[noreturn]] void fail(std::string expected, std::string remedy = "see docs/views.md, \"Formats\"") const
    {
        fail_at(at_, std::move(expected), at_end() ? "the end" : quoted(text_.substr(at_, 1)), std::move(remedy));
    }

    [[noreturn]] void fail_for_size(std::size_t column) const
    {
        fail_at(column, "an item of at most " + std::to_string(max_item_bytes) + " bytes", "more",
                "lower the counts or the dimensions");
    }

    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] bool next_is(char expected) const noexcept { return !at_end() && text_[at_] == expected; }

    [[nodiscard]] bool is_one_of(std::string_view characters) const noexcept
    {
        return !at_end() && characters.find(text_[at_]) != std::string_view::npos;
    }

    [[nodiscard]] bool take(char expected) noexcept
    {
        const bool is = next_is(expected);
        at_ += is ? 1 : 0;
        return is;
    }

    void skip_spaces() noexcept
    {
        while (is_one_of(spaces)) {
            ++at_;
        }
    }

    [[nodiscard]] std::size_t sum(std::size_t left, std::size_t right, std::size_t column) const
    {
        if (right > max_item_bytes || left > max_item_bytes - right) {
            fail_for_size(column);
        }
        return left + right;
    }

    [[nodiscard]] std::size_t product(std::size_t left, std::size_t right, std::size_t column) const
    {
        if (right != 0 && left > max_item_bytes / right) {
            fail_for_size(column);
        }
        return left * right;
    }

    /// @pre alignment is a power of two.
    [[nodiscard]] std::size_t aligned(std::size_t bytes, std::size_t alignment, std::size_t column) const
    {
        return sum(bytes, alignment - 1, column) & ~(alignment - 1);
    }

    [[nodiscard]] bool digit_is_next() const noexcept { return is_one_of("0123456789"); }

    /// @pre digit_is_next().
    [[nodiscard]] std::size_t take_number()
    {
        const std::size_t column = at_;
        std::size_t number = 0;
        for (; digit_is_next(); ++at_) {
            const auto digit = static_cast<std::size_t>(text_[at_] - '0');
            if (number > (max_item_bytes - digit) / 10) {
                fail_at(column, "a number of at most " + std::to_string(max_item_bytes), "a larger one",
                        "lower it; no item is that large");
            }
            number = 10 * number + digit;
        }
        return number;
    }

    bool take_order()
    {
        if (!is_one_of(orders)) {
            return false;
        }
        mode_ = mode_of(text_[at_++]);
        return true;
    }

    /// "(2,3)". @pre next_is('(').
    [[nodiscard]] std::vector<std::size_t> take_shape()
    {
        std::vector<std::size_t> shape;
        ++at_;
        do {
            skip_spaces();
            if (!digit_is_next()) {
                fail("a dimension");
            }
            demand_dimensions(shape.size() + 1);
            shape.push_back(take_number());
            skip_spaces();
        } while (take(','));
        if (!take(')')) {
            fail("',' or ')'");
        }
        return shape;
    }

    void demand_dimensions(std::size_t count) const
    {
        if (count > item_format::max_dimensions) {
            fail_at(at_, "at most " + std::to_string(item_format::max_dimensions) + " dimensions", "one more",
                    "nest T{…}, or lower them");
        }
    }

    [[nodiscard]] static format_node structure_of(item_list&& items)
    {
        format_node node;
        node.size_bytes = items.end_bytes;
        node.alignment = items.alignment;
        node.parts = std::move(items.fields);
        for (const auto& part : node.parts) {
            node.is_native_order = node.is_native_order && part.node.is_native_order;
            node.has_native_size = node.has_native_size || part.node.has_native_size;
        }
        return node;
    }

    /// "T{…}". @pre next_is('T').
    [[nodiscard]] format_node take_structure(std::size_t depth)
    {
        const std::size_t column = at_++;
        if (depth > item_format::max_depth) {
            fail_at(column, "at most " + std::to_string(item_format::max_depth) + " structures within each other",
                    "one more", "flatten them");
        }
        if (!take('{')) {
            fail("'{'");
        }
        item_list items;
        read_items(items, depth);
        if (!take('}')) {
            fail("an item, or '}' for the T{ in column " + std::to_string(column));
        }
        if (mode_.is_aligned) {
            items.end_bytes = aligned(items.end_bytes, items.alignment, at_ - 1);
        }
        return structure_of(std::move(items));
    }

    [[nodiscard]] const scalar_code_row& take_scalar_row()
    {
        const std::string_view rest = text_.substr(at_);
        for (const auto& row : scalar_code_rows) {
            if (rest.starts_with(row.spelling)) {
                if (!mode_.has_native_sizes && row.standard_bytes == 0) {
                    fail_at(at_, "a code with a standard size", quoted(row.spelling),
                            "its size is the machine's own: put '@' or '^' before it");
                }
                at_ += row.spelling.size();
                return row;
            }
        }
        for (const auto& row : refused_code_rows) {
            if (rest.starts_with(row.code)) {
                fail("a code that can be served", std::string{row.reason});
            }
        }
        if (rest.starts_with('Z')) {
            ++at_;
            fail("f, d or g behind Z");
        }
        fail(is_one_of(orders) ? "a code behind the byte order" : "a code");
    }

    /// @param count  1 unless it is_length.
    [[nodiscard]] format_node scalar(const scalar_code_row& row, std::size_t count, std::size_t column) const
    {
        const std::size_t unit_bytes = mode_.has_native_sizes ? row.native_bytes : row.standard_bytes;
        format_node node;
        node.kind = row.kind;
        node.size_bytes = product(unit_bytes, count, column);
        node.code = canonical_code(row, unit_bytes);
        node.is_swapped = mode_.is_swapped && unit_bytes > 1;
        node.is_native_order = !node.is_swapped;
        node.has_native_size = row.standard_bytes == 0 && (node.code == 'g' || node.code == 'P');
        node.alignment = mode_.is_aligned ? row.native_alignment : 1;
        return node;
    }

    /// @pre !shape.empty().
    [[nodiscard]] format_node array_of(format_node&& element, std::vector<std::size_t>&& shape,
                                       std::size_t column) const
    {
        if (element.size_bytes == 0) {
            fail_at(column, "elements of a byte or more", "elements without a byte",
                    "leave out the count and the dimensions");
        }
        // A dimension of zero excuses none of the others: with them all, one element's offset must be a number.
        std::size_t within_bytes = element.size_bytes;
        for (const std::size_t extent : shape) {
            within_bytes = product(within_bytes, std::max<std::size_t>(extent, 1), column);
        }
        const bool is_empty = std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end();
        format_node node;
        node.kind = item_kind::sub_array;
        node.code = '(';
        node.is_native_order = element.is_native_order;
        node.has_native_size = element.has_native_size;
        node.alignment = element.alignment;
        node.element_count = is_empty ? 0 : within_bytes / element.size_bytes;
        node.size_bytes = is_empty ? 0 : within_bytes;
        node.shape = std::move(shape);
        node.parts.push_back({{}, 0, std::move(element)});
        return node;
    }

    [[nodiscard]] std::string_view take_name(item_list& items)
    {
        const std::size_t column = at_;
        const std::size_t end = text_.find(':', at_);
        if (end == std::string_view::npos) {
            fail_at(text_.size(), "':' behind the name that begins in column " + std::to_string(column), "the end",
                    "see docs/views.md, \"Formats\"");
        }
        const std::string_view name = text_.substr(at_, end - at_);
        if (name.empty()) {
            fail("a name", "leave out both colons where a field has none");
        }
        if (!items.names.insert(name).second) {
            fail_at(column, "a name that no other field of this structure has", quoted(name), "give it another name");
        }
        at_ = end + 1;
        return name;
    }

    void read_item(item_list& items, std::size_t depth)
    {
        const std::size_t column = at_;
        std::vector<std::size_t> shape;
        const bool order_came_first = take_order();
        skip_spaces();
        if (next_is('(')) {
            shape = take_shape();
            skip_spaces();
            if (!order_came_first && take_order()) {
                skip_spaces();
            }
        }
        const std::size_t count = digit_is_next() ? take_number() : 1;
        format_node node;
        bool is_length = false;
        if (next_is('T')) {
            node = take_structure(depth + 1);
        } else {
            const auto& row = take_scalar_row();
            is_length = row.is_length;
            node = scalar(row, is_length ? count : 1, column);
        }
        if (!is_length && count != 1) {
            demand_dimensions(shape.size() + 1);
            shape.push_back(count);
        }
        if (mode_.is_aligned) {
            items.end_bytes = aligned(items.end_bytes, node.alignment, column);
            items.alignment = std::max(items.alignment, node.alignment);
        }
        skip_spaces();
        const std::string_view name = take(':') ? take_name(items) : std::string_view{};
        if (node.code == 'x' && name.empty()) {
            std::size_t padding_bytes = node.size_bytes;
            for (const std::size_t extent : shape) {
                padding_bytes = product(padding_bytes, extent, column);
            }
            items.end_bytes = sum(items.end_bytes, padding_bytes, column);
            return;
        }
        if (!shape.empty()) {
            node = array_of(std::move(node), std::move(shape), column);
        }
        if (field_count_++ == item_format::max_fields) {
            fail_at(column, "at most " + std::to_string(item_format::max_fields) + " fields", "one more",
                    "use sub-arrays");
        }
        const std::size_t offset_bytes = items.end_bytes;
        items.end_bytes = sum(offset_bytes, node.size_bytes, column);
        items.fields.push_back({std::string{name}, offset_bytes, std::move(node)});
    }

    void read_items(item_list& items, std::size_t depth)
    {
        for (skip_spaces(); !at_end() && (depth == 0 || !next_is('}')); skip_spaces()) {
            read_item(items, depth);
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    order_mode mode_;
    std::size_t field_count_ = 0;
};

} // namespace

format_node parse_format(std::string_view text)
{
    return format_parser{text}.read_all();
}

} // namespace samepage::view
