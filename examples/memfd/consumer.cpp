// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: receives the channel under another user, reads it, and fails to write to it.
#include "reading.hpp"

#include <samepage/channel/consumer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <grp.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

/// Only root can; anybody else stays who it is.
void become_another_user()
{
    constexpr ::uid_t nobody = 65534;
    if (::getuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
        throw std::runtime_error("cannot become another user");
    }
}

samepage::channel_descriptors fetch(const std::string& name)
{
    using namespace std::chrono_literals;
    const meeting place{name};
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int tries = 0; ::connect(socket, place.get(), place.bytes) != 0; ++tries) { // until the producer is there
        if (tries == 1000) {
            throw std::runtime_error("nobody listens");
        }
        std::this_thread::sleep_for(10ms);
    }
    auto received = samepage::receive_channel(socket);
    ::close(socket);
    return received;
}

} // namespace

int main(int count, char** arguments)
try {
    become_another_user();
    const auto channel = fetch(count > 1 ? arguments[1] : "readings");
    samepage::consumer<reading> in(channel, {.from = samepage::start::oldest});
    std::uint64_t next = 0;
    std::uint64_t wrong = 0;
    while (const auto batch = in.take()) {
        for (const reading& one : batch) {
            wrong += one.number != next || one.value != 0.5 * static_cast<double>(next) ? 1U : 0U;
            ++next;
        }
    }
    const auto info = in.info();
    const bool refused =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, channel.data(), 0) == MAP_FAILED &&
        ::mprotect(const_cast<std::byte*>(info.ring), info.capacity_bytes, PROT_READ | PROT_WRITE) != 0;
    std::cout << "took " << next << " readings as user " << ::getuid() << ", wrong " << wrong << "; a write is "
              << (refused ? "refused" : "possible") << std::endl;
    return wrong == 0 && refused ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
