// SPDX-License-Identifier: BSL-1.0
// mutant.hpp: operations of the shipped code made wrong, by their places in the source. The code itself is unchanged.
// Thread safety: none.
#pragma once

#include "model/memory.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <experimental/source_location>

namespace model {

enum class mutation : unsigned char {
    none,
    relaxed, ///< the operation loses its order; a heavy fence becomes one's own full fence
    dropped, ///< it does not happen
    repeats, ///< a load does not look again: it tells what this process saw there last
    zero,    ///< a load sees nothing
    late,    ///< a store happens behind the next load: what a compiler may do without the fence in between
    swapped, ///< a store happens behind the next store, or behind that of another line
    always,  ///< try_lock, try_share or compare_exchange succeeds
    never,   ///< it fails; held_elsewhere says no
};

struct line_of_source {
    std::string file; ///< how its path ends
    unsigned line = 0;

    [[nodiscard]] bool is(const std::experimental::source_location& at) const
    {
        return at.line() == line && std::string_view{at.file_name()}.ends_with(file);
    }
};

/// The mutant whose operations take place, if any.
class active_mutant {
public:
    struct change {
        line_of_source where;
        mutation how = mutation::none;
    };

    void set(std::vector<change> changes) { *this = active_mutant{}, changes_ = std::move(changes); }
    /// Only in one look: from the first `look` of a process behind its passing `opens`, up to its next one.
    void only_between(line_of_source opens, line_of_source look)
    {
        windowed_ = true;
        opens_ = std::move(opens);
        look_ = std::move(look);
    }
    /// What is swapped happens behind the store of this line.
    void only_behind(line_of_source store)
    {
        has_behind_ = true;
        behind_ = std::move(store);
    }
    [[nodiscard]] bool is_behind(const std::experimental::source_location& store) const
    {
        return !has_behind_ || behind_.is(store);
    }
    [[nodiscard]] bool active() const noexcept { return !changes_.empty(); }
    [[nodiscard]] bool was_met() const noexcept { return met_; }
    void begin_execution() noexcept { looks_ = {}; }

    [[nodiscard]] mutation at(const std::experimental::source_location& place, unsigned process)
    {
        if (windowed_ && !in_window(place, process)) {
            return mutation::none;
        }
        for (const change& one : changes_) {
            if (one.where.is(place)) {
                met_ = true;
                return one.how;
            }
        }
        return mutation::none;
    }

private:
    enum class window : unsigned char { none, next, now };

    bool in_window(const std::experimental::source_location& place, unsigned process)
    {
        window& here = looks_[process];
        if (opens_.is(place)) {
            here = window::next;
        } else if (look_.is(place)) {
            here = here == window::next ? window::now : window::none;
        }
        return here == window::now;
    }

    std::vector<change> changes_;
    bool windowed_ = false, met_ = false, has_behind_ = false;
    line_of_source opens_, look_, behind_;
    std::array<window, most_processes + 1> looks_{};
};

inline active_mutant the_mutant;

[[nodiscard]] inline mutation mutation_at(const std::experimental::source_location& at, unsigned process)
{
    return the_mutant.active() ? the_mutant.at(at, process) : mutation::none;
}

} // namespace model
