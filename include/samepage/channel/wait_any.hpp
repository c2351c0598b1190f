// SPDX-License-Identifier: BSL-1.0
// wait_any.hpp: waiting for records on several channels at once.
// Thread safety: one thread at a time for each consumer.
#pragma once

#include <samepage/ring/wait_any.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace samepage {

/// Waits until one of the consumers, of whatever types and channels, has something to say: records, or the end of its
/// stream. Spins, then sleeps, as wait_policy's defaults do; one sleep for all of them.
/// @return the index of the first such consumer, in the order given: its try_take() tells what it is (seldom nothing
/// after all: a gap that it passed over). A busy one given first hides those behind it; give those that matter first,
/// or in turn.
/// @pre none of them is armed. @throws std::bad_alloc. Source: docs/protocol.md, "Waiting".
template <class... Consumers>
[[nodiscard]] std::size_t wait_any(Consumers&... consumers)
{
    const std::array<ring::waiting_party*, sizeof...(Consumers)> all{&consumers.waiting()...};
    return *ring::wait_any(all, wait_policy{}, ring::limits::never);
}

/// As wait_any(), waits at most `span`: nothing when it has passed.
template <class Rep, class Period, class... Consumers>
[[nodiscard]] std::optional<std::size_t> wait_any_for(std::chrono::duration<Rep, Period> span, Consumers&... consumers)
{
    const std::array<ring::waiting_party*, sizeof...(Consumers)> all{&consumers.waiting()...};
    return ring::wait_any(all, wait_policy{}, ring::limits::after(span));
}

} // namespace samepage
