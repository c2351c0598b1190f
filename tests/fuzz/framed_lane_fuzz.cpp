// SPDX-License-Identifier: BSL-1.0
// framed_lane_fuzz.cpp: a lane of records of any size, of anything.
#include "fuzz/lane_fuzz.hpp"

#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/framed_writer.hpp>

namespace {

using reader = samepage::ring::framed_reader<fuzz::hardware>;
using writer = samepage::ring::framed_writer<fuzz::hardware>;

struct operations {
    static samepage::ring::lane_geometry geometry(fuzz::input& from)
    {
        const auto how = from.take<std::uint8_t>();
        return {.capacity_bytes = fuzz::guarded_ring::bytes,
                .alignment = std::uint64_t{8} << how % 8,
                .record_bytes = 0,
                .max_holds = 1U + (how >> 4U) % 7,
                .slot_count = fuzz::garbage_lane::consumers};
    }
    static auto look(reader& from, std::size_t most) { return from.look(most); }
    static auto newest(reader& from) { return from.look_newest(); }
    static void publish(writer& to, std::uint64_t many)
    {
        const auto& geometry = to.where().geometry;
        const std::uint64_t bytes =
            many % (samepage::ring::frame::most_payload_bytes(geometry.capacity_bytes, geometry.alignment) + 1);
        const std::uint64_t room = to.room_for(bytes);
        if (to.has_room(room) || to.make_room(room)) {
            std::memset(to.lend(), static_cast<int>(many), bytes);
            many % 8 == 7 ? to.discard() : to.publish(bytes, true);
        }
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count)
{
    fuzz::input from{bytes, count};
    fuzz::walkers<reader, writer, operations>{from}.run();
    return 0;
}
