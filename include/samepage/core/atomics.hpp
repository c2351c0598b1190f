// SPDX-License-Identifier: BSL-1.0
// atomics.hpp: the atomics policy of the protocol: what ships runs on the processor, a checker brings its own.
#pragma once

#include <samepage/core/language.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace samepage {

/// What the protocol asks of the memory that processes share: `word<T>` with std::atomic's interface, word_at(),
/// full_fence(), light_fence(), heavy_fence(), pause(). ring/hardware.hpp adds what the steps ask of the kernel.
struct hardware_atomics {
    template <class T>
    using word = std::atomic<T>;
    static_assert(word<std::uint64_t>::is_always_lock_free && sizeof(word<std::uint64_t>) == 8);
    static_assert(word<std::uint32_t>::is_always_lock_free && sizeof(word<std::uint32_t>) == 4);

    /// The word that lies at `bytes`, which are aligned to sizeof(T) and hold one: fresh pages are zero words.
    template <class T>
    [[nodiscard]] static word<T>& word_at(std::byte* bytes) noexcept
    {
        return *reinterpret_cast<word<T>*>(bytes);
    }

    template <class T>
    [[nodiscard]] static const word<T>& word_at(const std::byte* bytes) noexcept
    {
        return *reinterpret_cast<const word<T>*>(bytes);
    }

    /// Orders every earlier access before every later one, on both sides of a store-then-load handshake.
    static void full_fence() noexcept
    {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan" // ThreadSanitizer does not model fences; no data is ordered by this one alone
#endif
        std::atomic_thread_fence(std::memory_order_seq_cst);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    }

    /// The cheap half of an asymmetric handshake: a compiler barrier where the kernel lends the other half, else full.
    [[gnu::always_inline]] static void light_fence() noexcept
    {
        if (asymmetric_.load(std::memory_order_relaxed)) [[likely]] {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        } else {
            full_fence();
        }
    }

    /// The dear half: afterwards every thread of every process that called enlist() has passed a full fence.
    /// A system call of some microseconds; taken only before sleeping.
    static void heavy_fence() noexcept;

    /// Tells the kernel that this process takes part in heavy_fence(). Before the first light_fence(); idempotent.
    /// Where the kernel refuses (an old one, a seccomp filter), light_fence() becomes a full fence.
    static void enlist() noexcept;

    /// A hint that the caller spins.
    static void pause() noexcept
    {
#if defined(__x86_64__) || defined(__i386__)
        _mm_pause();
#elif defined(__aarch64__)
        asm volatile("isb" ::: "memory");
#endif
    }

private:
    static inline std::atomic<bool> asymmetric_{false}; // set once, before the first endpoint of this process exists
};

} // namespace samepage
