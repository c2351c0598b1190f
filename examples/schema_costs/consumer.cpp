// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: reads every construct of a schema where it was built, and says how much of the record is waste.
#include <samepage/channel/message_consumer.hpp>

#include <capnp/message.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <string>

#include <station.capnp.h>

namespace {

void print(Station::State::Reader state)
{
    switch (state.which()) {
    case Station::State::IDLE: std::cout << "idle"; break;
    case Station::State::COUNTING: std::cout << "counting " << state.getCounting(); break;
    case Station::State::FAILED: std::cout << "failed: " << state.getFailed().cStr(); break;
    }
}

void print(Station::Reader station)
{
    std::cout << station.getName().cStr() << " at " << station.getPlace().getLatitude() << " N "
              << station.getPlace().getLongitude() << " E, each " << station.getInterval() << " s, ";
    print(station.getState());
    std::cout << ", last " << station.getLast().getContent().getValue();
    for (const auto entry : station.getNamed().getEntries()) { // a Map is a list, to be searched by who reads it
        std::cout << ", " << entry.getKey().cStr() << ' ' << entry.getValue().getValue();
    }
    std::cout << ", " << station.getSamples().size() << " samples, flag 99 "
              << (station.getFlags()[99] ? "set" : "not set") << ", alarm " << (station.hasAlarm() ? "set" : "null");
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "station";
    samepage::message_consumer<Station> stations(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    unsigned seen = 0;
    while (auto message = stations.take()) {
        print(message.root());
        // What an AnyPointer leads to was checked to be well-formed, but not to be a Reading: read() makes an
        // exception of samepage's of what Cap'n Proto throws.
        message.read([](Station::Reader station) {
            std::cout << ", anything " << station.getAnything().getAs<Reading>().getValue() << '\n';
        });
        // Canonical: each object right behind what points to it, and no more of a struct than has been set.
        const std::size_t canonical = 8 + capnp::canonicalize(message.root()).size() * sizeof(capnp::word);
        std::cout << "record of " << message.bytes().size() << " bytes, " << canonical << " would do, "
                  << message.bytes().size() - canonical << " wasted\n";
        ++seen;
    }

    std::cout << "took " << seen << " stations" << std::endl;
    if (const auto why = stations.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the stations ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
