// SPDX-License-Identifier: BSL-1.0
// corrupt_words.cpp: words of a channel at work changed at random: records of the ring or `corrupt`, but no crash and
// no hang.
#include "support/scratch.hpp"
#include "torture/corrupt_company.hpp"
#include "torture/risked.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace torture::damage {
namespace {

constexpr unsigned changes_an_episode = 16;

void remove_files(const files& of)
{
    std::filesystem::remove(of.data());
    std::filesystem::remove(of.control());
}

void change_word(random_numbers& random, const all_words& words, logbook& book, std::optional<all_words::place>& undo,
                 std::uint64_t& before)
{
    if (undo && random.below(2) == 0) {
        undo->word->store(before, std::memory_order_relaxed);
    }
    // Once in a while a row of words, the same or each its own: a gap behind a gap, a page of noise.
    const auto row = random.below(16) == 0 ? 1 + random.below(64) : 1;
    const auto place = words.any(random);
    const auto value = damaged(random, place.word->load(std::memory_order_relaxed), words);
    undo = place;
    before = place.word->load(std::memory_order_relaxed);
    book.note({place.what, place.offset, before, value});
    place.word->store(value, std::memory_order_relaxed);
    ++book.counts[changed];
    for (std::uint64_t i = 1; i < row; ++i) {
        const auto other = words.any(random);
        if (other.what == place.what) {
            const auto was = other.word->load(std::memory_order_relaxed);
            const auto now = random.below(4) == 0 ? damaged(random, was, words) : value;
            book.note({other.what, other.offset, was, now});
            other.word->store(now, std::memory_order_relaxed);
            ++book.counts[changed];
        }
    }
}

/// A channel of its own, some honest work, and changes with work after each.
template <class Kind>
void play(std::uint64_t seed, const files& at, logbook& book)
{
    remove_files(at);
    random_numbers random{seed};
    company<Kind> all(at, random, book);
    const all_words words(at);
    for (int i = 0; i < 60; ++i) {
        all.step();
    }
    std::optional<all_words::place> undo;
    std::uint64_t before = 0;
    for (unsigned i = 0; i < changes_an_episode; ++i) {
        change_word(random, words, book, undo, before);
        for (auto steps = 2 + random.below(10); steps != 0; --steps) {
            all.step();
        }
    }
}

void play_episode(std::uint64_t seed, std::uint64_t number, const files& at, logbook& book)
{
    book.begin(fmt::format("damaged words, episode {} of seed {}", number, seed));
    book.counts[episode] = number;
    const auto own = support::scatter(seed ^ support::scatter(number));
    number % 2 == 0 ? play<process::dense>(own, at, book) : play<process::framed>(own, at, book);
}

/// One thread works and another scribbles.
template <class Kind>
void scribble_under(std::uint64_t seed, const files& at, logbook& book, std::chrono::steady_clock::time_point end)
{
    remove_files(at);
    random_numbers random{seed};
    company<Kind> all(at, random, book);
    const all_words words(at);
    std::atomic<bool> over{false};
    std::jthread scribbler([&] {
        random_numbers other{support::scatter(seed)};
        while (!over.load(std::memory_order_relaxed)) {
            const auto place = words.any(other);
            const auto was = place.word->load(std::memory_order_relaxed);
            place.word->store(damaged(other, was, words), std::memory_order_relaxed);
            ++book.counts[changed];
            for (int i = 0; i < 50; ++i) {
                samepage::hardware_atomics::pause();
            }
            place.word->store(was, std::memory_order_relaxed); // or all would be noise soon
        }
    });
    for (int i = 0; i < 3000 && std::chrono::steady_clock::now() < end; ++i) {
        all.step();
    }
    over = true;
}

struct toll {
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;

    [[nodiscard]] std::uint64_t all() const noexcept { return crashes + hangs; }
    void count(fate how)
    {
        hangs += how == fate::hung ? 1 : 0;
        crashes += how == fate::crashed || how == fate::failed ? 1 : 0;
    }
};

constexpr std::uint64_t most_failures = 6; // told one by one; then it is enough

void damage_one_by_one(const settings& how, logbook& book, const files& at, toll& lost, report& to)
{
    const auto wanted = how.amount(1'000'000, 30'000);
    std::uint64_t next = 0;
    while (book.counts[changed] < wanted && lost.all() < most_failures) {
        const auto end = risk(book, patience(), [&] {
            for (auto i = next; book.counts[changed] < wanted; ++i) {
                play_episode(how.seed, i, at, book);
            }
        });
        if (end.how == fate::well) {
            continue;
        }
        lost.count(end.how);
        const auto number = book.counts[episode].load();
        const auto told = book.tell();
        const shared_logbook other;
        const auto again = risk(*other, patience(), [&] { play_episode(how.seed, number, at, *other); });
        to.fail(fmt::format("{}: {}\n      replayed alone: {}", in_words(end), told, in_words(again)));
        next = number + 1;
    }
}

void damage_meanwhile(const settings& how, logbook& book, const files& at, toll& lost, report& to)
{
    const auto seconds = how.amount(60, 4);
    const auto end_of_all = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
    for (std::uint64_t round = 0; std::chrono::steady_clock::now() < end_of_all && lost.all() < most_failures;
         ++round) {
        const auto end = risk(book, patience(), [&] {
            const auto until = std::min(end_of_all, std::chrono::steady_clock::now() + std::chrono::seconds{2});
            for (auto seed = support::scatter(how.seed + round); std::chrono::steady_clock::now() < until;
                 seed = support::scatter(seed)) {
                book.begin(fmt::format("scribbled under work, seed {}", seed));
                seed % 2 == 0 ? scribble_under<process::dense>(seed, at, book, until)
                              : scribble_under<process::framed>(seed, at, book, until);
            }
        });
        if (end.how != fate::well) {
            lost.count(end.how);
            to.fail(fmt::format("{}: {}", in_words(end), book.tell()));
        }
    }
}

} // namespace

void damage_words(const settings& how, report& to)
{
    const support::scratch_directory place;
    const files at{place.path(), "words"};
    const auto tell = [&](const char* what, const logbook& book, const toll& lost) {
        const auto figure = [&](const char* name, std::uint64_t value, relation held_to = relation::none) {
            to.add({fmt::format("corrupt: {}: {}", what, name), "", static_cast<double>(value), held_to, 0});
        };
        figure("words changed", book.counts[changed]);
        figure("records read", book.counts[records]);
        figure("answers \"corrupt\"", book.counts[found_corrupt]);
        figure("attached", book.counts[attached]);
        figure("refused", book.counts[attach_refused]);
        figure("crashes", lost.crashes, relation::equal);
        figure("hangs", lost.hangs, relation::equal);
    };
    {
        const shared_logbook book;
        toll lost;
        damage_one_by_one(how, *book, at, lost, to);
        tell("one by one", *book, lost);
    }
    const shared_logbook book;
    toll lost;
    damage_meanwhile(how, *book, at, lost, to);
    tell("meanwhile", *book, lost);
}

} // namespace torture::damage
