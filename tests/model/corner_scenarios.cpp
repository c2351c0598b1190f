// SPDX-License-Identifier: BSL-1.0
// corner_scenarios.cpp: what needs a beginning of its own to be met, and pieces of the others small enough for every
// execution.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

/// The horizon went to a boundary beyond a lossless consumer's cursor. That one reads on, and leaves; the next in its
/// slot begins at the horizon, and a producer may see its cursor beside the other's bit.
std::unique_ptr<program> slot_of_one_passed(const shape& form)
{
    return made<dense>({.form = form,
                        .producers = {0},
                        .consumers = {demand::lossless, demand::lossless},
                        .before =
                            [](auto& it) {
                                it.joined(0);
                                it.opened(0);
                                it.p().put(2);
                                it.p().put(2);
                                it.c(0).take_and_release(1);
                                it.p().put();
                            },
                        .bodies = {[](auto& it) {
                                       it.p().put();
                                       it.p().put();
                                   },
                                   [](auto& it) {
                                       it.c(0).take(1);
                                       it.c(0).leave();
                                   },
                                   [](auto& it) { it.c(1).join(start::oldest); }}});
}

/// A joiner reads the marks, of which there are two, while the producer writes over them.
template <class Kind>
std::unique_ptr<program> few_marks(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .before = [](auto& it) { it.opened(0, 3); },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 4; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().join(start::oldest);
                                      it.drain();
                                  }}});
}

/// One that was lapped looks for the number at the horizon, while the producer writes over the mark there.
template <class Kind>
std::unique_ptr<program> lapped_by_marks(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .before =
                           [](auto& it) {
                               it.joined(0);
                               it.opened(0, 3);
                           },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      it.p().put();
                                  },
                                  [](auto& it) { it.c().take_and_release(1); }}});
}

/// Three records are held for good, so that there are three gaps a lap, and a table of four. One joins between the
/// second and the third, and meets entries that are written over.
std::unique_ptr<program> joins_among_gaps(const shape& form, demand wants)
{
    return made<four_gaps>({.form = form,
                            .producers = {0},
                            .consumers = {wants, demand::lossy},
                            .held = 3,
                            .before =
                                [](auto& it) {
                                    it.joined(1);
                                    it.opened(0, 16);
                                    it.c(1).keep(1);
                                    it.c(1).take_and_release(1);
                                    it.c(1).keep(1);
                                    it.c(1).take_and_release(1);
                                    it.c(1).keep(1);
                                    for (int i = 0; i < 13; ++i) {
                                        it.p().put();
                                    }
                                },
                            .bodies = {[](auto& it) {
                                           it.p().put();
                                           it.p().put();
                                       },
                                       [](auto& it) {
                                           it.c(0).join(start::oldest);
                                           it.c(0).take_and_release();
                                       }}});
}

/// A consumer polls its descriptor once, if there is nothing.
template <class Kind>
std::unique_ptr<program> polls_once(const shape& form)
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
                                      it.p().writer().wake_consumers(); // of a record before, which was taken
                                      it.p().put();
                                  },
                                  [](auto& it) {
                                      if (it.c().take().count == 0) {
                                          it.c().poll();
                                      }
                                  }}});
}

/// A record is held for good: a gap at each lap, and a table of two. Another lossy consumer reads it.
std::unique_ptr<program> few_gaps(const shape& form)
{
    return made<two_gaps>({.form = form,
                           .producers = {0},
                           .consumers = {demand::lossy, demand::lossy},
                           .before =
                               [](auto& it) {
                                   it.joined(0);
                                   it.joined(1);
                                   it.opened(0, 2);
                                   it.c(1).keep(1);
                                   it.c(0).take_and_release(1);
                                   it.c(0).take_and_release(1);
                               },
                           .bodies = {[](auto& it) {
                                          for (int i = 0; i < 4; ++i) {
                                              it.p().put();
                                          }
                                          it.p().close();
                                      },
                                      [](auto& it) {
                                          it.c(0).take_and_release();
                                          it.drain(0);
                                      }}});
}

/// Two gaps in a lap, and a table that is trusted with one: the second has to wait for a lossless consumer.
std::unique_ptr<program> few_gaps_lossless(const shape& form)
{
    return made<two_gaps>({.form = form,
                           .producers = {0},
                           .consumers = {demand::lossless, demand::lossy},
                           .held = 2,
                           .before =
                               [](auto& it) {
                                   it.joined(0);
                                   it.joined(1);
                                   it.opened(0, 4);
                                   it.c(1).keep(1);
                                   it.c(1).take_and_release(1);
                                   it.c(1).keep(1);
                                   it.c(0).take_and_release();
                               },
                           .bodies = {[](auto& it) {
                                          for (int i = 0; i < 3; ++i) {
                                              it.p().put();
                                          }
                                          it.p().close();
                                      },
                                      [](auto& it) {
                                          it.c(0).take_and_release();
                                          it.drain(0);
                                      }}});
}

/// The producer may die between a gap and the head behind it. Its successor waits for more than is left: a lossless
/// consumer that took everything has to give the gap back.
std::unique_ptr<program> gap_of_the_dead(const shape& form)
{
    return made<dense>({.form = form,
                        .producers = {0, 0},
                        .consumers = {demand::lossy, demand::lossless},
                        .before =
                            [](auto& it) {
                                it.joined(0);
                                it.joined(1);
                                it.opened(0, 4);
                                it.c(0).keep(1);
                                it.c(1).take_and_release();
                            },
                        .bodies = {[](auto& it) {
                                       it.p(0).put();
                                       it.p(0).close();
                                   },
                                   [](auto& it) {
                                       the_engine().join(0b1);
                                       the_engine().read_newest(false);
                                       if (it.p(1).take()) {
                                           it.p(1).put_waiting(4);
                                           it.p(1).close();
                                       }
                                   },
                                   [](auto& it) { it.c(0).let_go(); },
                                   [](auto& it) {
                                       if (it.c(1).take_to_the_end() == outcome::producer_died) {
                                           it.c(1).leave();
                                       }
                                   }},
                        .mortals = 0b1});
}

/// A consumer of two lanes dies; one producer expels it, and the other one writes over what it read.
template <class Kind>
std::unique_ptr<program> expelled_by_another(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0, 1},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0);
                               it.opened(1, 2);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) { it.p(0).recover(); },
                                  [](auto& it) {
                                      it.p(1).put();
                                      it.p(1).put();
                                  },
                                  [](auto& it) {
                                      it.c().take(1);
                                      it.c().leave();
                                  }},
                       .mortals = 0b100});
}

/// Whoever asks for the newest record while nothing happens gets the newest.
std::unique_ptr<program> newest_at_rest(const shape& form, demand wants)
{
    return made<framed>({.form = form,
                         .producers = {0},
                         .consumers = {wants},
                         .before =
                             [](auto& it) {
                                 it.opened(0);
                                 it.joined(0);
                             },
                         .bodies = {[](auto& it) {
                                        for (int i = 0; i < 6; ++i) {
                                            it.p().put();
                                        }
                                    },
                                    [](auto& it) {
                                        the_engine().join(it.all_producers());
                                        if (it.c().take_newest().number + 1 != it.where().of(0).sure) {
                                            the_engine().fail("the newest record is not found");
                                        }
                                    }}});
}

/// A lossy consumer keeps one short record; there is just room for a long one around it.
std::unique_ptr<program> room_behind_a_hold(const shape& form)
{
    return made<framed>({.form = form,
                         .producers = {0},
                         .consumers = {demand::lossy},
                         .before =
                             [](auto& it) {
                                 it.joined(0);
                                 it.opened(0, 2);
                                 it.c().take_and_release(1);
                             },
                         .bodies = {[](auto& it) {
                                        it.p().put_waiting();
                                        it.p().put_waiting();
                                    },
                                    [](auto& it) {
                                        const auto found = it.c().take(1);
                                        if (found.number != 1) {
                                            it.c().release(found);
                                        }
                                    }}});
}

/// One record is taken, held and let go while the producer laps it.
template <class Kind>
std::unique_ptr<program> lossy_in_full(const shape& form, int records)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossy},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                           },
                       .bodies = {[=](auto& it) {
                                      for (int i = 0; i < records; ++i) {
                                          it.p().put();
                                      }
                                  },
                                  [](auto& it) { it.c().take_and_release(1); }}});
}

/// The producer steps over what is held and perhaps let go at that moment; a lossless consumer passes the gap.
template <class Kind>
std::unique_ptr<program> gap_in_full(const shape& form, bool lets_go)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless, demand::lossy},
                       .before =
                           [](auto& it) {
                               it.joined(0);
                               it.joined(1);
                               it.opened(0, 2);
                               it.c(1).keep(1);
                               it.c(0).take_and_release();
                           },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      it.p().put();
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).take_and_release();
                                      it.drain(0);
                                  },
                                  [=](auto& it) {
                                      if (lets_go) {
                                          it.c(1).let_go();
                                      }
                                  }}});
}

/// Who leaves, who comes to its slot, and the producer that looks at both.
template <class Kind>
std::unique_ptr<program> slot_in_full(const shape& form, demand first, demand second)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {first, second},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                               it.c(0).keep(1);
                           },
                       .bodies = {[](auto& it) { it.p().put(); }, [](auto& it) { it.c(0).leave(); },
                                  [](auto& it) { it.c(1).join(start::oldest); }}});
}

/// One producer closes while another takes the first one's lane: somebody lives throughout.
template <class Kind>
std::unique_ptr<program> handed_over(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0, 0, 1},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.opened(2, 1);
                               it.joined(0);
                               it.c().take_and_release(9);
                               it.c().take_and_release(9);
                           },
                       .bodies = {[](auto& it) { it.p(0).close(); },
                                  [](auto& it) {
                                      the_engine().join(0b1);
                                      the_engine().read_newest(false);
                                      if (it.p(1).take()) {
                                          it.p(1).close();
                                      }
                                  },
                                  [](auto& it) { it.p(2).close(); },
                                  [](auto& it) {
                                      (void)it.c().end_of_stream();
                                      (void)it.c().end_of_stream();
                                  }},
                       .mortals = 0b110});
}

/// A producer that writes what it likes into its lane's words, each value before or after any other is read.
template <class Kind>
std::unique_ptr<program> lying_page(const shape& form, demand wants)
{
    const auto lies = [](auto& it) {
        constexpr auto relaxed = std::memory_order_relaxed;
        auto& words = it.where().words(0);
        const auto header = [&](ring::position at) -> auto&
        {
            return it.p().writer().where().header(at);
        };
        if constexpr (Kind::has_headers) {
            for (const std::uint64_t lie : {frame::encode_gap(8), frame::encode_gap(~0ULL),
                                            frame::encode(1, 1ULL << 31U), frame::encode(7, 8), frame::encode_gap(0)}) {
                header(it.p().writer().next()).store(lie, relaxed);
            }
        }
        words.gap_count.store(1, relaxed);
        words.gaps[0].end.store(1ULL << 62U, relaxed);
        for (const std::uint64_t lie : {12ULL, 1ULL << 63U, 64ULL, 8ULL}) {
            words.head.store(lie, relaxed);
            words.last.store(lie, relaxed);
            words.horizon.store(lie, relaxed);
            words.marks[0].place.store(lie, relaxed);
        }
        words.gap_count.store(~0ULL, relaxed);
    };
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {lies, [](auto& it) {
                                      it.c().take_anything();
                                      it.c().take_anything();
                                  }}});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two)
{
    const auto add = [&](const std::string& name, const std::string& what, auto&& make) {
        to.push_back({kind + "_" + name, what, make});
    };
    add("full_lossy", "one record is held and let go while it is lapped", [=] { return lossy_in_full<Kind>(two, 1); });
    add("full_lossy_twice", "the same, and a lap more", [=] { return lossy_in_full<Kind>(two, 2); });
    add("full_gap", "a gap beside a lossless consumer", [=] { return gap_in_full<Kind>(two, false); });
    add("full_gap_let_go", "the same, and what is held is let go", [=] { return gap_in_full<Kind>(two, true); });
    add("full_slot", "a lossy one leaves, a lossless one joins in its slot",
        [=] { return slot_in_full<Kind>(two, demand::lossy, demand::lossless); });
    add("full_slot_lossless", "a lossless one leaves, a lossy one joins in its slot",
        [=] { return slot_in_full<Kind>(two, demand::lossless, demand::lossy); });
    add("poll_once", "a consumer polls its descriptor for one record", [=] { return polls_once<Kind>(two); });
    shape lanes = two;
    lanes.lanes = 2;
    add("handed_over", "lanes are closed and taken again while the end is asked for",
        [=] { return handed_over<Kind>(lanes); });
    add("expelled_by_another", "a dead consumer of two lanes is expelled by one of the producers",
        [=] { return expelled_by_another<Kind>(lanes); });
}

} // namespace

void parts::add_corners(std::vector<scenario>& to)
{
    const shape two{.capacity_bytes = 16};
    const shape four{.capacity_bytes = 32};
    const shape two_framed{.capacity_bytes = 64, .payloads = {16, 8}};
    const shape eight{.capacity_bytes = 128, .payloads = {8}};
    add_for<dense>(to, "dense", two);
    add_for<framed>(to, "framed", two_framed);
    to.push_back(
        {"dense_few_marks", "a joiner reads one of two marks", [=] { return few_marks<two_marks_dense>(two); }});
    to.push_back({"framed_few_marks", "the same, framed", [=] { return few_marks<two_marks_framed>(two_framed); }});
    to.push_back({"dense_lapped_by_marks", "one that was lapped reads one of two marks",
                  [=] { return lapped_by_marks<two_marks_dense>(two); }});
    to.push_back(
        {"framed_lapped_by_marks", "the same, framed", [=] { return lapped_by_marks<two_marks_framed>(two_framed); }});
    const shape sixteen{.capacity_bytes = 128, .max_holds = 3};
    to.push_back({"dense_joins_among_gaps", "a lossless one joins among three gaps a lap, a table of four",
                  [=] { return joins_among_gaps(sixteen, demand::lossless); }});
    to.push_back({"dense_joins_among_gaps_lossy", "the same, a lossy one",
                  [=] { return joins_among_gaps(sixteen, demand::lossy); }});
    to.push_back({"dense_few_gaps", "a gap at each lap, a table of two", [=] { return few_gaps(two); }});
    to.push_back({"dense_few_gaps_lossless", "a table of two, and a lossless consumer",
                  [=] { return few_gaps_lossless(four); }});
    to.push_back({"dense_slot_passed", "a slot whose owner the horizon passed is taken again",
                  [=] { return slot_of_one_passed(four); }});
    to.push_back({"dense_gap_of_the_dead", "a producer dies between a gap and its head, and its successor wants all",
                  [=] { return gap_of_the_dead(four); }});
    to.push_back({"framed_newest_at_rest", "the newest record of a stream that rests, lossless",
                  [=] { return newest_at_rest(eight, demand::lossless); }});
    to.push_back(
        {"framed_newest_at_rest_lossy", "the same, lossy", [=] { return newest_at_rest(eight, demand::lossy); }});
    to.push_back({"framed_room_behind_hold", "a long record fits beside what is held, to the byte", [] {
                      return room_behind_a_hold({.capacity_bytes = 512, .payloads = {8, 8, 472, 464}});
                  }});
    to.push_back({"dense_lying_page", "a page that lies, lossless",
                  [=] { return lying_page<two_gaps>(two, demand::lossless); }});
    to.push_back({"dense_lying_page_lossy", "a page that lies, lossy",
                  [=] { return lying_page<two_gaps>(two, demand::lossy); }});
    to.push_back({"framed_lying_page", "a page that lies, lossless",
                  [=] { return lying_page<framed>(two_framed, demand::lossless); }});
    to.push_back({"framed_lying_page_lossy", "a page that lies, lossy",
                  [=] { return lying_page<framed>(two_framed, demand::lossy); }});
}

} // namespace model
