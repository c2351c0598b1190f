// SPDX-License-Identifier: BSL-1.0
// lone_reader.hpp: a consumer of one lane, with joining and leaving in one call each.
// Thread safety: as a lane_reader's.
#pragma once

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/options.hpp>

namespace support {

/// A consumer of one lane alone. Lossless unless told otherwise.
template <class Reader>
struct lone : Reader {
    lone(const samepage::ring::lane<samepage::ring::hardware, false>& where, unsigned slot,
         samepage::demand wants = samepage::demand::lossless, unsigned held = 63)
        : Reader(where, slot, wants, held), slot_(slot)
    {
    }
    /// Takes part. False if the lane's words are corrupt.
    [[nodiscard]] bool join(samepage::ring::start from)
    {
        this->prepare();
        samepage::ring::announce(*this->where().control, slot_);
        return this->settle() && (from == samepage::ring::start::oldest || this->seek_newest());
    }
    void leave()
    {
        samepage::ring::withdraw(*this->where().control, slot_);
        this->forget();
        this->wake_producer();
    }
    [[nodiscard]] bool closed() const { return this->state() == samepage::ring::lane_state::closed; }

private:
    unsigned slot_;
};

} // namespace support
