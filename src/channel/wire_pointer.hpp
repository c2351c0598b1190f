// SPDX-License-Identifier: BSL-1.0
// wire_pointer.hpp: the fields of a pointer of Cap'n Proto's encoding, taken from its word.
// Thread safety: all of it may be called at any time.
// Source: https://capnproto.org/encoding.html.
#pragma once

#include <capnp/common.h>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace samepage::wire {

static_assert(std::endian::native == std::endian::little, "Cap'n Proto messages in place need a little-endian machine");

constexpr std::size_t most_segment_words = (std::size_t{1} << 29U) - 1;

// An atomic load keeps the compiler from reading the page a second time, after the value was checked (I7). The order
// comes from taking the record.
[[nodiscard]] inline std::uint64_t read(const capnp::word* at) noexcept
{
    return __atomic_load_n(reinterpret_cast<const std::uint64_t*>(at), __ATOMIC_RELAXED);
}
[[nodiscard]] inline const std::byte* bytes(const capnp::word* at) noexcept
{
    return reinterpret_cast<const std::byte*>(at);
}
[[nodiscard]] inline std::uint8_t read_byte(const capnp::word* at, std::size_t index) noexcept
{
    return __atomic_load_n(reinterpret_cast<const std::uint8_t*>(at) + index, __ATOMIC_RELAXED);
}
/// The 16 bits at `index`, counted in 16 bits.
[[nodiscard]] inline std::uint16_t read_half(const std::byte* data, std::size_t index) noexcept
{
    return __atomic_load_n(reinterpret_cast<const std::uint16_t*>(data) + index, __ATOMIC_RELAXED);
}

enum class kind : std::uint8_t { structure, list, far, other };

[[nodiscard]] constexpr std::uint32_t low(std::uint64_t pointer) noexcept
{
    return static_cast<std::uint32_t>(pointer);
}
[[nodiscard]] constexpr std::uint32_t high(std::uint64_t pointer) noexcept
{
    return static_cast<std::uint32_t>(pointer >> 32U);
}

[[nodiscard]] constexpr kind kind_of(std::uint64_t pointer) noexcept
{
    return static_cast<kind>(pointer & 3U);
}
/// Of a struct or list, in words from the end of the pointer.
[[nodiscard]] constexpr std::int32_t offset(std::uint64_t pointer) noexcept
{
    return static_cast<std::int32_t>(low(pointer)) >> 2;
}
[[nodiscard]] constexpr bool is_capability(std::uint64_t pointer) noexcept
{
    return low(pointer) == 3;
}

/// Of a struct, or a tag.
[[nodiscard]] constexpr std::uint32_t data_words(std::uint64_t pointer) noexcept
{
    return high(pointer) & 0xFFFFU;
}
[[nodiscard]] constexpr std::uint32_t pointer_count(std::uint64_t pointer) noexcept
{
    return high(pointer) >> 16U;
}
/// Of a tag: the structs that follow it. Readers leave the uppermost bit out.
[[nodiscard]] constexpr std::uint32_t tag_count(std::uint64_t pointer) noexcept
{
    return (low(pointer) >> 2U) & 0x1FFFFFFFU;
}

[[nodiscard]] constexpr capnp::ElementSize size_of_elements(std::uint64_t pointer) noexcept
{
    return static_cast<capnp::ElementSize>(high(pointer) & 7U);
}
/// Of a list; of a list of structs, its words.
[[nodiscard]] constexpr std::uint32_t element_count(std::uint64_t pointer) noexcept
{
    return high(pointer) >> 3U;
}
/// Of an element that is neither pointer nor struct, else 0.
[[nodiscard]] constexpr std::uint32_t data_bits(capnp::ElementSize size) noexcept
{
    constexpr std::uint32_t bits[] = {0, 1, 8, 16, 32, 64, 0, 0};
    return bits[static_cast<unsigned>(size)];
}

[[nodiscard]] constexpr bool is_double_far(std::uint64_t pointer) noexcept
{
    return (pointer & 4U) != 0;
}
/// Of a far pointer: of the landing pad in its segment, in words.
[[nodiscard]] constexpr std::uint32_t far_offset(std::uint64_t pointer) noexcept
{
    return low(pointer) >> 3U;
}
[[nodiscard]] constexpr std::uint32_t far_segment(std::uint64_t pointer) noexcept
{
    return high(pointer);
}

} // namespace samepage::wire
