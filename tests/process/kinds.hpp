// SPDX-License-Identifier: BSL-1.0
// kinds.hpp: what dense and framed channels have in common for a test, so that one fact is shown for both.
#pragma once

#include "support/pages.hpp"
#include "support/records.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/mpl/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace process {

/// Records of one type. Record n lies at position n * sizeof(tick).
struct dense {
    using producer = samepage::producer<support::tick>;
    using consumer = samepage::consumer<support::tick>;

    static constexpr const char* producer_role = "dense_producer";
    static constexpr const char* consumer_role = "dense_consumer";

    static auto loan(producer& from, std::uint64_t) { return from.loan(); }
    static auto try_loan(producer& from, std::uint64_t) { return from.try_loan(); }
    static auto loan_for(producer& from, std::chrono::milliseconds most, std::uint64_t) { return from.loan_for(most); }
    static void write(const samepage::loan<support::tick>& to, std::uint64_t number) { *to = support::tick_of(number); }

    static void follow(const samepage::batch<support::tick>& batch, support::follower& with)
    {
        for (const auto& record : batch) {
            with.see(record);
        }
    }
};

/// Records of many sizes, each following from its number.
struct framed {
    using producer = samepage::bytes_producer;
    using consumer = samepage::bytes_consumer;

    static constexpr const char* producer_role = "framed_producer";
    static constexpr const char* consumer_role = "framed_consumer";

    static std::size_t bytes(const producer& from, std::uint64_t number)
    {
        return support::bytes_of(number, from.max_record_bytes() / 2);
    }
    static auto loan(producer& from, std::uint64_t number) { return from.loan(bytes(from, number)); }
    static auto try_loan(producer& from, std::uint64_t number) { return from.try_loan(bytes(from, number)); }
    static auto loan_for(producer& from, std::chrono::milliseconds most, std::uint64_t number)
    {
        return from.loan_for(most, bytes(from, number));
    }
    static void write(const samepage::bytes_loan& to, std::uint64_t number) { support::fill(to.bytes(), number); }

    static void follow(const samepage::bytes_batch& batch, support::follower& with)
    {
        for (const auto record : batch) {
            with.see(record);
        }
    }
};

using kinds = boost::mpl::list<dense, framed>;

/// Publishes record `number`; waits for room.
template <class Kind>
void publish(typename Kind::producer& to, std::uint64_t number)
{
    auto slot = Kind::loan(to, number);
    Kind::write(slot, number);
    slot.publish();
}

/// Publishes from `number` on until the ring is full. @return the number that did not fit
template <class Kind>
std::uint64_t fill_up(typename Kind::producer& to, std::uint64_t number)
{
    while (auto slot = Kind::try_loan(to, number)) {
        Kind::write(slot, number++);
        slot.publish();
    }
    return number;
}

/// Takes until at least `count` records were seen. @return ok, or why there are no more
template <class Kind>
samepage::outcome follow(typename Kind::consumer& from, support::follower& with, std::uint64_t count)
{
    for (const auto goal = with.seen() + count; with.seen() < goal;) {
        const auto batch = from.take();
        if (!batch) {
            return batch.why();
        }
        Kind::follow(batch, with);
    }
    return samepage::outcome::ok;
}

/// Takes until the stream ends. @return why it did
template <class Kind>
samepage::outcome follow_to_the_end(typename Kind::consumer& from, support::follower& with)
{
    return follow<Kind>(from, with, ~std::uint64_t{0} - with.seen());
}

} // namespace process

namespace samepage {

/// For Boost.Test's messages.
inline std::ostream& operator<<(std::ostream& to, outcome value)
{
    return to << to_string(value);
}

} // namespace samepage
