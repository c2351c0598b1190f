// SPDX-License-Identifier: BSL-1.0
// lane_fuzz.hpp: a lane of garbage in this process's own memory, and readers and a writer who walk it as the input
// says. AddressSanitizer watches the words and cells, pages without access watch the ring. Thread safety: none.
#pragma once

#include "fuzz/input.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/lane_reader.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {

namespace ring = samepage::ring;
using ring::hardware;
using samepage::outcome;

[[noreturn]] inline void fail(const char* what)
{
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

/// A ring mapped twice, with a page that nobody may touch on either side.
class guarded_ring {
public:
    static constexpr std::size_t bytes = 4096;

    guarded_ring() : file_(::memfd_create("lane", MFD_CLOEXEC))
    {
        void* const space = ::mmap(nullptr, 4 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (::ftruncate(file_, bytes) != 0 || space == MAP_FAILED) {
            fail("no memory for a ring");
        }
        begin_ = static_cast<std::byte*>(space) + bytes;
        for (std::size_t half = 0; half < 2; ++half) {
            if (::mmap(begin_ + half * bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, 0) ==
                MAP_FAILED) {
                fail("no mapping for a ring");
            }
        }
    }
    [[nodiscard]] std::byte* data() const noexcept { return begin_; }
    [[nodiscard]] int file() const noexcept { return file_; }

private:
    int file_;
    std::byte* begin_;
};

/// What all of a lane's participants share, with cells for two consumers and no more.
struct garbage_lane {
    static constexpr unsigned consumers = 2;

    explicit garbage_lane(const ring::lane_geometry& shape)
        : geometry(shape), cells(consumers * ring::cell_bytes<hardware>(shape.max_holds))
    {
    }
    template <bool Writable>
    [[nodiscard]] ring::lane<hardware, Writable> where() const noexcept
    {
        return {words.get(), pages().data(), control.get(), cells_begin(), geometry, 0};
    }
    static const guarded_ring& pages()
    {
        static const guarded_ring one;
        return one;
    }
    static samepage::memory::ownership_locks& locks()
    {
        static samepage::memory::ownership_locks one{::dup(pages().file())};
        return one;
    }

    /// A word of the lane, of its ring, of the control words or of the cells.
    [[nodiscard]] std::uint64_t* word(unsigned region, std::size_t index) const noexcept
    {
        const auto of = [&](void* begin, std::size_t bytes) {
            return static_cast<std::uint64_t*>(begin) + index % (bytes / 8);
        };
        switch (region % 4) {
        case 0: return of(words.get(), sizeof *words);
        case 1: return of(pages().data(), guarded_ring::bytes);
        case 2: return of(control.get(), sizeof *control);
        default: return of(cells_begin(), cells.size());
        }
    }

    ring::lane_geometry geometry;
    std::unique_ptr<ring::lane_words<hardware>> words = std::make_unique<ring::lane_words<hardware>>();
    std::unique_ptr<ring::control_words<hardware>> control = std::make_unique<ring::control_words<hardware>>();

private:
    [[nodiscard]] std::byte* cells_begin() const noexcept { return const_cast<std::byte*>(cells.data()); }

    std::vector<std::byte> cells;
};

/// Readers and a writer of one lane. `Reader` and `Writer` are dense or framed ones; `Ops` knows how they differ:
/// look(Reader&, most), newest(Reader&), publish(Writer&, bytes), geometry(input&).
template <class Reader, class Writer, class Ops>
class walkers {
public:
    explicit walkers(input& from) : from_(from), lane_(Ops::geometry(from)) {}

    void run()
    {
        std::memset(garbage_lane::pages().data(), 0, guarded_ring::bytes);
        // Honest records first, as many as the input says; then a ring, or words of it, from the input.
        succeed();
        for (auto count = from_.take<std::uint8_t>(); count != 0; --count) {
            publish(from_.take<std::uint8_t>());
        }
        if ((from_.take<std::uint8_t>() & 1U) != 0) {
            from_.take(garbage_lane::pages().data(), guarded_ring::bytes);
        }
        for (int steps = 0; steps < 300 && !from_.empty(); ++steps) {
            step();
        }
    }

private:
    struct member {
        std::optional<Reader> reader;
        std::vector<ring::found_records> held;
    };

    void step()
    {
        const auto what = from_.take<std::uint8_t>();
        member& who = members_[what & 1U];
        switch (what >> 1U & 0x0fU) {
        case 0:
        case 1:
        case 2: change_word(); break;
        case 3: join(what & 1U); break;
        case 4: succeed(); break;
        case 5: who.reader ? see(who, Ops::newest(*who.reader)) : join(what & 1U); break;
        case 6: release(who); break;
        case 7:
            if (who.reader) {
                static_cast<void>(who.reader->ready());
                static_cast<void>(who.reader->caught_up());
                static_cast<void>(who.reader->state());
            }
            break;
        case 8:
            if (who.reader) {
                static_cast<void>(who.reader->seek(who.reader->next_number() + from_.take<std::uint8_t>()));
            }
            break;
        case 9:
            if (writer_) {
                static_cast<void>(writer_->recover_dead_consumers());
            }
            break;
        case 10:
        case 11: publish(from_.take<std::uint16_t>()); break;
        default: who.reader ? see(who, Ops::look(*who.reader, 1 + from_.take<std::uint8_t>())) : join(what & 1U); break;
        }
    }

    void change_word()
    {
        const auto region = from_.take<std::uint8_t>();
        auto* const word = lane_.word(region, from_.take<std::uint16_t>());
        switch (region >> 2U & 3U) {
        case 0: *word = from_.take<std::uint64_t>(); break;
        case 1: *word += static_cast<std::uint64_t>(from_.take<std::int16_t>()); break;
        case 2: *word ^= std::uint64_t{1} << (from_.take<std::uint8_t>() & 63U); break;
        default: *word = lane_.words->head.load() + static_cast<std::uint64_t>(from_.take<std::int16_t>()); break;
        }
    }

    void join(unsigned slot)
    {
        member& who = members_[slot];
        who.held.clear();
        who.reader.emplace(lane_.where<false>(), slot, slot == 0 ? ring::demand::lossless : ring::demand::lossy, 2);
        who.reader->prepare();
        ring::announce(*lane_.control, slot);
        if (!who.reader->settle() || ((from_.take<std::uint8_t>() & 1U) != 0 && !who.reader->seek_newest())) {
            ring::withdraw(*lane_.control, slot);
            who.reader.reset();
        }
    }

    void succeed()
    {
        writer_.emplace(lane_.where<true>(), garbage_lane::locks());
        if (!writer_->resume()) {
            writer_.reset();
        }
    }

    void publish(std::uint64_t bytes)
    {
        if (writer_) {
            Ops::publish(*writer_, bytes);
        }
    }

    void see(member& who, const ring::found_records& found)
    {
        if (found.why != outcome::ok) {
            return;
        }
        if (found.end - found.begin > lane_.geometry.capacity_bytes || found.count == 0) {
            fail("found records that are no part of a ring");
        }
        const std::byte* const data = who.reader->at(found.begin);
        unsigned sum = 0;
        for (std::uint64_t i = 0; i < found.end - found.begin; ++i) {
            sum += static_cast<unsigned>(data[i]);
        }
        sink_ = sink_ + sum;
        who.held.push_back(found);
    }

    void release(member& who)
    {
        if (who.reader && !who.held.empty()) {
            who.reader->release(who.held.back());
            who.held.pop_back();
        }
    }

    input& from_;
    garbage_lane lane_;
    std::optional<Writer> writer_;
    member members_[garbage_lane::consumers];
    volatile unsigned sink_ = 0;
};

} // namespace fuzz
