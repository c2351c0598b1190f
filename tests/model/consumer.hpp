// SPDX-License-Identifier: BSL-1.0
// consumer.hpp: a consumer's process in the model: the shipped readers, what src/ring/consumer_endpoint.cpp does around
// them, and a check of every record that is found.
#pragma once

#include "model/rings.hpp"

#include <samepage/ring/end_of_stream.hpp>
#include <samepage/ring/membership.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace model {

template <class Kind>
class consumer {
public:
    consumer(channel<Kind>& where, ring::demand wants, unsigned held = 1)
        : channel_(&where), wants_(wants), held_(held), rings_(where)
    {
        readers_.reserve(lanes_at_most);
    }
    consumer(const consumer&) = delete;
    consumer& operator=(const consumer&) = delete;
    virtual ~consumer() = default;

    /// attachment::consume(), then consumer_endpoint::begin(). False: every slot is taken.
    bool join(ring::start from = ring::start::oldest)
    {
        auto& control = channel_->control();
        const auto taken = ring::take_slot(control, locks_, channel_->slots());
        if (!taken) {
            return false;
        }
        slot_ = *taken;
        make_readers();
        join_lanes(readers_, slot_, from, {});
        for (auto& reader : readers_) {
            expected_[reader.where().index] = reader.next_number();
        }
        return true;
    }

    /// consumer_endpoint::close()
    virtual void leave()
    {
        rings_.leave();
        ring::leave_slot(channel_->control(), locks_, slot_, readers_);
    }

    /// consumer_endpoint::try_find(), and reads what it found.
    ring::found_records take(std::size_t most = 9)
    {
        const auto found = look_around(most);
        check(found);
        return found;
    }

    /// The newest record alone.
    ring::found_records take_newest()
    {
        auto& reader = readers_.front();
        const auto found = [&] {
            if constexpr (Kind::has_headers) {
                return reader.look_newest();
            } else {
                return reader.look_newest(channel_->geometry().record_bytes);
            }
        }();
        if (found.why == outcome::ok) {
            if (found.number < expected_[0]) {
                the_engine().fail("the newest record is older than one found before");
            }
            expected_[0] = found.number - found.lost; // those between were passed over
        }
        check(found);
        return found;
    }

    /// consumer_endpoint::find(): why is ok, closed, producer_died or too_many_held.
    ring::found_records take_waiting(std::size_t most = 9)
    {
        auto result = look_around(most);
        if (result.why == outcome::empty) {
            outcome end = await();
            result = look_around(most);
            while (result.why == outcome::empty && end == outcome::ok) { // there was only a gap
                end = await();
                result = look_around(most);
            }
            if (result.why == outcome::empty) {
                result.why = end;
            }
        }
        check(result);
        return result;
    }

    /// consumer_endpoint::arm(), then a poll() of the descriptor, then disarm(): sleeps until it is rung.
    void poll()
    {
        auto& armed = channel_->control().consumers[slot_].armed;
        auto& descriptor = channel_->doors.rung[slot_];
        const std::uint32_t quiet = descriptor.load(std::memory_order_relaxed);
        ring::arm(place(), armed);
        bool any = end_of_stream() != outcome::empty;
        for (auto& reader : readers_) {
            any = any || reader.ready();
        }
        if (!any) {
            policy::sleep(descriptor, quiet, ring::slice);
        }
        ring::disarm(place(), armed);
    }

    /// Reads it once more, and gives it back.
    virtual void release(const ring::found_records& found)
    {
        if (found.count != 0) {
            read(found);
            forget_place(found);
            readers_[found.lane].release(found);
        }
    }

    void take_and_release(std::size_t most = 9) { release(take(most)); }

    /// From a page that lies: records of the ring, or corrupt.
    void take_anything()
    {
        const auto found = look_around(9);
        if (found.why == outcome::ok) {
            const auto& geometry = channel_->geometry();
            if (found.count == 0 || found.end <= found.begin || found.end - found.begin > geometry.capacity_bytes ||
                found.end > ring::most_position || !readers_[found.lane].where().on_grid(found.begin)) {
                the_engine().fail("what is found does not lie in the ring");
            }
            readers_[found.lane].release(found);
        }
    }

    /// While the scene is set: takes, and keeps until let_go().
    void keep(std::size_t most) { kept_ = take(most); }
    void let_go() { release(kept_); }

    /// Waits for records until the end of the stream. @param deaths  whether a producer's death may be that end.
    outcome take_to_the_end(bool deaths = true)
    {
        for (;;) {
            const auto found = take_waiting();
            if (found.count == 0) {
                if (found.why != outcome::closed && !(deaths && found.why == outcome::producer_died)) {
                    the_engine().fail("a wait ends without records and without the end of the stream");
                }
                return found.why;
            }
            release(found);
        }
    }

    /// After every producer ended: what is left, to the last record, and the end.
    virtual void drain()
    {
        for (;;) {
            const auto found = take();
            if (found.count == 0) {
                if (found.why != outcome::empty) {
                    the_engine().fail("what is left is not found");
                }
                break;
            }
            release(found);
        }
        for (auto& reader : readers_) {
            const auto& truth = channel_->of(reader.where().index);
            if (reader.next_number() < truth.sure || reader.next_number() > truth.most) {
                the_engine().fail("a consumer that drained lane " + std::to_string(reader.where().index) +
                                  " got to record " + std::to_string(reader.next_number()) + ", published were " +
                                  std::to_string(truth.sure));
            }
        }
        if (end_of_stream() == outcome::empty) {
            the_engine().fail("the end of the stream is not seen");
        }
    }

    [[nodiscard]] typename Kind::reader& reader(unsigned lane = 0) { return readers_[lane]; }
    [[nodiscard]] unsigned slot() const { return slot_; }

    /// consumer_endpoint::end_of_stream(), and a check of what it says.
    [[nodiscard]] outcome end_of_stream()
    {
        const std::size_t asked = the_engine().steps();
        const outcome end = ring::end_of_stream(locks_, channel_->lanes(), [this] { return all_closed(); });
        channel_->check_end(end, asked);
        return end;
    }

protected:
    using reader_type = typename Kind::reader;

    void make_readers()
    {
        readers_.clear();
        rings_.look_at(slot_);
        for (unsigned index = 0; index < channel_->lanes(); ++index) {
            readers_.emplace_back(channel_->readable(index, rings_.ring(index)), slot_, wants_, held_, &rings_);
        }
    }

    /// consumer_endpoint::join(). @param resumed  of each lane the number to go on with, if not empty.
    void join_lanes(std::vector<reader_type>& readers, unsigned slot, ring::start from,
                    const std::vector<std::uint64_t>& resumed)
    {
        for (auto& reader : readers) {
            reader.prepare();
        }
        ring::announce(channel_->control(), slot);
        for (auto& reader : readers) {
            const unsigned index = reader.where().index;
            bool good = reader.settle();
            const bool in_use = (lanes_in_use() >> index & 1U) != 0;
            if (good && !resumed.empty()) {
                good = (in_use || resumed[index] == 0) && reader.seek(resumed[index]) == outcome::ok;
            } else if (good && in_use && from == ring::start::newest) {
                good = reader.seek_newest();
            }
            if (!good) {
                the_engine().fail("joining finds lane " + std::to_string(index) + " corrupt");
            }
        }
    }

    [[nodiscard]] std::uint64_t lanes_in_use()
    {
        return ring::lanes_in_use(channel_->directory(), ~std::uint64_t{0} >> (64 - channel_->lanes()));
    }

    [[nodiscard]] bool all_closed() { return ring::all_closed(lanes_in_use(), readers_); }

    /// As consumer_endpoint's.
    virtual outcome await()
    {
        outcome end = outcome::ok;
        const auto ready = [&] {
            bool any = false;
            ring::for_each_bit(lanes_in_use(), [&](unsigned index) { return !(any = readers_[index].worth_a_look()); });
            return any;
        };
        const auto idle = [&] {
            const outcome found = end_of_stream();
            end = found == outcome::empty ? outcome::ok : found;
            return end != outcome::ok;
        };
        const auto over = [&] { return all_closed() && idle(); };
        (void)ring::wait_until_ready<typename Kind::words>(place(), samepage::wait_policy::sleep(), std::nullopt, ready,
                                                           idle, over);
        return end;
    }

    [[nodiscard]] ring::sleeping_place<typename Kind::words> place()
    {
        auto& control = channel_->control();
        return {control.sleeping_consumers, std::uint64_t{1} << slot_, control.consumers[slot_].bell.doorbell};
    }

    ring::found_records look_at(reader_type& reader, std::size_t most)
    {
        if constexpr (Kind::has_headers) {
            return reader.look(most);
        } else {
            return reader.look(most, channel_->geometry().record_bytes);
        }
    }

    virtual ring::found_records look_around(std::size_t most)
    {
        const std::uint64_t lanes = lanes_in_use();
        ring::found_records result;
        for (unsigned i = 0; i < channel_->lanes(); ++i) {
            const unsigned index = (turn_ + i) % channel_->lanes();
            if ((lanes >> index & 1U) == 0) {
                continue;
            }
            const auto found = look_at(readers_[index], most);
            if (found.why == outcome::too_many_held) {
                result.why = found.why;
            } else if (found.why != outcome::empty) {
                turn_ = index + 1;
                return found;
            }
        }
        return result;
    }

    void check(const ring::found_records& found)
    {
        if (found.why == outcome::corrupt) {
            the_engine().fail("a look finds the lane corrupt");
        }
        if (found.count == 0) {
            return;
        }
        if (the_engine().tracing()) {
            the_engine().note("finds " + std::to_string(found.count) + " records from number " +
                              std::to_string(found.number) + ", " + std::to_string(found.lost) + " lost before");
        }
        check_number(found);
        if (const std::uint64_t end = found.number + found.count; end > channel_->of(found.lane).most) {
            the_engine().fail("record " + std::to_string(end - 1) + " is found, and was not published");
        }
        places_.push_back({found.lane, found.number, readers_[found.lane].where()});
        read(found);
    }

    /// That it follows on what was found before.
    virtual void check_number(const ring::found_records& found)
    {
        if (wants_ == ring::demand::lossless && found.lost != 0) {
            the_engine().fail("a lossless consumer lost records");
        }
        check_follows(found);
    }
    void check_follows(const ring::found_records& found)
    {
        auto& expected = expected_[found.lane];
        if (found.number != expected + found.lost) {
            the_engine().fail("record " + std::to_string(expected) + " comes next, found was " +
                              std::to_string(found.number) + " with " + std::to_string(found.lost) + " lost");
        }
        expected = found.number + found.count;
    }

    void read(const ring::found_records& found)
    {
        const auto& where = place_of(found);
        ring::position place = found.begin;
        for (std::uint64_t number = found.number; number < found.number + found.count; ++number) {
            const std::uint64_t words = channel_->payload_bytes(number) / 8;
            const std::byte* const from = where.at(place) + (Kind::has_headers ? frame::header_bytes : 0);
            for (std::uint64_t i = 0; i<words; i += words> 8 ? words : 1) {
                if (policy::read(from + 8 * i) != channel_->content(found.lane, number, i)) {
                    the_engine().fail("record " + std::to_string(number) + " does not hold what was written to it");
                }
            }
            place = Kind::has_headers ? frame::next(place, channel_->payload_bytes(number), 8)
                                      : place + channel_->geometry().record_bytes;
        }
        if (place != found.end) {
            the_engine().fail("a batch ends elsewhere than its records");
        }
    }

    /// A batch stays in the ring that it was found in, wherever the lane goes on.
    struct found_place {
        unsigned lane;
        std::uint64_t number;
        ring::lane<typename Kind::words, false> where;
    };
    [[nodiscard]] auto place_with(const ring::found_records& found)
    {
        return std::find_if(places_.rbegin(), places_.rend(), [&](const found_place& each) {
            return each.lane == found.lane && each.number == found.number;
        });
    }
    [[nodiscard]] const auto& place_of(const ring::found_records& found) { return place_with(found)->where; }
    void forget_place(const ring::found_records& found) { places_.erase(std::next(place_with(found)).base()); }

    channel<Kind>* channel_;
    ring::demand wants_;
    unsigned held_;
    consumer_rings<Kind> rings_;
    std::vector<found_place> places_;
    unsigned slot_ = 0;
    unsigned turn_ = 0;
    locks locks_;
    std::vector<typename Kind::reader> readers_;
    std::array<std::uint64_t, lanes_at_most> expected_{};
    ring::found_records kept_;
};

} // namespace model
