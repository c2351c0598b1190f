// SPDX-License-Identifier: BSL-1.0
// attach_fuzz.cpp: any bytes as a channel's two files: attaching refuses them with samepage::error, or is well.
#include "fuzz/input.hpp"
#include "torture/corrupt.hpp"

#include <samepage/ring/producer_endpoint.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace {

namespace damage = torture::damage;
namespace ring = samepage::ring;

/// Files of a good channel, and the directory of this process's own where damaged ones are put.
struct bench {
    damage::files at;
    damage::bytes data[2]; ///< dense, framed
    damage::bytes control[2];

    bench()
    {
        char path[] = "/dev/shm/samepage-fuzz-XXXXXX";
        if (::mkdtemp(path) == nullptr) {
            std::perror("mkdtemp");
            std::abort();
        }
        at = {path, "fuzzed"};
        for (const bool framed : {false, true}) {
            const samepage::channel_options options{
                .capacity_bytes = 4096, .max_producers = 2, .max_consumers = 2, .max_held = 2, .directory = path};
            if (framed) {
                ring::producer_endpoint<ring::framed_writer<ring::hardware>> made{
                    at.name, options, {.kind = ring::record_kind::framed, .format = "B"}};
            } else {
                ring::producer_endpoint<ring::dense_writer<ring::hardware>> made{at.name,
                                                                                 options,
                                                                                 {.kind = ring::record_kind::dense,
                                                                                  .record_bytes = 24,
                                                                                  .alignment = 8,
                                                                                  .format = "T{Q:a:Q:b:d:c:}"}};
            }
            for (int i = 0; i < 200; ++i) { // some laps
                static_cast<void>(damage::produce(at));
            }
            data[framed] = damage::content(at.data());
            control[framed] = damage::content(at.control());
            std::filesystem::remove(at.data());
            std::filesystem::remove(at.control());
        }
    }
    bench(const bench&) = delete;
    bench& operator=(const bench&) = delete;
    ~bench()
    {
        std::error_code ignored;
        std::filesystem::remove_all(at.directory, ignored);
    }
};

void write(const std::filesystem::path& path, const damage::bytes& bytes)
{
    std::ofstream to(path, std::ios::binary | std::ios::trunc);
    to.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Flips bits of the beginning, and changes words behind it: directory, lanes, rings, or control words.
void change(fuzz::input& from, damage::bytes& file, std::size_t header_bytes)
{
    for (std::size_t i = 0; i < header_bytes; ++i) {
        file[i] ^= from.take<std::byte>();
    }
    for (auto words = from.take<std::uint8_t>() % 16; words != 0; --words) {
        const auto place = std::size_t{8} * from.take<std::uint16_t>();
        const auto word = from.take<std::uint64_t>();
        if (place + sizeof word <= file.size()) {
            std::memcpy(file.data() + place, &word, sizeof word);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count)
{
    static const bench here;
    fuzz::input from{bytes, count};
    const auto how = from.take<std::uint8_t>();
    damage::bytes data = here.data[how & 1U];
    damage::bytes control = here.control[how & 1U];
    if ((how & 0xe0U) == 0xe0U) { // as they come
        control.resize(std::min<std::size_t>(from.take<std::uint16_t>(), from.size()));
        from.take(control.data(), control.size());
        data.resize(from.size());
        from.take(data.data(), data.size());
    } else {
        change(from, data, sizeof(ring::data_header) + 8);
        change(from, control, sizeof(ring::control_header));
        // Else attaching waits a while for a control file that belongs to the data.
        std::memcpy(control.data() + offsetof(ring::control_header, channel_id),
                    data.data() + offsetof(ring::data_header, channel_id), sizeof(ring::data_header::channel_id));
        if ((how & 2U) == 0) {
            damage::repair_data(data);
        }
        if ((how & 4U) == 0) {
            damage::repair_control(control);
        }
    }
    write(here.at.data(), data);
    write(here.at.control(), control);
    const auto header =
        data.size() >= sizeof(ring::data_header) ? damage::header_of<ring::data_header>(data) : ring::data_header{};
    if ((how & 8U) != 0 && header.file_bytes > data.size() && header.file_bytes < std::uint64_t{1} << 40U) {
        std::filesystem::resize_file(here.at.data(), header.file_bytes);
    }
    const auto see = [](const std::optional<samepage::error>& fault) {
        if (fault &&
            (fault->parts().expected.empty() || fault->parts().found.empty() || fault->parts().remedy.empty())) {
            std::fprintf(stderr, "a refusal that lacks something: %s\n", fault->what());
            std::abort();
        }
    };
    see(damage::consume(here.at, ring::demand::lossless));
    see(damage::consume(here.at, ring::demand::lossy));
    if (header.capacity_bytes <= std::uint64_t{1} << 20U) { // else all of it would be reserved
        see(damage::produce(here.at));
    }
    return 0;
}
