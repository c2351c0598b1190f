// SPDX-License-Identifier: BSL-1.0
// session.cpp: repetitions, calibration, and the guard around each burst.
#include "session.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace bench {

double median(std::vector<double> values)
{
    assert(!values.empty());
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

session::session(process_pair& pair, const std::vector<row>& rows, std::vector<std::size_t> chosen, std::size_t guard,
                 session_options options)
    : pair_(&pair), rows_(&rows), chosen_(std::move(chosen)), guard_(guard), options_(options)
{
    for (const std::size_t index : chosen_) {
        outcomes_[index];
    }
}

void session::run(const std::function<void(unsigned)>& progress)
{
    constexpr int first_looks = 9;
    for (int i = 0; options_.guarded && i < first_looks; ++i) {
        guards_.push_back(look_at_machine());
    }
    for (unsigned repetition = 1; repetition <= options_.repetitions; ++repetition) {
        progress(repetition);
        for (const std::size_t index : chosen_) {
            outcome_of_row& outcome = outcomes_.at(index);
            if (!outcome.problem.empty() || (*rows_)[index].a == nullptr) {
                continue;
            }
            try {
                measure(index);
            } catch (const burst_failed& problem) {
                outcome.problem = problem.what();
            }
        }
    }
}

double session::look_at_machine()
{
    constexpr std::uint64_t round_trips = 2000;
    const row& guard = (*rows_)[guard_];
    const double first = figure(guard, round_trips, pair_->run(guard_, round_trips).seconds);
    const double second = figure(guard, round_trips, pair_->run(guard_, round_trips).seconds);
    return std::min(first, second);
}

double session::usual() const
{
    return median(guards_);
}

void session::measure(std::size_t row_index)
{
    if (!options_.guarded) {
        const std::uint64_t count = count_for_burst(row_index);
        keep(row_index, count, pair_->run(row_index, count));
        return;
    }
    for (unsigned attempt = 1;; ++attempt) {
        const std::uint64_t count = count_for_burst(row_index);
        const double before = look_at_machine();
        const burst_result burst = pair_->run(row_index, count);
        const double after = look_at_machine();
        operations_a_second_[row_index] = static_cast<double>(count) / burst.seconds;

        const bool shared_core = std::min(before, after) < usual() / 2;
        const bool changed = std::max(before, after) > 2 * std::min(before, after);
        if ((shared_core || changed) && attempt < most_attempts) {
            ++(shared_core ? discarded_.shared_core : discarded_.changed);
            continue;
        }
        if (shared_core || changed) {
            ++discarded_.kept;
            guards_.clear(); // what is usual is learnt anew
        }
        guards_.push_back(before);
        guards_.push_back(after);
        keep(row_index, count, burst);
        return;
    }
}

void session::keep(std::size_t row_index, std::uint64_t count, const burst_result& burst)
{
    const row& what = (*rows_)[row_index];
    ++discarded_.counted;
    discarded_.preemptions += what.shares_processors ? 0 : burst.preemptions;
    outcomes_.at(row_index).figures.push_back(figure(what, count, burst.seconds));
    if (burst.limit_seconds) { // it stands right before
        const row& limit = (*rows_)[row_index - 1];
        outcomes_.at(row_index - 1).figures.push_back(figure(limit, count, *burst.limit_seconds));
    }
}

std::uint64_t session::count_for_burst(std::size_t row_index)
{
    const double wanted = options_.burst.count();
    if (!operations_a_second_.contains(row_index)) {
        // More and more, until it takes long enough to tell.
        for (std::uint64_t count = 16;; count *= 4) {
            const double seconds = pair_->run(row_index, count).seconds;
            operations_a_second_[row_index] = static_cast<double>(count) / seconds;
            if (seconds > wanted / 20) {
                break;
            }
        }
    }
    return static_cast<std::uint64_t>(std::max(16.0, std::ceil(wanted * operations_a_second_.at(row_index))));
}

} // namespace bench
