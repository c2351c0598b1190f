// SPDX-License-Identifier: BSL-1.0
// site.hpp: what one side of a burst sees of the other process: a meeting point, shared memory, channels' names.
// Thread safety: none; each process has its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class role : std::uint8_t { a, b };

/// Where the two processes wait for each other. Lies in memory they share from before the fork.
struct meeting_point {
    alignas(256) std::atomic<std::uint64_t> arrived_a;
    alignas(256) std::atomic<std::uint64_t> arrived_b;
};

class site {
public:
    /// @param directory  of this run alone; on a tmpfs, as channels are.
    site(role who, meeting_point& where, const std::filesystem::path& directory);
    site(const site&) = delete;
    site& operator=(const site&) = delete;
    ~site();

    [[nodiscard]] role who() const noexcept { return who_; }
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }

    /// Returns once both sides have called it. Spins.
    void meet() noexcept;

    /// Memory of this burst that both sides share: zeroed, every page mapped in already. Both sides ask for the same
    /// pieces in the same order. Lifetime: the site's.
    [[nodiscard]] std::byte* shared_memory(std::size_t bytes);

    /// A channel's name; it is taken away again as soon as both sides have opened it.
    [[nodiscard]] std::string channel(std::string_view tag);

    /// Names of channels begin so from now on: for sides that are made of two alike.
    void begin_names_with(std::string_view prefix) { prefix_ = prefix; }

    /// Both sides hold what they need by name: takes the names away, so that whatever happens nothing stays behind.
    void remove_names();

private:
    struct mapping {
        std::byte* begin;
        std::size_t bytes;
    };

    role who_;
    meeting_point* where_;
    std::filesystem::path directory_;
    std::uint64_t meetings_;
    std::vector<mapping> mappings_;
    std::vector<std::string> channels_;
    std::string prefix_;
};

} // namespace bench
