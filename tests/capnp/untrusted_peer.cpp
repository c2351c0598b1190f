// SPDX-License-Identifier: BSL-1.0
// untrusted_peer.cpp: the other processes of a test: a producer that rewrites what it published, and a consumer that
// reads it in place all the same.
#include "counted_reading.hpp"
#include "mutation.hpp"
#include "pointer_words.hpp"
#include "sample_messages.hpp"
#include "untrusted_shared.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_consumer.hpp>

#include <capnp/serialize.h>
#include <kj/exception.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <sys/prctl.h>

namespace {

using samples::Sample;
constexpr std::uint32_t records = 4;

std::vector<std::uint64_t> message(std::uint32_t seed)
{
    capnp::MallocMessageBuilder builder(4096);
    sample_messages::fill(builder.initRoot<Sample>(), seed);
    const auto flat = capnp::messageToFlatArray(builder);
    std::vector<std::uint64_t> words(flat.size());
    std::memcpy(words.data(), flat.begin(), flat.asBytes().size());
    return words;
}

struct published {
    std::vector<std::uint64_t> pristine;
    std::vector<std::size_t> places; ///< of its pointers
    std::size_t offset = 0;          ///< in the ring
};

/// A mapping of its own of the whole data file.
std::byte* map_writable(const samepage::channel_info& info)
{
    const int file = ::open(info.data_path.c_str(), O_RDWR | O_CLOEXEC);
    const auto bytes = static_cast<std::size_t>(::lseek(file, 0, SEEK_END));
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (mapped == MAP_FAILED) {
        throw std::runtime_error("cannot map the data file");
    }
    return static_cast<std::byte*>(mapped) + info.ring_offset_bytes;
}

int scribble(const char* channel, const untrusted_shared& shared)
{
    samepage::bytes_producer producer{channel, {}, samepage::describe_messages<Sample>()};
    while (producer.consumer_count() == 0) {
        std::this_thread::yield();
    }
    const auto info = producer.info();
    std::vector<published> all;
    for (std::uint32_t seed = 0; seed < records; ++seed) {
        auto& made = all.emplace_back();
        made.pristine = message(101 + seed); // each member of the union
        made.places = spoiling::pointer_words(std::span{made.pristine}.subspan(1), true);
        for (auto& place : made.places) {
            ++place;
        }
        const auto bytes = std::as_bytes(std::span{made.pristine});
        auto loan = producer.loan(bytes.size());
        std::memcpy(loan.data(), bytes.data(), bytes.size());
        made.offset =
            static_cast<std::size_t>(reinterpret_cast<const std::byte*>(loan.data()) - info.ring) % info.capacity_bytes;
        loan.publish();
    }
    std::byte* const ring = map_writable(info);
    while (shared->go.load() == 0) {
        std::this_thread::yield();
    }
    std::mt19937_64 random(20261128);
    const auto pause = [&] {
        for (auto left = random() % 64; left != 0; --left) {
            __builtin_ia32_pause();
        }
    };
    for (;;) {
        const auto& chosen = all[random() % all.size()];
        const std::span words{reinterpret_cast<std::uint64_t*>(ring + chosen.offset), chosen.pristine.size()};
        if (random() % 2 == 0) { // to and fro, for whoever looks twice
            const auto place = chosen.places[random() % chosen.places.size()];
            const auto sound = chosen.pristine[place];
            const auto more = 1 + (random() & 0x3FFFFFFU) / (random() % 0x400000U + 1);
            const auto larger = sound + (more << (random() % 2 == 0 ? 35U : 48U));
            std::atomic_ref<std::uint64_t> word{words[place]};
            for (auto times = random() % 2000; times != 0; --times) {
                word.store(larger, std::memory_order_relaxed);
                word.store(sound, std::memory_order_relaxed);
            }
        } else {
            for (auto changes = 1 + random() % 3; changes != 0; --changes) {
                spoiling::spoil(words, chosen.places, random);
            }
            pause();
            std::memcpy(words.data(), chosen.pristine.data(), words.size_bytes());
        }
        pause();
        shared->scribbles.fetch_add(1, std::memory_order_relaxed);
    }
}

/// In place, until it crashes or is stopped.
int read_in_place(const char* channel, const untrusted_shared& shared, bool check)
{
    samepage::message_consumer<Sample> consumer{
        channel, {.held = records, .wait_for_channel = std::chrono::seconds{60}}, {.check = false}};
    std::vector<samepage::message<Sample>> messages;
    while (messages.size() < records) {
        messages.push_back(consumer.take());
    }
    shared->go = 1;
    const samepage::read_limits limits;
    counted_reading counted;
    for (std::size_t i = 0;; ++i) {
        const auto record = messages[i % records].bytes();
        try {
            samepage::page_reader reader(record, limits.once_checked());
            if (!reader || (check && samepage::check_message(*samepage::plan_of<Sample>(), reader,
                                                             limits.for_check(record.size())))) {
                continue;
            }
            counted.read(reader.getRoot<Sample>(), record);
        } catch (const kj::Exception&) {
            if (shared->exceptions.fetch_add(1) == 0) {
                shared->reads_before_exception = counted.reads;
            }
        }
        if (counted.out_of_bounds != 0 && shared->out_of_bounds == 0) {
            shared->reads_before_out_of_bounds = counted.reads;
        }
        shared->out_of_bounds = counted.out_of_bounds;
        shared->reads = counted.reads;
    }
}

} // namespace

int main(int argc, char** argv)
try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that is stopped leaves nobody behind
    if (argc != 4) {
        std::fprintf(stderr, "usage: untrusted_peer scribble|read|check-and-read CHANNEL SHARED\n");
        return 1;
    }
    const std::string role = argv[1];
    const untrusted_shared shared{argv[3]};
    return role == "scribble" ? scribble(argv[2], shared) : read_in_place(argv[2], shared, role == "check-and-read");
} catch (const std::exception& failure) {
    std::fprintf(stderr, "untrusted_peer: %s\n", failure.what());
    return 1;
}
