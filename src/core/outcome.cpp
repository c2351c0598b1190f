// SPDX-License-Identifier: BSL-1.0
// outcome.cpp: the words for the outcomes.
#include <samepage/core/outcome.hpp>

namespace samepage {

std::string_view to_string(outcome value) noexcept
{
    switch (value) {
    case outcome::ok: return "ok";
    case outcome::empty: return "empty";
    case outcome::full: return "full";
    case outcome::too_large: return "too_large";
    case outcome::closed: return "closed";
    case outcome::producer_died: return "producer_died";
    case outcome::timed_out: return "timed_out";
    case outcome::too_many_held: return "too_many_held";
    case outcome::retired: return "retired";
    case outcome::unmapped: return "unmapped";
    case outcome::invalid_after_fork: return "invalid_after_fork";
    case outcome::corrupt: return "corrupt";
    }
    return "unknown";
}

} // namespace samepage
