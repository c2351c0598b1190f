// SPDX-License-Identifier: BSL-1.0
// untrusted_shared.hpp: what the processes of the test of an untrusted producer tell each other, in a file all map.
#pragma once

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

struct untrusted_words {
    std::atomic<std::uint32_t> go{0}; ///< the consumer holds its messages: scribble
    std::atomic<std::uint64_t> scribbles{0};
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> exceptions{0};
    std::atomic<std::uint64_t> out_of_bounds{0};
    // How many reads went well before; 0 if there was none.
    std::atomic<std::uint64_t> reads_before_exception{0};
    std::atomic<std::uint64_t> reads_before_out_of_bounds{0};
};

class untrusted_shared {
public:
    explicit untrusted_shared(const std::string& path)
    {
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0 || ::ftruncate(file, sizeof(untrusted_words)) != 0) {
            throw std::runtime_error("cannot make " + path);
        }
        void* const mapped = ::mmap(nullptr, sizeof(untrusted_words), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        ::close(file);
        if (mapped == MAP_FAILED) {
            throw std::runtime_error("cannot map " + path);
        }
        words_ = static_cast<untrusted_words*>(mapped); // zeros are its first values
    }
    ~untrusted_shared() { ::munmap(words_, sizeof(untrusted_words)); }
    untrusted_shared(const untrusted_shared&) = delete;
    untrusted_shared& operator=(const untrusted_shared&) = delete;

    untrusted_words* operator->() const noexcept { return words_; }

private:
    untrusted_words* words_;
};
