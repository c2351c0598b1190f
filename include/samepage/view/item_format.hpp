// SPDX-License-Identifier: BSL-1.0
// item_format.hpp: what one item of a view is: a PEP 3118 format string, read.
// Thread safety: immutable; copies share what was read and may be used, and destroyed, by any thread.
#pragma once

#include <samepage/view/describable_record.hpp>
#include <samepage/view/format.hpp>
#include <samepage/view/format_error.hpp>
#include <samepage/view/item_kind.hpp>

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace samepage {

namespace view {
struct format_node;
} // namespace view

struct item_field;

/// A format, read: kind, size, byte order, and what lies where inside. docs/views.md, "Formats", has the grammar, the
/// codes and what is refused.
/// SECURITY: the text may come from whoever wrote the page. Reading it takes time and memory in proportion to its
/// length, which is limited, as are depth, the number of fields, and the size of an item.
class item_format {
public:
    /// Limits on what is read; format_of<T>() of a larger T cannot be read either.
    static constexpr std::size_t max_text = std::size_t{1} << 20U;   ///< characters
    static constexpr std::size_t max_fields = std::size_t{1} << 16U; ///< at all depths together
    static constexpr std::size_t max_depth = 64;                     ///< structures in structures
    static constexpr std::size_t max_dimensions = 64;                ///< of one sub-array

    /// Unsigned bytes, `B`: what an exporter that names no format means.
    item_format();

    /// Throws format_error, which names the column and what was expected there.
    explicit item_format(std::string_view text);

    /// That of format_of<T>(), read once. Lifetime: static.
    template <describable_record T>
    [[nodiscard]] static const item_format& of()
    {
        static const item_format made{format_of<T>()};
        return made;
    }

    /// The canonical spelling, that of format_of<T>(): a scalar is its code alone, after `>` if its byte order is not
    /// this machine's; a structure is `<T{…}` with every byte of padding spelled out; an array is `(2,3)<f`. Equal
    /// formats have equal texts; item_format{text()} == *this, where text() is within max_text (it can be up to three
    /// times as long as what was read).
    [[nodiscard]] std::string text() const;

    /// Bytes. As struct.calcsize() counts them: what stands at the outermost level has no padding behind it; T{…} has.
    [[nodiscard]] std::size_t itemsize() const noexcept;

    /// What the spelling asks for: that of the most aligned scalar that stands in mode `@`, 1 where none does. The
    /// address of an item need not have it; items are read and written by value. Not compared by ==, and text() does
    /// not keep it.
    [[nodiscard]] std::size_t alignment() const noexcept;

    [[nodiscard]] item_kind kind() const noexcept;

    /// The code of a scalar: one of `? c b B h H i I q Q e f d g s x p u w P`. Integers by size and sign, whatever the
    /// spelling: `l` is `q` or `i`. Of complex: that of its parts, `f d g`. Of structures and sub-arrays: 'T' and '('.
    [[nodiscard]] char code() const noexcept;

    /// Whether all scalars inside are in this machine's byte order; those of one byte always are.
    [[nodiscard]] bool is_native_order() const noexcept;

    /// The dimensions of a sub-array, outermost first; of anything else none. Lifetime: this format's, or a copy's.
    [[nodiscard]] std::span<const std::size_t> shape() const noexcept;

    /// What a sub-array holds, itself never a sub-array: (2)3d is (2,3)d.
    /// @pre kind() == item_kind::sub_array.
    [[nodiscard]] item_format element() const noexcept;

    /// Of a structure, its fields, padding left out; of anything else 0.
    [[nodiscard]] std::size_t field_count() const noexcept;

    /// @pre index < field_count().
    [[nodiscard]] item_field field(std::size_t index) const;

    /// The field of that name; "inner.x" is field x of field inner, its offset from the begin of this item. Where names
    /// have dots themselves, the longest that fits wins. Throws std::out_of_range, which names the fields there are.
    [[nodiscard]] item_field field(std::string_view dotted_path) const;

    /// Same sizes, codes, byte orders, offsets and names, however spelled.
    [[nodiscard]] friend bool operator==(const item_format& left, const item_format& right) noexcept
    {
        return left.node_ == right.node_ || same_layout(*left.node_, *right.node_);
    }

    /// text().
    friend std::ostream& operator<<(std::ostream& out, const item_format& format);

    /// For the view floor's own sources. Lifetime: this format's, or a copy's.
    [[nodiscard]] const view::format_node& node() const noexcept { return *node_; }

private:
    explicit item_format(std::shared_ptr<const view::format_node> node) noexcept : node_{std::move(node)} {}

    [[nodiscard]] static bool same_layout(const view::format_node& left, const view::format_node& right) noexcept;

    std::shared_ptr<const view::format_node> node_; // owns the whole tree that this is a part of
};

/// A field of a structure.
struct item_field {
    std::string name;         ///< empty if it has none
    std::size_t offset_bytes; ///< from the begin of the item that it was asked of
    item_format format;
};

} // namespace samepage
