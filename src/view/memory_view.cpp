// SPDX-License-Identifier: BSL-1.0
// memory_view.cpp: views of the same bytes, and their end.
#include <samepage/view/geometry_error.hpp>
#include <samepage/view/memory_view.hpp>

#include <cassert>
#include <utility>

namespace samepage {

void lease::throw_exported(std::size_t others)
{
    throw buffer_error{
        errc::buffer_exported,
        {.operation = "release of a lease",
         .expected = "no view of its bytes left",
         .found = std::to_string(others) + (others == 1 ? " that still holds them" : " that still hold them"),
         .remedy = "release or destroy views, slices and buffers first"}};
}

void memory_view::throw_released()
{
    throw buffer_error{errc::buffer_released,
                       {.operation = "use of a view",
                        .expected = "a view that holds its bytes",
                        .found = "one that was released or moved from",
                        .remedy = "make a copy of it before, which holds them by itself"}};
}

memory_view::memory_view() = default;

memory_view::memory_view(std::byte* data, item_format format, geometry layout, lease held)
    : data_{data}, layout_{std::move(layout)}, format_{std::move(format)}, held_{std::move(held)}
{
    if (layout_.itemsize() != format_.itemsize()) {
        throw geometry_error{"view: expected items of " + std::to_string(format_.itemsize()) + " bytes, as format '" +
                             format_.text() + "' says, found a geometry of items of " +
                             std::to_string(layout_.itemsize())};
    }
    assert(data != nullptr || layout_.nbytes() == 0);
}

memory_view::memory_view(const std::byte* data, item_format format, geometry layout, lease held)
    : memory_view{const_cast<std::byte*>(data), std::move(format), std::move(layout), std::move(held)}
{
    is_readonly_ = true; // NOLINT(cppcoreguidelines-prefer-member-initializer): the constructor delegates
}

memory_view::memory_view(const memory_view& other)
    : data_{other.data_},
      layout_{other.layout_},
      format_{other.format_},
      held_{other.held_},
      is_readonly_{other.is_readonly_},
      is_usable_{other.is_usable_}
{
}

memory_view::memory_view(memory_view&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)},
      layout_{std::move(other.layout_)},
      format_{std::move(other.format_)},
      held_{std::move(other.held_)},
      exports_{std::move(other.exports_)},
      is_readonly_{other.is_readonly_},
      is_usable_{std::exchange(other.is_usable_, false)}
{
}

memory_view& memory_view::operator=(const memory_view& other)
{
    if (this != &other) { // else what was exported would be forgotten
        *this = memory_view{other};
    }
    return *this;
}

memory_view& memory_view::operator=(memory_view&& other) noexcept
{
    if (this != &other) {
        // What was exported lives on by its own lease.
        data_ = std::exchange(other.data_, nullptr);
        layout_ = std::move(other.layout_);
        format_ = std::move(other.format_);
        exports_ = std::move(other.exports_);
        is_readonly_ = other.is_readonly_;
        is_usable_ = std::exchange(other.is_usable_, false);
        held_ = std::move(other.held_); // last: `other` may be what the old lease kept
    }
    return *this;
}

void memory_view::release()
{
    if (const auto living = exports(); living != 0) {
        throw buffer_error{errc::buffer_exported,
                           {.operation = "release of a view",
                            .expected = "no buffer got from it left",
                            .found = std::to_string(living),
                            .remedy = "release or destroy the buffers first"}};
    }
    is_usable_ = false;
    data_ = nullptr;
    held_.drop();
}

std::byte* memory_view::writable_data() const
{
    if (used().is_readonly_) {
        throw buffer_error{errc::buffer_refused,
                           {.operation = "write to a view",
                            .expected = "writable bytes",
                            .found = "read-only ones",
                            .remedy = "copy them by to_bytes(), or make the view of writable ones"}};
    }
    return data_;
}

std::span<const std::byte> memory_view::bytes() const
{
    if (!is_c_contiguous()) {
        throw buffer_error{
            errc::buffer_refused,
            {.operation = "bytes of a view",
             .expected = "C contiguous items",
             .found = "shape " + view::tuple_text(shape()) + " with strides " + view::tuple_text(strides()),
             .remedy = "to_bytes() copies them"}};
    }
    return {data_, nbytes()};
}

std::span<std::byte> memory_view::writable_bytes() const
{
    return {writable_data(), bytes().size()};
}

memory_view memory_view::with(std::ptrdiff_t offset_bytes, geometry layout) const
{
    memory_view other{data_ + offset_bytes, format_, std::move(layout), held_};
    other.is_readonly_ = is_readonly_;
    return other;
}

memory_view memory_view::select(std::span<const selector> parts) const
{
    auto found = used().layout_.select(parts);
    return with(found.offset_bytes, std::move(found.geometry));
}

memory_view memory_view::transpose() const
{
    return used().with(0, layout_.transpose());
}

memory_view memory_view::transpose(std::span<const std::ptrdiff_t> axes) const
{
    return used().with(0, layout_.transpose(axes));
}

memory_view memory_view::transpose(std::initializer_list<std::ptrdiff_t> axes) const
{
    return used().with(0, layout_.transpose(axes));
}

memory_view memory_view::reshape(std::span<const std::ptrdiff_t> shape) const
{
    return used().with(0, layout_.reshape(shape));
}

memory_view memory_view::reshape(std::initializer_list<std::ptrdiff_t> shape) const
{
    return used().with(0, layout_.reshape(shape));
}

memory_view memory_view::broadcast_to(view::shape_span shape) const
{
    auto repeated = used().with(0, layout_.broadcast_to(shape));
    repeated.is_readonly_ = true;
    return repeated;
}

memory_view memory_view::broadcast_to(std::initializer_list<std::size_t> shape) const
{
    return broadcast_to(view::shape_span{shape.begin(), shape.size()});
}

memory_view memory_view::field(std::string_view dotted_path) const
{
    auto found = used().format_.field(dotted_path);
    auto layout = layout_.field(found.offset_bytes, found.format.itemsize());
    memory_view column{data_, std::move(found.format), std::move(layout), held_};
    // Without items there is no byte to point to.
    column.data_ = layout_.empty() ? data_ : data_ + found.offset_bytes;
    column.is_readonly_ = is_readonly_;
    return column;
}

memory_view memory_view::subdivide() const
{
    if (used().format_.kind() != item_kind::sub_array) {
        return *this;
    }
    memory_view inner{data_, format_.element(), layout_.subdivide(format_.shape()), held_};
    inner.is_readonly_ = is_readonly_;
    return inner;
}

memory_view memory_view::as_const() const
{
    auto other = used();
    other.is_readonly_ = true;
    return other;
}

} // namespace samepage
