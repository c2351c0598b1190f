// SPDX-License-Identifier: BSL-1.0
// exploration_test.cpp: leaving out executions loses no outcome, and a seed gives the same ones again.
#include "model/litmus.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace model;

BOOST_AUTO_TEST_SUITE(exploration)

namespace {

struct instruction {
    unsigned what = 0, where = 0, result = 0;
};

/// A few random operations a process.
std::vector<litmus::body> random_program(std::mt19937& random, unsigned processes, unsigned length)
{
    std::vector<litmus::body> bodies;
    unsigned results = 0;
    for (unsigned process = 0; process < processes; ++process) {
        std::vector<instruction> code;
        for (unsigned i = 0; i < length; ++i) {
            code.push_back({static_cast<unsigned>(random() % 13), static_cast<unsigned>(random() % 2), results++ % 8});
        }
        bodies.emplace_back([code, process](litmus& l) {
            const auto here = where_in_source::current();
            for (const auto& [what, where, result] : code) {
                switch (what) {
                case 0: l.x[where].fetch_add(process + 1, std::memory_order_relaxed); break;
                case 1: l.x[where].fetch_add(process + 1, std::memory_order_release); break;
                case 2: l.r[result] = l.x[where].fetch_or(8, std::memory_order_acq_rel); break;
                case 3: l.r[result] = 16 + l.x[where].load(std::memory_order_relaxed); break;
                case 4: l.r[result] = 16 + l.x[where].load(std::memory_order_acquire); break;
                case 5: the_engine().fence(std::memory_order_seq_cst, here); break;
                case 6: l.r[result] = the_engine().try_lock(1, here) ? 1 : 2; break;
                case 9: l.r[result] = 32 + l.x[where].exchange(process + 1, std::memory_order_acq_rel); break;
                case 10: {
                    std::uint64_t expected = process == 0 ? 0 : 1;
                    l.r[result] = l.x[where].compare_exchange_strong(expected, 3, std::memory_order_acq_rel) ? 64 : 65;
                    l.r[result] += 2 * expected;
                    break;
                }
                case 11:
                    the_engine().lock(2, here);
                    l.r[result] = 128 + l.x[where].load(std::memory_order_relaxed);
                    the_engine().unlock(2, here);
                    break;
                case 7: the_engine().heavy_fence(here); break;
                default: l.r[result] = the_engine().held_elsewhere(1, 1, here) ? 1 : 2; break;
                }
            }
        });
    }
    return bodies;
}

} // namespace

BOOST_AUTO_TEST_CASE(reduction_loses_no_outcome)
{
    std::mt19937 random{12345};
    std::uint64_t all = 0;
    std::uint64_t reduced = 0;
    for (int round = 0; round < 200; ++round) {
        const unsigned processes = 2 + static_cast<unsigned>(random() % 2);
        const unsigned mortal = static_cast<unsigned>(random() % 4);
        const auto bodies = random_program(random, processes, processes == 2 ? 4 : 2);
        litmus plain(bodies, mortal);
        litmus quick(bodies, mortal);
        const report every = the_engine().explore(plain, {.executions = 20'000, .reduce = false});
        const report fewer = the_engine().explore(quick, {});
        if (!every.exhausted) {
            continue;
        }
        all += every.executions;
        reduced += fewer.executions + fewer.redundant;
        BOOST_TEST(fewer.exhausted);
        BOOST_REQUIRE_MESSAGE(plain.outcomes == quick.outcomes, "round " << round);
    }
    BOOST_TEST_MESSAGE(all << " executions, reduced to " << reduced);
    BOOST_TEST(reduced < all);
}

BOOST_AUTO_TEST_CASE(many_deviations_allow_everything_and_none_a_plain_execution)
{
    std::mt19937 random{54321};
    for (int round = 0; round < 100; ++round) {
        const auto bodies = random_program(random, 2, 3);
        const unsigned mortal = static_cast<unsigned>(random() % 4);
        litmus whole(bodies, mortal);
        BOOST_TEST_REQUIRE(the_engine().explore(whole, {}).exhausted);
        std::size_t before = 0;
        for (int deviations = 0; deviations < 12; ++deviations) {
            litmus some(bodies, mortal);
            const report found = the_engine().explore(some, {.deviations = deviations});
            BOOST_TEST_REQUIRE(found.exhausted);
            BOOST_TEST(some.outcomes.size() >= before);
            before = some.outcomes.size();
            if (deviations == 0) {
                BOOST_TEST(found.executions <= 2U); // who begins
                BOOST_TEST(found.deaths == 0U);
            }
            if (deviations == 11) {
                BOOST_TEST((some.outcomes == whole.outcomes));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_executions_again)
{
    std::mt19937 random{7};
    const auto bodies = random_program(random, 3, 6);
    litmus one(bodies);
    litmus other(bodies);
    const limits bounds{.executions = 1000, .random = true, .seed = 42};
    const report first = the_engine().explore(one, bounds);
    const report second = the_engine().explore(other, bounds);
    BOOST_TEST(first.steps == second.steps);
    BOOST_TEST((one.outcomes == other.outcomes));
}

BOOST_AUTO_TEST_SUITE_END()
