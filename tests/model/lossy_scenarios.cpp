// SPDX-License-Identifier: BSL-1.0
// lossy_scenarios.cpp: consumers that are lapped, hold, and let the producer step over what they hold.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

/// Takes and holds one while the producer laps it, lets it go, and goes on: twice, then to the end.
template <class Kind>
std::unique_ptr<program> holds(const shape& form, int records, int rounds)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[=](auto& it) {
                                      for (int i = 0; i < records; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      for (int i = 0; i < rounds; ++i) {
                                          it.c().take_and_release();
                                      }
                                      it.drain();
                                  }}});
}

/// As holds(), beside a lossless one, and each record grows while it is written.
std::unique_ptr<program> grows(const shape& form, int records)
{
    return made<framed>({.form = form,
                         .producers = {0},
                         .consumers = {demand::lossy, demand::lossless},
                         .before =
                             [](auto& it) {
                                 it.opened(0, 1);
                                 it.joined(0);
                                 it.joined(1);
                             },
                         .bodies = {[=](auto& it) {
                                        for (int i = 0; i < records; ++i) {
                                            it.p().put_growing();
                                        }
                                        it.p().close();
                                    },
                                    [](auto& it) {
                                        it.c(0).take_and_release();
                                        it.drain(0);
                                    },
                                    [](auto& it) { it.drain(1); }}});
}

/// Two held at a time, let go in the other order.
template <class Kind>
std::unique_ptr<program> holds_two(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.joined(0);
                               it.opened(0, 2);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      const auto first = it.c().take(1);
                                      const auto second = it.c().take(1);
                                      it.c().release(first);
                                      const auto third = it.c().take(1);
                                      it.c().release(third);
                                      it.c().release(second);
                                      it.drain();
                                  }}});
}

/// Two of each: two lanes, a lossy consumer that holds and a lossless one, both of both lanes.
template <class Kind>
std::unique_ptr<program> two_of_each(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0, 1},
                       .consumers = {demand::lossy, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.opened(1, 1);
                               it.joined(0);
                               it.joined(1);
                           },
                       .bodies = {[](auto& it) {
                                      it.p(0).put();
                                      it.p(0).put();
                                      it.p(0).close();
                                  },
                                  [](auto& it) {
                                      it.p(1).put();
                                      it.p(1).put();
                                      it.p(1).close();
                                  },
                                  [](auto& it) {
                                      it.c(0).release(it.c(0).take(1));
                                      it.drain(0);
                                  },
                                  [](auto& it) {
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }},
                       .mortals = 0b0101});
}

/// What is held since long ago, and another held and let go all the time: a gap at each lap.
template <class Kind>
std::unique_ptr<program> gap_each_lap(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                               it.joined(1);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 4; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).release(it.c(0).take(1));
                                      it.drain(0);
                                  },
                                  [](auto& it) {
                                      it.c(1).take_and_release();
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }}});
}

/// A lossy one and a lossless one, the latter joining while there may be gaps.
template <class Kind>
std::unique_ptr<program> joins_behind_a_gap(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy, wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) { it.c(0).release(it.c(0).take(1)); },
                                  [](auto& it) {
                                      it.c(1).join(start::oldest);
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }}});
}

/// The smallest whole channel: two producers, a lossless and a lossy consumer.
template <class Kind>
std::unique_ptr<program> whole(const shape& form)
{
    const auto producer_body = [](unsigned i) {
        return [i](auto& it) {
            if (i == 0 || it.p(i).take()) {
                for (int k = 0; k < 3; ++k) {
                    it.p(i).put();
                }
                it.p(i).close();
            }
        };
    };
    return made<Kind>({.form = form,
                       .producers = {0, 1},
                       .consumers = {demand::lossless, demand::lossy},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(1);
                           },
                       .bodies = {producer_body(0), producer_body(1),
                                  [](auto& it) {
                                      it.c(0).join(start::oldest);
                                      it.c(0).take_and_release();
                                      it.drain(0);
                                  },
                                  [](auto& it) {
                                      it.c(1).take_and_release();
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }}});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two, const shape& four)
{
    to.push_back(
        {kind + "_lossy_once", "a lossy consumer holds once and is lapped", [=] { return holds<Kind>(two, 3, 1); }});
    to.push_back({kind + "_lossy", "a lossy consumer holds, twice", [=] { return holds<Kind>(two, 4, 2); }});
    to.push_back({kind + "_lossy_four", "the same in a ring of four", [=] { return holds<Kind>(four, 6, 2); }});
    to.push_back(
        {kind + "_lossy_holds_two", "two batches held, released out of order", [=] { return holds_two<Kind>(four); }});
    to.push_back({kind + "_lossy_lossless", "a lossy one that holds and a lossless one",
                  [=] { return gap_each_lap<Kind>(two); }});
    to.push_back({kind + "_gap_lossless_joins", "a lossless one joins where gaps are made",
                  [=] { return joins_behind_a_gap<Kind>(two, demand::lossless); }});
    to.push_back({kind + "_gap_lossy_joins", "a lossy one joins where gaps are made",
                  [=] { return joins_behind_a_gap<Kind>(two, demand::lossy); }});
    shape lanes = two;
    lanes.lanes = 2;
    to.push_back({kind + "_whole", "two producers, a lossless consumer that joins, a lossy one that holds",
                  [=] { return whole<Kind>(lanes); }});
    to.push_back({kind + "_two_of_each",
                  "two producers and two consumers, of which a producer and the lossy one may die",
                  [=] { return two_of_each<Kind>(lanes); }});
}

} // namespace

void parts::add_lossy(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16}, {.capacity_bytes = 32});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}}, {.capacity_bytes = 64, .payloads = {8}});
    to.push_back(
        {"framed_grows", "records that grow while they are written, a lossy consumer that holds, a lossless one", [] {
             return grows({.capacity_bytes = 64, .payloads = {16, 8}}, 3);
         }});
}

} // namespace model
