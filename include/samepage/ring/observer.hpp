// SPDX-License-Identifier: BSL-1.0
// observer.hpp: sees a channel from its pages alone; takes no part in it.
// Thread safety: one thread at a time for each observer; distinct observers are independent.
#pragma once

#include <samepage/ring/observation.hpp>

#include <filesystem>
#include <memory>
#include <string_view>

namespace samepage {

/// Looks at a channel from outside. Both files are opened and mapped read-only, so it needs no more than permission to
/// read them; it takes no slot and no lock, asks the kernel who holds which (F_OFD_GETLK), and wakes nobody. Whoever
/// takes part cannot tell that it is there. What the figures mean, and what no page says: docs/observing.md.
class observer {
public:
    /// @throws error invalid_name, not_found, permission_denied, not_a_channel, wrong_version, corrupt, retired, system
    explicit observer(std::string_view name, const std::filesystem::path& directory = "/dev/shm");
    observer(observer&& other) noexcept;
    observer& operator=(observer&& other) noexcept;
    ~observer();

    /// One look. The first knows no rates and no ages; later ones compare with it. Some microseconds, and a system call
    /// or two for each participant and each lane. It ends whatever the pages hold: each word is read a bounded number
    /// of times, and cut to what can be, with `contradiction` saying so.
    /// @throws error corrupt if a file was cut off; system. (One that is cut off during the look is a SIGBUS, as to
    ///         everybody who has it mapped.)
    [[nodiscard]] observation look();

private:
    class channel_pages; // src/ring/observer_pages.hpp
    std::unique_ptr<channel_pages> pages_;
};

} // namespace samepage
