// SPDX-License-Identifier: BSL-1.0
// sleep_limits.cpp: bare futexes and bare datagrams, for who sleeps until the other side wakes it.
#include "limits.hpp"
#include "patterns.hpp"
#include "site.hpp"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <linux/futex.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace bench {

namespace {

/// Sleeps in the kernel until the other side's word has changed.
class futexes {
    struct alignas(128) futex {
        std::atomic<std::uint32_t> value;
    };

public:
    explicit futexes(site& here)
    {
        auto* const both = reinterpret_cast<futex*>(here.shared_memory(2 * sizeof(futex)));
        out_ = both + (here.who() == role::a ? 0 : 1);
        in_ = both + (here.who() == role::a ? 1 : 0);
    }

    void send(std::uint64_t n) noexcept
    {
        out_->value.store(static_cast<std::uint32_t>(n), std::memory_order_release);
        ::syscall(SYS_futex, &out_->value, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    }

    std::uint64_t receive() noexcept
    {
        while (in_->value.load(std::memory_order_acquire) == static_cast<std::uint32_t>(last_)) {
            ::syscall(SYS_futex, &in_->value, FUTEX_WAIT, static_cast<std::uint32_t>(last_), nullptr, nullptr, 0);
        }
        return ++last_;
    }

private:
    futex* out_;
    futex* in_;
    std::uint64_t last_ = 0;
};

/// Sleeps in poll() until a datagram has come over a Unix socket, whose number is the message.
class datagrams {
public:
    explicit datagrams(site& here) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        const bool first = here.who() == role::a;
        const std::filesystem::path own = here.directory() / (first ? "datagram.a" : "datagram.b");
        const std::filesystem::path other = here.directory() / (first ? "datagram.b" : "datagram.a");
        ::unlink(own.c_str());
        const int bound = with(own, ::bind);
        here.meet();
        const int connected = with(other, ::connect);
        here.meet();
        ::unlink(own.c_str());
        if (bound != 0 || connected != 0) {
            fail("bind or connect");
        }
    }
    datagrams(const datagrams&) = delete;
    datagrams& operator=(const datagrams&) = delete;
    ~datagrams() { ::close(socket_); }

    void send(std::uint64_t n) const
    {
        if (::send(socket_, &n, sizeof n, 0) != sizeof n) [[unlikely]] {
            fail("send");
        }
    }

    [[nodiscard]] std::uint64_t receive() const
    {
        std::uint64_t n = 0;
        for (pollfd watched{socket_, POLLIN, 0};;) {
            if (::poll(&watched, 1, -1) == 1 && ::recv(socket_, &n, sizeof n, 0) == sizeof n) [[likely]] {
                return n;
            }
            if (errno != EINTR && errno != EAGAIN) {
                fail("poll or recv");
            }
        }
    }

private:
    [[noreturn]] static void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

    template <class Call>
    [[nodiscard]] int with(const std::filesystem::path& path, Call&& call) const noexcept
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        return call(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }

    int socket_;
};

template <class Link>
[[nodiscard]] row sleeping_limit(const char* name)
{
    return {.name = name,
            .unit = unit::nanoseconds,
            .bytes_each = sizeof(std::uint64_t),
            .records_each = 1,
            .warm_up = 20,
            .a = make<round_trip_from_sleep<Link>>,
            .b = make<round_trip_from_sleep<Link>>};
}

} // namespace

row futex_limit()
{
    return sleeping_limit<futexes>("limit/futex");
}
row datagram_limit()
{
    return sleeping_limit<datagrams>("limit/datagram");
}

} // namespace bench
