// SPDX-License-Identifier: BSL-1.0
// receive_into.cpp: a socket fills one part of a record after another, where the consumer reads it.
#include "scratch_channel.hpp"
#include "side_by_side.hpp"

#include <samepage/channel/buffers.hpp>
#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>

#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <numeric>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t message_bytes = 8'000'000;
constexpr std::size_t most_at_once = 64 << 10; // bytes

using bytes = std::vector<std::byte>;

// A connection whose other end sends a message.
class incoming {
public:
    explicit incoming(std::span<const std::byte> message)
    {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0) {
            throw std::system_error{errno, std::generic_category(), "socketpair"};
        }
        sender_ = std::jthread{[end = ends_[1], message]() mutable {
            while (!message.empty()) {
                const auto sent = ::send(end, message.data(), message.size(), MSG_NOSIGNAL);
                if (sent < 0) {
                    return; // nobody receives any more
                }
                message = message.subspan(static_cast<std::size_t>(sent));
            }
        }};
    }
    incoming(const incoming&) = delete;
    incoming& operator=(const incoming&) = delete;
    ~incoming()
    {
        ::close(ends_[0]); // a sender that still waits is told
        sender_.join();
        ::close(ends_[1]);
    }

    // Python's recv_into(): how many bytes came, at most as many as there is room for.
    std::size_t receive_into(std::span<std::byte> room)
    {
        const auto came = ::recv(ends_[0], room.data(), std::min(room.size(), most_at_once), 0);
        if (came < 0) {
            throw std::system_error{errno, std::generic_category(), "recv"};
        }
        if (came == 0) {
            throw std::runtime_error{"the sender hung up"};
        }
        copied_by_the_kernel_ += static_cast<std::size_t>(came);
        return static_cast<std::size_t>(came);
    }

    [[nodiscard]] std::size_t copied_by_the_kernel() const { return copied_by_the_kernel_; }

private:
    std::array<int, 2> ends_{};
    std::jthread sender_;
    std::size_t copied_by_the_kernel_ = 0;
};

// A piece at a time into a buffer of its own, pieces put together, and the whole put into the record.
void forward_by_copies(incoming& from, samepage::bytes_producer& to)
{
    bytes message;
    while (message.size() < message_bytes) {
        bytes piece(std::min(most_at_once, message_bytes - message.size()));
        piece.resize(from.receive_into(piece));
        message.insert(message.end(), piece.begin(), piece.end());
    }
    auto record = to.loan(message.size());
    std::ranges::copy(message, record.data());
    record.publish();
}

// sock.recv_into(view[received:])
void forward_by_views(incoming& from, samepage::bytes_producer& to)
{
    using samepage::slice;
    auto record = to.loan(message_bytes); // the shared pages
    const auto view = samepage::view_of(record);
    std::size_t received = 0;
    while (received < message_bytes) {
        received += from.receive_into(view(slice{received, {}}).writable_bytes());
    }
    record.publish();
}

std::uint32_t checksum(std::span<const std::byte> message)
{
    boost::crc_32_type crc;
    crc.process_bytes(message.data(), message.size());
    return crc.checksum();
}

} // namespace

int main()
try {
    const meter::scratch_channel channel;
    bytes message(message_bytes);
    std::uint8_t next = 0;
    std::ranges::generate(message, [&] { return std::byte{next = static_cast<std::uint8_t>(next * 5 + 17)}; });

    samepage::bytes_producer producer{channel.name(), {.capacity_bytes = 32 << 20U}};
    samepage::bytes_consumer consumer{channel.name(), {.from = samepage::start::oldest}};
    incoming first{message};
    incoming second{message};
    const auto received = meter::side_by_side(
        [&] {
            forward_by_copies(first, producer);
            return checksum(consumer.take(1).front());
        },
        [&] {
            forward_by_views(second, producer);
            return checksum(consumer.take(1).front());
        });
    std::cout << "copied by the kernel, out of the socket: " << first.copied_by_the_kernel() << " and "
              << second.copied_by_the_kernel() << " bytes\n";
    if (received != checksum(message)) {
        throw std::runtime_error{"the consumer found another message than was sent"};
    }
    std::cout << "received " << message_bytes << " bytes, checksum right" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "receive_into: " << problem.what() << '\n';
    return 1;
}
