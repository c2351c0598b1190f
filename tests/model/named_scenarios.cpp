// SPDX-License-Identifier: BSL-1.0
// named_scenarios.cpp: lives of one name, each of which may close or die at any step, and the next comes back.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

constexpr std::uint64_t a_slice_and_a_half = 15'000'000;

template <class Kind>
void produce(scene<Kind>& it, int records)
{
    for (int i = 0; i < records; ++i) {
        if (!it.p().put_waiting()) {
            the_engine().fail("a producer that waits for room is told that there is none");
        }
    }
    it.p().close();
}

/// Once the life before is over.
template <class Kind>
void come_back(scene<Kind>& it, unsigned life)
{
    the_engine().join(it.life_process(life - 1));
    the_engine().read_newest(false);
    it.life(life).come();
}

/// One life takes, releases and closes; it may die at any step. The next goes on. Producers wait for whom they are told
/// to wait for.
template <class Kind>
std::unique_ptr<program> comes_back(const shape& form, demand wants, int records)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .lives = {wants, wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.came(0);
                           },
                       .bodies = {[=](auto& it) { produce(it, records); },
                                  [](auto& it) {
                                      it.life(0).take_and_release(1);
                                      it.life(0).take_and_release(1);
                                      it.life(0).leave();
                                  },
                                  [](auto& it) {
                                      come_back(it, 1);
                                      it.life(1).take_to_the_end();
                                      it.life(1).drain();
                                  }},
                       .mortals = 0b010});
}

/// Two batches at a time, released out of order, by one who may die.
template <class Kind>
std::unique_ptr<program> holds_two(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .lives = {wants, wants},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.opened(0, 3);
                               it.came(0);
                           },
                       .bodies = {[](auto& it) { produce(it, 2); },
                                  [](auto& it) {
                                      auto& life = it.life(0);
                                      const auto first = life.take(1);
                                      const auto second = life.take(1);
                                      const auto third = life.take(1);
                                      life.release(second);
                                      life.release(first);
                                      life.release(third);
                                      life.leave();
                                  },
                                  [](auto& it) {
                                      come_back(it, 1);
                                      it.life(1).take_to_the_end();
                                      it.life(1).drain();
                                  }},
                       .mortals = 0b010});
}

/// Absent from the begin, in a ring that was gone around; comes back, and may die of it; the next comes.
template <class Kind>
std::unique_ptr<program> dies_coming_back(const shape& form, demand first, demand wants, int records)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .lives = {first, wants, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.life(0).come();
                               it.life(0).take_and_release(1);
                               it.p().put();
                               it.life(0).take_and_release(1);
                               it.p().put();
                               it.life(0).leave();
                           },
                       .bodies = {[=](auto& it) { produce(it, records); }, [](auto&) {},
                                  [](auto& it) {
                                      come_back(it, 1);
                                      it.life(1).take_and_release(1);
                                      it.life(1).leave();
                                  },
                                  [](auto& it) {
                                      come_back(it, 2);
                                      it.life(2).take_to_the_end();
                                      it.life(2).drain();
                                  }},
                       .mortals = 0b100});
}

/// Who comes for the first time, while records are overwritten, may die of it; the next comes.
template <class Kind>
std::unique_ptr<program> dies_coming_first(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .lives = {wants, demand::lossless},
                       .before = [](auto& it) { it.opened(0, 3); },
                       .bodies = {[](auto& it) { produce(it, 2); },
                                  [](auto& it) {
                                      it.life(0).come();
                                      it.life(0).take_and_release(1);
                                      it.life(0).leave();
                                  },
                                  [](auto& it) {
                                      come_back(it, 1);
                                      it.life(1).take_to_the_end();
                                      it.life(1).drain();
                                  }},
                       .mortals = 0b010});
}

/// A consumer without a name looks for a slot while one with a name takes it, and is gone again.
template <class Kind>
std::unique_ptr<program> keeps_its_slot(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .lives = {demand::lossless, demand::lossless},
                       .before = [](auto& it) { it.opened(0, 1); },
                       .bodies = {[](auto& it) { it.p().close(); },
                                  [](auto& it) {
                                      if (it.c().join(start::oldest)) {
                                          it.where().expect_unnamed(it.c().slot());
                                          it.c().take_and_release(1);
                                          it.c().leave();
                                      }
                                  },
                                  [](auto& it) {
                                      it.life(0).come();
                                      it.life(0).take_and_release(1);
                                      it.life(0).leave();
                                  },
                                  [](auto& it) {
                                      come_back(it, 1);
                                      it.drain_life(1);
                                  }},
                       .mortals = 0b100});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two)
{
    const auto add = [&](const std::string& name, const std::string& what, auto&& make) {
        to.push_back({kind + "_" + name, what, make});
    };
    shape waits = two;
    waits.absence_ns = ring::waits_always;
    shape passes = two;
    passes.absence_ns = a_slice_and_a_half;
    add("named", "a named consumer closes or dies, the next of its name goes on, and is waited for",
        [=] { return comes_back<Kind>(waits, demand::lossless, 3); });
    add("named_lossy", "the same of a lossy one, which is not",
        [=] { return comes_back<Kind>(waits, demand::lossy, 3); });
    add("named_passed", "the same of one that is passed over after a time",
        [=] { return comes_back<Kind>(passes, demand::lossless, 3); });
    add("named_unbound", "the same of one that nobody waits for",
        [=] { return comes_back<Kind>(two, demand::lossless, 3); });
    add("named_holds_two", "it holds two batches, and dies", [=] { return holds_two<Kind>(waits, demand::lossless); });
    add("named_lossy_holds_two", "a lossy one holds two batches, and dies",
        [=] { return holds_two<Kind>(waits, demand::lossy); });
    add("named_dies_coming_back", "it dies while it comes back, waited for",
        [=] { return dies_coming_back<Kind>(waits, demand::lossless, demand::lossless, 1); });
    add("named_dies_coming_late", "it dies while it comes back, and was passed over",
        [=] { return dies_coming_back<Kind>(passes, demand::lossless, demand::lossless, 3); });
    add("named_turns_lossy", "it comes back lossy, dies, and comes back lossless",
        [=] { return dies_coming_back<Kind>(waits, demand::lossless, demand::lossy, 2); });
    add("named_dies_coming_first", "it dies while it comes for the first time",
        [=] { return dies_coming_first<Kind>(waits, demand::lossless); });
    add("named_lossy_dies_coming_first", "the same, lossy, and the next is lossless",
        [=] { return dies_coming_first<Kind>(waits, demand::lossy); });
    shape narrow = waits;
    narrow.slots = 2;
    add("named_slot", "another one looks for a slot while a name takes one",
        [=] { return keeps_its_slot<Kind>(narrow); });
}

} // namespace

void parts::add_named(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}});
}

} // namespace model
