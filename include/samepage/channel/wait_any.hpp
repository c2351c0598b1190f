// SPDX-License-Identifier: BSL-1.0
// wait_any.hpp: waiting for records on several channels at once.
// Thread safety: one thread at a time for each consumer.
#pragma once

#include <samepage/ring/wait_any.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <type_traits>

namespace samepage {

/// Waits until one of the consumers, of whatever types and channels, has something to say: records, or the end of its
/// stream. Spins, then sleeps, as `how` says or as wait_policy's defaults do; one sleep for all of them.
/// @return the index of the first such consumer, in the order given: its try_take() tells what it is (seldom nothing
/// after all: a gap that it passed over). A busy one given first hides those behind it; give those that matter first,
/// or in turn.
/// @pre none of them is armed. @throws std::bad_alloc. Source: docs/protocol.md, "Waiting".
template <class... Consumers>
[[nodiscard]] std::size_t wait_any(const wait_policy& how, Consumers&... consumers)
{
    const std::array<ring::waiting_party*, sizeof...(Consumers)> parties{&consumers.waiting()...};
    return *ring::wait_any(parties, how, ring::limits::never);
}

template <class Consumer, class... Consumers>
    requires(!std::is_same_v<std::remove_cv_t<Consumer>, wait_policy>)
[[nodiscard]] std::size_t wait_any(Consumer& first, Consumers&... consumers)
{
    return wait_any(wait_policy{}, first, consumers...);
}

/// As wait_any(), waits at most `span`: nothing when it has passed.
template <class Rep, class Period, class... Consumers>
[[nodiscard]] std::optional<std::size_t> wait_any_for(std::chrono::duration<Rep, Period> span, const wait_policy& how,
                                                      Consumers&... consumers)
{
    const std::array<ring::waiting_party*, sizeof...(Consumers)> parties{&consumers.waiting()...};
    return ring::wait_any(parties, how, ring::limits::after(span));
}

template <class Rep, class Period, class Consumer, class... Consumers>
    requires(!std::is_same_v<std::remove_cv_t<Consumer>, wait_policy>)
[[nodiscard]] std::optional<std::size_t> wait_any_for(std::chrono::duration<Rep, Period> span, Consumer& first,
                                                      Consumers&... consumers)
{
    return wait_any_for(span, wait_policy{}, first, consumers...);
}

} // namespace samepage
