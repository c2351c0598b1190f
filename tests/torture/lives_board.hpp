// SPDX-License-Identifier: BSL-1.0
// lives_board.hpp: what the processes of the part `lives` write down and outlives them, and what each of them does.
// Thread safety: each word of the board by itself.
#pragma once

#include "torture/kinds.hpp"
#include "torture/shared_array.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

namespace torture {

inline constexpr unsigned lives_producers = 2;
inline constexpr unsigned lives_lanes = lives_producers + 1; ///< 1: for who makes a channel anew
inline constexpr std::array lives_names{"first", "second"};
inline constexpr unsigned lives_workers = 3;
inline constexpr const char* lives_group = "workers";
inline constexpr std::size_t most_generations = 1024; ///< channels of the name, one after the other

/// Places in lives_board::at.
namespace lives_who {
inline constexpr unsigned producer = 0;
inline constexpr unsigned creator = producer + lives_producers; ///< removes a channel, and makes the next
inline constexpr unsigned named = creator + 1;
inline constexpr unsigned worker = named + lives_names.size();
inline constexpr unsigned count = worker + lives_workers;
} // namespace lives_who

inline constexpr unsigned generation_shift = 28;
static_assert(most_generations <= std::size_t{1} << (lane_shift - generation_shift));

/// What a record's bytes follow from: as key_of(), with the channel.
[[nodiscard]] constexpr std::uint64_t key_in(std::size_t generation, unsigned lane, std::uint64_t number) noexcept
{
    return key_of(lane, std::uint64_t{generation} << generation_shift | number);
}
[[nodiscard]] constexpr std::size_t generation_in(std::uint64_t key) noexcept
{
    return key >> generation_shift & ((std::uint64_t{1} << (lane_shift - generation_shift)) - 1);
}

struct lives_board {
    using word = std::atomic<std::uint64_t>;
    static constexpr std::uint64_t attaching = std::numeric_limits<std::uint64_t>::max();

    struct of_lane {
        word published; ///< number of the next record: it is published, or almost
        word sure;      ///< those below are published
        word ring;      ///< where it was last seen to be
    };
    struct of_name {                             ///< by lane, one more than the number; 0: not known yet
        std::array<word, lives_lanes> releasing; ///< those below are released, or almost
        std::array<word, lives_lanes> released;  ///< those below are released
    };
    struct one_channel {
        word inode;
        std::array<of_lane, lives_lanes> lanes;
        std::array<of_name, lives_names.size()> names;
    };
    std::array<one_channel, most_generations> generations;
    /// Which channel each process has: one more than its generation; 0: none; attaching: one of them.
    std::array<word, lives_who::count> at;
    word over;  ///< the last producers have their lanes
    word ended; ///< processes that came to their end
    // What happened.
    word changes, moves, taken, worked, redelivered, left_in_hands;
    word producers_told, consumers_told, seen_to_the_end;
    // What must not.
    word failed;      ///< processes that ended with an error
    word misplaced;   ///< records that a name got where another was due: one was missed, or comes again
    word lost;        ///< told of as lost
    word wrong;       ///< torn, or another lane's or number's
    word foreign;     ///< of another channel
    word unmarked;    ///< done by the group before, and not marked
    word misnumbered; ///< producers that went on with another number
    word left_over;   ///< published, and not there for who was told `retired`
    std::atomic<bool> noted;
    std::array<char, 300> note; ///< what was wrong first

    /// Which of the channels it is.
    [[nodiscard]] std::size_t generation_of(std::uint64_t inode);
    /// No producer has this channel, nor will one that attaches now.
    [[nodiscard]] bool is_left(std::size_t generation) const;
    void count(word& fault, const std::string& what);
};

struct lives_site {
    std::filesystem::path directory;
    std::string name = "lives";
    bool retires = false;                                     ///< or there is one channel, to the end
    std::uint64_t most_records = 0;                           ///< in a lane of a channel
    lives_board* all = nullptr;                               ///< outlives everybody
    shared_array<std::atomic<unsigned char>>* done = nullptr; ///< see done_with()

    /// How often the group was done with a record.
    [[nodiscard]] std::atomic<unsigned char>& done_with(std::size_t generation, unsigned lane,
                                                        std::uint64_t number) const
    {
        return (*done)[(generation * lives_lanes + lane) * most_records + number];
    }
};

/// What producers do until they are killed.
template <class Kind>
struct lives_producers_of {
    static typename Kind::producer open(const lives_site& where);
    static void produce(const lives_site& where, unsigned which, std::uint64_t seed);
    /// Some records. @return the producer, which has its lane
    static typename Kind::producer produce_the_end(const lives_site& where, unsigned which, std::uint64_t seed);
};
extern template struct lives_producers_of<dense>;
extern template struct lives_producers_of<framed>;

/// What named consumers and the group's workers do until they are killed, or the last producers have closed.
template <class Kind>
struct lives_consumers_of {
    static typename Kind::consumer open_named(const lives_site& where, unsigned which);
    static typename Kind::consumer open_worker(const lives_site& where);
    static void consume(const lives_site& where, unsigned which, std::uint64_t seed);
    static void work(const lives_site& where, unsigned which, std::uint64_t seed);
};
extern template struct lives_consumers_of<dense>;
extern template struct lives_consumers_of<framed>;

/// Asks for rings of another size, now and then.
void change_rings(const lives_site& where, std::uint64_t seed);

} // namespace torture
