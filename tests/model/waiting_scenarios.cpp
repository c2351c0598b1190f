// SPDX-License-Identifier: BSL-1.0
// waiting_scenarios.cpp: sleeping and waking. Without a death nobody wakes by the clock: a lost wake is for ever.
#include "model/scenarios.hpp"
#include "model/scene.hpp"

namespace model {
namespace {

using ring::demand;
using ring::start;

template <class Kind>
void put_waiting(scene<Kind>& it, unsigned producer, int records)
{
    for (int i = 0; i < records; ++i) {
        if (!it.p(producer).put_waiting()) {
            the_engine().fail("a producer that waits for room is told that there is none");
        }
    }
    it.p(producer).close();
}

/// Every record is waited for, and room as well.
template <class Kind>
std::unique_ptr<program> both_wait(const shape& form, int records, unsigned mortals = 0)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0);
                               it.joined(0);
                           },
                       .bodies = {[=](auto& it) { put_waiting(it, 0, records); },
                                  [=](auto& it) { it.c(0).take_to_the_end(mortals != 0); }},
                       .mortals = mortals});
}

/// The consumer leaves a full ring: the producer may go on.
template <class Kind>
std::unique_ptr<program> leaves_a_full_ring(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.joined(0);
                               it.opened(0, 2);
                           },
                       .bodies = {[](auto& it) { put_waiting(it, 0, 2); }, [](auto& it) { it.c().leave(); }}});
}

/// A lossy consumer holds what the producer has to wait for.
template <class Kind>
std::unique_ptr<program> holds_all(const shape& form)
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
                       .bodies = {[](auto& it) { put_waiting(it, 0, 2); },
                                  [](auto& it) {
                                      const auto first = it.c().take(1);
                                      const auto second = it.c().take(1);
                                      it.c().release(first);
                                      it.c().release(second);
                                      it.c(0).take_to_the_end(false);
                                  }}});
}

/// A ring of one record, which a lossy consumer may hold: room is there only when it has let go.
template <class Kind>
std::unique_ptr<program> one_record(const shape& form)
{
    return made<Kind>(
        {.form = form,
         .producers = {0},
         .consumers = {demand::lossy},
         .before =
             [](auto& it) {
                 it.opened(0, 1);
                 it.joined(0);
             },
         .bodies = {[](auto& it) { put_waiting(it, 0, 2); }, [](auto& it) { it.c(0).take_to_the_end(false); }}});
}

/// The producer steps over what a lossy consumer holds, drops that loan, and wants more than is left: a lossless
/// consumer that took everything has to give the gap back.
template <class Kind>
std::unique_ptr<program> more_behind_a_gap(const shape& form, unsigned records)
{
    return made<Kind>(
        {.form = form,
         .producers = {0},
         .consumers = {demand::lossy, demand::lossless},
         .before =
             [](auto& it) {
                 it.joined(0);
                 it.joined(1);
                 it.opened(0, 4);
             },
         .bodies = {[=](auto& it) {
                        it.p().spoil();
                        it.p().put_waiting(records);
                        it.p().close();
                    },
                    [](auto& it) { it.c(0).take_and_release(1); }, [](auto& it) { it.c(1).take_to_the_end(false); }}});
}

/// Two consumers sleep, one producer wakes both.
template <class Kind>
std::unique_ptr<program> two_sleep(const shape& form)
{
    return made<Kind>(
        {.form = form,
         .producers = {0},
         .consumers = {demand::lossless, demand::lossless},
         .before =
             [](auto& it) {
                 it.opened(0);
                 it.joined(0);
                 it.joined(1);
             },
         .bodies = {[](auto& it) { put_waiting(it, 0, 2); }, [](auto& it) { it.c(0).take_to_the_end(false); },
                    [](auto& it) { it.c(1).take_to_the_end(false); }}});
}

/// Two producers, either of which wakes the consumer.
template <class Kind>
std::unique_ptr<program> two_wake(const shape& form, unsigned mortals = 0)
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
                       .bodies = {[](auto& it) { put_waiting(it, 0, 1); }, [](auto& it) { put_waiting(it, 1, 1); },
                                  [=](auto& it) { it.c(0).take_to_the_end(mortals != 0); }},
                       .mortals = mortals});
}

/// A consumer polls its descriptor.
template <class Kind>
std::unique_ptr<program> polls(const shape& form)
{
    return made<Kind>({.form = form,
                       .producers = {0},
                       .consumers = {demand::lossless},
                       .before =
                           [](auto& it) {
                               it.opened(0);
                               it.joined(0);
                           },
                       .bodies = {[](auto& it) { put_waiting(it, 0, 2); },
                                  [](auto& it) {
                                      for (;;) {
                                          const auto found = it.c().take();
                                          it.c().release(found);
                                          if (found.count == 0) {
                                              if (it.c().end_of_stream() == outcome::closed) {
                                                  it.c().drain();
                                                  return;
                                              }
                                              it.c().poll();
                                          }
                                      }
                                  }}});
}

template <class Kind>
void add_for(std::vector<scenario>& to, const std::string& kind, const shape& two)
{
    const auto add = [&](const std::string& name, const std::string& what, auto&& make) {
        to.push_back({kind + "_" + name, what, make});
    };
    add("wait_one", "a consumer sleeps for one record and the end", [=] { return both_wait<Kind>(two, 1); });
    add("wait", "a consumer sleeps for records, the producer for room", [=] { return both_wait<Kind>(two, 3); });
    add("wait_leave", "a consumer leaves a full ring", [=] { return leaves_a_full_ring<Kind>(two); });
    add("wait_held", "the producer waits for what a lossy consumer holds", [=] { return holds_all<Kind>(two); });
    add("two_sleep", "two consumers sleep", [=] { return two_sleep<Kind>(two); });
    shape lanes = two;
    lanes.lanes = 2;
    add("two_wake", "two producers wake one consumer", [=] { return two_wake<Kind>(lanes); });
    add("poll", "a consumer polls its descriptor", [=] { return polls<Kind>(two); });
    add("wait_producer_dies", "the producer dies while its consumer sleeps",
        [=] { return both_wait<Kind>(two, 2, 0b01); });
    add("wait_consumer_dies", "the consumer dies while its producer sleeps",
        [=] { return both_wait<Kind>(two, 3, 0b10); });
    add("two_wake_one_dies", "one of two wakers dies", [=] { return two_wake<Kind>(lanes, 0b001); });
}

} // namespace

void parts::add_waiting(std::vector<scenario>& to)
{
    add_for<dense>(to, "dense", {.capacity_bytes = 16});
    add_for<framed>(to, "framed", {.capacity_bytes = 64, .payloads = {8}});
    to.push_back({"dense_wait_lockstep", "a ring of one record: each waits for the other",
                  [] { return both_wait<dense>({.capacity_bytes = 16, .record_bytes = 16}, 2); }});
    to.push_back({"framed_wait_lockstep", "the same, framed",
                  [] { return both_wait<framed>({.capacity_bytes = 64, .payloads = {48}}, 2); }});
    to.push_back({"dense_wait_behind_gap", "a gap is given back before there is a record behind it",
                  [] { return more_behind_a_gap<dense>({.capacity_bytes = 32}, 4); }});
    to.push_back({"dense_wait_one_record", "a ring of one record that a lossy consumer holds",
                  [] { return one_record<dense>({.capacity_bytes = 16, .record_bytes = 16}); }});
    to.push_back({"framed_wait_one_record", "the same, framed",
                  [] { return one_record<framed>({.capacity_bytes = 64, .payloads = {48}}); }});
}

} // namespace model
