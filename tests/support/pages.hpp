// SPDX-License-Identifier: BSL-1.0
// pages.hpp: a channel's shared words, looked at beside the library's back.
// Thread safety: as the words'.
#pragma once

#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/layout.hpp>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <sched.h>

namespace support {

/// The control file, the terms and the words of a channel's first lane, mapped by their names.
class pages {
public:
    explicit pages(const samepage::channel_info& of);

    [[nodiscard]] samepage::ring::control_words<samepage::hardware_atomics>& control() const noexcept
    {
        return *static_cast<samepage::ring::control_words<samepage::hardware_atomics>*>(control_.get_address());
    }
    [[nodiscard]] samepage::ring::lane_words<samepage::hardware_atomics>& lane() const noexcept
    {
        return *static_cast<samepage::ring::lane_words<samepage::hardware_atomics>*>(lane_.get_address());
    }

    [[nodiscard]] samepage::ring::channel_terms& terms() const noexcept
    {
        return static_cast<samepage::ring::directory_words<samepage::hardware_atomics>*>(directory_.get_address())
            ->terms;
    }

    /// Of all consumers for all lanes.
    [[nodiscard]] std::byte* cells() const noexcept
    {
        return static_cast<std::byte*>(control_.get_address()) + sizeof(control());
    }

    [[nodiscard]] bool producer_sleeps() const noexcept { return control().sleeping_producers.load() != 0; }
    [[nodiscard]] bool consumer_sleeps() const noexcept { return control().sleeping_consumers.load() != 0; }
    [[nodiscard]] unsigned joined() const noexcept;

private:
    boost::interprocess::mapped_region control_;
    boost::interprocess::mapped_region directory_;
    boost::interprocess::mapped_region lane_;
};

/// Where the words of a channel's first lane begin in its data file.
[[nodiscard]] std::uint64_t lane_words_offset(const samepage::ring::data_header& header);

/// Copies of a channel's headers from its files.
[[nodiscard]] samepage::ring::data_header read_data_header(const std::filesystem::path& path);
[[nodiscard]] samepage::ring::control_header read_control_header(const std::filesystem::path& path);

/// Writes bytes into a file, as somebody who damages it.
void overwrite(const std::filesystem::path& path, std::uint64_t offset, const void* bytes, std::size_t count);

/// Waits until `fact()` is true, by looking again and again; a watchdog ends what never comes.
template <class Fact>
void until(Fact&& fact)
{
    while (!fact()) {
        ::sched_yield();
    }
}

} // namespace support
