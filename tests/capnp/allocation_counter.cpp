// SPDX-License-Identifier: BSL-1.0
// allocation_counter.cpp: malloc and its kin, counted; under a sanitizer, which has its own, by its hook.
#include "allocation_counter.hpp"

#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SAMEPAGE_TEST_SANITIZER_HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SAMEPAGE_TEST_SANITIZER_HOOKS 1
#endif
#endif

namespace {

// Of the initial-exec model: reaching it never allocates, not even in a thread's first call.
[[gnu::tls_model("initial-exec")]] thread_local std::size_t allocations = 0;

} // namespace

std::size_t allocation_counter::total() noexcept
{
    return allocations;
}

#ifdef SAMEPAGE_TEST_SANITIZER_HOOKS

extern "C" int __sanitizer_install_malloc_and_free_hooks( // NOLINT(bugprone-reserved-identifier)
    void (*on_malloc)(const volatile void*, std::size_t), void (*on_free)(const volatile void*));

namespace {

void count_one(const volatile void*, std::size_t)
{
    ++allocations;
}

void ignore(const volatile void*) {}

[[maybe_unused]] const int hooked = __sanitizer_install_malloc_and_free_hooks(&count_one, &ignore);

} // namespace

#else

// glibc's own functions, under the names it keeps for those who replace them.
extern "C" {
void* __libc_malloc(std::size_t);                // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);   // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);        // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t); // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t bytes)
{
    ++allocations;
    return __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes)
{
    ++allocations;
    return __libc_calloc(count, bytes);
}

void* realloc(void* memory, std::size_t bytes)
{
    ++allocations;
    return __libc_realloc(memory, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes)
{
    ++allocations;
    return __libc_memalign(alignment, bytes);
}
}

#endif
