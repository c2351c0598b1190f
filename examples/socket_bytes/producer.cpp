// SPDX-License-Identifier: BSL-1.0
// producer.cpp: receives from a TCP socket straight into the shared pages.
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/io/asio.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/crc.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using boost::asio::ip::tcp;

// Stands for the other machine: connects, sends 8 MiB and their CRC-32, and hangs up.
void send_to(const tcp::endpoint& where)
{
    std::vector<std::uint8_t> data(8 << 20);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : data) {
        state = state * 1'664'525U + 1'013'904'223U;
        byte = static_cast<std::uint8_t>(state >> 24U);
    }
    boost::crc_32_type crc;
    crc.process_bytes(data.data(), data.size());
    for (unsigned shift = 0; shift < 32; shift += 8) { // little-endian
        data.push_back(static_cast<std::uint8_t>(crc.checksum() >> shift));
    }

    boost::asio::io_context context;
    tcp::socket socket(context);
    socket.connect(where);
    boost::asio::write(socket, boost::asio::buffer(data));
}

// The point of the example: the kernel copies from the socket into the ring's pages, and nobody copies after it.
std::size_t receive(tcp::socket& socket, samepage::bytes_producer& packets)
{
    std::size_t received = 0;
    for (;;) {
        auto packet = packets.loan(64 << 10); // room for the most we care to receive at once
        if (!packet) {                        // more than the ring holds, or closed: why() says which
            throw std::runtime_error("no loan of 64 KiB: " + std::string(to_string(packet.why())));
        }
        boost::system::error_code error;
        const std::size_t bytes = socket.read_some(buffer(packet), error);
        if (error == boost::asio::error::eof) {
            return received; // dropped unpublished, the loan is discarded
        }
        if (error) {
            throw boost::system::system_error(error);
        }
        packet.publish(bytes); // trims to what came
        received += bytes;
    }
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "packets";
    samepage::bytes_producer packets(name);
    while (packets.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    boost::asio::io_context context;
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0}); // any free port
    std::jthread sender(send_to, acceptor.local_endpoint());
    tcp::socket socket = acceptor.accept();

    const std::size_t received = receive(socket, packets);
    packets.close();
    std::cout << "received " << received << " bytes" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
