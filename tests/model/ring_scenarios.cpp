// SPDX-License-Identifier: BSL-1.0
// ring_scenarios.cpp: a lane goes on in another ring and gives the one before back, while others look at it, come, go
// and die.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

/// The first look at who looks comes right behind the move, with no fence but P12 between.
template <class Kind>
void move_and_let_go(producer<Kind>& by, unsigned behind)
{
    by.move();
    by.let_go();
    for (unsigned i = 0; i < behind; ++i) {
        by.put();
        by.let_go();
    }
}

/// One who joined before does something, and takes what is left.
template <class Kind>
std::unique_ptr<program> lets_go(const shape& form, demand wants, std::function<void(consumer<Kind>&)> does)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      it.p().put();
                                      move_and_let_go(it.p(), 2);
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      does(it.c());
                                      it.drain();
                                  }}});
}

template <class Kind>
void takes(consumer<Kind>& who)
{
    who.take_and_release(1);
    who.take_and_release();
}

/// What is held of the old ring is read there once more, behind the move.
template <class Kind>
void holds(consumer<Kind>& who)
{
    who.keep(1);
    const auto more = who.take();
    who.let_go();
    who.release(more);
}

template <class Kind>
std::unique_ptr<program> lets_go_joined(const shape& form, demand wants, start from)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before = [](auto& it) { it.opened(0, 2); },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      it.c().join(from);
                                      it.c().take_and_release(1);
                                      it.drain();
                                  }}});
}

/// A name that was away comes back.
template <class Kind>
std::unique_ptr<program> lets_go_named(shape form, demand wants)
{
    form.absence_ns = ring::waits_always;
    return made<Kind>({.form = form,
                       .producers = {0},
                       .lives = {wants, wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.came(0);
                           },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.life(0).take_and_release(1);
                                      it.life(0).leave();
                                      it.life(1).come();
                                      it.drain_life(1);
                                  }}});
}

/// Once who looked has left, or died, the pages go.
template <class Kind>
std::unique_ptr<program> lets_go_behind(const shape& form, demand wants, unsigned mortals)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      the_engine().join(0b10);
                                      it.p().must_let_go();
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      holds(it.c());
                                      it.c().leave();
                                  }},
                       .mortals = mortals});
}

/// Who holds nothing of it any more and goes on need not leave.
template <class Kind>
std::unique_ptr<program> lets_go_of_followed(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                               it.c().keep(1);
                               it.p().move();
                               it.p().put();
                           },
                       .bodies = {[](auto& it) {
                                      it.p().let_go();
                                      the_engine().join(0b10);
                                      it.p().must_let_go();
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      the_engine().read_newest(true);
                                      it.c().take_and_release();
                                      const auto more = it.c().take();
                                      it.c().let_go();
                                      it.c().release(more);
                                  }}});
}

/// Its place, and what it said there, is another's then.
template <class Kind>
std::unique_ptr<program> lets_go_slot(shape form, demand wants)
{
    form.slots = 1;
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants, wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 2);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c(0).take_and_release(1);
                                      it.c(0).leave();
                                  },
                                  [](auto& it) {
                                      if (it.c(1).join()) {
                                          it.c(1).take_and_release(1);
                                          it.drain(1);
                                      }
                                  }},
                       .mortals = 0b010});
}

/// The producer dies anywhere; its successor lets go, if it did not, of what the other left, and moves, if it did not.
template <class Kind>
std::unique_ptr<program> successor_lets_go(const shape& form, demand wants, unsigned mortals, bool joins)
{
    return made<Kind>({.form = form,
                       .producers = {0, 0},
                       .consumers = {wants},
                       .before =
                           [=](auto& it) {
                               it.opened(0, 1);
                               if (!joins) {
                                   it.joined(0);
                               }
                           },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(0), 1);
                                      it.p(0).close();
                                  },
                                  [](auto& it) {
                                      the_engine().join(0b1);
                                      the_engine().read_newest(false);
                                      if (it.p(1).take()) {
                                          it.p(1).let_go();
                                          move_and_let_go(it.p(1), 1);
                                          it.p(1).close();
                                      }
                                  },
                                  [=](auto& it) {
                                      if (joins) {
                                          it.c().join();
                                      }
                                      it.c().take_and_release(1);
                                      it.c().take_and_release();
                                      it.drain();
                                  }},
                       .mortals = mortals});
}

/// And once more, as soon as the first one is given back.
template <class Kind>
std::unique_ptr<program> moves_again(const shape& form, demand wants, std::function<void(consumer<Kind>&)> does)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .held = 2,
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      move_and_let_go(it.p(), 1);
                                      it.p().close();
                                  },
                                  [=](auto& it) {
                                      does(it.c());
                                      it.drain();
                                  }}});
}

/// Nothing is published between: one look may meet both moves.
template <class Kind>
std::unique_ptr<program> moves_at_once(const shape& form, demand wants)
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
                                      move_and_let_go(it.p(), 0);
                                      move_and_let_go(it.p(), 1);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      takes(it.c());
                                      it.drain();
                                  }}});
}

template <class Kind>
std::unique_ptr<program> moves_again_joined(const shape& form, demand wants)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before = [](auto& it) { it.opened(0, 1); },
                       .bodies = {[](auto& it) {
                                      move_and_let_go(it.p(), 1);
                                      move_and_let_go(it.p(), 0);
                                      it.p().close();
                                  },
                                  [](auto& it) {
                                      it.c().join();
                                      it.c().take_and_release(1);
                                      it.drain();
                                  }}});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& form)
{
    const auto add = [&](const char* name, const char* what, auto make) {
        to.push_back({kind + "_" + name, what, std::move(make)});
    };
    add("lets_go", "a ring is given back; a lossless consumer",
        [=] { return lets_go<Kind>(form, demand::lossless, takes<Kind>); });
    add("lets_go_lossy", "the same with a lossy one", [=] { return lets_go<Kind>(form, demand::lossy, takes<Kind>); });
    add("lets_go_held", "a batch of it is held", [=] { return lets_go<Kind>(form, demand::lossless, holds<Kind>); });
    add("lets_go_held_lossy", "by a lossy consumer", [=] { return lets_go<Kind>(form, demand::lossy, holds<Kind>); });
    add("lets_go_joined", "one joins meanwhile",
        [=] { return lets_go_joined<Kind>(form, demand::lossless, start::oldest); });
    add("lets_go_joined_lossy", "a lossy one",
        [=] { return lets_go_joined<Kind>(form, demand::lossy, start::oldest); });
    add("lets_go_joined_newest", "at the newest record",
        [=] { return lets_go_joined<Kind>(form, demand::lossless, start::newest); });
    add("lets_go_named", "a name comes back meanwhile", [=] { return lets_go_named<Kind>(form, demand::lossless); });
    add("lets_go_named_lossy", "a lossy one", [=] { return lets_go_named<Kind>(form, demand::lossy); });
    add("lets_go_followed", "who looked has followed, and holds nothing of it",
        [=] { return lets_go_of_followed<Kind>(form, demand::lossless); });
    add("lets_go_followed_lossy", "a lossy one", [=] { return lets_go_of_followed<Kind>(form, demand::lossy); });
    add("lets_go_left", "who looked has left", [=] { return lets_go_behind<Kind>(form, demand::lossless, 0); });
    add("lets_go_of_the_dead", "who looked dies", [=] { return lets_go_behind<Kind>(form, demand::lossless, 0b10); });
    add("lets_go_of_the_dead_lossy", "a lossy one", [=] { return lets_go_behind<Kind>(form, demand::lossy, 0b10); });
    add("lets_go_slot", "who looked leaves, or dies, and another one has its slot",
        [=] { return lets_go_slot<Kind>(form, demand::lossless); });
    add("lets_go_slot_lossy", "lossy ones", [=] { return lets_go_slot<Kind>(form, demand::lossy); });
    add("lets_go_dies", "the producer dies, and its successor gives the ring back",
        [=] { return successor_lets_go<Kind>(form, demand::lossless, 0b001, false); });
    add("lets_go_dies_lossy", "beside a lossy consumer",
        [=] { return successor_lets_go<Kind>(form, demand::lossy, 0b001, false); });
    add("lets_go_dies_joined", "one joins meanwhile",
        [=] { return successor_lets_go<Kind>(form, demand::lossless, 0b001, true); });
    add("lets_go_all_die", "whoever dies",
        [=] { return successor_lets_go<Kind>(form, demand::lossless, 0b111, false); });
    add("moves_again", "a second move, behind the first one's giving back",
        [=] { return moves_again<Kind>(form, demand::lossless, takes<Kind>); });
    add("moves_again_held", "something is held of the first ring",
        [=] { return moves_again<Kind>(form, demand::lossless, holds<Kind>); });
    add("moves_again_lossy", "by a lossy consumer",
        [=] { return moves_again<Kind>(form, demand::lossy, holds<Kind>); });
    add("moves_again_at_once", "with nothing published between",
        [=] { return moves_at_once<Kind>(form, demand::lossless); });
    add("moves_again_at_once_lossy", "beside a lossy consumer",
        [=] { return moves_at_once<Kind>(form, demand::lossy); });
    add("moves_again_joined", "one joins meanwhile", [=] { return moves_again_joined<Kind>(form, demand::lossless); });
}

} // namespace

void parts::add_rings(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16, .other_bytes = 32, .third_bytes = 16});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}, .other_bytes = 128, .third_bytes = 64});
}

} // namespace model
