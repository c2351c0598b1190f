// SPDX-License-Identifier: BSL-1.0
// copy_meter.hpp: what a piece of code copied, allocated and held at most, counted while it did so.
// Thread safety: the counts are of all threads of the process together; one meter at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace meter {

struct figures {
    std::uint64_t bytes_copied = 0;
    std::uint64_t copies = 0;
    std::uint64_t allocations = 0;
    std::uint64_t peak_heap_bytes = 0; ///< beyond what was on the heap when the count began
};

/// Counts from when it is made.
///
/// Counted: every call of memcpy and memmove of at least smallest_copy bytes, and every operator new and delete. This
/// program defines these functions itself, so those that libstdc++ calls are among them. Copies of ranges of bytes and
/// numbers (a vector's copy, its growth, std::copy, std::vector(first, last)) are such calls.
///
/// Not counted:
/// - smaller copies, which compilers make moves of: a view's own shape and strides, short texts;
/// - element by element loops, unless the compiler makes a memcpy of them;
/// - the kernel's copies. What recv() puts into the memory that it was given is a copy too, the one that remains;
/// - malloc() itself, mmap(), and so the pages of a channel;
/// - with clang's AddressSanitizer: copies made in shared libraries.
class copy_meter {
public:
    static constexpr std::size_t smallest_copy = 512; ///< bytes

    /// Throws std::logic_error if the meter is dead: it copies a known number of bytes first, and compares.
    copy_meter();

    [[nodiscard]] figures so_far() const;

private:
    std::uint64_t heap_before_;
    figures before_;
};

} // namespace meter
