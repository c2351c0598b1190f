// SPDX-License-Identifier: BSL-1.0
// life_operations.cpp: removing a channel that others hold, making it anew under them, being told so, and forgetting a
// name.
#include "torture/life_operations.hpp"

#include "torture/actors.hpp"

#include <samepage/ring/remove_channel.hpp>
#include <samepage/ring/remove_consumer.hpp>

namespace torture {
namespace {

using samepage::outcome;

constexpr std::uint64_t published_before = 5;
constexpr std::uint64_t published_anew = 3;

/// Those who survive hold a channel with records in it.
template <class Kind>
void in_use(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(published_before);
}

/// The same, and its name leads nowhere.
template <class Kind>
void removed(world<Kind>& in)
{
    in_use(in);
    samepage::remove_channel(in.name(), in.directory());
}

template <class Kind>
actor<Kind> from_its_begin(const char* name, std::function<void(world<Kind>&)> what)
{
    return {.name = name,
            .which = counting::inside,
            .body =
                [what = std::move(what)](world<Kind>& in) {
                    trap();
                    what(in);
                    trap();
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

template <class Kind>
void publish_anew(typename Kind::producer& to)
{
    for (std::uint64_t i = 0; i != published_anew; ++i) {
        publish_one<Kind>(to);
    }
}

/// Who was there is told, once there is another channel of the name, and has everything that was published in the old
/// one.
template <class Kind>
void told_retired(world<Kind>& in)
{
    outcome why = outcome::ok;
    for (std::size_t i = 0; why == outcome::ok; ++i) {
        demand_that(i <= 2 * world<Kind>::lap_records, "the old channel's ring is full some time");
        auto slot = Kind::lend_for(*in.producer, std::chrono::seconds{5});
        why = slot.why();
        if (slot) {
            publish<Kind>(*in.producer, slot);
        }
    }
    demand_that(why == outcome::retired,
                "the old channel's producer is told retired, not " + std::string{to_string(why)});
    for (auto* who : {&in.lossless, &in.lossy}) {
        const auto end = (*who)->drain();
        demand_that(end == outcome::retired,
                    "the old channel's consumer is told retired, not " + std::string{to_string(end)});
        demand_that((*who)->seen().said().good(), (*who)->seen().said().first);
        demand_that((*who)->seen().next(0) == in.producer->next_number(), "it has everything");
    }
}

/// Whatever the name leads to is whole; who was there before goes on with the old channel, or is told.
template <class Kind>
void lived_through(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    publish_one<Kind>(*in.producer);
    typename Kind::producer next{in.name(), in.producing()};
    if (next.info().inode == in.producer->info().inode) {
        demand_that(next.lane() == 1, "it takes a lane beside the other's");
        publish_anew<Kind>(next);
        next.close();
        in.aftermath(in.producer->next_number(), in.producer->next_number());
        return;
    }
    demand_that(next.lane() == 0, "it takes the first lane of the new channel");
    const auto first = next.next_number();
    demand_that(first <= published_anew, "the new channel holds what was published in it");
    observer<Kind> from{in.name(), in.consuming(demand::lossless)};
    publish_anew<Kind>(next);
    told_retired(in);
    next.close();
    demand_that(from.drain() == outcome::closed, "the new channel's stream ends");
    demand_that(from.seen().said().good() && from.seen().said().records == first + published_anew,
                "the new channel's consumer has everything");
}

/// A consumer of the old channel finds that there is a new one.
template <class Kind>
actor<Kind> told_so()
{
    return {.name = "be told retired",
            .which = counting::inside,
            .body =
                [](world<Kind>& in) {
                    observer<Kind> from{in.name(), in.consuming(demand::lossless)};
                    trap();
                    demand_that(from.drain() == outcome::retired, "it is told");
                    trap();
                },
            .lead =
                [](world<Kind>& in, traced& who) {
                    come(who);
                    samepage::remove_channel(in.name(), in.directory());
                    typename Kind::producer anew{in.name(), in.producing()};
                    publish_anew<Kind>(anew);
                }};
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> life_operations()
{
    std::vector<operation<Kind>> all;
    // Whoever removes a channel, or makes one, keeps others from its name.
    all.push_back({.victim = from_its_begin<Kind>("create anew, under others",
                                                  [](auto& in) {
                                                      typename Kind::producer anew{in.name(), in.producing()};
                                                      publish_anew<Kind>(anew);
                                                  }),
                   .before = removed<Kind>,
                   .after = lived_through<Kind>,
                   .standing = in_the_way::of_all});
    all.push_back({.victim = told_so<Kind>(),
                   .before = in_use<Kind>,
                   .after = lived_through<Kind>,
                   .standing = in_the_way::of_all});
    if constexpr (Kind::is_dense) { // nothing of these depends on the records
        all.push_back({.victim = from_its_begin<Kind>(
                           "remove the channel", [](auto& in) { samepage::remove_channel(in.name(), in.directory()); }),
                       .before = in_use<Kind>,
                       .after = lived_through<Kind>,
                       .standing = in_the_way::of_all});
        all.push_back(
            {.victim = from_its_begin<Kind>(
                 "forget a name", [](auto& in) { samepage::remove_consumer(in.name(), "log", in.directory()); }),
             .before =
                 [](world<Kind>& in) {
                     in.wait_for_absent = std::chrono::nanoseconds::max();
                     in_use(in);
                     typename Kind::consumer{in.name(), in.named(demand::lossless)};
                 },
             .after =
                 [](world<Kind>& in, std::uint64_t least, std::uint64_t) {
                     {
                         // Kept, it goes on with what was published since; forgotten, it begins anew.
                         in.publish(1);
                         auto options = in.named(demand::lossless);
                         options.from = start::newest;
                         typename Kind::consumer named{in.name(), options};
                         const auto number = named.next().front().number;
                         demand_that(number == 0 ? !in.finished : number >= published_before,
                                     "a name that is kept goes on, a new one begins at the newest");
                     }
                     in.forget_names();
                     in.aftermath(least + 1, least + 1);
                 },
             .standing = in_the_way::of_all});
    }
    return all;
}

template std::vector<operation<dense>> life_operations();
template std::vector<operation<framed>> life_operations();

} // namespace torture
