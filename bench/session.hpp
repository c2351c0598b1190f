// SPDX-License-Identifier: BSL-1.0
// session.hpp: the order of bursts, and which of them count.
#pragma once

#include "process_pair.hpp"
#include "row.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bench {

/// What became of a row.
struct outcome_of_row {
    std::vector<double> figures; ///< one a repetition
    std::string problem;         ///< why there are no more; empty if all went well
};

/// Bursts that were run again because the machine was not itself, and how it was during those that count.
struct discarded_bursts {
    unsigned shared_core = 0; ///< limit/one-line under half its usual value: the two processors share a core
    unsigned changed = 0;     ///< limit/one-line not the same before and after, by more than twice
    unsigned counted = 0;     ///< bursts that count
    unsigned kept = 0;        ///< counted all the same: again and again it was so, and that is how the machine is now
    long preemptions = 0;     ///< times another process ran on one of the two processors during bursts that count
};

struct session_options {
    unsigned repetitions = 5;
    std::chrono::duration<double> burst = std::chrono::milliseconds{60};
    bool guarded = true; ///< looks at the machine before and after each burst; else every burst counts
};

class session {
public:
    /// @param rows  all of them; chosen  indices of those to run, in this order; guard  index of limit/one-line.
    session(process_pair& pair, const std::vector<row>& rows, std::vector<std::size_t> chosen, std::size_t guard,
            session_options options);

    /// Runs each row once in each repetition, so that a row and its limit run next to each other, and calls
    /// `progress(repetition)` before each. @throws interrupted
    void run(const std::function<void(unsigned)>& progress);

    /// Of a row that was chosen.
    [[nodiscard]] const outcome_of_row& of(std::size_t row_index) const { return outcomes_.at(row_index); }
    [[nodiscard]] const discarded_bursts& discarded() const noexcept { return discarded_; }

private:
    /// Nanoseconds of limit/one-line now: the better of two short bursts.
    [[nodiscard]] double look_at_machine();
    [[nodiscard]] double usual() const;
    /// That burst counts.
    void keep(std::size_t row_index, std::uint64_t count, const burst_result& burst);
    /// One burst that counts: a figure of the row, and perhaps one of its limit.
    void measure(std::size_t row_index);
    [[nodiscard]] std::uint64_t count_for_burst(std::size_t row_index);

    static constexpr unsigned most_attempts = 8;

    process_pair* pair_;
    const std::vector<row>* rows_;
    std::vector<std::size_t> chosen_;
    std::size_t guard_;
    session_options options_;
    std::map<std::size_t, outcome_of_row> outcomes_;
    std::map<std::size_t, double> operations_a_second_;
    std::vector<double> guards_; ///< all that were looked at, while the machine stays as it is
    discarded_bursts discarded_;
};

[[nodiscard]] double median(std::vector<double> values);

} // namespace bench
