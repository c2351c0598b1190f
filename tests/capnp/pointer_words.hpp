// SPDX-License-Identifier: BSL-1.0
// pointer_words.hpp: where the pointers of a sound message of one segment lie, for those who spoil them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spoiling {

namespace detail {

inline void collect(std::span<const std::uint64_t> words, std::size_t at, std::vector<std::size_t>& found, bool tags)
{
    const auto pointer = words[at];
    if (pointer == 0 || (pointer & 2U) != 0) {
        return;
    }
    found.push_back(at);
    const auto to = static_cast<std::size_t>(static_cast<std::int64_t>(at) + 1 +
                                             (static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2));
    const auto each = [&](std::size_t first, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            collect(words, first + i, found, tags);
        }
    };
    const auto data_words = [](std::uint64_t word) { return (word >> 32U) & 0xFFFFU; };
    if ((pointer & 1U) == 0) {
        each(to + data_words(pointer), pointer >> 48U);
    } else if ((pointer >> 32U & 7U) == 6) {
        each(to, pointer >> 35U);
    } else if ((pointer >> 32U & 7U) == 7) {
        const auto tag = words[to];
        if (tags) {
            found.push_back(to);
        }
        const auto step = data_words(tag) + (tag >> 48U);
        for (std::size_t i = 0; i < (tag >> 2U & 0x1FFFFFFFU); ++i) {
            each(to + 1 + i * step + data_words(tag), tag >> 48U);
        }
    }
}

} // namespace detail

/// Indices into `segment`, the root's first, without null pointers and capabilities; if told, with the tags of lists of
/// structs.
[[nodiscard]] inline std::vector<std::size_t> pointer_words(std::span<const std::uint64_t> segment, bool tags)
{
    std::vector<std::size_t> found;
    detail::collect(segment, 0, found, tags);
    return found;
}

} // namespace spoiling
