// SPDX-License-Identifier: BSL-1.0
// wrapped_record.hpp: a record over the end of a ring: memory mapped twice, back to back, and the record over the seam.
// Under AddressSanitizer all other bytes of both mappings are poisoned, the record's own at their other addresses too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SAMEPAGE_TEST_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SAMEPAGE_TEST_POISONS 1
#endif
#endif
#ifdef SAMEPAGE_TEST_POISONS
#include <sanitizer/asan_interface.h>
#endif

class wrapped_record {
public:
    static constexpr std::size_t most_bytes = 16 * 1024;

    wrapped_record()
        : ring_(static_cast<std::byte*>(::mmap(nullptr, 2 * most_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
    {
        const int file = ::memfd_create("wrapped record", MFD_CLOEXEC);
        const auto mapped_at = [file](std::byte* where) {
            return ::mmap(where, most_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == where;
        };
        const bool mapped = ring_ != MAP_FAILED && file >= 0 && ::ftruncate(file, most_bytes) == 0 &&
                            mapped_at(ring_) && mapped_at(ring_ + most_bytes);
        ::close(file);
        if (!mapped) {
            throw std::runtime_error("no ring for a wrapped record");
        }
    }
    ~wrapped_record()
    {
        allow(ring_, 2 * most_bytes);
        ::munmap(ring_, 2 * most_bytes);
    }
    wrapped_record(const wrapped_record&) = delete;
    wrapped_record& operator=(const wrapped_record&) = delete;

    /// Room for whole words, `before` of them before the ring's end.
    /// @pre before < words, words * 8 <= most_bytes. Lifetime: until the next one.
    [[nodiscard]] std::span<std::uint64_t> room(std::size_t words, std::size_t before)
    {
        auto* const begin = ring_ + most_bytes - before * 8;
        forbid(ring_, 2 * most_bytes);
        allow(begin, words * 8);
        return {reinterpret_cast<std::uint64_t*>(begin), words};
    }

    [[nodiscard]] std::span<std::uint64_t> put(std::span<const std::uint64_t> words, std::size_t before)
    {
        const auto here = room(words.size(), before);
        std::memcpy(here.data(), words.data(), words.size_bytes());
        return here;
    }

private:
#ifdef SAMEPAGE_TEST_POISONS
    static void forbid(const std::byte* from, std::size_t bytes)
    {
        ASAN_POISON_MEMORY_REGION(from, bytes);
    }
    static void allow(const std::byte* from, std::size_t bytes)
    {
        ASAN_UNPOISON_MEMORY_REGION(from, bytes);
    }
#else
    static void forbid(const std::byte* /*from*/, std::size_t /*bytes*/) {}
    static void allow(const std::byte* /*from*/, std::size_t /*bytes*/) {}
#endif

    std::byte* ring_;
};
