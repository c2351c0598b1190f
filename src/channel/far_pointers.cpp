// SPDX-License-Identifier: BSL-1.0
// far_pointers.cpp: a walk over all pointers of a message that follows the far ones and makes them near.
#include "channel/far_pointers.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace samepage {
namespace {

constexpr std::ptrdiff_t word_bytes = 8;

enum class kind : unsigned { structure = 0, list = 1, far = 2, other = 3 };
enum element : unsigned { pointers = 6, structures = 7 };

/// A pointer as it lies in a message.
class wire_pointer {
public:
    explicit wire_pointer(std::byte* where) noexcept : where_(where) { std::memcpy(&bits_, where, sizeof bits_); }

    [[nodiscard]] bool is_null() const noexcept { return bits_ == 0; }
    [[nodiscard]] kind what() const noexcept { return static_cast<kind>(bits_ & 3U); }

    // structure and list: where the content begins.
    [[nodiscard]] std::byte* target() const noexcept { return where_ + word_bytes * (1 + offset()); }
    // structure, or the tag of a list of them
    [[nodiscard]] unsigned data_words() const noexcept { return static_cast<unsigned>(bits_ >> 32U) & 0xffffU; }
    [[nodiscard]] unsigned pointer_words() const noexcept { return static_cast<unsigned>(bits_ >> 48U); }
    [[nodiscard]] unsigned tag_count() const noexcept { return static_cast<unsigned>(bits_ & 0xffff'ffffU) >> 2U; }
    // list
    [[nodiscard]] unsigned element_code() const noexcept { return static_cast<unsigned>(bits_ >> 32U) & 7U; }
    [[nodiscard]] unsigned count() const noexcept { return static_cast<unsigned>(bits_ >> 35U); }
    // far
    [[nodiscard]] bool is_double() const noexcept { return (bits_ >> 2U & 1U) != 0; }
    [[nodiscard]] std::byte* pad(std::span<std::byte* const> segments) const noexcept
    {
        return segments[bits_ >> 32U] + word_bytes * static_cast<std::ptrdiff_t>(bits_ >> 3U & 0x1fff'ffffU);
    }

    /// The same sizes as `tag` says, at `to`.
    void lead(const wire_pointer& tag, const std::byte* to) noexcept
    {
        std::ptrdiff_t words = (to - where_) / word_bytes - 1;
        if (tag.what() == kind::structure && (tag.bits_ >> 32U) == 0) {
            words = -1; // a structure of no size: 0 would be null
        }
        bits_ = (tag.bits_ & 0xffff'ffff'0000'0003U) | (static_cast<std::uint32_t>(words) & 0x3fff'ffffU) << 2U;
        std::memcpy(where_, &bits_, sizeof bits_);
    }

    void clear() noexcept { std::memset(where_, 0, word_bytes); }

private:
    [[nodiscard]] std::ptrdiff_t offset() const noexcept
    {
        return std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(bits_)) >> 2;
    }

    std::byte* where_;
    std::uint64_t bits_ = 0;
};

/// Pointers that are still to be visited: `rows` times `columns` of them.
struct pointer_table {
    std::byte* first;
    std::size_t rows;
    std::size_t columns;
    std::ptrdiff_t row_bytes;
};

/// A far pointer becomes a near one.
void make_near(wire_pointer& far, std::span<std::byte* const> segments) noexcept
{
    wire_pointer pad{far.pad(segments)};
    if (far.is_double()) {
        wire_pointer tag{far.pad(segments) + word_bytes};
        far.lead(tag, pad.pad(segments));
        tag.clear();
    } else {
        far.lead(pad, pad.target());
    }
    pad.clear();
}

/// The pointers in what `from` leads to.
pointer_table pointers_behind(const wire_pointer& from) noexcept
{
    std::byte* const target = from.target();
    if (from.what() == kind::structure) {
        return {target + word_bytes * from.data_words(), 1, from.pointer_words(), 0};
    }
    switch (from.element_code()) {
    case element::pointers: return {target, 1, from.count(), 0};
    case element::structures: {
        const wire_pointer tag{target};
        const std::ptrdiff_t words = tag.data_words() + tag.pointer_words();
        return {target + word_bytes * (1 + tag.data_words()), tag.tag_count(), tag.pointer_words(), word_bytes * words};
    }
    default: return {target, 0, 0, 0};
    }
}

} // namespace

void join_segments(std::span<std::byte* const> segments)
{
    std::vector<pointer_table> open{{segments.front(), 1, 1, 0}}; // a message may be deeper than a stack
    while (!open.empty()) {
        const pointer_table table = open.back();
        open.pop_back();
        for (std::size_t row = 0; row < table.rows; ++row) {
            for (std::size_t column = 0; column < table.columns; ++column) {
                wire_pointer each{table.first + static_cast<std::ptrdiff_t>(row) * table.row_bytes +
                                  static_cast<std::ptrdiff_t>(column) * word_bytes};
                if (each.what() == kind::far) {
                    make_near(each, segments);
                }
                if (each.is_null() || each.what() == kind::other) {
                    continue;
                }
                const pointer_table behind = pointers_behind(each);
                if (behind.rows != 0 && behind.columns != 0) {
                    open.push_back(behind);
                }
            }
        }
    }
}

} // namespace samepage
