// SPDX-License-Identifier: BSL-1.0
// move_scenarios.cpp: a lane goes on in another ring, while others read, hold, join, sleep and die.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

/// What is done to a producer's lane: so many records before the move and behind it.
struct course {
    unsigned before = 1;
    unsigned behind = 2;
};

template <class Kind>
void publish_and_move(producer<Kind>& by, const course& how)
{
    for (unsigned i = 0; i < how.before; ++i) {
        by.put();
    }
    by.move();
    for (unsigned i = 0; i < how.behind; ++i) {
        by.put();
    }
    by.close();
}

/// One who joined before does something, and takes what is left.
template <class Kind>
std::unique_ptr<program> moves_beside(const shape& form, demand wants, const course& how,
                                      std::function<void(consumer<Kind>&)> does)
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
                       .bodies = {[=](auto& it) { publish_and_move(it.p(), how); },
                                  [=](auto& it) {
                                      does(it.c());
                                      it.drain();
                                  }}});
}

template <class Kind>
std::unique_ptr<program> moves(const shape& form, demand wants, const course& how)
{
    return moves_beside<Kind>(form, wants, how, [](auto& who) {
        who.take_and_release(1);
        who.take_and_release();
    });
}

/// Who holds a batch of the old ring reads it again behind the move.
template <class Kind>
std::unique_ptr<program> moves_held(const shape& form, demand wants, const course& how)
{
    return moves_beside<Kind>(form, wants, how, [](auto& who) {
        who.keep(1);
        const auto more = who.take();
        who.let_go();
        who.release(more);
    });
}

/// The newest record is taken, over the move.
template <class Kind>
std::unique_ptr<program> moves_newest(const shape& form, demand wants, const course& how)
{
    return moves_beside<Kind>(form, wants, how, [](auto& who) {
        who.release(who.take_newest());
        who.release(who.take_newest());
    });
}

/// One joins meanwhile.
template <class Kind>
std::unique_ptr<program> moves_joined(const shape& form, demand wants, start from, const course& how)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {wants},
                       .before = [](auto& it) { it.opened(0, 2); },
                       .bodies = {[=](auto& it) { publish_and_move(it.p(), how); },
                                  [=](auto& it) {
                                      it.c().join(from);
                                      it.c().take_and_release(1);
                                      it.drain();
                                  }}});
}

/// The consumer sleeps for records, the producer for room.
template <class Kind>
std::unique_ptr<program> moves_waited(const shape& form)
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
                                      it.p().put_waiting();
                                      it.p().move();
                                      it.p().put_waiting();
                                      it.p().put_waiting();
                                      it.p().close();
                                  },
                                  [](auto& it) { it.c().take_to_the_end(); }}});
}

/// The producer dies anywhere; its successor moves, if it did not, and goes on.
template <class Kind>
std::unique_ptr<program> mover_dies(const shape& form, demand wants, unsigned mortals)
{
    return made<Kind>({.form = form,
                       .producers = {0, 0},
                       .consumers = {wants},
                       .before =
                           [](auto& it) {
                               it.opened(0, 1);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) {
                                      publish_and_move(it.p(0), {1, 1});
                                  },
                                  [](auto& it) {
                                      the_engine().join(0b1);
                                      the_engine().read_newest(false);
                                      if (it.p(1).take()) {
                                          publish_and_move(it.p(1), {0, 2});
                                      }
                                  },
                                  [](auto& it) {
                                      it.c().take_and_release(1);
                                      it.c().take_and_release();
                                      it.drain();
                                  }},
                       .mortals = mortals});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& grows, const shape& shrinks)
{
    const auto add = [&](const char* name, const char* what, auto make) {
        to.push_back({kind + "_" + name, what, std::move(make)});
    };
    add("moves", "a lane goes on in a larger ring; a lossless consumer", [=] {
        return moves<Kind>(grows, demand::lossless, {1, 2});
    });
    add("moves_lossy", "the same with a lossy one", [=] { return moves<Kind>(grows, demand::lossy, {1, 2}); });
    add("moves_lapped", "a lossy consumer is lapped in the new ring", [=] {
        return moves<Kind>(shrinks, demand::lossy, {1, 4});
    });
    add("moves_smaller", "a smaller ring, if what is not released fits it", [=] {
        return moves<Kind>(shrinks, demand::lossless, {2, 2});
    });
    add("moves_held", "a batch of the old ring is held over the move", [=] {
        return moves_held<Kind>(grows, demand::lossless, {1, 2});
    });
    add("moves_held_lossy", "the same with a lossy consumer", [=] {
        return moves_held<Kind>(grows, demand::lossy, {1, 3});
    });
    add("moves_joined", "a lossless consumer joins at the oldest record", [=] {
        return moves_joined<Kind>(shrinks, demand::lossless, start::oldest, {0, 3});
    });
    add("moves_joined_lossy", "a lossy one", [=] {
        return moves_joined<Kind>(shrinks, demand::lossy, start::oldest, {0, 3});
    });
    add("moves_joined_newest", "a lossless consumer joins at the newest record", [=] {
        return moves_joined<Kind>(grows, demand::lossless, start::newest, {0, 2});
    });
    add("moves_newest", "the newest record is taken", [=] {
        return moves_newest<Kind>(grows, demand::lossless, {1, 2});
    });
    add("moves_newest_lossy", "by a lossy consumer", [=] { return moves_newest<Kind>(grows, demand::lossy, {1, 2}); });
    add("moves_waited", "both sides sleep", [=] { return moves_waited<Kind>(grows); });
    add("mover_dies", "the producer dies while it moves",
        [=] { return mover_dies<Kind>(grows, demand::lossless, 0b001); });
    add("mover_dies_lossy", "the same with a lossy consumer",
        [=] { return mover_dies<Kind>(grows, demand::lossy, 0b001); });
    add("movers_die", "its successor, too", [=] { return mover_dies<Kind>(grows, demand::lossless, 0b011); });
}

} // namespace

void parts::add_moves(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16, .other_bytes = 32}, {.capacity_bytes = 32, .other_bytes = 16});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {16, 8}, .other_bytes = 128},
                    {.capacity_bytes = 128, .payloads = {16, 8}, .other_bytes = 64});
}

} // namespace model
