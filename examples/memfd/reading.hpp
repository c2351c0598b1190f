// SPDX-License-Identifier: BSL-1.0
// reading.hpp: what the channel carries, and where its two programs meet.
#pragma once

#include <boost/describe.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>

struct reading {
    std::uint64_t number;
    double value;
};
BOOST_DESCRIBE_STRUCT(reading, (), (number, value))

/// The abstract address of the producer's socket: no file, and no file's permissions. Programs that care who comes ask
/// the kernel (SO_PEERCRED), or listen at a path.
struct meeting {
    ::sockaddr_un address{};
    ::socklen_t bytes = 0;

    explicit meeting(const std::string& name)
    {
        const std::string text = "samepage-example-" + name;
        if (text.size() + 1 > sizeof address.sun_path) {
            throw std::invalid_argument("a shorter name");
        }
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, text.data(), text.size());
        bytes = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + 1 + text.size());
    }
    [[nodiscard]] const ::sockaddr* get() const noexcept { return reinterpret_cast<const ::sockaddr*>(&address); }
};
