// SPDX-License-Identifier: BSL-1.0
// dlpack.cpp: which views are tensors, and which tensors views.
#include "interop/refuse.hpp"

#include <samepage/interop/dlpack.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace samepage {

namespace {

using dlpack::type_code;
using interop::quoted;
using interop::refuse;
using interop::with_number;

constexpr const char* exporting = "export to DLPack";
constexpr const char* importing = "import from DLPack";

// ---- views to tensors ----

/// Nothing if DLPack has no type for such items. x86's long double is 80 bits in 16 bytes, which no type says.
std::optional<type_code> code_of(const item_format& format)
{
    switch (format.kind()) {
    case item_kind::boolean: return type_code::boolean;
    case item_kind::signed_integer: return type_code::signed_integer;
    case item_kind::unsigned_integer: return type_code::unsigned_integer;
    case item_kind::real: return format.code() == 'g' ? std::nullopt : std::optional{type_code::real};
    case item_kind::complex: return format.code() == 'g' ? std::nullopt : std::optional{type_code::complex};
    default: return std::nullopt;
    }
}

const char* remedy_for(const item_format& format)
{
    switch (format.kind()) {
    case item_kind::structure: return "export its fields one at a time: field(\"name\")";
    case item_kind::sub_array: return "make its elements dimensions first: subdivide()";
    case item_kind::character:
    case item_kind::bytes: return "cast them to B, if they are bytes";
    default: return "copy them as items of a type that it has";
    }
}

dlpack::data_type type_of(const item_format& format)
{
    const auto code = code_of(format);
    if (!code) {
        refuse(exporting, "numbers or truth values that DLPack has a type for", quoted(format), remedy_for(format));
    }
    if (!format.is_native_order()) {
        refuse(exporting, "items in this machine's byte order, since DLPack has no other", quoted(format),
               "copy them in this machine's order");
    }
    return {static_cast<std::uint8_t>(*code), static_cast<std::uint8_t>(format.itemsize() * 8), 1};
}

/// Shape, then strides in items. Where a dimension has no second item its stride is never used: that of C order.
std::vector<std::int64_t> shape_and_strides(const memory_view& view)
{
    const auto shape = view.shape();
    const auto itemsize = static_cast<std::ptrdiff_t>(view.itemsize());
    std::vector<std::int64_t> all(2 * shape.size());
    std::int64_t compact = 1;
    for (std::size_t i = shape.size(); i-- != 0;) {
        const auto size = static_cast<std::int64_t>(shape[i]);
        const auto stride_bytes = view.strides()[i];
        all[i] = size;
        all[shape.size() + i] = compact;
        if (size > 1 && !view.layout().empty()) {
            if (stride_bytes % itemsize != 0) {
                refuse(exporting,
                       with_number("strides of whole items of ", itemsize, " bytes, since DLPack counts in items"),
                       with_number("a stride of ", stride_bytes) +
                           with_number(" bytes in dimension ", static_cast<long long>(i)),
                       "copy them by to_bytes(), or pad the records to a multiple of the item");
            }
            all[shape.size() + i] = stride_bytes / itemsize;
        }
        // Beside a size of 0 the others may be any: their product need not fit, and is not used.
        compact = view::wrapping_product(compact, std::max<std::int64_t>(size, 1));
    }
    return all;
}

void require_aligned(const memory_view& view, const dlpack::data_type& type)
{
    const bool is_pair = type.code == static_cast<std::uint8_t>(type_code::complex);
    const std::size_t alignment = view.itemsize() / (is_pair ? 2 : 1);
    const auto beyond = reinterpret_cast<std::uintptr_t>(view.data()) % alignment;
    if (!view.layout().empty() && beyond != 0) {
        refuse(exporting, with_number("items aligned to ", static_cast<long long>(alignment), " bytes"),
               with_number("an address ", static_cast<long long>(beyond), " behind one"), "copy them by to_bytes()");
    }
}

// ---- tensors to views ----

item_format format_of_type(const dlpack::data_type& type)
{
    constexpr auto key = [](type_code code, unsigned bits) { return (static_cast<unsigned>(code) << 8U) | bits; };
    if (type.lanes == 1) {
        switch ((static_cast<unsigned>(type.code) << 8U) | type.bits) {
        case key(type_code::boolean, 8): return item_format{"?"};
        case key(type_code::signed_integer, 8): return item_format{"b"};
        case key(type_code::signed_integer, 16): return item_format{"h"};
        case key(type_code::signed_integer, 32): return item_format{"i"};
        case key(type_code::signed_integer, 64): return item_format{"q"};
        case key(type_code::unsigned_integer, 8): return item_format{"B"};
        case key(type_code::unsigned_integer, 16): return item_format{"H"};
        case key(type_code::unsigned_integer, 32): return item_format{"I"};
        case key(type_code::unsigned_integer, 64): return item_format{"Q"};
        case key(type_code::real, 16): return item_format{"e"};
        case key(type_code::real, 32): return item_format{"f"};
        case key(type_code::real, 64): return item_format{"d"};
        case key(type_code::complex, 64): return item_format{"Zf"};
        case key(type_code::complex, 128): return item_format{"Zd"};
        default: break;
        }
    }
    refuse(importing, "integers, reals, complex numbers or truth values of whole bytes, in one lane",
           with_number("type code ", type.code) + with_number(", ", type.bits, " bits") +
               with_number(", ", type.lanes, " lanes"),
           "have its owner convert it first");
}

std::vector<std::size_t> shape_of(const dlpack::tensor& tensor)
{
    if (tensor.ndim < 0 || static_cast<std::size_t>(tensor.ndim) > view::max_ndim) {
        refuse(importing, with_number("at most ", view::max_ndim, " dimensions"), std::to_string(tensor.ndim),
               "have its owner reshape it");
    }
    if (tensor.ndim != 0 && tensor.shape == nullptr) {
        refuse(importing, with_number("a shape of ", tensor.ndim, " sizes"), "none", "its maker has to set shape");
    }
    std::vector<std::size_t> shape;
    for (std::int32_t i = 0; i < tensor.ndim; ++i) {
        if (tensor.shape[i] < 0) {
            refuse(importing, "sizes of zero or more",
                   with_number("size ", tensor.shape[i]) + with_number(" in dimension ", i),
                   "its maker has to correct the shape");
        }
        shape.push_back(static_cast<std::size_t>(tensor.shape[i]));
    }
    return shape;
}

geometry layout_of(const dlpack::tensor& tensor, std::size_t itemsize)
{
    const auto shape = shape_of(tensor);
    if (tensor.strides == nullptr) {
        return geometry::c_order(itemsize, shape);
    }
    const bool is_empty = view::has_no_items(shape);
    std::vector<std::ptrdiff_t> strides;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        // What leads to no second item may be anything.
        std::ptrdiff_t stride_bytes = static_cast<std::ptrdiff_t>(itemsize);
        if (!is_empty && shape[i] > 1 &&
            __builtin_mul_overflow(tensor.strides[i], static_cast<std::ptrdiff_t>(itemsize), &stride_bytes)) {
            refuse(importing, "strides that memory can have",
                   with_number("a stride of ", tensor.strides[i]) +
                       with_number(" items in dimension ", static_cast<long long>(i)),
                   "its maker has to correct the strides");
        }
        strides.push_back(stride_bytes);
    }
    return {itemsize, shape, strides};
}

/// Where item {0, 0, …} lies. All items have to have addresses, whatever the numbers are.
std::byte* first_item(const dlpack::tensor& tensor, const geometry& layout)
{
    if (layout.empty()) {
        return nullptr;
    }
    const auto [begin, end] = layout.extent();
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.data);
    std::uintptr_t first = 0;
    std::uintptr_t last = 0;
    if (tensor.data == nullptr || __builtin_add_overflow(address, tensor.byte_offset, &first) ||
        first < std::uintptr_t{0} - static_cast<std::uintptr_t>(begin) ||
        __builtin_add_overflow(first, static_cast<std::uintptr_t>(end), &last)) {
        refuse(importing, "items that have addresses",
               with_number("data at ", static_cast<long long>(address)) + ", byte_offset " +
                   std::to_string(tensor.byte_offset) + ", bytes from " + std::to_string(begin) + " to " +
                   std::to_string(end),
               "its maker has to correct data, byte_offset or strides");
    }
    return static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
}

} // namespace

namespace dlpack {

exported_items describe(const memory_view& view)
{
    const auto type = type_of(view.format());
    auto numbers = shape_and_strides(view);
    require_aligned(view, type);
    return {view, std::move(numbers), type};
}

void require_writable(const memory_view& view)
{
    if (view.is_readonly()) {
        refuse(exporting, "writable items, since the unversioned tensor cannot say that they are not", "read-only ones",
               "use to_dlpack() where the library knows DLPack 1.0, or copy them by to_bytes()");
    }
}

imported_items check(const tensor& from)
{
    if (from.device.device_type != cpu) {
        refuse(importing, with_number("memory of the CPU, device type ", cpu),
               with_number("device type ", from.device.device_type), "have its owner copy it to the CPU");
    }
    auto format = format_of_type(from.dtype);
    auto layout = layout_of(from, format.itemsize());
    std::byte* const first = first_item(from, layout);
    return {std::move(format), std::move(layout), first};
}

void require_version(version_number found)
{
    if (found.major != major_version) {
        refuse(importing, with_number("version ", major_version, ".x"),
               with_number("version ", found.major) + with_number(".", found.minor),
               "ask its maker for that version (max_version of __dlpack__)");
    }
}

void throw_no_tensor()
{
    refuse(importing, "a tensor", "none", "one can be imported once; it is the view's afterwards");
}

} // namespace dlpack

} // namespace samepage
