// SPDX-License-Identifier: BSL-1.0
// dense_lane_fuzz.cpp: a lane of records of one size, of anything.
#include "fuzz/lane_fuzz.hpp"

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/dense_writer.hpp>

namespace {

using reader = samepage::ring::dense_reader<fuzz::hardware>;
using writer = samepage::ring::dense_writer<fuzz::hardware>;

struct operations {
    static samepage::ring::lane_geometry geometry(fuzz::input& from)
    {
        constexpr std::uint64_t sizes[] = {1, 8, 24, 64, 200, 512};
        const auto how = from.take<std::uint8_t>();
        return {.capacity_bytes = fuzz::guarded_ring::bytes,
                .alignment = 1,
                .record_bytes = sizes[how % 6],
                .max_holds = 1U + (how >> 4U) % 7,
                .slot_count = fuzz::garbage_lane::consumers};
    }
    static auto look(reader& from, std::size_t most) { return from.look(most, from.where().geometry.record_bytes); }
    static auto newest(reader& from) { return from.look_newest(from.where().geometry.record_bytes); }
    static void publish(writer& to, std::uint64_t many)
    {
        const auto& geometry = to.where().geometry;
        const std::uint64_t records = 1 + many % (geometry.capacity_bytes / geometry.record_bytes);
        const std::uint64_t bytes = records * geometry.record_bytes;
        if ((to.has_room(bytes) || to.make_room(bytes)) && many % 8 != 7) {
            std::memset(to.at(to.next()), static_cast<int>(many), bytes);
            to.publish(bytes, records);
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
