// SPDX-License-Identifier: BSL-1.0
// guarded_record.hpp: a record between pages without access, so that a read beyond it is a fault, whoever reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

#include <sys/mman.h>

class guarded_record {
public:
    static constexpr std::size_t most_bytes = 64 * 1024;

    guarded_record()
        : pages_(static_cast<std::byte*>(
              ::mmap(nullptr, most_bytes + 2 * guard_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
    {
        if (pages_ == MAP_FAILED || ::mprotect(pages_ + guard_bytes, most_bytes, PROT_READ | PROT_WRITE) != 0) {
            throw std::runtime_error("no pages for a guarded record");
        }
    }
    ~guarded_record() { ::munmap(pages_, most_bytes + 2 * guard_bytes); }
    guarded_record(const guarded_record&) = delete;
    guarded_record& operator=(const guarded_record&) = delete;

    /// Room for whole words that end at the guard, or begin behind it. @pre words.size() * 8 <= most_bytes.
    [[nodiscard]] std::span<std::uint64_t> room(std::size_t words, bool at_end = true)
    {
        auto* const begin = pages_ + guard_bytes + (at_end ? most_bytes - words * 8 : 0);
        return {reinterpret_cast<std::uint64_t*>(begin), words};
    }

    [[nodiscard]] std::span<std::uint64_t> put(std::span<const std::uint64_t> words, bool at_end = true)
    {
        const auto here = room(words.size(), at_end);
        std::memcpy(here.data(), words.data(), words.size_bytes());
        return here;
    }

private:
    static constexpr std::size_t guard_bytes = 64 * 1024;
    std::byte* pages_;
};
