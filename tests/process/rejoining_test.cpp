// SPDX-License-Identifier: BSL-1.0
// rejoining_test.cpp: the steps of joining and leaving alone, over and over beside a producer at full speed.
// A whole set-up takes a thousand times as long as those steps: joining_test hardly ever meets the producer in them.
#include "process/peers.hpp"
#include "support/lone_reader.hpp"

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/hardware.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <span>
#include <string>

#include <unistd.h>

using process::dense;
using process::framed;
using process::producer_process;
using samepage::outcome;
using samepage::ring::hardware;

namespace {

namespace ring = samepage::ring;

/// A consumer's slot with its lock, and the protocol's own steps on it.
template <class Kind, class Reader>
class bare_reader {
public:
    explicit bare_reader(const std::string& name)
        : holder_(name), info_(holder_.info()), words_(info_), reader_(lane_of(), own_slot())
    {
        reader_.leave(); // what holder_ joined; its lock stays
    }

    Reader& operator*() noexcept { return reader_; }
    Reader* operator->() noexcept { return &reader_; }

private:
    [[nodiscard]] ring::lane<hardware, false> lane_of() const
    {
        const auto header = support::read_data_header(info_.data_path);
        ring::lane<hardware, false> lane;
        lane.words = reinterpret_cast<const ring::lane_words<hardware>*>(&words_.lane());
        lane.ring = info_.ring;
        lane.ring_word = words_.lane().ring.load(std::memory_order_relaxed);
        lane.control = reinterpret_cast<ring::control_words<hardware>*>(&words_.control());
        lane.cells = words_.cells();
        lane.geometry = {.capacity_bytes = header.capacity_bytes,
                         .alignment = header.alignment,
                         .record_bytes = header.record_bytes,
                         .lane_count = header.lane_count,
                         .max_holds = header.max_holds};
        return lane;
    }

    [[nodiscard]] unsigned own_slot() const
    {
        unsigned slot = 0;
        while (words_.control().consumers[slot].pid.load() != static_cast<std::uint32_t>(::getpid())) {
            ++slot;
        }
        return slot;
    }

    typename Kind::consumer holder_;
    samepage::channel_info info_;
    support::pages words_;
    Reader reader_;
};

using dense_reader = bare_reader<dense, support::lone<ring::dense_reader<hardware>>>;
using framed_reader = bare_reader<framed, support::lone<ring::framed_reader<hardware>>>;

/// Follows what there is and gives a part of it back. @return records seen
std::uint64_t look(dense_reader& reader, std::size_t most, support::follower& seen)
{
    const auto found = reader->look(most, sizeof(support::tick));
    support::require(found.why != outcome::corrupt, "the lane is whole");
    const auto* const records = reinterpret_cast<const support::tick*>(reader->at(found.begin));
    for (std::size_t i = 0; i < found.count; ++i) {
        seen.see(records[i]);
    }
    if (found.count != 0) {
        reader->release(found);
    }
    return found.count;
}

std::uint64_t look(framed_reader& reader, std::size_t most, support::follower& seen)
{
    const auto found = reader->look(most);
    support::require(found.why != outcome::corrupt, "the lane is whole");
    auto at = found.begin;
    for (std::size_t i = 0; i < found.count; ++i) {
        const auto bytes = ring::frame::payload_bytes(reader->header_at(at));
        seen.see(std::span{reader->at(at) + ring::frame::header_bytes, bytes});
        at = ring::frame::next(at, bytes, 8);
    }
    reader->release(found);
    return found.count;
}

template <class Reader>
void join_and_leave_again(support::lines& parent, const support::words& told)
{
    support::random_numbers random{std::stoull(told.at(2))};
    Reader reader{told.at(0)};
    const auto fresh = *reader; // as it was before it ever joined
    std::uint64_t records = 0;
    for (auto left = std::stoull(told.at(1)); left != 0; --left) {
        *reader = fresh;
        const auto from = random.below(4) == 0 ? samepage::start::newest : samepage::start::oldest;
        support::require(reader->join(from), "a record can begin where we join");
        support::follower seen;
        for (auto looks = 1 + random.below(3); looks != 0; --looks) {
            records += look(reader, 1 + random.below(200), seen);
        }
        reader->leave();
        // The producer is to run on for a while, of any length.
        for (auto pauses = random.below(64); pauses != 0; --pauses) {
            hardware::pause();
        }
    }
    parent.say(std::to_string(records));
}

template <class Kind>
void rejoin_beside_a_stream(const char* role)
{
    const auto seed = support::new_seed("rejoins");
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, 4096};
    from.say("stream");
    from.expect("streaming");
    support::child one{role, {channel.name(), "300000", std::to_string(seed)}};
    const auto records = one.hear_number();
    BOOST_TEST(records > 0U);
    BOOST_TEST_MESSAGE("    " << records << " records in 300000 joins");
}

} // namespace

SAMEPAGE_CHILD(rejoins_dense)
{
    join_and_leave_again<dense_reader>(parent, told);
}
SAMEPAGE_CHILD(rejoins_framed)
{
    join_and_leave_again<framed_reader>(parent, told);
}

BOOST_AUTO_TEST_SUITE(rejoining)

BOOST_AUTO_TEST_CASE(whenever_it_meets_the_producer_a_join_to_dense_records_starts_with_a_whole_one)
{
    rejoin_beside_a_stream<dense>("rejoins_dense");
}

BOOST_AUTO_TEST_CASE(whenever_it_meets_the_producer_a_join_to_framed_records_starts_with_a_whole_one)
{
    rejoin_beside_a_stream<framed>("rejoins_framed");
}

BOOST_AUTO_TEST_SUITE_END()
