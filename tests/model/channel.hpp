// SPDX-License-Identifier: BSL-1.0
// channel.hpp: a channel in the model: its lanes' words and rings, its control words, and what was truly published.
#pragma once

#include "model/policy.hpp"

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/dense_writer.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/framed_writer.hpp>
#include <samepage/ring/waiting.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace model {

namespace ring = samepage::ring;
namespace frame = samepage::ring::frame;
using samepage::outcome;

inline constexpr unsigned slots = 3;
inline constexpr unsigned lanes_at_most = 2;

/// Where the engine keeps the lock of a byte.
constexpr unsigned producer_lock(unsigned lane)
{
    return static_cast<unsigned>(ring::lock_byte::producer) + lane;
}
constexpr unsigned consumer_lock(unsigned slot)
{
    return 16 + slot;
}

template <class Policy>
struct dense_over {
    using words = Policy;
    using writer = ring::dense_writer<Policy>;
    using reader = ring::dense_reader<Policy>;
    static constexpr bool has_headers = false;
};

template <class Policy>
struct framed_over {
    using words = Policy;
    using writer = ring::framed_writer<Policy>;
    using reader = ring::framed_reader<Policy>;
    static constexpr bool has_headers = true;
};

using dense = dense_over<policy>;
using framed = framed_over<policy>;
using two_marks_dense = dense_over<frugal_policy<2, 128>>;
using two_marks_framed = framed_over<frugal_policy<2, 128>>;
using two_gaps = dense_over<frugal_policy<2, 2>>;
using four_gaps = dense_over<frugal_policy<8, 4>>;

struct shape {
    std::uint64_t capacity_bytes = 32;
    std::uint64_t record_bytes = 8;            ///< dense
    std::vector<std::uint64_t> payloads = {8}; ///< framed: record n has payloads[n % size] bytes
    unsigned lanes = 1;
    unsigned max_holds = 2;
};

/// The files of a channel, and a record of the truth beside them that no process reads.
template <class Kind>
class channel {
public:
    using words_policy = typename Kind::words;
    explicit channel(const shape& how)
        : shape_(how),
          geometry_{.capacity_bytes = how.capacity_bytes,
                    .alignment = 8,
                    .record_bytes = Kind::has_headers ? 0 : how.record_bytes,
                    .lane_count = how.lanes,
                    .max_holds = how.max_holds},
          cells_(slots * how.lanes * ring::cell_bytes<words_policy>(how.max_holds) / 64)
    {
        for (unsigned i = 0; i < how.lanes; ++i) {
            words_.push_back(std::make_unique<ring::lane_words<words_policy>>());
            rings_.emplace_back(2 * how.capacity_bytes / 64 + 1);
        }
    }

    void begin()
    {
        policy::forget_rings();
        for (auto& bytes : rings_) {
            policy::add_ring({bytes.front().bytes.data(), geometry_.capacity_bytes, Kind::has_headers});
        }
        truth_ = {};
    }

    [[nodiscard]] ring::lane<words_policy, true> writable(unsigned lane)
    {
        return {words_[lane].get(), ring_of(lane), &control_, cells_.front().bytes.data(), geometry_, lane};
    }
    [[nodiscard]] ring::lane<words_policy, false> readable(unsigned lane)
    {
        return {words_[lane].get(), ring_of(lane), &control_, cells_.front().bytes.data(), geometry_, lane};
    }

    [[nodiscard]] ring::control_words<words_policy>& control() { return control_; }
    [[nodiscard]] ring::directory_words<words_policy>& directory() { return directory_; }
    [[nodiscard]] ring::lane_words<words_policy>& words(unsigned lane) { return *words_[lane]; }
    [[nodiscard]] const ring::lane_geometry& geometry() const { return geometry_; }
    [[nodiscard]] unsigned lanes() const { return geometry_.lane_count; }

    [[nodiscard]] std::uint64_t payload_bytes(std::uint64_t number) const
    {
        return Kind::has_headers ? shape_.payloads[number % shape_.payloads.size()] : shape_.record_bytes;
    }
    /// Word `index` of a record. A framed one's looks like the header of an earlier record: whoever takes a payload for
    /// a header is misled, not warned.
    [[nodiscard]] static std::uint64_t content(unsigned lane, std::uint64_t number, std::uint64_t index)
    {
        return Kind::has_headers ? frame::encode(number - 1 - index, 8) : (number + 1) << 16U | lane << 8U | index;
    }

    /// Of a lane's records, `sure` are published, and those below `most` may be: a producer is at it, or died in it.
    struct truth {
        std::uint64_t sure = 0;
        std::uint64_t most = 0;
    };
    [[nodiscard]] truth& of(unsigned lane) { return truth_[lane]; }

    bells doors; ///< rings descriptors; see consumer::arm()

private:
    struct alignas(64) line {
        std::array<std::byte, 64> bytes{};
    };
    [[nodiscard]] std::byte* ring_of(unsigned lane) { return rings_[lane].front().bytes.data(); }

    shape shape_;
    ring::lane_geometry geometry_;
    std::vector<std::unique_ptr<ring::lane_words<words_policy>>> words_;
    std::vector<std::vector<line>> rings_;
    ring::control_words<words_policy> control_;
    ring::directory_words<words_policy> directory_;
    std::vector<line> cells_;
    std::array<truth, lanes_at_most> truth_{};
};

} // namespace model
