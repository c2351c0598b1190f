// SPDX-License-Identifier: BSL-1.0
// arrow_export.cpp: views as Arrow arrays: the type that says the most about the items without moving them.
#include "interop/refuse.hpp"

#include <samepage/interop/arrow.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace samepage {

namespace {

using interop::quoted;
using interop::refuse;
using interop::with_number;

constexpr const char* exporting = "export to Arrow";

/// What an array of a type is made of: "l"; "+w:2" of "+w:3" of "w:16" with a format in its metadata.
struct arrow_type {
    std::vector<std::size_t> lists; ///< sizes, outermost first
    std::string item;               ///< the type of what is in them
    std::string format;             ///< for the metadata; empty if the type says it all
};

// ---- release callbacks: one each for all that is made here ----

/// What a structure is the owner of, by its private_data. Whoever took the child over has set its release to null.
template <class Structure>
struct with_child {
    Structure child{};
    Structure* children = &child;

    with_child() = default;
    with_child(const with_child&) = delete;
    with_child& operator=(const with_child&) = delete;
    ~with_child()
    {
        if (child.release != nullptr) {
            child.release(&child);
        }
    }
};

struct schema_parts : with_child<ArrowSchema> {
    std::string format;
    std::string name;
    std::string metadata;
};

struct array_parts : with_child<ArrowArray> {
    memory_view view; // a share of its own: a child may be moved out and outlive its parent
    std::array<const void*, 2> buffers{};
};

template <class Parts, class Structure>
void release(Structure* one)
{
    delete static_cast<Parts*>(one->private_data);
    one->release = nullptr;
}

// ---- making them ----

void append_length(std::string& to, std::size_t length)
{
    const auto number = static_cast<std::int32_t>(length);
    std::array<char, sizeof number> bytes{};
    std::memcpy(bytes.data(), &number, sizeof number); // in this machine's order
    to.append(bytes.data(), bytes.size());
}

std::string metadata_of(const std::string& format)
{
    std::string all;
    append_length(all, 1);
    append_length(all, arrow_format_key.size());
    all += arrow_format_key;
    append_length(all, format.size());
    all += format;
    return all;
}

ArrowSchema make_schema(const arrow_type& type, std::size_t depth, std::string_view name)
{
    const bool is_list = depth != type.lists.size();
    auto parts = std::make_unique<schema_parts>();
    parts->name = name;
    ArrowSchema made{};
    if (is_list) {
        parts->format = with_number("+w:", static_cast<long long>(type.lists[depth]));
        parts->child = make_schema(type, depth + 1, "item");
        made.n_children = 1;
        made.children = &parts->children;
    } else {
        parts->format = type.item;
        if (!type.format.empty()) {
            parts->metadata = metadata_of(type.format);
            made.metadata = parts->metadata.data();
        }
    }
    made.format = parts->format.c_str();
    made.name = parts->name.c_str();
    made.release = release<schema_parts, ArrowSchema>;
    made.private_data = parts.release();
    return made;
}

ArrowArray make_array(const memory_view& view, const arrow_type& type, std::size_t depth, std::size_t length)
{
    const bool is_list = depth != type.lists.size();
    auto parts = std::make_unique<array_parts>();
    parts->view = view;
    ArrowArray made{};
    made.length = static_cast<std::int64_t>(length);
    made.n_buffers = 1; // which items are there: null, since all are
    if (is_list) {
        parts->child = make_array(view, type, depth + 1, length * type.lists[depth]);
        made.n_children = 1;
        made.children = &parts->children;
    } else {
        parts->buffers[1] = view.data();
        made.n_buffers = 2;
    }
    made.buffers = parts->buffers.data();
    made.release = release<array_parts, ArrowArray>;
    made.private_data = parts.release();
    return made;
}

// ---- which type ----

/// Arrow's byte widths and list sizes are 32 bits.
std::size_t width(std::size_t number, const memory_view& view)
{
    if (number == 0 || number > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        refuse(exporting, "items, dimensions and sub-arrays of sizes from 1 to 2147483647",
               "items " + quoted(view.format()) + ", shape " + view::tuple_text(view.shape()),
               "reshape the view, or export a part of it");
    }
    return number;
}

/// "l" for a q; empty if Arrow has no such number.
std::string number_type(const item_format& format)
{
    if (!format.is_native_order()) {
        return {};
    }
    switch (format.kind()) {
    case item_kind::signed_integer: return std::string(1, "csil"[std::countr_zero(format.itemsize())]);
    case item_kind::unsigned_integer: return std::string(1, "CSIL"[std::countr_zero(format.itemsize())]);
    case item_kind::real:
        switch (format.code()) {
        case 'e': return "e";
        case 'f': return "f";
        case 'd': return "g";
        default: return {};
        }
    default: return {};
    }
}

std::string binary_type(std::size_t bytes, const memory_view& view)
{
    return with_number("w:", static_cast<long long>(width(bytes, view)));
}

void set_item(arrow_type& type, const item_format& format, const memory_view& view)
{
    type.item = number_type(format);
    if (!type.item.empty()) {
        return;
    }
    if (format.kind() == item_kind::bytes && format.code() == 's') {
        type.item = binary_type(format.itemsize(), view);
        return;
    }
    if (format.kind() == item_kind::structure) {
        type.item = binary_type(format.itemsize(), view);
        type.format = format.text();
        return;
    }
    if (format.kind() == item_kind::boolean) {
        refuse(exporting, "truth values packed eight into a byte, as Arrow has them", "a byte each, '?'",
               "export them as numbers, cast(\"B\"), or whole by to_arrow_whole()");
    }
    refuse(exporting, "integers, reals, bytes or records in this machine's byte order", quoted(view.format()),
           "export them whole, with their format, by to_arrow_whole()");
}

void require_column(const memory_view& view)
{
    if (view.ndim() == 0) {
        refuse(exporting, "a dimension at least, since an Arrow array has a length", "one item", "reshape({1}) it");
    }
    if (!view.is_c_contiguous()) {
        refuse(exporting, "items one after another, since an Arrow array has no strides",
               "shape " + view::tuple_text(view.shape()) + " with strides " + view::tuple_text(view.strides()),
               "export the whole records that it is a field of, or copy it by to_bytes()");
    }
}

arrow_column make_column(const memory_view& view, const arrow_type& type, std::string_view name)
{
    arrow_column made;
    made.schema = make_schema(type, 0, name);
    made.array = make_array(view, type, 0, view.shape()[0]);
    return made;
}

} // namespace

arrow_column to_arrow(const memory_view& view, std::string_view name)
{
    require_column(view);
    arrow_type type;
    for (const auto size : view.shape().subspan(1)) {
        type.lists.push_back(width(size, view));
    }
    const auto& format = view.format();
    if (format.kind() == item_kind::sub_array) {
        for (const auto size : format.shape()) {
            type.lists.push_back(width(size, view));
        }
        set_item(type, format.element(), view);
    } else {
        set_item(type, format, view);
    }
    return make_column(view, type, name);
}

arrow_column to_arrow_whole(const memory_view& view, std::string_view name)
{
    require_column(view);
    std::string text;
    std::size_t item_bytes = view.itemsize();
    for (const auto size : view.shape().subspan(1)) {
        text += text.empty() ? "(" : ",";
        text += std::to_string(width(size, view));
        if (__builtin_mul_overflow(item_bytes, size, &item_bytes)) { // of a view without items
            item_bytes = std::numeric_limits<std::size_t>::max();    // which width() refuses
        }
    }
    if (text.empty()) {
        text = view.format().text();
    } else if (view.format().kind() == item_kind::sub_array) {
        // (2)(3)i is no format; (2,3)i is.
        text += ',';
        text += view.format().text().substr(1);
    } else {
        text += ')';
        text += view.format().text();
    }
    return make_column(view, {{}, binary_type(item_bytes, view), text}, name);
}

} // namespace samepage
