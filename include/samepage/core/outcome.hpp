// SPDX-License-Identifier: BSL-1.0
// outcome.hpp: what became of a call that may normally fail; a value, never thrown.
#pragma once

#include <samepage/core/language.hpp>

#include <cstdint>
#include <string_view>

namespace samepage {

/// Why a loan, a batch or a message is what it is: `ok` when it holds something, else the reason it is empty.
enum class outcome : std::uint8_t {
    ok,
    empty,         ///< nothing published yet (try_ forms)
    full,          ///< no room now: a lossless consumer has not released it, or lossy ones hold too much
    too_large,     ///< never fits: larger than the channel's largest record or batch
    closed,        ///< all producers closed and everything was taken; or this handle was closed
    producer_died, ///< the last producer died without closing and everything published was taken
    timed_out,     ///< the limit of a _for or _until form passed
    too_many_held, ///< the consumer holds as many batches as it said it would: release one
    retired,       ///< the channel was removed, and its name is another's by now: attach to that
    unmapped,      ///< the channel's rings changed, and this process has no room for the new one's pages: try again
    invalid_after_fork, ///< this handle is the parent's: it was made before a fork, and this process is the child
    corrupt,            ///< the page holds what no correct producer writes; see docs/protocol.md, "Corrupt pages"
};

/// The name of `value` as it is written in a program, "producer_died"; "unknown" for a value outside the enumeration.
/// Lifetime: static.
[[nodiscard]] std::string_view to_string(outcome value) noexcept;

} // namespace samepage
