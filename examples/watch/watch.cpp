// SPDX-License-Identifier: BSL-1.0
// watch.cpp: shows who uses a channel and how far each is, from outside; or what is in the way of channels here.
#include <samepage/ring/diagnose.hpp>
#include <samepage/ring/observer.hpp>

#include <chrono>
#include <ctime>
#include <exception>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;
using samepage::observation;
using samepage::observed_consumer;
using samepage::observed_lane;

constexpr auto between_looks = 1s;

std::string fixed(double value, int decimals)
{
    std::ostringstream text;
    text << std::fixed << std::setprecision(decimals) << value;
    return text.str();
}

template <class Number>
std::string or_unknown(const std::optional<Number>& value)
{
    return value ? std::to_string(*value) : "?";
}

std::string clock_time(std::optional<std::chrono::system_clock::time_point> when)
{
    if (!when) {
        return "?";
    }
    const std::time_t seconds = std::chrono::system_clock::to_time_t(*when);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::ostringstream text;
    text << std::put_time(&parts, "%H:%M:%S");
    return text.str();
}

std::string age(const std::optional<samepage::record_age>& of)
{
    if (!of) {
        return "none";
    }
    const auto seconds = [](std::chrono::nanoseconds span) {
        return fixed(std::chrono::duration<double>(span).count(), 1);
    };
    return of->at_most ? seconds(of->at_least) + " to " + seconds(*of->at_most) + " s ago"
                       : seconds(of->at_least) + " s ago or more";
}

void show(const observed_lane& lane)
{
    const auto rate = lane.rate.value_or(samepage::record_rate{});
    std::cout << std::setw(4) << lane.lane << "  " << std::setw(7) << to_string(lane.condition) << std::setw(9)
              << lane.producer_pid << std::setw(10) << clock_time(lane.since) << std::setw(13)
              << or_unknown(lane.published) << std::setw(11)
              << (rate.records_per_second ? fixed(*rate.records_per_second, 0) : "-") << std::setw(9)
              << (lane.rate ? fixed(rate.bytes_per_second / 1e6, 2) : "-") << std::setw(6)
              << fixed(100 * lane.fullness, 0) + '%' << std::setw(6) << lane.gaps << "  " << age(lane.newest)
              << (lane.asleep ? ", waits for room" : "") << '\n';
    if (!lane.contradiction.empty()) {
        std::cout << "      damaged: " << lane.contradiction << '\n';
    }
}

void show(const observed_consumer& consumer)
{
    const bool lossy = consumer.wants == samepage::demand::lossy;
    const std::string state = !consumer.alive   ? "died"
                              : consumer.armed  ? "polls"
                              : consumer.asleep ? "sleeps"
                                                : "works";
    for (const auto& place : consumer.places) {
        std::cout << std::setw(4) << consumer.slot << "  " << std::setw(9)
                  << (consumer.name.empty() ? "-" : consumer.name) << std::setw(9) << consumer.pid << std::setw(10)
                  << clock_time(consumer.since) << std::setw(10) << (lossy ? "lossy" : "lossless") << std::setw(8)
                  << state << std::setw(6) << place.lane << std::setw(10) << or_unknown(place.lag) << std::setw(11)
                  << or_unknown(place.lag_bytes) << std::setw(6) << or_unknown(place.held) << std::setw(9)
                  << (lossy ? std::to_string(consumer.lost) : "-") << '\n';
    }
    for (const auto& member : consumer.members) {
        std::cout << std::setw(4) << member.slot << "  " << std::setw(9) << "- member" << std::setw(9) << member.pid
                  << (member.alive ? "" : "  died") << "  holds " << member.held << '\n';
    }
    if (!consumer.contradiction.empty()) {
        std::cout << "      damaged: " << consumer.contradiction << '\n';
    }
}

void show(const observation& seen)
{
    std::cout << seen.name << (seen.named ? "" : " (removed)") << ": "
              << (seen.record_bytes != 0 ? "records of " + std::to_string(seen.record_bytes) + " bytes, " : "")
              << seen.format << "; rings of " << seen.capacity_bytes / 1024 << " KiB, " << seen.reserved_bytes / 1024
              << " KiB reserved\n"
              << (seen.contradiction.empty() ? "" : "damaged: " + seen.contradiction + '\n')
              << "lane    state      pid     since    published  records/s     MB/s  full  gaps  newest record\n";
    for (const auto& lane : seen.lanes) {
        show(lane);
    }
    if (!seen.consumers.empty()) {
        std::cout << "slot       name      pid     since     wants   state  lane       lag  lag bytes  held     lost\n";
    }
    for (const auto& consumer : seen.consumers) {
        show(consumer);
    }
    std::cout << std::endl;
}

int watch(const std::string& channel, unsigned long looks)
{
    samepage::observer looking{channel};
    for (unsigned long i = 0; i != looks; ++i) {
        if (i != 0) {
            std::this_thread::sleep_for(between_looks);
        }
        show(looking.look());
    }
    return 0;
}

int report(const samepage::diagnosis_options& options)
{
    const auto findings = samepage::diagnose(options);
    bool faults = false;
    for (const auto& each : findings) {
        std::cout << each.text() << '\n';
        faults = faults || each.weight == samepage::severity::fault;
    }
    std::cout << findings.size() << " findings in " << options.directory.string() << std::endl;
    return faults ? 1 : 0;
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string_view first = count > 1 ? arguments[1] : "";
    if (first == "--diagnose" && count <= 3) {
        return report(count == 3 ? samepage::diagnosis_options{.directory = arguments[2]}
                                 : samepage::diagnosis_options{});
    }
    if (first.empty() || first.front() == '-' || count > 3) {
        std::cerr << "usage: watch CHANNEL [LOOKS]           one look, or so many, one a second\n"
                     "       watch --diagnose [DIRECTORY]    what is in the way of channels here\n";
        return 2;
    }
    return watch(arguments[1], count > 2 ? std::stoul(arguments[2]) : 1);
} catch (const std::exception& problem) {
    std::cerr << "watch: " << problem.what() << '\n';
    return 1;
}
