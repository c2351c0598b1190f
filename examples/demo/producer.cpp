// SPDX-License-Identifier: BSL-1.0
// producer.cpp: the demo's producer process: samples, process tables and a file's bytes, written in the ring's pages.
#include "descriptor.hpp"
#include "look.hpp"
#include "proc_sampler.hpp"
#include "process_table.hpp"
#include "report.hpp"
#include "roles.hpp"
#include "sample_totals.hpp"
#include "units.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/producer.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace demo {
namespace {

constexpr std::size_t samples_capacity_bytes = 1 << 20;
constexpr std::size_t processes_capacity_bytes = 8 << 20;
constexpr std::size_t bytes_capacity_bytes = 4 << 20;
constexpr std::size_t chunk_bytes = 256 << 10;

/// Both consumers are to see everything, so nothing is published before both are there.
template <class Producer>
void wait_for_consumers(const Producer& producer)
{
    while (producer.consumer_count() < consumer_count) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// A loan that waits ends up empty only if something is wrong.
template <class Loan>
void require(const Loan& loan, std::string_view what)
{
    if (!loan) {
        throw std::runtime_error(fmt::format("no room for {}: {}", what, samepage::to_string(loan.why())));
    }
}

class limits {
public:
    limits(double seconds, std::uint64_t count) : seconds_(seconds), count_(count) {}

    [[nodiscard]] bool reached(std::uint64_t done) const
    {
        return (count_ != 0 && done >= count_) || since_.seconds() >= seconds_;
    }

private:
    double seconds_;
    std::uint64_t count_;
    stopwatch since_;
};

void publish_samples(samepage::producer<machine_sample>& samples, const settings& asked)
{
    proc_sampler sampler;
    sample_totals totals;
    const stopwatch time;
    for (const limits until(asked.seconds, asked.samples); !until.reached(totals.records());) {
        auto slot = samples.loan();
        require(slot, "a sample");
        sampler.sample(*slot);
        totals.add(*slot);
        slot.publish();
    }
    samples.close();
    tell_traffic({"samples", totals.records(), totals.records() * sizeof(machine_sample), time.seconds(),
                  in_hex(totals.checksum())});
}

void publish_processes(samepage::message_producer<ProcessTable>& tables, const settings& asked)
{
    process_table_reader reader;
    table_totals totals;
    std::uint64_t bytes = 0;
    std::size_t loan_bytes = 4096; // too small; the first message tells how much it needs
    const stopwatch time;
    for (const limits until(asked.seconds, asked.snapshots); !until.reached(totals.tables());) {
        const std::uint64_t number = totals.tables();
        const std::uint64_t time_ns = now_ns();
        const auto processes = reader.read();
        for (auto published = samepage::outcome::too_large; published != samepage::outcome::ok;) {
            auto draft = tables.loan(loan_bytes);
            require(draft, fmt::format("a process table of {} bytes", loan_bytes));
            fill(draft.root(), number, time_ns, processes);
            const std::size_t message_bytes = draft.message_bytes();
            published = draft.publish();
            bytes += published == samepage::outcome::ok ? message_bytes : 0;
            loan_bytes = message_bytes + message_bytes / 8; // room for the next one, which is about as large
        }
        totals.add(number, processes);
    }
    tables.close();
    tell_traffic({"processes", totals.tables(), bytes, time.seconds(), in_hex(totals.checksum())});
}

/// One read(2), at most a buffer full; 0 at the end of the file.
std::size_t read_some(int file, std::span<std::byte> into)
{
    for (;;) {
        const ssize_t got = ::read(file, into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "read the file");
        }
    }
}

void publish_bytes(samepage::bytes_producer& bytes, const settings& asked)
{
    const descriptor file{::open(asked.file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "open " + asked.file);
    }
    traffic done{.channel = "bytes", .checksum = "-"};
    const stopwatch time;
    for (;;) {
        auto chunk = bytes.loan(chunk_bytes);
        require(chunk, "a chunk of the file");
        const std::size_t got = read_some(file.get(), chunk.bytes()); // the kernel fills the ring's pages itself
        if (got == 0) {
            break; // dropped unpublished, the loan is discarded
        }
        chunk.publish(got);
        ++done.records;
        done.bytes += got;
    }
    bytes.close();
    done.seconds = time.seconds();
    tell_traffic(done);
}

} // namespace

void run_producer(const settings& asked)
{
    const channel_names names = names_of_run(asked.parent);
    samepage::producer<machine_sample> samples(names.samples, {.capacity_bytes = samples_capacity_bytes});
    samepage::message_producer<ProcessTable> tables(names.processes, {.capacity_bytes = processes_capacity_bytes});
    samepage::bytes_producer bytes(names.bytes, {.capacity_bytes = bytes_capacity_bytes});
    wait_for_consumers(samples);
    wait_for_consumers(tables);
    wait_for_consumers(bytes);

    publish_samples(samples, asked);
    publish_processes(tables, asked);
    publish_bytes(bytes, asked);

    answer_looks({{"samples", samples.info()}, {"processes", tables.info()}, {"bytes", bytes.info()}});
}

} // namespace demo
