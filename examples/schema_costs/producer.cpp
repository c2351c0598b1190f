// SPDX-License-Identifier: BSL-1.0
// producer.cpp: sets every construct of a schema in one message, and prints by how many bytes each makes it larger.
#include <samepage/channel/message_producer.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <capnp/capability.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iomanip>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <station.capnp.h>

namespace {

using draft = samepage::message_draft<Station>;

// Does it, and says what it cost.
template <class Step>
void row(draft& message, const char* what, Step&& step)
{
    const std::size_t before = message.message_bytes();
    step();
    std::cout << std::setw(6) << message.message_bytes() - before << "  " << what << '\n';
}

void set_fields(draft& message, Station::Builder station)
{
    row(message, "numbers, an enumerant, a group", [&] {
        station.getPlace().setLatitude(52.5F);
        station.getPlace().setLongitude(13.4F);
        station.setInterval(30); // the message has 30 XOR 60; with 60, zero
        station.setUnit(Unit::KELVIN);
    });
    row(message, "a text of 7 characters", [&] { station.setName("station"); });
    row(message, "a union's member: a number", [&] { station.getState().setCounting(7); });
    row(message, "another in its place: a text of 4", [&] { station.getState().setFailed("hot!"); });
    row(message, "Box(Reading)", [&] { station.initLast().initContent().setValue(21.5); });
    row(message, "Map(Text, Reading) of two", [&] {
        auto entries = station.initNamed().initEntries(2);
        entries[0].setKey("inside");
        entries[0].initValue().setValue(20);
        entries[1].setKey("outside");
        entries[1].initValue().setValue(-3);
    });
    row(message, "100 Bools", [&] { station.initFlags(100).set(99, true); });
    row(message, "an AnyPointer, to a copy of a constant",
        [&] { station.getAnything().setAs<Reading>(*Reading::EXAMPLE); });
}

// An orphan is a part of the message that no pointer leads to yet: built before its place or its size is known.
void use_orphans(draft& message, Station::Builder station)
{
    auto orphanage = message.builder().getOrphanage();
    row(message, "a list of 10 numbers, built as an orphan of up to 1000, cut", [&] {
        auto samples = orphanage.newOrphan<capnp::List<float>>(1000);
        for (unsigned n = 0; n != 10; ++n) {
            samples.get().set(n, static_cast<float>(n));
        }
        samples.truncate(10); // the rest goes back, since nothing was built behind it
        station.adoptSamples(std::move(samples));
    });
    row(message, "a struct that changes its place", [&] { // its bytes stay where they are
        auto content = station.getLast().disownContent();
        station.initLast().adoptContent(std::move(content)); // but a new Box is a new word
    });
    row(message, "an orphan of 16 words that is dropped", [&] { orphanage.newOrphan<capnp::Data>(128); });
    row(message, "a text set again", [&] { station.setName("STATION"); }); // the old one's bytes stay, zeroed
}

void refuse_capability(draft& message)
{
    message.root().setAlarm(Alarm::Client(capnp::newBrokenCap("somebody's bell")));
    try {
        message.publish();
    } catch (const samepage::error& refused) {
        std::cout << "note: " << refused.what() << '\n';
    }
    message.root().disownAlarm(); // the draft is as it was, and can be put right
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "station";
    samepage::message_producer<Station> stations(name);
    while (stations.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    // Room for the orphans too: one that does not fit into what is left of the loan leaves a hole there.
    auto message = stations.loan(8192);
    if (!message) {
        throw std::runtime_error("no draft of a station: " + std::string(to_string(message.why())));
    }
    std::cout << " bytes  for\n";
    std::cout << std::setw(6) << message.message_bytes() << "  the stream header, and the root pointer\n";
    row(message, "Station, nothing set", [&] { static_cast<void>(message.root()); });
    set_fields(message, message.root());
    use_orphans(message, message.root());
    refuse_capability(message);

    // The same without what was wasted: a copy, since nothing in a message is ever moved.
    const auto compact = capnp::canonicalize(message.root().asReader());
    if (message.publish() != samepage::outcome::ok) {
        throw std::runtime_error("the station needs " + std::to_string(message.message_bytes()) + " bytes");
    }
    const kj::ArrayPtr<const capnp::word> segment = compact;
    const auto flat = capnp::messageToFlatArray(kj::arrayPtr(&segment, 1));
    if (stations.publish_copy(std::as_bytes(std::span{flat.begin(), flat.size()})) != samepage::outcome::ok) {
        throw std::runtime_error("the compact station was not published");
    }

    stations.close();
    std::cout << "published 2 stations" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
