// SPDX-License-Identifier: BSL-1.0
// copy_items.cpp: runs as long as they come, and a loop of its own for each usual item size.
#include <samepage/view/copy_items.hpp>
#include <samepage/view/loop_nest.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

namespace samepage::view {

namespace {

using copy_nest = loop_nest<2>;

/// Items of a size that the compiler knows are moved in a register.
template <std::size_t Size>
void copy_run(std::byte* to, const std::byte* from, std::size_t count, const copy_nest::bytes& strides)
{
    for (; count != 0; --count) {
        std::memcpy(to, from, Size);
        // Not past the last one: the next could be outside of any object.
        if (count != 1) {
            to += strides[0];
            from += strides[1];
        }
    }
}

void copy_run(std::byte* to, const std::byte* from, std::size_t count, const copy_nest::bytes& strides,
              std::size_t itemsize)
{
    if (const auto packed = static_cast<std::ptrdiff_t>(itemsize); strides[0] == packed && strides[1] == packed) {
        std::memcpy(to, from, count * itemsize);
        return;
    }
    switch (itemsize) {
    case 1: return copy_run<1>(to, from, count, strides);
    case 2: return copy_run<2>(to, from, count, strides);
    case 4: return copy_run<4>(to, from, count, strides);
    case 8: return copy_run<8>(to, from, count, strides);
    case 16: return copy_run<16>(to, from, count, strides);
    default:
        for (std::size_t i = 0; i < count; ++i) {
            const auto item = static_cast<std::ptrdiff_t>(i);
            std::memcpy(to + item * strides[0], from + item * strides[1], itemsize);
        }
    }
}

void copy_apart(std::byte* to, const geometry& to_geometry, const std::byte* from, const geometry& from_geometry)
{
    const auto itemsize = to_geometry.itemsize();
    copy_nest::in_memory_order(to_geometry.shape(), {to_geometry.strides(), from_geometry.strides()})
        .visit([&](const copy_nest::bytes& first, std::size_t count, const copy_nest::bytes& strides) {
            copy_run(to + first[0], from + first[1], count, strides, itemsize);
        });
}

/// Whether the bytes from the first item's to the last one's meet.
bool may_overlap(const std::byte* to, const byte_extent& written, const std::byte* from, const byte_extent& read)
{
    const auto at = [](const std::byte* base, std::ptrdiff_t offset_bytes) {
        return reinterpret_cast<std::uintptr_t>(base) + static_cast<std::uintptr_t>(offset_bytes);
    };
    return at(to, written.begin) < at(from, read.end) && at(from, read.begin) < at(to, written.end);
}

} // namespace

void copy_items(std::byte* to, const geometry& to_geometry, const std::byte* from, const geometry& from_geometry)
{
    if (!to_geometry.has_shape(from_geometry.shape()) || to_geometry.itemsize() != from_geometry.itemsize()) {
        throw geometry_error{"copy: expected shape " + tuple_text(to_geometry.shape()) + " of items of " +
                             std::to_string(to_geometry.itemsize()) + " bytes, found " +
                             tuple_text(from_geometry.shape()) + " of items of " +
                             std::to_string(from_geometry.itemsize()) + " bytes"};
    }
    if (to_geometry.nbytes() == 0) {
        return;
    }
    if (!may_overlap(to, to_geometry.extent(), from, from_geometry.extent())) {
        copy_apart(to, to_geometry, from, from_geometry);
        return;
    }
    const bool in_c = to_geometry.is_c_contiguous() && from_geometry.is_c_contiguous();
    if (in_c || (to_geometry.is_f_contiguous() && from_geometry.is_f_contiguous())) {
        std::memmove(to, from, to_geometry.nbytes());
        return;
    }
    const auto between_geometry = geometry::c_order(to_geometry.itemsize(), to_geometry.shape());
    const std::unique_ptr<std::byte[]> between{new std::byte[to_geometry.nbytes()]};
    copy_apart(between.get(), between_geometry, from, from_geometry);
    copy_apart(to, to_geometry, between.get(), between_geometry);
}

} // namespace samepage::view
