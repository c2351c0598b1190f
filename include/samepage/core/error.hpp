// SPDX-License-Identifier: BSL-1.0
// error.hpp: what set-up throws, with everything a person needs to put it right.
#pragma once

#include <samepage/core/language.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace samepage {

/// Why setting up a channel failed.
enum class errc {
    invalid_name = 1,   ///< not [A-Za-z0-9_][A-Za-z0-9_.-]{0,199} without ".."
    invalid_argument,   ///< an option outside its range
    not_found,          ///< no channel of that name, or no such directory
    permission_denied,  ///< the files are another user's
    no_space,           ///< the file system cannot hold the channel
    not_a_channel,      ///< a symlink, a directory, or a file without a channel's magic
    wrong_version,      ///< another layout version or byte order
    corrupt,            ///< truncated, or sizes, checksum or a lane's words that contradict each other
    wrong_type,         ///< the channel carries records of another type
    producer_exists,    ///< the channel has as many live producers as it has lanes
    consumer_exists,    ///< the consumer of that name is alive
    too_many_consumers, ///< every consumer slot is held by a live process or kept for a name
    retired,            ///< removed and made anew between two steps of attaching, again and again
    invalid_format,     ///< a format string that cannot be read, or that no item can have
    buffer_refused,     ///< a view that cannot be had as it was asked for: writable, contiguous, of that type
    buffer_released,    ///< a view or a lease used after its release
    buffer_exported,    ///< a release of what others still use
    malformed,          ///< a Cap'n Proto message whose pointers are not what its schema says, or such a schema
    system,             ///< a system call failed; what() names it, with its errno
};

/// The category "samepage".
[[nodiscard]] const std::error_category& error_category() noexcept;
[[nodiscard]] std::error_code make_error_code(errc value) noexcept;

/// A failed set-up. what() is one line: the operation, the channel, what is wrong in a word, what was expected, what
/// was found, what to do: "consumer 'quotes': not found: expected …, found …; start its producer first, or …".
class error : public std::system_error {
public:
    /// The parts of the message; any but `operation` may be empty.
    struct report {
        std::string operation; ///< "producer", "consumer", "remove channel"
        std::string channel;   ///< its name, as the caller gave it
        std::string expected;
        std::string found;
        std::string remedy;
    };

    error(errc value, report parts);

    /// Lifetime: this error's.
    [[nodiscard]] const char* what() const noexcept override;

    [[nodiscard]] const report& parts() const noexcept { return parts_; }

private:
    report parts_;
    std::string line_; // system_error's own would end in the code's message, behind what to do
};

/// "No such file or directory (errno 2)".
[[nodiscard]] std::string describe_errno(int value);

} // namespace samepage

template <>
struct std::is_error_code_enum<samepage::errc> : std::true_type {
};
