// SPDX-License-Identifier: BSL-1.0
// policy.hpp: the atomics policy that gives the shipped protocol code to the engine.
// Thread safety: none; processes are fibers.
#pragma once

#include "model/engine.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/turn.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <experimental/source_location>

namespace model {

/// Eight bytes of a ring, or a word: a number of the engine's, 0 while nobody touched it.
template <class T>
class alignas(sizeof(T)) word {
public:
    static_assert(std::is_unsigned_v<T> && sizeof(T) >= sizeof(std::uint32_t));
    using at_source = std::experimental::source_location;

    word() = default;

    [[nodiscard]] T load(std::memory_order order, const at_source& at = at_source::current()) const
    {
        return static_cast<T>(the_engine().load(id_, order, at));
    }
    void store(T value, std::memory_order order, const at_source& at = at_source::current())
    {
        the_engine().store(id_, value, order, at);
    }
    T fetch_add(T value, std::memory_order order, const at_source& at = at_source::current())
    {
        return change(order, at, [value](std::uint64_t before) { return static_cast<T>(before + value); });
    }
    T fetch_or(T value, std::memory_order order, const at_source& at = at_source::current())
    {
        return change(order, at, [value](std::uint64_t before) { return static_cast<T>(before | value); });
    }
    T fetch_and(T value, std::memory_order order, const at_source& at = at_source::current())
    {
        return change(order, at, [value](std::uint64_t before) { return static_cast<T>(before & value); });
    }
    T exchange(T value, std::memory_order order, const at_source& at = at_source::current())
    {
        return change(order, at, [value](std::uint64_t) { return value; });
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order order,
                                 const at_source& at = at_source::current())
    {
        std::uint64_t found = expected;
        const bool done = the_engine().compare_exchange(id_, found, value, order, at);
        expected = static_cast<T>(found);
        return done;
    }

    [[nodiscard]] std::uint32_t& id() const noexcept { return id_; }

private:
    template <class Change>
    T change(std::memory_order order, const at_source& at, Change&& how)
    {
        return static_cast<T>(the_engine().modify(id_, order, at, how));
    }

    mutable std::uint32_t id_ = 0;
};

/// A ring's bytes as the model keeps them; payloads are read and written by whole words.
struct ring_memory {
    std::byte* base = nullptr;
    std::uint64_t capacity_bytes = 0;
    bool headers = false;    ///< framed: atomic loads may meet plain writes
    bool given_back = false; ///< to the file system: nobody may look at it, and what is written there is lost
};

/// One participant's lock descriptor.
class locks {
public:
    explicit locks(unsigned consumers_from = 16) : consumers_from_(consumers_from) {}

    [[nodiscard]] bool try_lock(std::uint64_t byte, const where_in_source& at = where_in_source::current()) noexcept
    {
        return the_engine().try_lock(number(byte), at);
    }
    [[nodiscard]] bool try_share(std::uint64_t byte, const where_in_source& at = where_in_source::current()) noexcept
    {
        return the_engine().try_share(number(byte), at);
    }
    /// As trying it again and again.
    void lock(std::uint64_t byte, const where_in_source& at = where_in_source::current()) noexcept
    {
        the_engine().lock(number(byte), at);
    }
    void unlock(std::uint64_t byte, const where_in_source& at = where_in_source::current()) noexcept
    {
        the_engine().unlock(number(byte), at);
    }
    [[nodiscard]] bool held_elsewhere(std::uint64_t byte, std::uint64_t count = 1,
                                      const where_in_source& at = where_in_source::current()) const noexcept
    {
        return the_engine().held_elsewhere(number(byte), static_cast<unsigned>(count), at);
    }

private:
    [[nodiscard]] unsigned number(std::uint64_t byte) const noexcept
    {
        namespace lock_byte = samepage::ring::lock_byte;
        return static_cast<unsigned>(byte < lock_byte::consumer ? byte : byte - lock_byte::consumer + consumers_from_);
    }
    unsigned consumers_from_;
};

/// A consumer's descriptor that it polls: a futex of the model.
struct bells {
    word<std::uint32_t>* rung = nullptr; ///< by slot
    void ring(unsigned slot) noexcept;
};

struct policy {
    template <class T>
    using word = model::word<T>;
    using locks = model::locks;
    using bells = model::bells;
    using rings = samepage::ring::ring_source;
    struct clock {
        using duration = std::chrono::nanoseconds;
        using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;
    };

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

    static void full_fence(const where_in_source& at = where_in_source::current())
    {
        the_engine().fence(std::memory_order_seq_cst, at);
    }
    /// A compiler barrier: this machine takes each process's steps in order. (Its mutant makes the store late.)
    static void light_fence(const where_in_source& = where_in_source::current()) {}
    static void heavy_fence(const where_in_source& at = where_in_source::current()) { the_engine().heavy_fence(at); }
    static void pause() {}

    static void sleep(const word<std::uint32_t>& bell, std::uint32_t expected, std::chrono::nanoseconds /*limit*/,
                      const where_in_source& at = where_in_source::current())
    {
        the_engine().sleep(bell.id(), expected, at);
    }
    static void wake(word<std::uint32_t>& bell, const where_in_source& at = where_in_source::current())
    {
        the_engine().wake(bell.id(), at);
    }
    static void clear(std::byte* bytes, std::size_t count, const where_in_source& at = where_in_source::current());
    static void copy(std::byte* to, const std::byte* from, std::size_t count,
                     const where_in_source& at = where_in_source::current());
    /// Stands still but for slices that were slept through. Never 0, as no clock of a machine that runs.
    [[nodiscard]] static clock::time_point now() noexcept
    {
        return clock::time_point{std::chrono::seconds{1} + std::chrono::milliseconds{10} * the_engine().slices()};
    }

    // ---- what a scenario does with payloads ----

    static void add_ring(const ring_memory& ring);
    static void forget_rings();
    /// As a hole in the file; its bytes become such as no ring has. @param ring  where it was added.
    static void give_back(const std::byte* ring, const where_in_source& at = where_in_source::current());
    /// Some ring that was given back has this byte, or word.
    [[nodiscard]] static bool is_given_back(const void* byte) noexcept;
    static void write(std::byte* to, std::uint64_t value, const where_in_source& at = where_in_source::current());
    [[nodiscard]] static std::uint64_t read(const std::byte* from,
                                            const where_in_source& at = where_in_source::current());
};

/// As policy; but a lane keeps so few marks and gaps that each is soon written over.
template <std::size_t Marks, std::size_t Gaps>
struct frugal_policy : policy {
};

} // namespace model

template <std::size_t Marks, std::size_t Gaps>
inline constexpr std::size_t samepage::ring::marks_in<model::frugal_policy<Marks, Gaps>> = Marks;
template <std::size_t Marks, std::size_t Gaps>
inline constexpr std::size_t samepage::ring::gaps_in<model::frugal_policy<Marks, Gaps>> = Gaps;
// A claim more is repetition, as is a poll more.
template <>
inline constexpr unsigned samepage::ring::claims_in<model::policy> = 2;
template <std::size_t Marks, std::size_t Gaps>
inline constexpr unsigned samepage::ring::claims_in<model::frugal_policy<Marks, Gaps>> = 2;
template <>
inline constexpr int samepage::ring::turn_polls<model::policy> = 1;
template <std::size_t Marks, std::size_t Gaps>
inline constexpr int samepage::ring::turn_polls<model::frugal_policy<Marks, Gaps>> = 1;
