// SPDX-License-Identifier: BSL-1.0
// limits.cpp: the limits' lines, rings and buffers, each as good as we could make it.
#include "limits.hpp"

#include "kernels.hpp"
#include "patterns.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace bench {

namespace {

using word = std::atomic<std::uint64_t>;

/// Apart from its neighbours by two lines: prefetchers fetch lines in pairs.
struct alignas(128) lone_word {
    word value;
};

/// A word that both sides write in turn: the request is odd, the reply even.
class one_line {
public:
    explicit one_line(site& here)
        : asks_(here.who() == role::a),
          line_(reinterpret_cast<lone_word*>(here.shared_memory(sizeof(lone_word)))->value)
    {
    }

    void send(std::uint64_t n) noexcept
    {
        mine_ = 2 * n - (asks_ ? 1 : 0);
        line_.store(mine_, std::memory_order_release);
    }

    std::uint64_t receive() noexcept
    {
        std::uint64_t value = 0;
        while ((value = line_.load(std::memory_order_acquire)) == mine_) {
            pause();
        }
        return (value + 1) / 2;
    }

private:
    bool asks_;
    std::uint64_t mine_ = 0;
    word& line_;
};

/// In each direction a line of payload and a line that says it is there.
class two_lines {
    struct direction {
        lone_word payload, flag;
    };

public:
    explicit two_lines(site& here)
    {
        auto* const both = reinterpret_cast<direction*>(here.shared_memory(2 * sizeof(direction)));
        out_ = both + (here.who() == role::a ? 0 : 1);
        in_ = both + (here.who() == role::a ? 1 : 0);
    }

    void send(std::uint64_t n) noexcept
    {
        out_->payload.value.store(n, std::memory_order_relaxed);
        out_->flag.value.store(n, std::memory_order_release);
    }

    std::uint64_t receive() noexcept
    {
        std::uint64_t flag = 0;
        while ((flag = in_->flag.value.load(std::memory_order_acquire)) == last_) {
            pause();
        }
        last_ = flag;
        return in_->payload.value.load(std::memory_order_relaxed);
    }

private:
    direction* out_;
    direction* in_;
    std::uint64_t last_ = 0;
};

/// Each message in the next line of a ring, its number in the line.
class walking {
    struct alignas(64) line {
        word number;
    };
    static constexpr std::size_t lines = round_trip_ring_bytes / sizeof(line);

public:
    explicit walking(site& here)
    {
        auto* const both = reinterpret_cast<line*>(here.shared_memory(2 * lines * sizeof(line)));
        out_ = both + (here.who() == role::a ? 0 : lines);
        in_ = both + (here.who() == role::a ? lines : 0);
    }

    void send(std::uint64_t n) noexcept { out_[n % lines].number.store(n, std::memory_order_release); }

    std::uint64_t receive() noexcept
    {
        const std::uint64_t next = last_ + 1;
        const word& number = in_[next % lines].number;
        while (number.load(std::memory_order_acquire) != next) {
            pause();
        }
        return last_ = next;
    }

private:
    line* out_;
    line* in_;
    std::uint64_t last_ = 0;
};

/// The bare ring: slots side by side, in each its record's number and the record.
template <std::size_t Bytes>
struct bare_ring {
    static constexpr std::size_t words = Bytes / sizeof(std::uint64_t);
    struct slot {
        word number; ///< 1, 2, 3, …
        std::array<std::uint64_t, words> record;
    };
    static constexpr std::size_t slots = rate_ring_bytes / sizeof(slot);
    /// The consumer's word is stored once in so many records: the producer's line stays its own in between.
    static constexpr std::size_t stride = slots / 8;

    lone_word consumed;
    std::array<slot, slots> ring;

    [[nodiscard]] static bare_ring& open(site& here)
    {
        return *reinterpret_cast<bare_ring*>(here.shared_memory(sizeof(bare_ring)));
    }
};

template <std::size_t Bytes>
class bare_ring_source {
    using shared = bare_ring<Bytes>;

public:
    explicit bare_ring_source(site& here) : shared_(&shared::open(here)) {}

    void put(std::uint64_t n) noexcept
    {
        if (n == room_end_) [[unlikely]] {
            while ((room_end_ = shared_->consumed.value.load(std::memory_order_acquire) + shared::slots) == n) {
                pause();
            }
        }
        auto& slot = shared_->ring[at_];
        write_record<shared::words>(slot.record.data(), n);
        slot.number.store(n + 1, std::memory_order_release);
        at_ = at_ + 1 == shared::slots ? 0 : at_ + 1;
    }

private:
    shared* shared_;
    std::uint64_t room_end_ = 0;
    std::size_t at_ = 0;
};

/// Pauses: between two looks at a slot that is not written yet.
template <std::size_t Bytes, int Pauses>
class bare_ring_sink {
    using shared = bare_ring<Bytes>;

public:
    explicit bare_ring_sink(site& here) : shared_(&shared::open(here)) {}

    std::uint64_t take(std::uint64_t n)
    {
        const auto& slot = shared_->ring[at_];
        while (slot.number.load(std::memory_order_acquire) != n + 1) {
            for (int i = 0; i < Pauses; ++i) {
                pause();
            }
        }
        if (differences<shared::words>(slot.record.data(), n) != 0) [[unlikely]] {
            wrong_value(n);
        }
        at_ = at_ + 1 == shared::slots ? 0 : at_ + 1;
        if (n + 1 - stored_ == shared::stride) {
            stored_ = n + 1;
            shared_->consumed.value.store(stored_, std::memory_order_release);
        }
        return 1;
    }

private:
    shared* shared_;
    std::uint64_t stored_ = 0;
    std::size_t at_ = 0;
};

/// Whole buffers in rotation: one core writes each in full, the other reads it in full.
template <std::size_t Bytes>
struct buffers {
    static constexpr std::size_t words = Bytes / sizeof(std::uint64_t);
    static constexpr std::size_t count = stream_ring_bytes<Bytes> / Bytes;
    static constexpr std::size_t control_bytes = 4096;

    lone_word written;
    lone_word read;

    [[nodiscard]] static buffers& open(site& here)
    {
        return *reinterpret_cast<buffers*>(here.shared_memory(control_bytes + count * Bytes));
    }
    [[nodiscard]] std::uint64_t* at(std::uint64_t n) noexcept
    {
        return reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::byte*>(this) + control_bytes + n % count * Bytes);
    }
};

template <std::size_t Bytes>
class buffer_source {
    using shared = buffers<Bytes>;

public:
    explicit buffer_source(site& here) : shared_(&shared::open(here)) {}

    void put(std::uint64_t n) noexcept
    {
        while (shared_->read.value.load(std::memory_order_acquire) + shared::count == n) {
            pause();
        }
        write_block(shared_->at(n), shared::words, n);
        shared_->written.value.store(n + 1, std::memory_order_release);
    }

private:
    shared* shared_;
};

template <std::size_t Bytes>
class buffer_sink {
    using shared = buffers<Bytes>;

public:
    explicit buffer_sink(site& here) : shared_(&shared::open(here)) {}

    std::uint64_t take(std::uint64_t n)
    {
        while (shared_->written.value.load(std::memory_order_acquire) == n) {
            pause();
        }
        if (sum_block(shared_->at(n), shared::words) != expected_sum(shared::words, n)) [[unlikely]] {
            wrong_value(n);
        }
        shared_->read.value.store(n + 1, std::memory_order_release);
        return 1;
    }

private:
    shared* shared_;
};

/// Pauses that let the producer of a bare ring get ahead: 64 to 512 are alike.
constexpr int paced = 256;

template <class Pattern>
[[nodiscard]] row round_trip_limit(std::string name, std::uint64_t warm_up)
{
    return {.name = std::move(name),
            .unit = unit::nanoseconds,
            .bytes_each = sizeof(std::uint64_t),
            .records_each = 1,
            .warm_up = warm_up,
            .a = make<Pattern>,
            .b = make<Pattern>};
}

template <std::size_t Bytes, int Pauses>
[[nodiscard]] row ring_limit(std::string name)
{
    return {.name = std::move(name),
            .unit = unit::million_records_second,
            .bytes_each = Bytes,
            .records_each = 1,
            .warm_up = 2 * bare_ring<Bytes>::slots,
            .a = make<sends<bare_ring_source<Bytes>>>,
            .b = make<receives<bare_ring_sink<Bytes, Pauses>>>};
}

template <std::size_t Bytes>
[[nodiscard]] row stream_limit(std::string name)
{
    return {.name = std::move(name),
            .unit = unit::gigabytes_second,
            .bytes_each = Bytes,
            .records_each = 1,
            .warm_up = 2 * buffers<Bytes>::count,
            .a = make<sends<buffer_source<Bytes>>>,
            .b = make<receives<buffer_sink<Bytes>>>};
}

} // namespace

row one_line_limit()
{
    return round_trip_limit<round_trip<one_line>>("limit/one-line", 200);
}
row two_lines_limit()
{
    return round_trip_limit<round_trip<two_lines>>("limit/two-lines", 1000);
}
row walking_limit()
{
    return round_trip_limit<round_trip<walking>>("limit/walking", 2 * round_trip_ring_bytes / 64);
}
row ring_8_limit()
{
    return ring_limit<8, 1>("limit/ring/8");
}
row ring_64_limit()
{
    return ring_limit<64, 1>("limit/ring/64");
}
row paced_ring_8_limit()
{
    return ring_limit<8, paced>("limit/paced-ring/8");
}
row paced_ring_64_limit()
{
    return ring_limit<64, paced>("limit/paced-ring/64");
}
row stream_65536_limit()
{
    return stream_limit<65536>("limit/stream/65536");
}
row stream_1048576_limit()
{
    return stream_limit<1048576>("limit/stream/1048576");
}

} // namespace bench
