// SPDX-License-Identifier: BSL-1.0
// corrupt_words.cpp: words of a channel at work changed at random: records of the ring or `corrupt`, but no crash and
// no hang.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/corrupt.hpp"
#include "torture/risked.hpp"

#include <samepage/ring/lane.hpp>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace torture::damage {
namespace {

namespace bip = boost::interprocess;
namespace ring = samepage::ring;
using samepage::errc;
using samepage::outcome;
using support::random_numbers;

constexpr unsigned changes_an_episode = 16;

/// Counters in the logbook.
enum : std::size_t { changed, records, found_corrupt, attach_refused, attached, episode };

/// A channel's words by name, beside the library's back.
class all_words {
public:
    explicit all_words(const files& of)
        : data_(map(of.data())), control_(map(of.control())), header_(header_of<ring::data_header>(content(of.data())))
    {
        using lane = ring::lane_words<samepage::hardware_atomics>;
        using control = ring::control_words<samepage::hardware_atomics>;
        const auto page = header_.page_bytes;
        const auto add = [&](const char* what, const bip::mapped_region& in, std::uint64_t from, std::uint64_t bytes,
                             unsigned weight) {
            for (unsigned i = 0; i < weight; ++i) {
                regions_.push_back({what, static_cast<std::byte*>(in.get_address()) + from, bytes / 8});
            }
        };
        add("directory", data_, header_.lane_offset, 8, 1);
        for (unsigned index = 0; index < header_.lane_count; ++index) {
            const auto words = header_.lane_offset + (1 + index) * page;
            add("lane: head and last", data_, words + offsetof(lane, head), 16, 4);
            add("lane: horizon", data_, words + offsetof(lane, horizon), 8, 4);
            add("lane: state, pid, longest", data_, words + offsetof(lane, state), 16, 1);
            add("lane: gap count", data_, words + offsetof(lane, gap_count), 8, 1);
            add("lane: marks", data_, words + offsetof(lane, marks), sizeof lane::marks, 2);
            add("lane: gaps", data_, words + offsetof(lane, gaps), 256, 1);
            const auto first = header_.lane_offset + (1 + header_.lane_count) * page;
            if ((std::size_t{index} < 2)) { // the ones that producers take, whose pages are there
                add("ring", data_, first + index * header_.capacity_bytes, header_.capacity_bytes,
                    header_.kind == static_cast<std::uint32_t>(ring::record_kind::framed) ? 6 : 1);
            }
        }
        add("control: joined", control_, page, 8, 3);
        add("control: masks", control_, page, 3 * ring::writer_distance, 3);
        add("control: bells and slots", control_, page, sizeof(control), 1);
        add("control: cells", control_, page + sizeof(control),
            std::uint64_t{header_.max_consumers} * header_.lane_count *
                ring::cell_bytes<samepage::hardware_atomics>(header_.max_holds),
            6);
    }

    /// A word: what it belongs to, and which of its words.
    struct place {
        const char* what;
        std::uint64_t offset;
        std::atomic<std::uint64_t>* word;
    };
    [[nodiscard]] place any(random_numbers& random) const
    {
        const auto& in = regions_[random.below(regions_.size())];
        // The beginning is what most is at: the first cell, the record that comes next.
        const auto index = random.below(random.below(3) == 0 ? in.words : std::min<std::uint64_t>(in.words, 16));
        return {in.what, 8 * index, reinterpret_cast<std::atomic<std::uint64_t>*>(in.begin + 8 * index)};
    }
    [[nodiscard]] const ring::data_header& header() const noexcept { return header_; }

private:
    struct region {
        const char* what;
        std::byte* begin;
        std::uint64_t words;
    };
    static bip::mapped_region map(const std::filesystem::path& path)
    {
        return {bip::file_mapping(path.c_str(), bip::read_write), bip::read_write};
    }

    bip::mapped_region data_;
    bip::mapped_region control_;
    ring::data_header header_;
    std::vector<region> regions_;
};

/// A word as damage leaves it: near to right, one that means something elsewhere, or anything.
std::uint64_t damaged(random_numbers& random, std::uint64_t right, const all_words& of)
{
    const auto capacity = of.header().capacity_bytes;
    const auto unit = std::max<std::uint64_t>(of.header().record_bytes, of.header().alignment);
    switch (random.below(14)) {
    case 0: return random();
    case 1: return right + random.below(64) - 32;
    case 2: return right ^ std::uint64_t{1} << random.below(64);
    case 3: return random.below(2 * capacity);
    case 4: return ~std::uint64_t{0} - random.below(64);
    case 5: return 0;
    case 6: return right + unit * random.below(2 * capacity / unit);
    case 7: return right - unit * random.below(2 * capacity / unit);
    case 8: return ring::frame::encode_gap(8 * random.below(capacity / 8 + 2));
    case 9: return ring::frame::encode_gap(random.below(2) == 0 ? capacity : unit);
    case 10: return ring::frame::encode(right >> 32U, random.below(2 * capacity));
    case 11: return ring::held | (right + random.below(64) * unit);
    case 12: return ring::most_position - random.below(2) * unit * random.below(16);
    default: return of.any(random).word->load(std::memory_order_relaxed);
    }
}

/// Producers and consumers of one channel, all in this process, at random work that never waits.
template <class Kind>
class company {
    using producer = typename Kind::producer;
    using consumer = typename Kind::consumer;
    using batch = decltype(std::declval<consumer&>().try_take(1));

public:
    company(files at, random_numbers& random, logbook& book) : at_(std::move(at)), random_(random), book_(book)
    {
        const bool few = random.below(2) == 0;
        const bool wide = random.below(4) == 0; // cells of a consumer that is not there lie far outside
        options_ = {.capacity_bytes = std::size_t{4096} << random.below(2),
                    .max_producers = wide && random.below(8) == 0 ? 64 : 1 + static_cast<unsigned>(random.below(4)),
                    .max_consumers = few ? 1 + static_cast<unsigned>(random.below(3)) : 64,
                    .max_held = wide ? 63 : 1 + static_cast<unsigned>(random.below(7)),
                    .payload_alignment = std::size_t{8} << random.below(4),
                    .directory = at_.directory};
        capacity_ = options_.capacity_bytes;
        producers_.resize(std::min(options_.max_producers, 2U));
        consumers_.resize(few ? options_.max_consumers : 3);
        for (auto& each : producers_) {
            each = std::make_unique<producer>(at_.name, options_);
        }
        for (auto& each : consumers_) {
            join(each);
        }
    }

    /// One thing that somebody does.
    void step()
    {
        book_.beat();
        switch (random_.below(16)) {
        case 0: rejoin(); break;
        case 1: succeed(); break;
        case 2: look_about(); break;
        case 3:
        case 4:
        case 5:
        case 6:
        case 7: publish(); break;
        case 8: release(); break;
        default: take(); break;
        }
    }

private:
    struct member {
        std::unique_ptr<consumer> end;
        std::vector<batch> held; // goes before its consumer
        const std::byte* ring = nullptr;

        void leave()
        {
            held.clear();
            end.reset();
        }
        ~member() { held.clear(); }
        member() = default;
        member(member&&) noexcept = default;
    };

    template <class Attempt>
    void attempt(Attempt&& what)
    {
        try {
            what();
            ++book_.counts[attached];
        } catch (const samepage::error& fault) {
            // A joined bit of a slot, or a mask, may be anything: the locks are the authority, and are not damaged.
            if (fault.code() != errc::corrupt) {
                throw std::runtime_error(std::string{"refused with something else than corrupt: "} + fault.what());
            }
            if (std::string_view{fault.what()}.find(".data") == std::string_view::npos) {
                throw std::runtime_error(std::string{"an error that does not name the file: "} + fault.what());
            }
            ++book_.counts[attach_refused];
        }
    }

    void join(member& who)
    {
        samepage::consumer_options options{
            .from = random_.below(2) == 0 ? samepage::start::newest : samepage::start::oldest,
            .wants = random_.below(2) == 0 ? samepage::demand::lossless : samepage::demand::lossy,
            .held = 1 + static_cast<unsigned>(random_.below(options_.max_held)),
            .directory = at_.directory};
        attempt([&] {
            who.end = std::make_unique<consumer>(at_.name, options);
            who.ring = who.end->info().ring;
        });
    }

    void rejoin()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        who.leave();
        join(who);
    }

    void succeed()
    {
        auto& who = producers_[random_.below(producers_.size())];
        who.reset();
        attempt([&] { who = std::make_unique<producer>(at_.name, options_); });
    }

    void look_about()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.end) {
            return;
        }
        using namespace std::chrono_literals;
        switch (random_.below(8)) {
        case 0: keep(who, who.end->take_for(0ns, 1 + random_.below(9))); break;
        case 1: keep(who, who.end->take_latest_for(0ns)); break;
        case 2:
            if (who.end->arm()) {
                who.end->disarm();
            }
            break;
        case 3: static_cast<void>(who.end->waiting().over()); break;
        case 4: static_cast<void>(who.end->next()); break;
        default: static_cast<void>(who.end->waiting().ready()); break;
        }
    }

    void publish()
    {
        auto& who = producers_[random_.below(producers_.size())];
        if (!who) {
            succeed();
            return;
        }
        for (auto times = 1 + random_.below(12); times != 0; --times) {
            if constexpr (std::is_same_v<Kind, process::dense>) {
                auto slot = who->try_loan(1 + random_.below(9));
                if (!slot) {
                    break;
                }
                std::fill(slot.begin(), slot.end(), support::tick_of(number_++));
                if (random_.below(8) != 0) {
                    slot.publish();
                }
            } else {
                const auto bytes =
                    random_.below(16) == 0 ? random_.below(who->max_record_bytes() + 1) : random_.below(200);
                auto slot =
                    random_.below(64) == 0 ? who->loan_for(std::chrono::nanoseconds{0}, bytes) : who->try_loan(bytes);
                if (!slot) {
                    break;
                }
                std::fill_n(slot.bytes().data(), slot.bytes().size(), std::byte{0xff});
                if (random_.below(8) != 0) {
                    slot.publish();
                }
            }
        }
    }

    void take()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.end) {
            join(who);
            return;
        }
        keep(who, random_.below(6) == 0 ? who.end->try_take_latest() : who.end->try_take(1 + random_.below(40)));
    }

    void release()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.held.empty()) {
            const auto which = random_.below(who.held.size());
            touch(who, who.held[which]);
            who.held.erase(who.held.begin() + static_cast<std::ptrdiff_t>(which));
        }
    }

    void keep(member& who, batch got)
    {
        if (!got) {
            if (got.why() == outcome::corrupt) {
                ++book_.counts[found_corrupt];
                if (random_.below(4) == 0) {
                    who.leave();
                }
            }
            return;
        }
        touch(who, got);
        if (random_.below(3) == 0) {
            who.held.push_back(std::move(got));
        }
    }

    /// Reads every byte of it, and holds it to the ring where this process knows where that lies.
    void touch(const member& who, const batch& got)
    {
        const auto see = [&](const std::byte* data, std::size_t bytes) {
            if (got.lane() >= options_.max_producers) {
                throw std::runtime_error("a batch of a lane that the channel does not have");
            }
            if (bytes > capacity_ ||
                (got.lane() == 0 && (data < who.ring || data + bytes > who.ring + 2 * capacity_))) {
                throw std::runtime_error(fmt::format("a record of {} bytes that does not lie in the ring", bytes));
            }
            unsigned sum = 0;
            for (std::size_t i = 0; i < bytes; ++i) {
                sum += static_cast<unsigned>(data[i]);
            }
            sink_ = sink_ + sum;
            ++book_.counts[records];
        };
        if constexpr (std::is_same_v<Kind, process::dense>) {
            see(reinterpret_cast<const std::byte*>(got.data()), got.records().size_bytes());
        } else {
            for (const auto record : got) {
                see(record.data(), record.size());
            }
        }
    }

    files at_;
    random_numbers& random_;
    logbook& book_;
    samepage::channel_options options_;
    std::size_t capacity_ = 0;
    std::vector<std::unique_ptr<producer>> producers_;
    std::vector<member> consumers_;
    std::uint64_t number_ = 0;
    volatile unsigned sink_ = 0;
};

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
