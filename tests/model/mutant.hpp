// SPDX-License-Identifier: BSL-1.0
// mutant.hpp: one operation of the shipped code made wrong, by its place in the source. The code itself is unchanged.
// Thread safety: none.
#pragma once

#include <string>

#include <experimental/source_location>

namespace model {

enum class mutation : unsigned char {
    none,
    relaxed, ///< the operation loses its order; a heavy fence becomes one's own full fence
    dropped, ///< it does not happen
    repeats, ///< a load does not look again: it tells what this process saw there last
    zero,    ///< a load sees nothing
    late,    ///< a store happens behind the next load: what a compiler may do without the fence in between
    always,  ///< try_lock succeeds
};

/// The operations on these lines of a file, at most one mutant at a time.
struct active_mutant {
    mutation how = mutation::none;
    unsigned line = 0;
    std::string file; ///< how its path ends
};

inline active_mutant the_mutant;
inline bool mutant_was_met = false;

[[nodiscard]] inline mutation mutation_at(const std::experimental::source_location& at)
{
    if (the_mutant.how == mutation::none || at.line() != the_mutant.line ||
        !std::string_view{at.file_name()}.ends_with(the_mutant.file)) {
        return mutation::none;
    }
    mutant_was_met = true;
    return the_mutant.how;
}

} // namespace model
