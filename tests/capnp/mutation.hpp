// SPDX-License-Identifier: BSL-1.0
// mutation.hpp: a message changed here and there, most of all in its pointers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spoiling {

/// One change to a stream message. `next` gives random numbers; `places` are indices of words that are worth it.
template <class Next>
void spoil(std::span<std::uint64_t> message, std::span<const std::size_t> places, Next&& next)
{
    const auto any = [&] { return next() % message.size(); };
    const auto chosen = places.empty() || next() % 4 == 0 ? any() : places[next() % places.size()];
    auto& word = message[chosen];
    const auto add = [&](unsigned shift, std::uint64_t mask) { // to one field of a pointer
        const auto changed = (word >> shift) + next() % 9 - 4;
        word = (word & ~(mask << shift)) | ((changed & mask) << shift);
    };
    switch (next() % 14) {
    case 0: word ^= std::uint64_t{1} << next() % 64; break;
    case 1: word = message[any()]; break;
    case 2: {
        const auto other = any();
        const auto swapped = message[other];
        message[other] = word;
        message[chosen] = swapped;
        break;
    }
    case 3: word = next() >> next() % 64; break;
    case 4: add(2, 0x3FFFFFFF); break;                                               // offset, or count of a tag
    case 5: word = (word & ~std::uint64_t{3}) | next() % 4; break;                   // kind
    case 6: add(32, 0xFFFF); break;                                                  // data words
    case 7: add(48, 0xFFFF); break;                                                  // pointers
    case 8: word = (word & ~(std::uint64_t{7} << 32U)) | (next() % 8) << 32U; break; // size of elements
    case 9: add(35, 0x1FFFFFFF); break;                                              // elements
    case 10: word = (next() % 3) << 32U | (next() % message.size()) << 3U | (next() % 2) << 2U | 2U; break; // far
    case 11: word = 0; break;
    case 12: // back to where it lies, or before: a circle
        word = (word & ~std::uint64_t{0xFFFFFFFC}) | ((~(next() % (chosen + 1)) << 2U) & 0xFFFFFFFC);
        break;
    default: word = (next() % 0x1000) << 2U | 1U | (next() % 8) << 32U | (next() % 64) << 35U; // any list
    }
}

} // namespace spoiling
