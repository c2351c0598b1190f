// SPDX-License-Identifier: BSL-1.0
// shared_array.hpp: words that a process shares with the children it forks, and that outlive each of those.
// Thread safety: each word by itself.
#pragma once

#include <atomic>
#include <cstddef>
#include <new>
#include <type_traits>

#include <sys/mman.h>

namespace torture {

/// `count` values of T, all zero at first; pages that nobody touches take no memory.
template <class T>
class shared_array {
public:
    static_assert(std::is_trivially_destructible_v<T>);

    explicit shared_array(std::size_t count)
        : bytes_(count * sizeof(T)),
          values_(static_cast<T*>(
              ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)))
    {
        if (values_ == MAP_FAILED) {
            throw std::bad_alloc{};
        }
    }
    shared_array(const shared_array&) = delete;
    shared_array& operator=(const shared_array&) = delete;
    ~shared_array() { ::munmap(values_, bytes_); }

    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return values_[index]; }

private:
    std::size_t bytes_;
    T* values_;
};

} // namespace torture
