// SPDX-License-Identifier: BSL-1.0
// peers_permissions.cpp: readers of another user: what the channel's mode lets them do, and what they are told.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/peer.hpp"

#include <samepage/core/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace torture {
namespace {

using process::dense;
using process::framed;
using samepage::errc;
using samepage::outcome;
using support::require;

struct user {
    ::uid_t uid;
    ::gid_t gid;
};
constexpr user owner{54321, 54400};
constexpr user in_group{54322, 54400};
constexpr user stranger{54323, 54401};

/// From here on this process is the user, with no other groups.
void become(const user& who)
{
    if (::geteuid() != 0) {
        throw not_permitted("other users: only root becomes one");
    }
    if (::setgroups(0, nullptr) != 0 || ::setresgid(who.gid, who.gid, who.gid) != 0 ||
        ::setresuid(who.uid, who.uid, who.uid) != 0) {
        throw not_permitted("setuid: " + samepage::describe_errno(errno));
    }
}

template <class Kind>
peer::body producing(const support::scratch_channel& channel, ::mode_t mode)
{
    return [&channel, mode](support::lines& parent) {
        become(owner);
        typename Kind::producer to{channel.name(), {.capacity_bytes = 8192, .mode = mode}};
        parent.say("ready");
        for (;;) {
            const auto order = parent.hear();
            if (order == "end") {
                return;
            }
            for (auto left = std::stoull(order); left != 0; --left) {
                process::publish<Kind>(to, to.next_number());
            }
            parent.say("published");
        }
    };
}

/// Every descriptor and every mapping of the data file is for reading alone.
void require_read_only(const std::string& data)
{
    bool mapped = false;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.ends_with(data)) {
            mapped = true;
            require(line.find(" r--s ") != std::string::npos, "the data is mapped to be read: " + line);
        }
    }
    require(mapped, "the data is mapped");
    bool open = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry.path(), gone) == data) {
            open = true;
            const int flags = ::fcntl(std::stoi(entry.path().filename().string()), F_GETFL);
            require((flags & O_ACCMODE) == O_RDONLY, "the data file is open for reading");
        }
    }
    require(open, "the data file is open");
}

/// Takes `count` records, by waiting and by polling.
template <class Kind>
peer::body consuming(const support::scratch_channel& channel, const user& who, samepage::demand wants)
{
    return [&channel, who, wants](support::lines& parent) {
        become(who);
        typename Kind::consumer from{channel.name(), {.wants = wants}};
        require_read_only(channel.data().string());
        parent.say("ready");
        support::follower with{0};
        require(process::follow<Kind>(from, with, 10) == outcome::ok, "the records come");
        while (with.seen() < 20) {
            if (from.arm()) {
                pollfd one{from.native_handle(), POLLIN, 0};
                require(::poll(&one, 1, 60'000) == 1, "the descriptor becomes readable");
                from.disarm();
            }
            while (const auto batch = from.try_take()) {
                Kind::follow(batch, with);
            }
        }
        parent.say("done");
    };
}

template <class Kind>
void lets_in(::mode_t mode, ::mode_t data_mode, const user& who, samepage::demand wants)
{
    const support::scratch_channel channel;
    peer producer{"the producer", producing<Kind>(channel, mode)};
    producer.expect("ready");
    require(::chmod(channel.data().c_str(), data_mode) == 0, "chmod");
    peer consumer{"the consumer", consuming<Kind>(channel, who, wants)};
    consumer.expect("ready");
    producer.say("10");
    producer.expect("published");
    producer.say("10");
    producer.expect("published");
    consumer.expect("done");
    consumer.end_well();
    producer.say("end");
    producer.end_well();
}

/// The attempt of that user is refused, and the words name the file and what would help.
void require_refused(const std::string& who, const user& as, const std::filesystem::path& file,
                     const std::function<void()>& attempt)
{
    peer refused{who, [&](support::lines& parent) {
                     become(as);
                     try {
                         attempt();
                     } catch (const samepage::error& fault) {
                         require(fault.code() == errc::permission_denied,
                                 std::string{"it is permission_denied, but: "} + fault.what());
                         require(fault.parts().expected.find(file.string()) != std::string::npos,
                                 fmt::format("it names {}: {}", file.string(), fault.what()));
                         require(fault.parts().remedy.find("mode that admits others") != std::string::npos,
                                 std::string{"it says what helps: "} + fault.what());
                         parent.say("refused");
                         return;
                     }
                     parent.say("let in");
                 }};
    refused.expect("refused");
    refused.end_well();
}

template <class Kind>
void keeps_out()
{
    const auto consume = [](const support::scratch_channel& channel) {
        return [&channel] { typename Kind::consumer{channel.name()}; };
    };
    const auto produce = [](const support::scratch_channel& channel) {
        return [&channel] { typename Kind::producer{channel.name()}; };
    };
    struct refusal {
        const char* who;
        user as;
        ::mode_t mode;
        bool produces;
        bool data_is_named; ///< else the control file
    };
    constexpr refusal refusals[] = {
        {"a group's consumer, mode 0600", in_group, 0600, false, true},
        {"a group's consumer, mode 0640", in_group, 0640, false, false},
        {"a group's producer, mode 0640", in_group, 0640, true, true},
        {"a stranger's consumer, mode 0660", stranger, 0660, false, true},
        {"a stranger's consumer, mode 0664", stranger, 0664, false, false},
        {"a stranger's producer, mode 0664", stranger, 0664, true, true},
    };
    for (const auto& each : refusals) {
        const support::scratch_channel channel;
        peer producer{"the producer", producing<Kind>(channel, each.mode)};
        producer.expect("ready");
        struct ::stat found {};
        require(::stat(channel.data().c_str(), &found) == 0 && (found.st_mode & 0777U) == each.mode,
                "the mode is the one asked for");
        require_refused(each.who, each.as, each.data_is_named ? channel.data() : channel.control(),
                        each.produces ? std::function<void()>{produce(channel)} : consume(channel));
        producer.say("end");
        producer.end_well();
    }
}

template <class Kind>
void other_users(scenarios& all, const char* kind)
{
    using samepage::demand;
    const auto name = [&](const char* what) { return fmt::format("{}, {}", what, kind); };
    all.run(name("a group's consumer, mode 0660"), [] { lets_in<Kind>(0660, 0660, in_group, demand::lossless); });
    all.run(name("a group's lossy consumer, mode 0660"), [] { lets_in<Kind>(0660, 0660, in_group, demand::lossy); });
    all.run(name("a group's consumer, data 0640, control 0660"),
            [] { lets_in<Kind>(0660, 0640, in_group, demand::lossless); });
    all.run(name("a stranger's consumer, data 0644, control 0666"),
            [] { lets_in<Kind>(0666, 0644, stranger, demand::lossless); });
    all.run(name("users without the permission"), [] { keeps_out<Kind>(); });
}

} // namespace

void peers_of_other_users(const settings&, scenarios& all)
{
    other_users<dense>(all, "dense");
    other_users<framed>(all, "framed");
}

} // namespace torture
