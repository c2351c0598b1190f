// SPDX-License-Identifier: BSL-1.0
// copy_meter.cpp: memcpy, memmove, operator new and delete of this program, which count.
#include "copy_meter.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <malloc.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SAMEPAGE_CLANG_ASAN
#endif
#endif

namespace {

// Mere counts, of threads that know nothing of each other: relaxed. Whoever reads them has joined the others.
constinit std::atomic<std::uint64_t> bytes_copied{0};
constinit std::atomic<std::uint64_t> copies{0};
constinit std::atomic<std::uint64_t> allocations{0};
constinit std::atomic<std::uint64_t> heap_bytes{0};
constinit std::atomic<std::uint64_t> peak_heap_bytes{0};

void count_copy(std::size_t bytes) noexcept
{
    if (bytes >= meter::copy_meter::smallest_copy) {
        bytes_copied.fetch_add(bytes, std::memory_order_relaxed);
        copies.fetch_add(1, std::memory_order_relaxed);
    }
}

// `memory` is null where there is none.
void* count_new(void* memory) noexcept
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t bytes = ::malloc_usable_size(memory);
    const std::uint64_t now = heap_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::uint64_t peak = peak_heap_bytes.load(std::memory_order_relaxed);
    while (peak < now && !peak_heap_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return memory;
}

void* try_allocate(std::size_t bytes) noexcept
{
    return count_new(std::malloc(std::max<std::size_t>(bytes, 1)));
}

void* try_allocate(std::size_t bytes, std::align_val_t alignment) noexcept
{
    const auto unit = static_cast<std::size_t>(alignment);
    return count_new(std::aligned_alloc(unit, (std::max<std::size_t>(bytes, 1) + unit - 1) / unit * unit));
}

template <class... Alignment>
void* allocate(std::size_t bytes, Alignment... alignment)
{
    void* const memory = try_allocate(bytes, alignment...);
    return memory != nullptr ? memory : throw std::bad_alloc{};
}

void deallocate(void* memory) noexcept
{
    heap_bytes.fetch_sub(::malloc_usable_size(memory), std::memory_order_relaxed);
    std::free(memory);
}

} // namespace

// ---- new and delete, in all their forms: a sanitizer has its own of each that is left out ----

void* operator new(std::size_t bytes)
{
    return allocate(bytes);
}
void* operator new[](std::size_t bytes)
{
    return allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return allocate(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment)
{
    return allocate(bytes, alignment);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept
{
    return try_allocate(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept
{
    return try_allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return try_allocate(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return try_allocate(bytes, alignment);
}
void operator delete(void* memory) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory) noexcept
{
    deallocate(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    deallocate(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept
{
    deallocate(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept
{
    deallocate(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept
{
    deallocate(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept
{
    deallocate(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept
{
    deallocate(memory);
}

// ---- memcpy and memmove ----

#ifdef SAMEPAGE_CLANG_ASAN

// clang's AddressSanitizer calls functions of its own instead, and the linker is told to --wrap these: the originals,
// with their checks, are called from here.
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's names
extern "C" {
void* __real___asan_memcpy(void* to, const void* from, std::size_t bytes);
void* __real___asan_memmove(void* to, const void* from, std::size_t bytes);

void* __wrap___asan_memcpy(void* to, const void* from, std::size_t bytes)
{
    count_copy(bytes);
    return __real___asan_memcpy(to, from, bytes);
}
void* __wrap___asan_memmove(void* to, const void* from, std::size_t bytes)
{
    count_copy(bytes);
    return __real___asan_memmove(to, from, bytes);
}
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

#else

namespace {

using copy_function = void* (*)(void* to, const void* from, std::size_t bytes);

// memmove() of the C library, which does for both.
constinit std::atomic<copy_function> library_memmove{nullptr};

// While the C library's is looked up, should that copy anything. Volatile, or it would become a call of memmove.
void* copy_slowly(void* to, const void* from, std::size_t bytes)
{
    auto* const written = static_cast<volatile unsigned char*>(to);
    const auto* const read = static_cast<const volatile unsigned char*>(from);
    const bool backwards = written > read;
    for (std::size_t i = 0; i != bytes; ++i) {
        const std::size_t at = backwards ? bytes - 1 - i : i;
        written[at] = read[at];
    }
    return to;
}

void* copy(void* to, const void* from, std::size_t bytes)
{
    count_copy(bytes);
    copy_function found = library_memmove.load(std::memory_order_relaxed);
    if (found == nullptr) {
        library_memmove.store(copy_slowly, std::memory_order_relaxed);
        found = reinterpret_cast<copy_function>(::dlsym(RTLD_NEXT, "memmove"));
        if (found == nullptr) {
            std::abort();
        }
        library_memmove.store(found, std::memory_order_relaxed);
    }
    return found(to, from, bytes);
}

} // namespace

extern "C" {
void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) noexcept
{
    return copy(to, from, bytes);
}
void* memmove(void* to, const void* from, std::size_t bytes) noexcept
{
    return copy(to, from, bytes);
}
}

#endif

namespace meter {

namespace {

figures counted()
{
    return {bytes_copied.load(std::memory_order_relaxed), copies.load(std::memory_order_relaxed),
            allocations.load(std::memory_order_relaxed), peak_heap_bytes.load(std::memory_order_relaxed)};
}

void require(bool holds, const char* what)
{
    if (!holds) {
        std::string text{"copy_meter: dead: "};
        throw std::logic_error{text += what};
    }
}

// A copy and a growth of a vector, and a move of bytes that overlap.
void check_itself()
{
    constexpr std::size_t known = 1'000'000;
    const std::vector<unsigned char> bytes(known, 1);
    const auto first = counted();
    auto copied = bytes;
    const auto second = counted();
    require(second.bytes_copied - first.bytes_copied == known && second.copies - first.copies == 1,
            "a vector's copy of 1000000 bytes was not counted as that");
    require(second.allocations - first.allocations == 1, "the copy's allocation was not counted as one");
    require(second.peak_heap_bytes >= 2 * known, "two vectors of 1000000 bytes were not seen on the heap");
    std::copy(copied.begin() + 1, copied.end(), copied.begin());
    const auto third = counted();
    require(third.bytes_copied - second.bytes_copied == known - 1, "a std::copy of 999999 bytes was not counted");
    copied.push_back(1);
    require(counted().bytes_copied - third.bytes_copied == known, "a vector's growth was not counted");
    require(copied.size() == known + 1 && std::equal(bytes.begin(), bytes.end(), copied.begin()), "a copy went wrong");
}

// What is on the heap now: the least that the peak can be from here on.
std::uint64_t begin_peak()
{
    static const bool is_alive = (check_itself(), true);
    static_cast<void>(is_alive);
    const std::uint64_t now = heap_bytes.load(std::memory_order_relaxed);
    peak_heap_bytes.store(now, std::memory_order_relaxed);
    return now;
}

} // namespace

copy_meter::copy_meter() : heap_before_{begin_peak()}, before_{counted()} {}

figures copy_meter::so_far() const
{
    const auto now = counted();
    return {now.bytes_copied - before_.bytes_copied, now.copies - before_.copies, now.allocations - before_.allocations,
            now.peak_heap_bytes - heap_before_};
}

} // namespace meter
