// SPDX-License-Identifier: BSL-1.0
// litmus.hpp: a few lines a process, and every outcome that the engine finds for them.
#pragma once

#include "model/policy.hpp"

#include <array>
#include <functional>
#include <set>
#include <vector>

namespace model {

/// Words x[0..3], results r[0..7] that bodies fill in; outcomes are what r holds in the end.
class litmus : public program {
public:
    using body = std::function<void(litmus&)>;
    explicit litmus(std::vector<body> bodies, unsigned mortal = 0) : bodies_(std::move(bodies)), mortal_(mortal) {}

    [[nodiscard]] unsigned processes() const override { return static_cast<unsigned>(bodies_.size()); }
    [[nodiscard]] unsigned mortals() const override { return mortal_; }
    void set_up() override { r = {}; }
    void run(unsigned process) override { bodies_[process](*this); }
    void finish() override
    {
        for (std::size_t i = 0; i < x.size(); ++i) {
            last[i] = the_engine().peek(x[i].id());
        }
        outcomes.insert(r);
    }

    /// Each load that a body makes, by its number.
    [[nodiscard]] bool found(std::array<std::uint64_t, 8> outcome) const { return outcomes.contains(outcome); }

    std::array<word<std::uint64_t>, 4> x{};
    std::array<std::uint64_t, 8> r{};
    std::array<std::uint64_t, 4> last{};
    std::set<std::array<std::uint64_t, 8>> outcomes;

private:
    std::vector<body> bodies_;
    unsigned mortal_;
};

} // namespace model
