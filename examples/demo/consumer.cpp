// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: the demo's consumer process: reduces, reads and hashes what lies in the producer's pages.
#include "look.hpp"
#include "process_table.hpp"
#include "report.hpp"
#include "roles.hpp"
#include "sample_totals.hpp"
#include "sha256.hpp"
#include "units.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/message_consumer.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>

namespace demo {
namespace {

/// Takes until the producer has closed: visit(batch) for each that holds something.
/// @return seconds from the first batch to the end.
template <class Consumer, class Visit>
double take_all(Consumer& from, Visit&& visit)
{
    std::optional<stopwatch> since_first;
    for (;;) {
        auto batch = from.take();
        if (!batch) {
            if (batch.why() != samepage::outcome::closed) {
                throw std::runtime_error(fmt::format("the channel ended early: {}", samepage::to_string(batch.why())));
            }
            return since_first ? since_first->seconds() : 0;
        }
        if (!since_first) {
            since_first.emplace();
        }
        visit(batch);
    }
}

void consume_samples(samepage::consumer<machine_sample>& samples)
{
    sample_totals totals;
    std::uint64_t batches = 0;
    const double seconds = take_all(samples, [&](const auto& batch) {
        ++batches;
        totals.add(batch);
    });
    tell_traffic(
        {"samples", totals.records(), totals.records() * sizeof(machine_sample), seconds, in_hex(totals.checksum())});
    tell("samples.batches", batches);
    auto column = totals.columns().begin();
    for_each_column([&](const char* name, auto...) {
        const double mean = static_cast<double>(column->sum) / static_cast<double>(totals.records());
        tell(fmt::format("samples.least.{}", name), column->least);
        tell(fmt::format("samples.mean.{}", name), mean);
        tell(fmt::format("samples.most.{}", name), column->most);
        ++column;
    });
}

void consume_processes(samepage::message_consumer<ProcessTable>& tables)
{
    table_totals totals;
    std::uint64_t bytes = 0;
    const double seconds = take_all(tables, [&](auto& message) {
        bytes += message.bytes().size();
        totals.add(message.root());
    });
    tell_traffic({"processes", totals.tables(), bytes, seconds, in_hex(totals.checksum())});
    tell("processes.processes", totals.processes());
    tell("processes.threads", totals.threads());
    tell("processes.longest_name", totals.longest_name());
}

void consume_bytes(samepage::bytes_consumer& bytes)
{
    traffic seen{.channel = "bytes"};
    sha256 hash;
    seen.seconds = take_all(bytes, [&](const auto& batch) {
        for (const std::span<const std::byte> chunk : batch) {
            ++seen.records;
            seen.bytes += chunk.size();
            hash.update(chunk);
        }
    });
    seen.checksum = hash.finish();
    tell_traffic(seen);
}

} // namespace

void run_consumer(const settings& asked)
{
    const channel_names names = names_of_run(asked.parent);
    const samepage::consumer_options from_the_first{.from = samepage::start::oldest,
                                                    .wait_for_channel = std::chrono::seconds(30)};
    samepage::consumer<machine_sample> samples(names.samples, from_the_first);
    samepage::message_consumer<ProcessTable> tables(names.processes, from_the_first);
    samepage::bytes_consumer bytes(names.bytes, from_the_first);

    consume_samples(samples);
    consume_processes(tables);
    consume_bytes(bytes);

    answer_looks({{"samples", samples.info()}, {"processes", tables.info()}, {"bytes", bytes.info()}});
}

} // namespace demo
