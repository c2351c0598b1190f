// SPDX-License-Identifier: BSL-1.0
// message_rows.cpp: Cap'n Proto messages, built in the ring's pages and read there.
#include "channels.hpp"
#include "kernels.hpp"
#include "patterns.hpp"
#include "quote.capnp.h"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bench {

namespace {

/// Every field is set, and every field is read and checked.
class message_link {
    static constexpr std::size_t message_bytes = 128;
    static constexpr const char* symbol = "SAMEPAGE";

public:
    explicit message_link(site& here)
        : channels_(here, producing(here, round_trip_ring_bytes, samepage::wait_policy::busy()),
                    samepage::wait_policy::busy())
    {
    }

    void send(std::uint64_t n)
    {
        auto draft = channels_.out.loan(message_bytes);
        if (!draft) [[unlikely]] {
            nothing_came(draft.why());
        }
        auto quote = draft.root();
        quote.setNumber(n);
        quote.setPrice(static_cast<double>(n));
        quote.setQuantity(static_cast<std::uint32_t>(n));
        quote.setSymbol(symbol);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) [[unlikely]] {
            nothing_came(why);
        }
    }

    std::uint64_t receive()
    {
        const auto message = channels_.in.take();
        if (!message) [[unlikely]] {
            nothing_came(message.why());
        }
        const auto quote = message.root();
        const std::uint64_t n = quote.getNumber();
        if (quote.getPrice() != static_cast<double>(n) || quote.getQuantity() != static_cast<std::uint32_t>(n) ||
            std::strcmp(quote.getSymbol().cStr(), symbol) != 0) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

private:
    both_ways<samepage::message_producer<Quote>, samepage::message_consumer<Quote>> channels_;
};

} // namespace

void add_message_rows(std::vector<row>& rows)
{
    rows.push_back({.name = "rtt/capnp/small",
                    .unit = unit::nanoseconds,
                    .bytes_each = sizeof(std::uint64_t),
                    .records_each = 1,
                    .warm_up = 2 * round_trip_ring_bytes / 64,
                    .a = make<round_trip<message_link>>,
                    .b = make<round_trip<message_link>>,
                    .limit = "limit/walking"});
}

} // namespace bench
