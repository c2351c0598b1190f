// SPDX-License-Identifier: BSL-1.0
// corrupt_files.cpp: damage written, checksums put right, and who attaches then.
#include "torture/corrupt.hpp"

#include <samepage/ring/consumer_endpoint.hpp>
#include <samepage/ring/producer_endpoint.hpp>

#include <boost/crc.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace torture::damage {
namespace {

namespace ring = samepage::ring;
using dense_consumer = ring::consumer_endpoint<ring::dense_reader<ring::hardware>>;
using framed_consumer = ring::consumer_endpoint<ring::framed_reader<ring::hardware>>;
using dense_producer = ring::producer_endpoint<ring::dense_writer<ring::hardware>>;
using framed_producer = ring::producer_endpoint<ring::framed_writer<ring::hardware>>;

constexpr int uses = 8; // of what was attached to

/// What a file says of its records; anything if it says nothing.
struct said_type {
    ring::record_type type;
    std::string format;

    explicit said_type(const files& of)
    {
        ring::data_header header{};
        std::ifstream file(of.data(), std::ios::binary);
        file.read(reinterpret_cast<char*>(&header), sizeof header);
        format.resize(std::min<std::size_t>(header.type_bytes, ring::most_type_bytes));
        file.read(format.data(), static_cast<std::streamsize>(format.size()));
        format.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
        type = {.kind = static_cast<ring::record_kind>(header.kind),
                .record_bytes = header.record_bytes,
                .alignment = header.alignment,
                .format = format};
    }
    [[nodiscard]] bool dense() const { return type.kind == ring::record_kind::dense; }
};

/// Reads what was found, from end to end.
void touch(const std::byte* begin, std::uint64_t count)
{
    static volatile std::uint64_t sink = 0;
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < count; i += 8) {
        sum += static_cast<std::uint64_t>(begin[i]);
    }
    sink = sink + sum;
}

template <class Consumer, class Look>
void use(const files& of, const said_type& said, ring::demand wants, Look&& look)
{
    Consumer joined{
        of.name, {.from = ring::start::oldest, .wants = wants, .held = 1, .directory = of.directory}, said.type};
    for (int i = 0; i < uses; ++i) {
        const auto result = joined.try_find(look);
        if (result.found.why != samepage::outcome::ok) {
            break;
        }
        touch(result.from->at(result.found.begin),
              std::min<std::uint64_t>(result.found.end - result.found.begin, 65536));
        result.from->release(result.found);
    }
}

template <class Producer>
void use(const files& of, const said_type& said)
{
    Producer joined{of.name, {.directory = of.directory}, said.type};
    auto& writer = joined.writer();
    const auto& geometry = writer.where().geometry;
    for (int i = 0; i < uses; ++i) {
        const std::uint64_t payload = said.dense() ? geometry.record_bytes : 16;
        if constexpr (requires { writer.lend(); }) {
            if (payload > ring::frame::most_payload_bytes(geometry.capacity_bytes, geometry.alignment) ||
                joined.try_reserve(writer.room_for(payload)) != samepage::outcome::ok) {
                break;
            }
            std::memset(writer.lend(), i, payload);
            writer.publish(payload, true);
        } else {
            if (payload > 65536 || joined.try_reserve(payload) != samepage::outcome::ok) {
                break;
            }
            std::memset(writer.at(writer.next()), i, payload);
            writer.publish(payload, 1);
        }
    }
}

template <class Attempt>
std::optional<samepage::error> refusal(Attempt&& attempt)
{
    try {
        attempt();
    } catch (const samepage::error& fault) {
        return fault;
    }
    return std::nullopt;
}

template <class Header>
Header read(const bytes& file)
{
    Header header{};
    std::memcpy(&header, file.data(), std::min(file.size(), sizeof header));
    return header;
}

} // namespace

bytes content(const std::filesystem::path& path)
{
    bytes all(std::filesystem::file_size(path));
    std::ifstream from(path, std::ios::binary);
    from.read(reinterpret_cast<char*>(all.data()), static_cast<std::streamsize>(all.size()));
    return all;
}

void overwrite(const std::filesystem::path& path, const bytes& with, std::size_t count)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const auto n = file < 0 ? -1 : ::pwrite(file, with.data(), count, 0);
    const int error = errno;
    ::close(file);
    if (n != static_cast<ssize_t>(count)) {
        throw std::system_error(error, std::system_category(), "write to " + path.string());
    }
}

template <>
ring::data_header header_of(const bytes& file)
{
    return read<ring::data_header>(file);
}
template <>
ring::control_header header_of(const bytes& file)
{
    return read<ring::control_header>(file);
}

void repair_data(bytes& file)
{
    if (file.size() < sizeof(ring::data_header)) {
        return;
    }
    auto header = read<ring::data_header>(file);
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    crc.process_bytes(file.data() + sizeof header,
                      std::min<std::size_t>(header.type_bytes, file.size() - sizeof header));
    header.checksum = crc.checksum();
    std::memcpy(file.data(), &header, sizeof header);
}

void repair_control(bytes& file)
{
    if (file.size() < sizeof(ring::control_header)) {
        return;
    }
    auto header = read<ring::control_header>(file);
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    header.checksum = crc.checksum();
    std::memcpy(file.data(), &header, sizeof header);
}

std::optional<samepage::error> consume(const files& of, ring::demand wants)
{
    const said_type said{of};
    return refusal([&] {
        if (said.dense()) {
            const auto record_bytes = said.type.record_bytes;
            use<dense_consumer>(of, said, wants, [record_bytes](auto& from) { return from.look(16, record_bytes); });
        } else {
            use<framed_consumer>(of, said, wants, [](auto& from) { return from.look(16); });
        }
    });
}

std::optional<samepage::error> produce(const files& of)
{
    const said_type said{of};
    return refusal([&] { said.dense() ? use<dense_producer>(of, said) : use<framed_producer>(of, said); });
}

} // namespace torture::damage
