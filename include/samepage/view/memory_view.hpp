// SPDX-License-Identifier: BSL-1.0
// memory_view.hpp: items in memory, their format, shape and strides known at run time: Python's memoryview.
// Thread safety: as a std::shared_ptr's: distinct views may be used by different threads, and what is const of one,
// get_buffer() among it, by several; the bytes are the caller's.
#pragma once

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/export_count.hpp>
#include <samepage/view/geometry.hpp>
#include <samepage/view/item_cast.hpp>
#include <samepage/view/item_format.hpp>
#include <samepage/view/item_value.hpp>
#include <samepage/view/lease.hpp>
#include <samepage/view/strided_view.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace samepage {

namespace view {

template <class Byte>
concept byte_like = std::same_as<std::remove_const_t<Byte>, std::byte>;

} // namespace view

/// Bytes of somebody's, and what lies where in them: a pointer, an item_format, a geometry, whether they may be
/// written, and a lease. Every change of shape is a new view onto the same bytes, which shares the lease; nothing is
/// copied but by the functions that say so (copy_…, to_…). Views are values: a copy is another view.
///
/// Rules and results are CPython's where its memoryview can do the same; docs/views.md, "memory_view", has the
/// differences. Constness is the bytes', as in std::span: is_readonly().
/// Everything but copying, destroying, release() and is_released() throws buffer_error (errc::buffer_released) once the
/// view is released or moved from.
/// Lifetime: with a lease, the bytes stay until the last view of it is gone or released. Without one they are borrowed.
class memory_view {
public:
    /// No bytes: shape {0}, format B, writable.
    memory_view();

    /// Items that lie as `layout` says, item {0, 0, …} at `data`. From a const pointer the view is read-only.
    /// Throws geometry_error unless layout.itemsize() == format.itemsize().
    /// @pre All items lie in memory that `held` keeps, or that outlives the view; data is null only if there are none.
    ///      What comes from outside goes through within().
    memory_view(std::byte* data, item_format format, geometry layout, lease held = {});
    memory_view(const std::byte* data, item_format format, geometry layout, lease held = {});

    /// Unsigned bytes, one after another.
    template <view::byte_like Byte, std::size_t Extent>
    explicit memory_view(std::span<Byte, Extent> bytes, lease held = {})
        : memory_view{bytes.data(), item_format{}, geometry::c_order(1, {bytes.size()}), std::move(held)}
    {
    }

    /// A typed view's elements, with its shape and strides; of const elements, read-only.
    template <class T, std::size_t Rank>
        requires(describable_record<std::remove_const_t<T>>)
    explicit memory_view(const strided_view<T, Rank>& typed, lease held = {})
        : memory_view{bytes_at(typed.data()), item_format::of<std::remove_const_t<T>>(),
                      geometry{sizeof(T), typed.shape(), typed.strides()}, std::move(held)}
    {
    }

    /// Shape, strides and offset from outside, over memory that is known. Throws geometry_error that says what was
    /// expected and found if an item would begin or end outside it, whatever the numbers are.
    template <view::byte_like Byte, std::size_t Extent>
    [[nodiscard]] static memory_view within(std::span<Byte, Extent> memory, item_format format, view::shape_span shape,
                                            view::stride_span strides, std::ptrdiff_t offset_bytes = 0, lease held = {})
    {
        auto layout = geometry::within(memory.size(), offset_bytes, format.itemsize(), shape, strides);
        return {memory.data() + offset_bytes, std::move(format), std::move(layout), std::move(held)};
    }

    memory_view(const memory_view& other);
    memory_view(memory_view&& other) noexcept;
    memory_view& operator=(const memory_view& other);
    memory_view& operator=(memory_view&& other) noexcept;
    ~memory_view() = default;

    // ---- what it is ----

    [[nodiscard]] const item_format& format() const { return used().format_; }
    [[nodiscard]] std::size_t itemsize() const { return used().layout_.itemsize(); }
    [[nodiscard]] std::size_t ndim() const { return used().layout_.ndim(); }
    /// Lifetime of both: this view's; assignment ends it.
    [[nodiscard]] view::shape_span shape() const { return used().layout_.shape(); }
    [[nodiscard]] view::stride_span strides() const { return used().layout_.strides(); } ///< bytes
    [[nodiscard]] const geometry& layout() const { return used().layout_; }
    [[nodiscard]] std::size_t item_count() const { return used().layout_.item_count(); }
    /// item_count() * itemsize(): what to_bytes() copies, and not how far apart the first and the last byte are.
    [[nodiscard]] std::size_t nbytes() const { return used().layout_.nbytes(); }
    [[nodiscard]] bool is_readonly() const { return used().is_readonly_; }
    [[nodiscard]] bool is_c_contiguous() const { return used().layout_.is_c_contiguous(); }
    [[nodiscard]] bool is_f_contiguous() const { return used().layout_.is_f_contiguous(); }
    [[nodiscard]] bool is_contiguous(item_order order = item_order::any) const
    {
        return used().layout_.is_contiguous(order);
    }
    /// What keeps the bytes; none if they are borrowed.
    [[nodiscard]] const lease& held() const { return used().held_; }

    // ---- its bytes ----

    /// Item {0, 0, …}; others may lie before it.
    [[nodiscard]] const std::byte* data() const { return used().data_; }
    /// Throws buffer_error if the view is read-only.
    [[nodiscard]] std::byte* writable_data() const;
    /// All bytes, where they lie. Throws buffer_error unless is_c_contiguous(); the second, if read-only, too.
    [[nodiscard]] std::span<const std::byte> bytes() const;
    [[nodiscard]] std::span<std::byte> writable_bytes() const;

    // ---- its items ----

    /// The item at the indices, one for each dimension, negative ones from the end: at(-1, 0). As an item_value, or as
    /// T: by its bytes if T is what the format says, else a number that T holds exactly. Throws std::out_of_range that
    /// names the dimension, geometry_error for another number of indices, buffer_error if T cannot have the item.
    template <class T = item_value, std::integral... Indices>
    [[nodiscard]] T at(Indices... indices) const
    {
        return item_cast<T>(format(), item(indices...));
    }

    /// Writes the item at the indices: set(1.5, -1, 0). Throws as at(), value_error as write_value(), buffer_error if
    /// the view is read-only.
    template <std::integral... Indices>
    void set(const item_value& value, Indices... indices) const
    {
        std::byte* const first = writable_data();
        write_value(format_, first + (item(indices...) - first), value);
    }

    /// Writes every item.
    void fill(const item_value& value) const;

    /// All items as nested lists, a dimension each, the outermost first; without dimensions the item itself.
    [[nodiscard]] item_value to_list() const;

    /// Calls `visitor(const std::byte*)` for each item in the order asked for; read it by item_cast or read_value.
    template <class Visitor>
    void for_each(Visitor&& visitor, item_order order = item_order::c) const
    {
        used().layout_.visit_offsets(order, [&](std::ptrdiff_t offset_bytes) { visitor(data() + offset_bytes); });
    }

    // ---- views of the same bytes ----

    /// Python's view[…]: indices, slices, all, ellipsis, new_axis, in any number of dimensions: view(0, slice{{}, {},
    /// 2}, ellipsis). All indices leave a view without dimensions. Checked always: std::out_of_range, geometry_error.
    template <std::convertible_to<selector>... Parts>
    [[nodiscard]] memory_view operator()(const Parts&... parts) const
    {
        return select(std::array<selector, sizeof...(Parts)>{selector(parts)...});
    }
    [[nodiscard]] memory_view operator[](const selector& part) const { return select({&part, 1}); }
    [[nodiscard]] memory_view select(std::span<const selector> parts) const;

    /// As geometry's.
    [[nodiscard]] memory_view transpose() const;
    [[nodiscard]] memory_view transpose(std::initializer_list<std::ptrdiff_t> axes) const;
    [[nodiscard]] memory_view transpose(std::span<const std::ptrdiff_t> axes) const;
    [[nodiscard]] memory_view reshape(std::initializer_list<std::ptrdiff_t> shape) const;
    [[nodiscard]] memory_view reshape(std::span<const std::ptrdiff_t> shape) const;
    /// Read-only, since one item has several indices.
    [[nodiscard]] memory_view broadcast_to(std::initializer_list<std::size_t> shape) const;
    [[nodiscard]] memory_view broadcast_to(view::shape_span shape) const;

    /// One field of every item, with this view's shape and strides: field("inner.x"). Throws std::out_of_range that
    /// names the fields there are.
    [[nodiscard]] memory_view field(std::string_view dotted_path) const;
    /// Of items that are sub-arrays, their elements: their dimensions are put behind. Of others, the view as it is.
    [[nodiscard]] memory_view subdivide() const;

    /// The same bytes as items of another format: one dimension, or `shape`. As in CPython the view has to be C
    /// contiguous, either format bytes (b, B, c), the bytes a multiple of the new item's size; shapes are 1-d to n-d or
    /// n-d to 1-d. Beyond CPython, the new format may be any, and where it asks for an alignment (i, and not =i) the
    /// bytes must have it. Throws buffer_error that says why not.
    [[nodiscard]] memory_view cast(const item_format& format) const;
    [[nodiscard]] memory_view cast(const item_format& format, view::shape_span shape) const;
    [[nodiscard]] memory_view cast(std::string_view format) const { return cast(item_format{format}); }
    [[nodiscard]] memory_view cast(std::string_view format, std::initializer_list<std::size_t> shape) const
    {
        return cast(item_format{format}, {shape.begin(), shape.size()});
    }
    /// To T's own format: cast<float>({480, 640}).
    template <describable_record T>
    [[nodiscard]] memory_view cast() const
    {
        return cast(item_format::of<T>());
    }
    template <describable_record T>
    [[nodiscard]] memory_view cast(std::initializer_list<std::size_t> shape) const
    {
        return cast(item_format::of<T>(), {shape.begin(), shape.size()});
    }

    /// Read-only: Python's toreadonly().
    [[nodiscard]] memory_view as_const() const;

    /// The same as a typed view, borrowed from this one's lease; view<const quote>(), view<float, 2>(). Throws
    /// buffer_error unless the format is T's, the dimensions are Rank, data and strides are aligned for T, and the
    /// view is writable or T const. A const std::byte or unsigned char is any item of one byte.
    /// @pre Where T has a bool, its byte is 0 or 1; at() reads any.
    template <class T, std::size_t Rank = 1>
        requires(describable_record<std::remove_const_t<T>>)
    [[nodiscard]] strided_view<T, Rank> view() const
    {
        require_typed({item_format::of<std::remove_const_t<T>>(), alignof(T), Rank, std::is_const_v<T>, is_byte<T>});
        // Without items nothing need be aligned.
        T* const first = layout_.empty() ? nullptr : reinterpret_cast<T*>(data_);
        std::array<std::size_t, Rank> sizes{};
        std::array<std::ptrdiff_t, Rank> strides_bytes{};
        std::ranges::copy(layout_.shape(), sizes.begin());
        std::ranges::copy(layout_.strides(), strides_bytes.begin());
        if constexpr (Rank == 1) {
            return {first, sizes[0], strides_bytes[0]};
        } else {
            return {first, sizes, strides_bytes};
        }
    }

    // ---- copies, all of which say so ----

    /// Every item's bytes, one after another, in the order asked for.
    [[nodiscard]] std::vector<std::byte> to_bytes(item_order order = item_order::c) const;
    /// The same into memory. Throws geometry_error unless it is nbytes() long. @pre It does not overlap this view.
    void copy_to(std::span<std::byte> memory, item_order order = item_order::c) const;
    void copy_to(const memory_view& other) const { other.copy_from(*this); }
    /// Python's view[...] = other: item for item, correct where the two overlap. Throws buffer_error unless this view
    /// is writable and both have the same shape and format.
    void copy_from(const memory_view& other) const;

    /// Two digits a byte, in C order; `separator` after each `bytes_per_separator` of them, counted from the right, or
    /// from the left where negative: bytes.hex().
    [[nodiscard]] std::string hex() const;
    [[nodiscard]] std::string hex(char separator, int bytes_per_separator = 1) const;

    // ---- comparison ----

    /// By value: of the same shape, and every item equal as items_equal() has it, whatever the formats: 1 == 1.0, and
    /// a view that holds a nan is not equal to itself. A released view is equal to itself alone.
    [[nodiscard]] friend bool operator==(const memory_view& left, const memory_view& right)
    {
        return equal(left, right);
    }

    /// Of the bytes in C order: that of std::string_view. Equal views have equal ones. Throws buffer_error, as CPython
    /// does, unless the view is read-only and of b, B or c.
    [[nodiscard]] std::size_t hash() const;

    /// As NumPy prints an array: rows in brackets, columns aligned, of more than a thousand items the first and last
    /// three of each dimension. docs/views.md, "Printing".
    friend std::ostream& operator<<(std::ostream& out, const memory_view& view);

    // ---- lifetime ----

    /// Lets go of the bytes: the view cannot be used any more. Slices and copies still can. Throws buffer_error
    /// (errc::buffer_exported) and changes nothing while an exported_buffer got from this view lives. Idempotent.
    void release();
    [[nodiscard]] bool is_released() const noexcept { return !is_usable_; }
    /// Buffers got from this view that live.
    [[nodiscard]] std::size_t exports() const noexcept { return exports_.living(); }

private:
    friend class exported_buffer;

    struct wanted_type {
        const item_format& format;
        std::size_t alignment;
        std::size_t ndim;
        bool is_const;
        bool is_byte;
    };

    template <class T>
    static constexpr bool is_byte = std::same_as<T, const std::byte> || std::same_as<T, const unsigned char>;

    template <class T>
    [[nodiscard]] static auto bytes_at(T* data) noexcept
    {
        using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
        return reinterpret_cast<byte*>(data);
    }

    [[nodiscard]] const memory_view& used() const
    {
        if (!is_usable_) [[unlikely]] {
            throw_released();
        }
        return *this;
    }

    /// An index beyond any dimension stays one.
    template <std::integral Index>
    [[nodiscard]] static constexpr std::ptrdiff_t index_of(Index index) noexcept
    {
        using limits = std::numeric_limits<std::ptrdiff_t>;
        return std::in_range<std::ptrdiff_t>(index) ? static_cast<std::ptrdiff_t>(index) : limits::max();
    }

    template <std::integral... Indices>
    [[nodiscard]] const std::byte* item(Indices... indices) const
    {
        const std::array<std::ptrdiff_t, sizeof...(Indices)> places{index_of(indices)...};
        return used().data_ + layout_.offset_of(places);
    }

    [[noreturn]] static void throw_released();
    void require_typed(const wanted_type& wanted) const;
    [[nodiscard]] memory_view with(std::ptrdiff_t offset_bytes, geometry layout) const;
    [[nodiscard]] static bool equal(const memory_view& left, const memory_view& right);

    std::byte* data_ = nullptr; // of a read-only view never written
    geometry layout_;
    item_format format_;
    lease held_;
    view::export_count exports_;
    bool is_readonly_ = false;
    bool is_usable_ = true;
};

} // namespace samepage

template <>
struct std::hash<samepage::memory_view> {
    [[nodiscard]] std::size_t operator()(const samepage::memory_view& view) const { return view.hash(); }
};
