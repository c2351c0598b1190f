// SPDX-License-Identifier: BSL-1.0
// mapping.hpp: pages of a file in this address space, once, or twice back to back.
// Thread safety: none needed after construction.
#pragma once

#include "memory/channel_files.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <cstdint>

namespace samepage::memory {

/// A part of a file.
class plain_mapping {
public:
    plain_mapping() = default;
    /// @throws error system
    plain_mapping(const channel_place& place, const file& of, access how, std::uint64_t offset, std::size_t bytes);

    [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(region_.get_address()); }

    /// For the child of a fork: private zeros lie here from now on. While the file's pages did, its open file
    /// description, and every lock of it, would live as long as the child. Async-signal-safe.
    void forsake() noexcept;

private:
    boost::interprocess::mapped_region region_;
};

/// A part of a file mapped twice, the second time right behind the first, so that what wraps is contiguous.
class mirrored_mapping {
public:
    mirrored_mapping() = default;
    /// @param unit  begins at a multiple of it; that of the file system's pages, or of huge ones. A power of two.
    /// @throws error system
    mirrored_mapping(const channel_place& place, const file& of, access how, std::uint64_t offset, std::size_t bytes,
                     std::size_t unit = page_bytes());

    /// data()[0, 2 * bytes) is addressable.
    [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(lower_.get_address()); }

private:
    boost::interprocess::mapped_region lower_;
    boost::interprocess::mapped_region upper_;
};

} // namespace samepage::memory
