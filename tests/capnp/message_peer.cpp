// SPDX-License-Identifier: BSL-1.0
// message_peer.cpp: the other process of a test: produces or consumes sample messages, and ends with 0 if all were
// right.
#include "sample_messages.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include <sys/prctl.h>

namespace {

using samples::Sample;

int fail(const std::string& what)
{
    std::fprintf(stderr, "message_peer: %s\n", what.c_str());
    return 1;
}

int produce(const char* channel, std::uint32_t count)
{
    samepage::message_producer<Sample> producer{channel, {.capacity_bytes = 16384}};
    while (producer.consumer_count() == 0) {
        std::this_thread::yield();
    }
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        auto draft = producer.loan();
        sample_messages::fill(draft.root(), seed);
        if (draft.publish() != samepage::outcome::ok) {
            return fail("not published: " + std::to_string(seed));
        }
    }
    return 0;
}

int consume(const char* channel, std::uint32_t count)
{
    samepage::message_consumer<Sample> consumer{channel, {.wait_for_channel = std::chrono::seconds{60}}};
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        const auto message = consumer.take();
        if (!message) {
            return fail("no message " + std::to_string(seed));
        }
        if (const auto difference = sample_messages::difference(message.root(), seed); !difference.empty()) {
            return fail(difference);
        }
    }
    return consumer.take().why() == samepage::outcome::closed ? 0 : fail("more than was sent");
}

} // namespace

int main(int argc, char** argv)
try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that is stopped leaves nobody behind
    if (argc != 4) {
        return fail("usage: message_peer produce|consume CHANNEL COUNT");
    }
    const auto count = static_cast<std::uint32_t>(std::stoul(argv[3]));
    return std::string{argv[1]} == "produce" ? produce(argv[2], count) : consume(argv[2], count);
} catch (const std::exception& failure) {
    return fail(failure.what());
}
