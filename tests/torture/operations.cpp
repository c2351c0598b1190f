// SPDX-License-Identifier: BSL-1.0
// operations.cpp: each operation, with the others as they are when it begins.
#include "support/pages.hpp"
#include "torture/actors.hpp"

namespace torture {
namespace {

template <class Kind>
void nothing(world<Kind>&)
{
}

/// A producer of ours has published some, and two observers have joined.
template <class Kind>
void streaming(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(7);
}

/// As streaming, and the ring was gone around.
template <class Kind>
void turned(world<Kind>& in)
{
    streaming<Kind>(in);
    in.publish(world<Kind>::lap_records * 3 / 2);
}

template <class Kind>
void plain_after(world<Kind>& in, std::uint64_t least, std::uint64_t more)
{
    in.aftermath(least, least + more);
}

/// Some of the records are published already, which the lossless observer has not seen.
template <class Kind>
void consumer_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.aftermath(in.producer->next_number(), in.producer->next_number());
}

template <class Kind>
void second_lane_after(world<Kind>& in, std::uint64_t least, std::uint64_t more)
{
    in.aftermath(least, least + more, true);
}

template <class Kind>
void created_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.open_producer();
    in.open_observers();
    in.aftermath(0, 0);
}

template <class Kind>
void add_producers(std::vector<operation<Kind>>& all)
{
    all.push_back({plain_producer<Kind>(), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({plain_producer<Kind>(3), nothing<Kind>, plain_after<Kind>, 3});
    all.push_back({full_producer<Kind>(false), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({full_producer<Kind>(true), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({recoverer<Kind>("recover a dead consumer"), nothing<Kind>, plain_after<Kind>, 1});
    actor<Kind> closer = plain_producer<Kind>();
    closer.name = "close";
    closer.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        publish_one<Kind>(to);
        trap();
        to.close();
        trap();
    };
    all.push_back({closer, nothing<Kind>, plain_after<Kind>, 0});
    actor<Kind> dropper = plain_producer<Kind>();
    dropper.name = "loan and discard";
    dropper.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        publish_one<Kind>(to);
        trap();
        {
            const auto slot = Kind::try_lend(to);
            Kind::write(slot, torn_key);
        }
        trap();
    };
    all.push_back({dropper, nothing<Kind>, plain_after<Kind>, 0});
    all.push_back({opener<Kind>("create"), nothing<Kind>, created_after<Kind>, 0});
    all.push_back({opener<Kind>("succeed a dead producer"), leave_dead_producer<Kind>, plain_after<Kind>, 0});
    all.push_back({opener<Kind>("take a second lane"), turned<Kind>, second_lane_after<Kind>, 0});
}

template <class Kind>
void add_consumers(std::vector<operation<Kind>>& all)
{
    const auto take_some = [](observer<Kind>& from) { from.see(from.consumer().try_take(5)); };
    const auto take_latest = [](observer<Kind>& from) { from.see(from.consumer().try_take_latest(), true); };
    constexpr auto laps = world<Kind>::lap_records * 2;
    all.push_back({taker<Kind>("take and release, lossless", demand::lossless, take_some, 9), streaming<Kind>,
                   consumer_after<Kind>});
    all.push_back(
        {taker<Kind>("take and release, lossy", demand::lossy, take_some, 9), turned<Kind>, consumer_after<Kind>});
    all.push_back({taker<Kind>("take and release, lossy, lapped", demand::lossy, take_some, laps), turned<Kind>,
                   consumer_after<Kind>});
    all.push_back({taker<Kind>("take the latest, lossless", demand::lossless, take_latest, 9), turned<Kind>,
                   consumer_after<Kind>});
    all.push_back({taker<Kind>("take the latest, lossy, lapped", demand::lossy, take_latest, laps), turned<Kind>,
                   consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossless, oldest", demand::lossless, start::oldest), turned<Kind>, consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossless, newest", demand::lossless, start::newest), turned<Kind>, consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossy, newest", demand::lossy, start::newest), turned<Kind>, consumer_after<Kind>});
    all.push_back({joiner<Kind>("join in a dead one's slot", demand::lossless, start::oldest),
                   [](world<Kind>& in) {
                       turned<Kind>(in);
                       leave_dead_consumer<Kind>(in);
                   },
                   consumer_after<Kind>});
    all.push_back({leaver<Kind>("leave, lossless", demand::lossless), turned<Kind>, consumer_after<Kind>});
    all.push_back({leaver<Kind>("leave, lossy", demand::lossy), turned<Kind>, consumer_after<Kind>});
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> operations()
{
    std::vector<operation<Kind>> all;
    add_producers<Kind>(all);
    add_consumers<Kind>(all);
    return all;
}

template std::vector<operation<dense>> operations();
template std::vector<operation<framed>> operations();

} // namespace torture
