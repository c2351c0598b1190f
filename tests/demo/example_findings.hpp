// SPDX-License-Identifier: BSL-1.0
// example_findings.hpp: what the demo's parent would know after a run in which everything held.
#pragma once

#include "checks.hpp"

#include <fmt/format.h>

#include <string>

namespace demo {

inline report example_report(const std::string& process, const std::string& pid, const std::string& protection)
{
    report told(process);
    told.add_line("pid " + pid);
    for (const std::string_view channel : channels) {
        told.add_line(fmt::format("{}.records 1234", channel));
        told.add_line(fmt::format("{}.bytes 5678000", channel));
        told.add_line(fmt::format("{}.seconds 0.5", channel));
        told.add_line(fmt::format("{}.checksum 0xabc", channel));
        told.add_line(fmt::format("{}.place.told device 0:27, inode 5, offset 8192", channel));
        told.add_line(fmt::format("{}.place.seen device 0:27, inode 5, offset 8192", channel));
        told.add_line(fmt::format("{}.protection {}", channel, protection));
        told.add_line(fmt::format("{}.frames 1a2b 1a2c 3c4d", channel));
    }
    return told;
}

inline findings example_findings()
{
    findings all{example_report("producer", "100", "rw-s"), {}, "some/file", "0xabc"};
    for (const auto* pid : {"101", "102"}) {
        report consumer = example_report(fmt::format("consumer {}", pid[2]), pid, "r--s");
        consumer.add_line("samples.batches 99");
        for (const auto* name : {"memory.free", "memory.available", "memory.cached", "memory.shared", "cpu.user",
                                 "cpu.system", "cpu.idle", "network.received_bytes", "network.sent_bytes"}) {
            consumer.add_line(fmt::format("samples.least.{} 1024", name));
            consumer.add_line(fmt::format("samples.mean.{} 1536.5", name));
            consumer.add_line(fmt::format("samples.most.{} 2048", name));
        }
        consumer.add_line("processes.processes 123400");
        consumer.add_line("processes.threads 246800");
        consumer.add_line("processes.longest_name kworker/0:2-events");
        all.consumers.push_back(consumer);
    }
    return all;
}

} // namespace demo
