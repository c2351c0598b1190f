// SPDX-License-Identifier: BSL-1.0
// exploration.cpp: executions, one after another, within a budget; and one of them again.
#include "model/engine.hpp"

#include <algorithm>
#include <ctime>
#include <sstream>

namespace model {

void engine::begin_program(program& what, const limits& bounds)
{
    program_ = &what;
    processes_ = what.processes();
    mortals_ = what.mortals();
    random_mode_ = bounds.random;
    reduce_ = bounds.reduce && bounds.deviations < 0;
    deviations_ = bounds.random ? -1 : bounds.deviations;
    replaying_ = false;
    planned_ = 0;
    most_mortal_steps_.fill(1);
    longest_ = 64;
}

void engine::begin_random(std::uint64_t seed)
{
    random_state_ = seed * 0x9e37'79b9'7f4a'7c15;
    change_left_ = random() % 4 == 0 ? static_cast<unsigned>(longest_) : static_cast<unsigned>(random() % 12);
    for (unsigned i = 0; i < processes_; ++i) {
        most_mortal_steps_[i] = std::max(most_mortal_steps_[i], actors_[i].mortal_steps);
        actors_[i].priority = 1000 + static_cast<unsigned>(random() % 1000);
        actors_[i].dies_at = random() % 5 != 0 ? 1 + static_cast<unsigned>(random() % most_mortal_steps_[i]) : 0;
    }
}

report engine::explore(program& what, const limits& bounds)
{
    begin_program(what, bounds);
    report result;
    const std::clock_t begin = std::clock(); // processor time: others' load changes no budget
    const auto passed = [&] { return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC; };
    for (std::uint64_t round = 0;; ++round) {
        if (random_mode_) {
            begin_random(bounds.seed + round);
        }
        run_once(what);
        (redundant_ ? result.redundant : result.executions) += 1;
        result.steps += depth_;
        result.deaths += deaths_;
        result.timeouts += timeouts_;
        result.longest = std::max(result.longest, static_cast<unsigned>(depth_));
        longest_ = std::max<std::size_t>(result.longest, 16);
        if (!violation_.empty()) {
            result.violation = violation_;
            result.choices = choice_string();
            break;
        }
        if (!random_mode_ && !next_path()) {
            result.exhausted = true;
            break;
        }
        if (result.executions >= bounds.executions || ((round & 255U) == 0 && passed() >= bounds.seconds)) {
            break;
        }
    }
    forget_locations(); // they may not outlive this call
    result.seconds = passed();
    return result;
}

std::string engine::choice_string() const
{
    std::string text;
    for (std::size_t i = 0; i < depth_; ++i) {
        if (i != 0) {
            text += ' ';
        }
        text += std::to_string(path_[i].process) + '.' + std::to_string(path_[i].outcome);
    }
    return text;
}

report engine::replay(program& what, const std::string& choices, std::string& trace)
{
    begin_program(what, {.random = true});
    std::istringstream in(choices);
    for (std::string one; in >> one && planned_ < most_steps; ++planned_) {
        const auto dot = one.find('.');
        path_[planned_].process = static_cast<std::uint8_t>(std::stoul(one));
        path_[planned_].outcome = static_cast<std::uint8_t>(std::stoul(one.substr(dot + 1)));
    }
    replaying_ = true;
    begin_random(1);
    for (auto& actor : actors_) {
        actor.dies_at = 0;
    }
    trace_ = &trace;
    run_once(what);
    trace_ = nullptr;
    forget_locations();
    report result{.executions = 1, .steps = depth_, .deaths = deaths_};
    result.violation = violation_;
    result.choices = choices;
    return result;
}

} // namespace model
