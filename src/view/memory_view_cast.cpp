// SPDX-License-Identifier: BSL-1.0
// memory_view_cast.cpp: the same bytes as items of another format, and as items of a C++ type; why not, in words.
#include <samepage/view/memory_view.hpp>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

namespace samepage {

namespace {

struct refusal {
    std::string operation;
    std::string expected;
    std::string found;
    std::string remedy;
};

[[noreturn]] void refuse(refusal parts)
{
    throw buffer_error{errc::buffer_refused,
                       {.operation = std::move(parts.operation),
                        .expected = std::move(parts.expected),
                        .found = std::move(parts.found),
                        .remedy = std::move(parts.remedy)}};
}

std::string quoted(const item_format& format)
{
    return '\'' + format.text() + '\'';
}

/// b, B, c: what casts go from or to.
bool is_bytes(const item_format& format) noexcept
{
    const char code = format.code();
    return code == 'b' || code == 'B' || code == 'c';
}

std::size_t misalignment(const std::byte* data, std::size_t alignment) noexcept
{
    return reinterpret_cast<std::uintptr_t>(data) % alignment;
}

/// Source: CPython 3.11, Objects/memoryobject.c, memory_cast() and cast_to_1D().
void check_cast(const memory_view& from, const item_format& to, bool has_shape)
{
    const auto operation = [&] { return "cast from " + quoted(from.format()) + " to " + quoted(to); };
    if (!from.is_c_contiguous()) {
        refuse({operation(), "C contiguous items",
                "shape " + view::tuple_text(from.shape()) + " with strides " + view::tuple_text(from.strides()),
                "cast before slicing, or copy them by to_bytes()"});
    }
    if (from.layout().empty() && (has_shape || from.ndim() != 1)) {
        refuse({operation(), "no dimension of size zero", "shape " + view::tuple_text(from.shape()),
                "cast one dimension to one dimension, without a shape"});
    }
    if (!is_bytes(from.format()) && !is_bytes(to)) {
        refuse({operation(), "bytes (b, B, c) on one side", "none", "cast to B first"});
    }
    if (to.itemsize() == 0 || from.nbytes() % to.itemsize() != 0) {
        refuse({operation(), "a multiple of " + std::to_string(to.itemsize()) + " bytes", std::to_string(from.nbytes()),
                "slice the bytes to such a length"});
    }
    if (from.nbytes() != 0 && misalignment(from.data(), to.alignment()) != 0) {
        refuse({operation(), "bytes aligned to " + std::to_string(to.alignment()),
                "an address " + std::to_string(misalignment(from.data(), to.alignment())) + " behind one",
                "spell the format without alignment, as '=', '<', '>' and '^' do"});
    }
}

} // namespace

memory_view memory_view::cast(const item_format& format) const
{
    check_cast(used(), format, false);
    memory_view other{data_, format, geometry::c_order(format.itemsize(), {nbytes() / format.itemsize()}), held_};
    other.is_readonly_ = is_readonly_;
    return other;
}

memory_view memory_view::cast(const item_format& format, view::shape_span shape) const
{
    check_cast(used(), format, true);
    const auto operation = [&] {
        return "cast from " + quoted(format_) + ' ' + view::tuple_text(this->shape()) + " to " + quoted(format) + ' ' +
               view::tuple_text(shape);
    };
    if (ndim() != 1 && shape.size() != 1) {
        refuse({operation(), "one dimension on one side",
                std::to_string(ndim()) + " and " + std::to_string(shape.size()), "cast to one dimension first"});
    }
    if (view::has_no_items(shape)) {
        refuse({operation(), "no dimension of size zero", view::tuple_text(shape), "leave the shape out"});
    }
    auto layout = geometry::c_order(format.itemsize(), shape);
    if (layout.nbytes() != nbytes()) {
        refuse({operation(), std::to_string(nbytes()) + " bytes, as there are",
                std::to_string(layout.nbytes()) + " by shape and format", "correct the shape, or leave it out"});
    }
    memory_view other{data_, format, std::move(layout), held_};
    other.is_readonly_ = is_readonly_;
    return other;
}

void memory_view::require_typed(const wanted_type& wanted) const
{
    const auto operation = [&] { return "typed view of " + quoted(format_); };
    if (used().format_ != wanted.format && !(wanted.is_byte && itemsize() == 1)) {
        refuse({operation(), "items of the type " + quoted(wanted.format), quoted(format_),
                "read the items by at(), or cast from bytes"});
    }
    if (ndim() != wanted.ndim) {
        refuse({operation(), "rank " + std::to_string(wanted.ndim), "shape " + view::tuple_text(shape()),
                "name the rank: view<T, " + std::to_string(ndim()) + ">()"});
    }
    if (is_readonly_ && !wanted.is_const) {
        refuse({operation(), "writable items", "read-only ones", "view<const T>() reads them"});
    }
    if (layout_.empty()) {
        return;
    }
    if (const auto by = misalignment(data_, wanted.alignment); by != 0) {
        refuse({operation(), "items aligned to " + std::to_string(wanted.alignment),
                "an address " + std::to_string(by) + " behind one", "read the items by at()"});
    }
    for (std::size_t i = 0; i < ndim(); ++i) {
        if (shape()[i] > 1 && strides()[i] % static_cast<std::ptrdiff_t>(wanted.alignment) != 0) {
            refuse({operation(), "strides that keep items aligned to " + std::to_string(wanted.alignment),
                    "a stride of " + std::to_string(strides()[i]) + " bytes in dimension " + std::to_string(i),
                    "read the items by at()"});
        }
    }
}

void view::throw_item_cast(const item_format& found, const item_format& expected, const std::byte* item)
{
    std::ostringstream value;
    print_value(value, found, item);
    refuse({"item of " + quoted(found), "what " + quoted(expected) + " can be", value.str(),
            "at() without a type reads any item"});
}

} // namespace samepage
