// SPDX-License-Identifier: BSL-1.0
// kinds.hpp: dense and framed channels whose records follow from lane and number.
// Thread safety: none.
#pragma once

#include "support/records.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace torture {

inline constexpr unsigned lane_shift = 48;
inline constexpr std::uint64_t torn_key = ~std::uint64_t{0};

/// What a record's bytes follow from.
[[nodiscard]] constexpr std::uint64_t key_of(unsigned lane, std::uint64_t number) noexcept
{
    return std::uint64_t{lane} << lane_shift | number;
}

struct dense {
    static constexpr const char* name = "dense";
    static constexpr bool is_dense = true;
    using producer = samepage::producer<support::tick>;
    using consumer = samepage::consumer<support::tick>;
    using batch = samepage::batch<support::tick>;
    using loan = samepage::loan<support::tick>;

    static loan lend(producer& from) { return from.loan(); }
    static loan try_lend(producer& from) { return from.try_loan(); }
    template <class Span>
    static loan lend_for(producer& from, Span most)
    {
        return from.loan_for(most);
    }
    static void write(const loan& to, std::uint64_t key) { *to = support::tick_of(key); }
    /// The other way to publish: `much` records in one loan. @return false: no room
    static bool try_publish_otherwise(producer& from, std::size_t much)
    {
        auto slot = from.try_loan(much);
        if (!slot) {
            return false;
        }
        for (std::size_t i = 0; i < much; ++i) {
            slot[i] = support::tick_of(key_of(from.lane(), from.next_number() + i));
        }
        slot.publish();
        return true;
    }
    static constexpr std::uint64_t records_otherwise(std::size_t much) noexcept { return much; }

    /// Calls `see(key)` for each record; torn_key if it is not whole.
    template <class See>
    static void read(const batch& from, See&& see)
    {
        for (const auto& record : from) {
            see(support::whole(record) ? record.number : torn_key);
        }
    }
};

struct framed {
    static constexpr const char* name = "framed";
    static constexpr bool is_dense = false;
    using producer = samepage::bytes_producer;
    using consumer = samepage::bytes_consumer;
    using batch = samepage::bytes_batch;
    using loan = samepage::bytes_loan;

    static std::size_t bytes(const producer& of)
    {
        return support::bytes_of(key_of(of.lane(), of.next_number()), of.max_record_bytes() / 4);
    }
    static loan lend(producer& from) { return from.loan(bytes(from)); }
    static loan try_lend(producer& from) { return from.try_loan(bytes(from)); }
    template <class Span>
    static loan lend_for(producer& from, Span most)
    {
        return from.loan_for(most, bytes(from));
    }
    static void write(const loan& to, std::uint64_t key) { support::fill(to.bytes(), key); }
    /// The other way to publish: `much` bytes more were lent. @return false: no room
    static bool try_publish_otherwise(producer& from, std::size_t much)
    {
        const std::size_t written = bytes(from);
        auto slot = from.try_loan(written + much);
        if (!slot) {
            return false;
        }
        support::fill(slot.bytes().first(written), key_of(from.lane(), from.next_number()));
        slot.publish(written);
        return true;
    }
    static constexpr std::uint64_t records_otherwise(std::size_t) noexcept { return 1; }

    template <class See>
    static void read(const batch& from, See&& see)
    {
        for (const auto record : from) {
            see(support::number_of(record));
        }
    }
};

/// Writes the producer's next record into the loan, and publishes it.
template <class Kind>
void publish(typename Kind::producer& from, typename Kind::loan& slot)
{
    Kind::write(slot, key_of(from.lane(), from.next_number()));
    slot.publish();
}

} // namespace torture
