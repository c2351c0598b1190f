// SPDX-License-Identifier: BSL-1.0
// death_scenarios.cpp: processes that die before any of their steps, and those that recover what they left.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

template <class Kind>
void succeed(scene<Kind>& it, unsigned producer, int records)
{
    // Once the first has died, or it has closed.
    the_engine().join(0b1);
    the_engine().read_newest(false);
    if (it.p(producer).take()) {
        for (int i = 0; i < records; ++i) {
            it.p(producer).put();
        }
        it.p(producer).close();
    }
}

/// A producer dies anywhere, its successor too, if told so; a consumer of either kind goes on.
template <class Kind>
std::unique_ptr<program> producer_dies(const shape& form, demand wants, bool joins, unsigned mortals,
                                       unsigned before = 2)
{
    return made<Kind>({.form = form,
                       .producers = {0, 0},
                       .consumers = {wants},
                       .before =
                           [=](auto& it) {
                               it.opened(0, before);
                               if (!joins) {
                                   it.joined(0);
                               }
                           },
                       .bodies = {[=](auto& it) {
                                      for (int i = 0; i < (wants == demand::lossy ? 4 : 2); ++i) {
                                          it.p(0).put();
                                      }
                                      it.p(0).close();
                                  },
                                  [](auto& it) { succeed(it, 1, 2); },
                                  [=](auto& it) {
                                      if (joins) {
                                          it.c().join(start::oldest);
                                      }
                                      it.c().take_and_release(1);
                                      it.c().take_and_release();
                                      it.drain();
                                  }},
                       .mortals = mortals});
}

/// A consumer dies anywhere, joining and holding included; the producer waits for room, finds it dead, and goes on.
template <class Kind>
std::unique_ptr<program> consumer_dies(const shape& form, demand wants, bool joins)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants, demand::lossless},
                       .before =
                           [=](auto& it) {
                               it.opened(0, 1);
                               if (!joins) {
                                   it.joined(0);
                               }
                               it.joined(1);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          if (!it.p().put_waiting()) {
                                              the_engine().fail(
                                                  "a producer that waits for room is told that there is none");
                                          }
                                      }
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      if (joins) {
                                          it.c(0).join(start::oldest);
                                      }
                                      it.c(0).take_and_release(1);
                                      it.c(0).leave();
                                  },
                                  [](auto& it) {
                                      for (;;) {
                                          const auto found = it.c(1).take_waiting();
                                          if (found.count == 0) {
                                              return;
                                          }
                                          it.c(1).release(found);
                                      }
                                  }},
                       .mortals = 0b010});
}

/// A consumer dies, and another one joins in its slot while the producer expels the dead one.
template <class Kind>
std::unique_ptr<program> slot_of_the_dead(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      it.p().recover();
                                      it.p().put();
                                      it.p().put();
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).take_and_release(1);
                                      it.c(0).leave();
                                  },
                                  [](auto& it) {
                                      if (it.c(1).join(start::oldest)) {
                                          it.c(1).take_and_release();
                                          it.drain(1);
                                      }
                                  }},
                       .mortals = 0b010});
}

/// One of two producers dies; the other closes; the consumer learns of the end.
template <class Kind>
std::unique_ptr<program> lane_dies(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0, 1},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0);
                               it.opened(1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      it.p(0).put();
                                      it.p(0).close();
                                  },
                                  [](auto& it) {
                                      it.p(1).put();
                                      it.p(1).close();
                                  },
                                  [](auto& it) {
                                      it.c().take_and_release();
                                      it.drain();
                                  }},
                       .mortals = 0b001});
}

/// A lossy consumer holds a long record; the producer dies, and its successor must know how long it may be.
std::unique_ptr<program> long_record_held(const shape& form)
{
    return made<framed>({.form = form,
                         .producers = {0, 0},
                         .consumers = {demand::lossy},
                         .before =
                             [](auto& it) {
                                 it.opened(0);
                                 it.joined(0);
                             },
                         .bodies = {[](auto& it) {
                                        it.p(0).put();
                                        it.p(0).put();
                                        it.p(0).close();
                                    },
                                    [](auto& it) { succeed(it, 1, 3); },
                                    [](auto& it) {
                                        it.c().take_and_release(1);
                                        it.drain();
                                    }},
                         .mortals = 0b001});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two, const shape& many)
{
    const auto add = [&](const std::string& name, const std::string& what, auto&& make) {
        to.push_back({kind + "_" + name, what, make});
    };
    add("producer_dies", "a producer dies, another takes its lane; lossless",
        [=] { return producer_dies<Kind>(two, demand::lossless, false, 0b001); });
    add("producer_dies_lossy", "the same with a lossy consumer that holds",
        [=] { return producer_dies<Kind>(two, demand::lossy, false, 0b001); });
    add("producer_dies_joining", "the same with a lossless consumer that joins",
        [=] { return producer_dies<Kind>(two, demand::lossless, true, 0b001); });
    add("producer_dies_ahead", "the same in a ring of 32, lossless",
        [=] { return producer_dies<Kind>(many, demand::lossless, false, 0b001, 34); });
    add("producer_dies_ahead_lossy", "the same in a ring of 32, lossy",
        [=] { return producer_dies<Kind>(many, demand::lossy, false, 0b001, 34); });
    add("successor_dies", "a producer and its successor die",
        [=] { return producer_dies<Kind>(two, demand::lossless, false, 0b011); });
    add("successor_dies_lossy", "the same with a lossy consumer that holds",
        [=] { return producer_dies<Kind>(two, demand::lossy, false, 0b011); });
    add("all_may_die", "producer, successor and a lossy consumer may die",
        [=] { return producer_dies<Kind>(two, demand::lossy, true, 0b111); });
    add("consumer_dies", "a lossless consumer dies while the producer waits for room",
        [=] { return consumer_dies<Kind>(two, demand::lossless, false); });
    add("consumer_dies_joining", "a lossless consumer dies while it joins",
        [=] { return consumer_dies<Kind>(two, demand::lossless, true); });
    add("consumer_dies_holding", "a lossy consumer dies while it holds",
        [=] { return consumer_dies<Kind>(two, demand::lossy, false); });
    add("slot_of_the_dead", "a dead consumer is expelled while another takes its slot",
        [=] { return slot_of_the_dead<Kind>(two, demand::lossless); });
    add("slot_of_a_dead_lossy", "the same, of a lossy one that held",
        [=] { return slot_of_the_dead<Kind>(two, demand::lossy); });
    shape lanes = two;
    lanes.lanes = 2;
    add("lane_dies", "one of two producers dies, the other closes", [=] { return lane_dies<Kind>(lanes); });
}

} // namespace

void parts::add_deaths(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16}, {.capacity_bytes = 256});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}},
                    {.capacity_bytes = 512, .payloads = {8}});
    to.push_back({"framed_long_record_held", "a successor steps over a long record that is held", [] {
                      return long_record_held({.capacity_bytes = 128, .payloads = {48, 8, 8}});
                  }});
}

} // namespace model
