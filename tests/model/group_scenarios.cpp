// SPDX-License-Identifier: BSL-1.0
// group_scenarios.cpp: members of a group that take, release, enter and leave, and may die at any step.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

constexpr std::uint64_t a_slice_and_a_half = 15'000'000;

/// Two members, of which the first may die; the second looks for what is left in the end. The producer does not wait.
template <class Kind>
std::unique_ptr<program> two_members(const shape& form, demand wants, unsigned before, int records, unsigned mortals,
                                     int takes = 1)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {wants, wants},
                       .before =
                           [=](auto& it) {
                               it.opened(0, before);
                               it.entered(0);
                               it.entered(1);
                           },
                       .bodies = {[=](auto& it) {
                                      for (int i = 0; i < records; ++i) {
                                          it.p().put();
                                      }
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      for (int i = 0; i < takes; ++i) {
                                          it.member(0).take_and_release(1);
                                      }
                                      it.member(0).leave();
                                  },
                                  [](auto& it) {
                                      it.member(1).take_and_release(1);
                                      the_engine().join(it.member_process(0));
                                      the_engine().read_newest(false);
                                      it.drain_member(1);
                                  }},
                       .mortals = mortals});
}

/// No producer is at work: two members alone, or one and one who looks after the dead.
template <class Kind>
std::unique_ptr<program> turns(const shape& form, bool dies)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {demand::lossless, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.entered(0);
                               it.entered(1);
                           },
                       .bodies = {[](auto&) {}, [](auto& it) { it.member(0).take_and_release(1); },
                                  [](auto& it) {
                                      it.member(1).look_after_dead();
                                      it.member(1).take_and_release(1);
                                      the_engine().join(it.member_process(0));
                                      if (!the_engine().died(1)) { // else it is what it holds
                                          it.member(1).take(1);
                                      }
                                  }},
                       .mortals = dies ? 0b010U : 0U});
}

/// Time passes: who waits for its turn to give a record back may do that without it. The producer needs the room.
template <class Kind>
std::unique_ptr<program> late_turns(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {demand::lossless, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.entered(0);
                               it.entered(1);
                               the_engine().let_time_pass();
                           },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      it.p().close();
                                  },
                                  [](auto& it) { it.member(0).take_and_release(1); },
                                  [](auto& it) {
                                      it.member(1).take_and_release(1);
                                      the_engine().join(it.member_process(0));
                                      the_engine().read_newest(false);
                                      it.drain_member(1);
                                  }}});
}

/// Both wait for records, the producer for room, until the end. The first may die.
template <class Kind>
std::unique_ptr<program> waits(const shape& form, demand wants, unsigned mortals)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {wants, wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.entered(0);
                               it.entered(1);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          if (!it.p().put_waiting()) {
                                              the_engine().fail("there is no room for a producer that waits");
                                          }
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.member(0).take_and_release(1);
                                      it.member(0).leave();
                                  },
                                  [](auto& it) {
                                      it.member(1).take_to_the_end(false);
                                      the_engine().join(it.member_process(0));
                                      it.drain_member(1);
                                  }},
                       .mortals = mortals});
}

/// One died with a record in its hands. A living member takes it over, and may die; another enters, in the slot of the
/// dead; a third was there all along. Then a consumer without a name needs one of the slots.
template <class Kind>
std::unique_ptr<program> inherits(const shape& form, demand wants, unsigned mortals, bool third)
{
    const auto last = [=](auto& it, unsigned member, unsigned others) {
        it.member(member).look_after_dead();
        it.member(member).take_and_release(1);
        the_engine().join(others);
        the_engine().read_newest(false);
        it.drain_member(member);
    };
    plot<Kind> what{.form = form,
                    .producers = {0},
                    .members = {wants, wants, wants, wants},
                    .before =
                        [=](auto& it) {
                            it.opened(0, 2);
                            it.entered(0);
                            if (third) {
                                it.entered(2);
                            }
                            it.member(3).enter();
                            it.member(3).take(1);
                            it.killed(3);
                        },
                    .bodies = {[](auto& it) { it.p().close(); },
                               [=](auto& it) {
                                   it.member(0).look_after_dead();
                                   it.member(0).take_and_release(1);
                                   it.member(0).leave();
                               },
                               [=](auto& it) {
                                   if (third) {
                                       it.member(1).enter();
                                       it.member(1).take_and_release(1);
                                       it.member(1).leave();
                                   } else {
                                       the_engine().join(it.member_process(0));
                                       the_engine().read_newest(false);
                                       it.member(1).enter();
                                       it.drain_member(1);
                                   }
                               }},
                    .mortals = mortals};
    if (third) {
        what.bodies.push_back([=](auto& it) { last(it, 2, it.member_process(0) | it.member_process(1)); });
    }
    return made<Kind>(std::move(what));
}

/// A member that lives holds on for longer than the channel's patience.
template <class Kind>
std::unique_ptr<program> holds_on(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.entered(0);
                               it.member(0).keep(1);
                               the_engine().let_time_pass();
                           },
                       .bodies = {[](auto& it) {
                                      it.p().recover();
                                      it.p().put_waiting();
                                  },
                                  [](auto& it) { it.member(0).let_go(); }}});
}

/// What a dead member of a lossy group held was overwritten. Who finds that out may die of it.
template <class Kind>
std::unique_ptr<program> loses(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {demand::lossy, demand::lossy, demand::lossy},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.entered(0);
                               it.entered(1);
                               it.member(2).enter();
                               it.member(2).take(1);
                               it.killed(2);
                               it.p().recover();
                               it.p().put();
                               it.p().put();
                           },
                       .bodies = {[](auto& it) { it.p().close(); },
                                  [](auto& it) {
                                      it.member(0).look_after_dead();
                                      it.member(0).take_and_release(1);
                                  },
                                  [](auto& it) {
                                      the_engine().join(it.member_process(0));
                                      it.drain_member(1);
                                  }},
                       .mortals = 0b010});
}

/// Two come for the first time, at once; the first may die of it.
template <class Kind>
std::unique_ptr<program> enters_first(const shape& form, demand wants, unsigned before)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {wants, wants},
                       .before = [=](auto& it) { it.opened(0, before); },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      it.p().put();
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.member(0).enter();
                                      it.member(0).take_and_release(1);
                                      it.member(0).leave();
                                  },
                                  [](auto& it) {
                                      it.member(1).enter();
                                      it.member(1).take_and_release(1);
                                      the_engine().join(it.member_process(0));
                                      the_engine().read_newest(false);
                                      it.drain_member(1);
                                  }},
                       .mortals = 0b010});
}

/// The last member dies, or leaves; the producer passes over the group after a time; somebody enters again, and is told
/// what was lost.
template <class Kind>
std::unique_ptr<program> passed(const shape& form, unsigned mortals)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .members = {demand::lossless, demand::lossless, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.entered(0);
                           },
                       .bodies = {[](auto& it) {
                                      for (int i = 0; i < 3; ++i) {
                                          if (!it.p().put_waiting()) {
                                              the_engine().fail("there is no room for a producer that waits");
                                          }
                                      }
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.member(0).take(1);
                                      it.member(0).leave();
                                  },
                                  [](auto& it) {
                                      the_engine().join(it.member_process(0));
                                      the_engine().read_newest(false);
                                      it.member(1).enter();
                                      it.member(1).take_and_release(1);
                                      it.member(1).leave();
                                  },
                                  [](auto& it) {
                                      the_engine().join(it.member_process(1));
                                      the_engine().read_newest(false);
                                      it.member(2).enter();
                                      it.member(2).take_to_the_end();
                                      it.drain_member(2);
                                  }},
                       .mortals = mortals});
}

/// A member dies as it enters or leaves, and a consumer without a name takes a slot, and stays there: the others of the
/// group go on, and in the end no slot is kept for nobody.
template <class Kind>
std::unique_ptr<program> gives_its_slot(const shape& form)
{
    const auto early = std::make_shared<bool>(false);
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless, demand::lossless},
                       .members = {demand::lossless, demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.entered(1);
                           },
                       .bodies = {[](auto& it) { it.p().close(); },
                                  [=](auto& it) { *early = it.c(0).join(start::oldest); }, // and stays
                                  [=](auto& it) {
                                      the_engine().join(it.member_process(1));
                                      if (!*early && !it.c(1).join(start::oldest)) {
                                          the_engine().fail("a slot is kept for nobody");
                                      }
                                  },
                                  [](auto& it) {
                                      if (it.member(0).enter()) {
                                          it.member(0).leave();
                                      }
                                  },
                                  [](auto& it) {
                                      the_engine().join(it.member_process(0) | 0b10);
                                      the_engine().read_newest(false);
                                      it.member(1).take_and_release(1);
                                      it.drain_member(1);
                                  }},
                       .mortals = 0b1000});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two)
{
    const auto add = [&](const std::string& name, const std::string& what, auto&& make) {
        to.push_back({kind + "_" + name, what, make});
    };
    shape waiting = two;
    waiting.absence_ns = ring::waits_always;
    shape passing = two;
    passing.absence_ns = a_slice_and_a_half;
    add("group_turns", "two members, one after the other", [=] { return turns<Kind>(waiting, false); });
    add("group_turn_of_the_dead", "a member dies in its turn, or with what it holds",
        [=] { return turns<Kind>(waiting, true); });
    add("group_turn_late", "a turn does not come in time, and a record is given back without it",
        [=] { return late_turns<Kind>(waiting); });
    add("group", "two members of a lossless group",
        [=] { return two_members<Kind>(waiting, demand::lossless, 2, 1, 0); });
    add("group_dies", "one of them dies", [=] { return two_members<Kind>(waiting, demand::lossless, 1, 2, 0b010); });
    add("group_dies_twice", "the same, when it takes twice",
        [=] { return two_members<Kind>(waiting, demand::lossless, 2, 1, 0b010, 2); });
    add("group_lossy", "two members of a lossy group",
        [=] { return two_members<Kind>(waiting, demand::lossy, 1, 3, 0); });
    add("group_lossy_dies", "one of them dies, and what it held may be gone",
        [=] { return two_members<Kind>(waiting, demand::lossy, 2, 3, 0b010); });
    add("group_waits", "members that wait, one of them dies",
        [=] { return waits<Kind>(waiting, demand::lossless, 0b010); });
    add("group_lossy_waits", "the same, lossy", [=] { return waits<Kind>(waiting, demand::lossy, 0b010); });
    add("group_inherits", "a dead member's record is taken over, by one who may die; the next gets its slot",
        [=] { return inherits<Kind>(waiting, demand::lossless, 0b010, false); });
    add("group_lossy_inherits", "the same, lossy",
        [=] { return inherits<Kind>(waiting, demand::lossy, 0b010, false); });
    add("group_loses", "what a dead member of a lossy group held is gone, and who counts it may die",
        [=] { return loses<Kind>(waiting); });
    add("group_inherits_beside", "the same, while another one enters and a third looks on",
        [=] { return inherits<Kind>(waiting, demand::lossless, 0b010, true); });
    add("group_first", "two enter for the first time, one may die",
        [=] { return enters_first<Kind>(waiting, demand::lossless, 3); });
    add("group_lossy_first", "the same, lossy", [=] { return enters_first<Kind>(waiting, demand::lossy, 3); });
    add("group_passed", "a group of nobody is passed over after a time, and entered again",
        [=] { return passed<Kind>(passing, 0b010); });
    add("group_passed_dies", "the same, and who enters may die of it", [=] { return passed<Kind>(passing, 0b100); });
    shape short_of_patience = two;
    short_of_patience.absence_ns = a_slice_and_a_half / 3;
    add("group_holds_on", "a member holds on for longer than the channel's patience",
        [=] { return holds_on<Kind>(short_of_patience); });
    shape narrow = waiting;
    narrow.slots = 3;
    add("group_slot", "a member dies entering or leaving, and another consumer gets its slot",
        [=] { return gives_its_slot<Kind>(narrow); });
}

} // namespace

void parts::add_groups(std::vector<scenario>& to)
{
    add_for<small_dense>(to, "dense", {.capacity_bytes = 16, .slots = 5});
    add_for<small_framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}, .slots = 5});
}

} // namespace model
