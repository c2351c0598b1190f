// SPDX-License-Identifier: BSL-1.0
// channels.hpp: how a row opens its channels, and reaches the words of their records.
#pragma once

#include "site.hpp"

#include <samepage/channel/bytes_loan.hpp>
#include <samepage/core/outcome.hpp>
#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace bench {

[[nodiscard]] inline samepage::channel_options producing(const site& here, std::size_t ring_bytes,
                                                         samepage::wait_policy wait, std::size_t alignment = 8)
{
    return {.capacity_bytes = ring_bytes, .payload_alignment = alignment, .directory = here.directory(), .wait = wait};
}

/// The other side may be slower to create its channel than we are to join it.
[[nodiscard]] inline samepage::consumer_options consuming(const site& here, samepage::wait_policy wait)
{
    return {.wait_for_channel = std::chrono::seconds{30}, .directory = here.directory(), .wait = wait};
}

[[noreturn]] inline void nothing_came(samepage::outcome why)
{
    throw std::runtime_error("no loan or no record: " + std::string(samepage::to_string(why)));
}

[[nodiscard]] inline std::uint64_t* words_of(const samepage::bytes_loan& loan)
{
    return reinterpret_cast<std::uint64_t*>(loan.data());
}

[[nodiscard]] inline const std::uint64_t* words_of(std::span<const std::byte> record)
{
    return reinterpret_cast<const std::uint64_t*>(record.data());
}

/// Has every page of the ring mapped before the clock runs, as the limits' memory is: pages are met for the first time
/// long after a ring's first lap if little of each record is touched.
inline void map_pages(const samepage::channel_info& of)
{
    constexpr std::size_t page_bytes = 4096;
    const volatile std::byte* const ring = of.ring;
    for (std::size_t i = 0; i < 2 * of.capacity_bytes; i += page_bytes) { // the ring is mapped twice, back to back
        static_cast<void>(ring[i]);
    }
}

/// Two channels for round trips: one each way. A side creates its own before it waits for the other's.
template <class Producer, class Consumer>
struct both_ways {
    /// @param prefix  tells the channels from those of another pair of this side.
    both_ways(site& here, const samepage::channel_options& options, samepage::wait_policy wait,
              const std::string& prefix = {})
        : request_(here.channel(prefix + "request")),
          reply_(here.channel(prefix + "reply")),
          out(here.who() == role::a ? request_ : reply_, options),
          in(here.who() == role::a ? reply_ : request_, consuming(here, wait))
    {
        map_pages(out.info());
        map_pages(in.info());
    }

private:
    std::string request_, reply_;

public:
    Producer out;
    Consumer in;
};

} // namespace bench
