// SPDX-License-Identifier: BSL-1.0
// channel_descriptors.cpp: what may be taken for a channel's two memfds, and their way over a Unix socket.
#include "memory/channel_files.hpp"
#include "memory/sealed_memory.hpp"

#include <samepage/memory/channel_descriptors.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace samepage {
namespace {

constexpr std::string_view greeting = "samepage channel 1 "; // and the name
constexpr std::size_t most_bytes = greeting.size() + 200;
constexpr std::size_t sent = 2;

[[noreturn]] void fail(const char* operation, errc code, std::string expected, std::string found, std::string remedy)
{
    throw error(code, {operation, {}, std::move(expected), std::move(found), std::move(remedy)});
}

[[noreturn]] void fail_socket(const char* operation, const char* call, int error)
{
    fail(operation, errc::system, "a connected Unix socket", std::string{call} + ": " + describe_errno(error),
         "see what became of the other side");
}

/// Room for the descriptors, aligned as the kernel wants it; and for more of them, so that more are seen.
union control_room {
    ::cmsghdr align;
    std::array<char, CMSG_SPACE(16 * sizeof(int))> bytes;
};

/// All descriptors that came, closed unless taken.
class arrivals {
public:
    explicit arrivals(::msghdr& message)
    {
        for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
                const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (std::size_t i = 0; i < count && count_ < came_.size(); ++i) {
                    std::memcpy(&came_[count_++], CMSG_DATA(part) + i * sizeof(int), sizeof(int));
                }
            }
        }
    }
    arrivals(const arrivals&) = delete;
    arrivals& operator=(const arrivals&) = delete;
    ~arrivals()
    {
        for (std::size_t i = 0; i < count_; ++i) {
            ::close(came_[i]);
        }
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::array<int, sent> take() noexcept
    {
        count_ = 0;
        return {came_[0], came_[1]};
    }

private:
    std::array<int, 16> came_{};
    std::size_t count_ = 0;
};

} // namespace

channel_descriptors::channel_descriptors(std::string_view name, int data, int control)
    : name_(name), data_(data), control_(control)
{
    // Closed if what follows throws: this object's destructor does not run then.
    memory::file first{data};
    memory::file second{control};
    const memory::channel_place place = memory::channel_place::nameless("channel descriptors", name);
    for (const bool of_data : {true, false}) {
        const std::string missing = memory::missing_seals(of_data ? data : control, of_data);
        if (!missing.empty()) {
            place.fail(
                errc::not_a_channel, std::string{of_data ? "data" : "control words"} + " sealed as a channel's are",
                "no " + missing,
                "take channels from those who made them with memory_options::nameless: pages that are not sealed "
                "could be cut off by who sent them");
        }
    }
    static_cast<void>(first.release());
    static_cast<void>(second.release());
}

channel_descriptors::channel_descriptors(channel_descriptors&& other) noexcept
    : name_(std::move(other.name_)), data_(std::exchange(other.data_, -1)), control_(std::exchange(other.control_, -1))
{
}

channel_descriptors& channel_descriptors::operator=(channel_descriptors&& other) noexcept
{
    name_.swap(other.name_);
    std::swap(data_, other.data_);
    std::swap(control_, other.control_);
    return *this;
}

channel_descriptors::~channel_descriptors()
{
    for (const int each : {data_, control_}) {
        if (each != -1) {
            ::close(each);
        }
    }
}

void send_channel(int socket, const channel_descriptors& channel)
{
    std::string text{greeting};
    text += channel.name();
    ::iovec body{text.data(), text.size()};
    control_room room{};
    ::msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = room.bytes.data();
    message.msg_controllen = CMSG_SPACE(sent * sizeof(int));
    ::cmsghdr* const part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sent * sizeof(int));
    const std::array<int, sent> both{channel.data(), channel.control()};
    std::memcpy(CMSG_DATA(part), both.data(), sizeof both);
    ssize_t done = 0;
    do {
        done = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (done == -1 && errno == EINTR);
    if (done != static_cast<ssize_t>(text.size())) {
        fail_socket("send channel", "sendmsg", done == -1 ? errno : EMSGSIZE);
    }
}

channel_descriptors receive_channel(int socket)
{
    constexpr const char* operation = "receive channel";
    std::array<char, most_bytes> text{};
    ::iovec body{text.data(), text.size()};
    control_room room{};
    ::msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = room.bytes.data();
    message.msg_controllen = room.bytes.size();
    ssize_t got = 0;
    do {
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got == -1 && errno == EINTR);
    if (got == -1) {
        fail_socket(operation, "recvmsg", errno);
    }
    arrivals came{message};
    const std::string_view said{text.data(), static_cast<std::size_t>(got)};
    if (got == 0 && came.count() == 0) {
        fail(operation, errc::system, "a channel's descriptors", "the end: the other side has closed",
             "see what became of it");
    }
    const bool whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (!whole || came.count() != sent || !said.starts_with(greeting)) {
        fail(operation, errc::not_a_channel, "a message of send_channel(), with 2 descriptors",
             std::to_string(came.count()) + " descriptors with " + std::to_string(said.size()) + " bytes that " +
                 (said.starts_with(greeting) ? "begin as they should" : "say something else") +
                 (whole ? "" : ", cut short"),
             "receive from a process that sends with send_channel(), and nothing else on this socket; a descriptor may "
             "also be lost to the limit of open files (ulimit -n)");
    }
    const auto [data, control] = came.take();
    return {said.substr(greeting.size()), data, control};
}

} // namespace samepage
