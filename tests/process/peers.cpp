// SPDX-License-Identifier: BSL-1.0
// peers.cpp: the roles: a producer and a consumer in a process of their own, that do what they are told.
#include "process/kinds.hpp"
#include "support/child.hpp"

#include <chrono>
#include <csignal>
#include <optional>
#include <sstream>
#include <string>

namespace process {
namespace {

using clock = std::chrono::steady_clock;
using samepage::outcome;
using samepage::to_string;
using support::require;

samepage::wait_policy wait_of(const std::string& word)
{
    if (word == "sleep") {
        return samepage::wait_policy::sleep();
    }
    return word == "busy" ? samepage::wait_policy::busy() : samepage::wait_policy{};
}

std::string word(outcome value)
{
    return std::string{to_string(value)};
}

/// Told: name, capacity in bytes, how to wait, most consumers, most producers. Each order is one line; so is each
/// answer.
template <class Kind>
class producing {
public:
    producing(support::lines& parent, const support::words& told)
        : parent_(parent),
          producer_(told.at(0), {.capacity_bytes = std::stoull(told.at(1)),
                                 .max_producers = told.size() > 4 ? static_cast<unsigned>(std::stoul(told.at(4))) : 8,
                                 .max_consumers = told.size() > 3 ? static_cast<unsigned>(std::stoul(told.at(3))) : 64,
                                 .wait = wait_of(told.size() > 2 ? told.at(2) : "")}),
          number_(producer_.next_number())
    {
        parent_.say("ready");
    }

    void obey()
    {
        for (;;) {
            std::istringstream order{parent_.hear()};
            std::string verb;
            std::uint64_t value = 0;
            order >> verb >> value;
            if (verb == "end") {
                return;
            }
            obey(verb, value);
        }
    }

private:
    void obey(const std::string& verb, std::uint64_t value)
    {
        if (verb == "publish") { // so many, waiting for room
            for (; value != 0; --value) {
                publish<Kind>(producer_, number_++);
            }
            parent_.say("published");
        } else if (verb == "stream") { // until killed
            parent_.say("streaming");
            for (;;) {
                publish<Kind>(producer_, number_++);
            }
        } else if (verb == "fill") { // as many as fit; the next number
            number_ = fill_up<Kind>(producer_, number_);
            parent_.say(std::to_string(number_));
        } else if (verb == "wait") { // for room for one
            parent_.say("waiting");
            auto slot = Kind::loan(producer_, number_);
            publish_it(slot);
        } else if (verb == "scribble") { // into loans that are never published
            for (; value != 0; --value) {
                const auto slot = Kind::try_loan(producer_, number_ + 1000 + value);
                require(static_cast<bool>(slot), "there is room");
                Kind::write(slot, number_ + 1000 + value);
            }
            parent_.say("scribbled");
        } else if (verb == "next") {
            parent_.say(std::to_string(number_));
        } else if (verb == "close") {
            producer_.close();
            parent_.say("closed");
        } else {
            require(false, "an order that is known, not " + verb);
        }
    }

    template <class Loan>
    void publish_it(Loan& slot)
    {
        const std::string why = word(slot.why());
        if (slot) {
            Kind::write(slot, number_++);
            slot.publish();
        }
        parent_.say(why);
    }

    support::lines& parent_;
    typename Kind::producer producer_;
    std::uint64_t number_;
};

/// Told: name, where to start, how to wait.
template <class Kind>
class consuming {
public:
    consuming(support::lines& parent, const support::words& told)
        : parent_(parent),
          consumer_(told.at(0),
                    {.from = told.at(1) == "oldest" ? samepage::start::oldest : samepage::start::newest,
                     .wait_for_channel = std::chrono::milliseconds{told.size() > 3 ? std::stol(told.at(3)) : 0},
                     .wait = wait_of(told.size() > 2 ? told.at(2) : "")})
    {
        parent_.say("ready");
    }

    void obey()
    {
        for (;;) {
            std::istringstream order{parent_.hear()};
            std::string verb;
            std::uint64_t value = 0;
            order >> verb >> value;
            if (verb == "end") {
                return;
            }
            obey(verb, value);
        }
    }

private:
    void obey(const std::string& verb, std::uint64_t value)
    {
        if (verb == "follow") { // so many records at least; then how it went, and the next number
            const outcome why = follow<Kind>(consumer_, seen_, value);
            parent_.say(word(why) + ' ' + std::to_string(seen_.next()));
        } else if (verb == "finish") { // to the end of the stream; then why, how many, and the next number
            const outcome why = follow_to_the_end<Kind>(consumer_, seen_);
            parent_.say(word(why) + ' ' + std::to_string(seen_.seen()) + ' ' + std::to_string(seen_.next()));
        } else if (verb == "hold") { // a batch, until killed or told to finish with it
            const auto batch = consumer_.take();
            require(static_cast<bool>(batch), "there are records");
            parent_.say("holding");
            parent_.expect("release");
            Kind::follow(batch, seen_);
        } else if (verb == "wait") { // for one take
            parent_.say("waiting");
            const auto batch = consumer_.take();
            Kind::follow(batch, seen_);
            parent_.say(word(batch.why()));
        } else if (verb == "close") {
            consumer_.close();
            parent_.say("closed");
        } else {
            require(false, "an order that is known, not " + verb);
        }
    }

    support::lines& parent_;
    typename Kind::consumer consumer_;
    support::follower seen_;
};

} // namespace
} // namespace process

SAMEPAGE_CHILD(dense_producer)
{
    process::producing<process::dense>(parent, told).obey();
}
SAMEPAGE_CHILD(framed_producer)
{
    process::producing<process::framed>(parent, told).obey();
}
SAMEPAGE_CHILD(dense_consumer)
{
    process::consuming<process::dense>(parent, told).obey();
}
SAMEPAGE_CHILD(framed_consumer)
{
    process::consuming<process::framed>(parent, told).obey();
}
