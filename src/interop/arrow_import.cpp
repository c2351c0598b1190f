// SPDX-License-Identifier: BSL-1.0
// arrow_import.cpp: which Arrow arrays are views.
// SECURITY: an array's own numbers are checked against each other before they are used; its pointers and the lengths of
// its buffers are taken on trust, since the interface says nothing of them.
#include "interop/refuse.hpp"

#include <samepage/interop/arrow.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace samepage {

namespace {

using interop::quoted;
using interop::refuse;
using interop::with_number;

constexpr const char* importing = "import from Arrow";
constexpr const char* makers_fault = "its maker has to correct it";

/// "w:16" behind "w:": 16; -1 if there is no number.
std::int64_t number_behind(std::string_view text, std::string_view prefix)
{
    text.remove_prefix(prefix.size());
    std::int32_t number = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? number : -1;
}

// ---- metadata: lengths that nothing vouches for ----

class metadata_reader {
public:
    explicit metadata_reader(const char* from) noexcept : at_{from} {}

    std::int32_t number()
    {
        std::int32_t value = 0;
        std::memcpy(&value, at_, sizeof value);
        if (value < 0) {
            refuse(importing, "metadata of lengths from zero", std::to_string(value), makers_fault);
        }
        at_ += sizeof value;
        return value;
    }

    std::string_view text()
    {
        const auto length = static_cast<std::size_t>(number());
        return {std::exchange(at_, at_ + length), length};
    }

private:
    const char* at_;
};

/// Empty if there is none.
std::string_view format_in(const char* metadata)
{
    if (metadata == nullptr) {
        return {};
    }
    metadata_reader reader{metadata};
    for (auto left = reader.number(); left != 0; --left) {
        const auto key = reader.text();
        const auto value = reader.text();
        if (key == arrow_format_key) {
            return value;
        }
    }
    return {};
}

// ---- types ----

item_format number_format(std::string_view type)
{
    constexpr std::string_view arrow = "cCsSiIlLefg";
    constexpr std::string_view ours = "bBhHiIqQefd";
    const auto at = type.size() == 1 ? arrow.find(type[0]) : std::string_view::npos;
    if (at == std::string_view::npos) {
        std::string found{"type '"};
        found += type;
        found += '\'';
        refuse(importing, "integers (cCsSiIlL), reals (efg), w:N or +w:N of those", std::move(found),
               type == "b"    ? "have its owner cast the bits to uint8"
               : type == "+s" ? "import its columns one at a time: from_arrow_batch()"
                              : "have its owner cast it to one of these");
    }
    return item_format{ours.substr(at, 1)};
}

item_format binary_format(std::string_view type, const char* metadata)
{
    const auto bytes = number_behind(type, "w:");
    if (bytes < 1) {
        refuse(importing, "w:N of a byte at least", std::string{type}, makers_fault);
    }
    if (const auto text = format_in(metadata); !text.empty()) {
        item_format format{text};
        if (format.itemsize() != static_cast<std::size_t>(bytes)) {
            refuse(importing, with_number("a format of ", bytes, " bytes in the metadata, as the items have"),
                   quoted(format) + with_number(" of ", static_cast<long long>(format.itemsize())), makers_fault);
        }
        return format;
    }
    return item_format{with_number("", bytes, "s")};
}

// ---- one array, its children within ----

/// Items of an array that are looked at, and where they begin.
struct part {
    std::int64_t first;
    std::int64_t length;
};

void require_counts(const ArrowSchema& schema, const ArrowArray& array, std::int64_t buffers, std::int64_t children)
{
    if (schema.dictionary != nullptr || array.dictionary != nullptr) {
        refuse(importing, "the items themselves", "indices into a dictionary", "have its owner decode it");
    }
    if (array.n_buffers != buffers || array.n_children != children || schema.n_children != children ||
        array.buffers == nullptr || (children != 0 && (array.children == nullptr || schema.children == nullptr))) {
        refuse(importing,
               with_number(std::string{"type "} + schema.format + " with ", buffers, " buffers") +
                   with_number(" and ", children, " children"),
               with_number("", array.n_buffers) + with_number(" and ", array.n_children) +
                   with_number(", in the schema ", schema.n_children),
               makers_fault);
    }
}

/// `of` items of an array that says it has `array.length` of them behind `array.offset`.
part within(const ArrowArray& array, const part& of)
{
    part found{};
    std::int64_t end = 0;
    std::int64_t end_in_buffer = 0;
    if (array.length < 0 || array.offset < 0 || __builtin_add_overflow(of.first, of.length, &end) ||
        end > array.length || __builtin_add_overflow(array.offset, of.first, &found.first) ||
        __builtin_add_overflow(array.offset, end, &end_in_buffer)) {
        refuse(importing,
               with_number("items ", of.first) + with_number(" to ", end) +
                   " within its length, and an offset from zero",
               with_number("length ", array.length) + with_number(", offset ", array.offset), makers_fault);
    }
    found.length = of.length;
    return found;
}

/// null_count is of the array's own part and may be left uncounted: where there is a bitmap, it is looked at.
void require_no_nulls(const ArrowArray& array, const part& items)
{
    const auto* const bits = static_cast<const unsigned char*>(array.buffers[0]);
    if (array.null_count == 0 || (bits == nullptr && array.null_count == -1)) {
        return;
    }
    std::int64_t nulls = array.null_count;
    if (bits != nullptr) {
        nulls = 0;
        for (std::int64_t i = items.first; i < items.first + items.length; ++i) {
            nulls += (bits[i / 8] >> (i % 8) & 1) == 0 ? 1 : 0;
        }
    }
    if (nulls != 0) {
        refuse(importing, "no nulls, since a view has a value for each item", with_number("", nulls, " nulls"),
               "have its owner fill them, or leave them out");
    }
}

struct found_items {
    item_format format;
    const std::byte* data = nullptr;
};

const ArrowSchema& live(const ArrowSchema* schema, const ArrowArray* array)
{
    if (schema == nullptr || array == nullptr || schema->release == nullptr || array->release == nullptr) {
        refuse(importing, "a schema and an array", "one that is released, or was imported before",
               "export it anew; each is imported once");
    }
    if (schema->format == nullptr) {
        refuse(importing, "a schema with a format", "none", makers_fault);
    }
    return *schema;
}

/// Where the bytes of `items` are, numbers of this array's buffer.
const std::byte* data_of(const ArrowArray& array, const part& items, std::size_t itemsize)
{
    const auto size = static_cast<std::int64_t>(itemsize);
    std::int64_t end_bytes = 0;
    if (__builtin_mul_overflow(items.first + items.length, size, &end_bytes)) {
        refuse(importing, "items that memory can hold",
               with_number("", items.length) + with_number(" of ", size, " bytes") +
                   with_number(" behind ", items.first),
               makers_fault);
    }
    const auto* const data = static_cast<const std::byte*>(array.buffers[1]);
    if (items.length == 0) {
        return data;
    }
    if (data == nullptr) {
        refuse(importing, "a buffer of items", "none", makers_fault);
    }
    return data + items.first * size;
}

item_format sub_array_of(std::int64_t size, const item_format& element)
{
    std::string text{"("};
    text += std::to_string(size);
    if (element.kind() == item_kind::sub_array) {
        text += ',';
        text += element.text().substr(1);
    } else {
        text += ')';
        text += element.text();
    }
    return item_format{text};
}

found_items look_at(const ArrowSchema* schema_given, const ArrowArray* array_given, const part& wanted,
                    std::size_t depth)
{
    const ArrowSchema& schema = live(schema_given, array_given);
    const ArrowArray& array = *array_given;
    const std::string_view type = schema.format;
    const bool is_list = type.starts_with("+w:");
    const bool is_binary = type.starts_with("w:");
    item_format format = is_list || is_binary ? item_format{} : number_format(type); // names what it cannot be first
    require_counts(schema, array, is_list ? 1 : 2, is_list ? 1 : 0);
    const auto items = within(array, wanted);
    require_no_nulls(array, items);
    if (!is_list) {
        if (is_binary) {
            format = binary_format(type, schema.metadata);
        }
        const auto* const data = data_of(array, items, format.itemsize());
        return {std::move(format), data};
    }
    const auto size = number_behind(type, "+w:");
    if (size < 1 || depth == item_format::max_dimensions) {
        refuse(importing, "lists of an item at least, at most 64 in each other", std::string{type}, makers_fault);
    }
    part inner{};
    if (__builtin_mul_overflow(items.first, size, &inner.first) ||
        __builtin_mul_overflow(items.length, size, &inner.length)) {
        refuse(importing, "items that memory can hold", with_number("", items.length) + " of " + std::string{type},
               makers_fault);
    }
    auto found = look_at(schema.children[0], array.children[0], inner, depth + 1);
    return {sub_array_of(size, found.format), found.data};
}

/// A view of `wanted` items, once all is found to be possible.
memory_view take_over(ArrowSchema* schema, ArrowArray* array, const part& wanted)
{
    auto found = look_at(schema, array, wanted, 0);
    auto layout = geometry::c_order(found.format.itemsize(), {static_cast<std::size_t>(wanted.length)});
    arrow_column both;
    lease held{std::move(both)};
    // The rest cannot fail: now they are taken over. The schema is not needed any more; it is moved before it is
    // released, since a consumer must not release a child where it lies.
    held.get<arrow_column>()->array = std::exchange(*array, {});
    arrow_column type;
    type.schema = std::exchange(*schema, {});
    return {found.data, std::move(found.format), std::move(layout), std::move(held)};
}

} // namespace

memory_view from_arrow(ArrowSchema* schema, ArrowArray* array)
{
    live(schema, array);
    return take_over(schema, array, {0, array->length});
}

memory_view from_arrow_batch(ArrowSchema& schema, ArrowArray& array, std::size_t column)
{
    live(&schema, &array);
    if (schema.format != std::string_view{"+s"}) {
        refuse(importing, "a record batch or struct array, +s", std::string{"type '"} + schema.format + '\'',
               "import it as a column: from_arrow()");
    }
    if (schema.n_children < 0 || column >= static_cast<std::size_t>(schema.n_children)) {
        refuse(importing, with_number("a column below ", schema.n_children), std::to_string(column),
               "ask for one that there is");
    }
    require_counts(schema, array, 1, schema.n_children);
    const auto rows = within(array, {0, array.length});
    require_no_nulls(array, rows);
    return take_over(schema.children[column], array.children[column], rows);
}

} // namespace samepage
