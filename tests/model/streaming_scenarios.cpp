// SPDX-License-Identifier: BSL-1.0
// streaming_scenarios.cpp: lossless consumers: wrap-around, joining late, leaving, several lanes, the end.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

template <class Kind>
void put_some(scene<Kind>& it, unsigned producer, int records)
{
    for (int i = 0; i < records; ++i) {
        it.p(producer).put();
    }
}

/// A ring of two records, both free: a producer publishes as often as there is room, and its consumer keeps up.
template <class Kind>
std::unique_ptr<program> wrap(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 4);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().take_and_release(1);
                                      it.c().take_and_release();
                                      it.drain();
                                  }}});
}

/// Two batches held at a time and released in the other order.
template <class Kind>
std::unique_ptr<program> hold_two(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.joined(0);
                               it.opened(0, 2);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 3);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      const auto first = it.c().take(1);
                                      const auto second = it.c().take(1);
                                      it.c().release(second);
                                      it.c().release(first);
                                      it.drain();
                                  }}});
}

/// A ring that was lapped before; a consumer joins while the producer goes on, and leaves again.
template <class Kind>
std::unique_ptr<program> join_late(const shape& form, start from, bool stays)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before = [](auto& it) { it.opened(0, 3); },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 3);
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      it.c().join(from);
                                      it.c().take_and_release(1);
                                      if (stays) {
                                          it.drain();
                                      } else {
                                          it.c().leave();
                                      }
                                  }}});
}

/// One consumer is there, a second joins late.
template <class Kind>
std::unique_ptr<program> second_joins(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 3);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).take_and_release();
                                      it.drain(0);
                                  },
                                  [](auto& it) {
                                      it.c(1).join(start::oldest);
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }}});
}

/// A slot changes hands: a consumer leaves, and a lossless one may get its slot.
template <class Kind>
std::unique_ptr<program> slot_reused(const shape& form, demand first)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {first, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 3);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).take_and_release(1);
                                      it.c(0).leave();
                                  },
                                  [](auto& it) {
                                      it.c(1).join(start::oldest);
                                      it.c(1).take_and_release();
                                      it.drain(1);
                                  }}});
}

/// A joiner reads the marks while the producer writes over the oldest of them.
template <class Kind>
std::unique_ptr<program> marks(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .before = [](auto& it) { it.opened(0, 3); },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 10);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().join(start::oldest);
                                      it.drain();
                                  }}});
}

/// A ring of 32 records, in its second lap: room is handed out in pieces of four, and cleared ahead.
template <class Kind>
std::unique_ptr<program> ahead(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 34);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 5);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().take_and_release(3);
                                      it.c().take_and_release(3);
                                      it.drain();
                                  }}});
}

/// Two producers, each with a lane; one consumer of both joins while they write.
template <class Kind>
std::unique_ptr<program> two_lanes(const shape& form, bool joins)
{
    return made<Kind>({.form = form,
                       .producers = {0, 1},
                       .consumers = {demand::lossless},
                       .before =
                           [=](auto& it) {
                               it.opened(0, 1);
                               if (!joins) {
                                   it.joined(0);
                               }
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 2);
                                      it.p(0).close();
                                  },
                                  [](auto& it) {
                                      if (it.p(1).take()) {
                                          put_some(it, 1, 2);
                                          it.p(1).close();
                                      }
                                  },
                                  [=](auto& it) {
                                      if (joins) {
                                          it.c().join(start::oldest);
                                      }
                                      it.c().take_and_release(1);
                                      it.c().take_and_release(1);
                                      it.drain();
                                  }}});
}

/// Closed means that all was found: a consumer looks for the end while the producer ends.
template <class Kind>
std::unique_ptr<program> closing(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 1);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          it.c().take_and_release();
                                          if (it.c().end_of_stream() != outcome::empty) {
                                              it.c().drain(); // one more look finds the rest
                                              return;
                                          }
                                      }
                                  }}});
}

/// The newest record alone, again and again.
template <class Kind>
std::unique_ptr<program> newest(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      put_some(it, 0, 3);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().release(it.c().take_newest());
                                      it.c().release(it.c().take_newest());
                                      it.drain();
                                  }}});
}

/// Loans that are dropped, between records of changing size.
std::unique_ptr<program> dropped_loans(const shape& form)
{
    return made<framed>({.form = form,
                         .producers = {0},
                         .consumers = {demand::lossless},
                         .before =
                             [](auto& it) {
                                 it.opened(0, 34);
                                 it.joined(0);
                                 it.c().take_and_release(99);
                             },
                         .bodies = {[](auto& it) {
                                        it.p().spoil();
                                        it.p().put();
                                        it.p().spoil();
                                        it.p().put();
                                        it.p().put();
                                        it.p().close();
                                    },
                                    [](auto& it) {
                                        it.c().take_and_release(9);
                                        it.c().take_and_release(9);
                                        it.drain();
                                    }}});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two, const shape& four, const shape& many)
{
    to.push_back(
        {kind + "_wrap", "a ring of two records runs full and wraps, lossless", [=] { return wrap<Kind>(two); }});
    to.push_back({kind + "_wrap_four", "a ring of four records", [=] { return wrap<Kind>(four); }});
    to.push_back({kind + "_hold_two", "two batches held, released out of order", [=] { return hold_two<Kind>(two); }});
    to.push_back({kind + "_join_oldest", "a lossless consumer joins at the oldest",
                  [=] { return join_late<Kind>(two, start::oldest, true); }});
    to.push_back({kind + "_join_newest", "a lossless consumer joins at the newest",
                  [=] { return join_late<Kind>(two, start::newest, true); }});
    to.push_back({kind + "_join_leave", "a lossless consumer joins and leaves",
                  [=] { return join_late<Kind>(two, start::oldest, false); }});
    to.push_back(
        {kind + "_second_joins", "one lossless consumer, another joins", [=] { return second_joins<Kind>(two); }});
    to.push_back({kind + "_slot_reused", "a lossy one leaves, a lossless one joins in its slot",
                  [=] { return slot_reused<Kind>(two, demand::lossy); }});
    to.push_back({kind + "_slot_reused_lossless", "the same after a lossless one",
                  [=] { return slot_reused<Kind>(two, demand::lossless); }});
    to.push_back({kind + "_marks", "a joiner reads marks that are written over", [=] { return marks<Kind>(two); }});
    to.push_back({kind + "_ahead", "a ring of 32 in its second lap, cleared ahead",
                  [=] { return ahead<Kind>(many, demand::lossless); }});
    to.push_back({kind + "_ahead_lossy", "the same with a lossy consumer that holds",
                  [=] { return ahead<Kind>(many, demand::lossy); }});
    shape lanes = two;
    lanes.lanes = 2;
    to.push_back(
        {kind + "_two_lanes", "two producers, one consumer of both", [=] { return two_lanes<Kind>(lanes, false); }});
    to.push_back({kind + "_two_lanes_join", "two producers, the second begins, a consumer joins",
                  [=] { return two_lanes<Kind>(lanes, true); }});
    to.push_back(
        {kind + "_closing", "the end of the stream, and every record before it", [=] { return closing<Kind>(two); }});
    to.push_back({kind + "_newest_lossless", "the newest record alone, lossless",
                  [=] { return newest<Kind>(four, demand::lossless); }});
    to.push_back(
        {kind + "_newest_lossy", "the newest record alone, lossy", [=] { return newest<Kind>(two, demand::lossy); }});
}

} // namespace

void parts::add_streaming(std::vector<scenario>& to)
{
    const shape many{.capacity_bytes = 512, .payloads = {8}};
    const shape many_large{.capacity_bytes = 32 * 1024, .payloads = {1016}};
    add_for<dense>(to, "dense", {.capacity_bytes = 16}, {.capacity_bytes = 32}, {.capacity_bytes = 256});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}}, {.capacity_bytes = 64, .payloads = {8}},
                    many);
    to.push_back(
        {"framed_dropped_loans", "loans written to and dropped between records", [=] { return dropped_loans(many); }});
    to.push_back({"framed_large_ahead", "records of a KiB, the next header's place cleared ahead",
                  [=] { return ahead<framed>(many_large, demand::lossless); }});
    to.push_back({"framed_dropped_large_loans", "the same, with loans that are dropped between",
                  [=] { return dropped_loans(many_large); }});
}

} // namespace model
