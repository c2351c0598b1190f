// SPDX-License-Identifier: BSL-1.0
// lossless_permission.hpp: which users may make a channel's producers wait.
// Thread safety: plain values.
#pragma once

#include <cstdint>

#include <sys/stat.h>

namespace samepage {

/// A class of users, as the kernel knows them: by effective user and groups, against the data file's owner and group.
/// The superuser is in no class but its own. The numbers are on the page.
enum class lossless_for : std::uint32_t {
    nobody = 0,
    everyone = 1,
    owner = 2, ///< the data file's user
    group = 3, ///< and the members of its group
};

/// channel_options::lossless: a class, or true for everyone and false for nobody.
class lossless_permission {
public:
    constexpr lossless_permission(lossless_for whom) noexcept : whom_(whom) {} // NOLINT(google-explicit-constructor)
    constexpr lossless_permission(bool everyone) noexcept                      // NOLINT(google-explicit-constructor)
        : whom_(everyone ? lossless_for::everyone : lossless_for::nobody)
    {
    }

    [[nodiscard]] constexpr lossless_for whom() const noexcept { return whom_; }

private:
    lossless_for whom_;
};

namespace ring {

/// "members of its group": for people.
[[nodiscard]] const char* to_string(lossless_for whom) noexcept;

/// Whether this process, by its effective user and its groups, may be lossless on a channel with that data file.
[[nodiscard]] bool admits_this_process(lossless_for whom, const struct ::stat& data);

} // namespace ring
} // namespace samepage
