// SPDX-License-Identifier: BSL-1.0
// machine_sample.hpp: the record of the demo's first channel, and a walk over its columns.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

namespace demo {

/// First line of /proc/stat: time spent by all processors since boot, in clock ticks.
struct cpu_times {
    std::uint64_t user, nice, system, idle, iowait, irq, softirq, steal;
};
BOOST_DESCRIBE_STRUCT(cpu_times, (), (user, nice, system, idle, iowait, irq, softirq, steal))

/// From /proc/meminfo, in KiB.
struct memory_state {
    std::uint64_t total, free, available, buffers, cached, shared;
};
BOOST_DESCRIBE_STRUCT(memory_state, (), (total, free, available, buffers, cached, shared))

/// From /proc/net/dev, summed over the interfaces.
struct network_counters {
    std::uint64_t received_bytes, received_packets, sent_bytes, sent_packets;
};
BOOST_DESCRIBE_STRUCT(network_counters, (), (received_bytes, received_packets, sent_bytes, sent_packets))

struct machine_sample {
    std::uint64_t number;  ///< 0, 1, 2, …
    std::uint64_t time_ns; ///< CLOCK_MONOTONIC, when the sampling began
    cpu_times cpu;
    memory_state memory;
    network_counters network;
};
BOOST_DESCRIBE_STRUCT(machine_sample, (), (number, time_ns, cpu, memory, network))

/// Calls visit(name, member pointers…) for each number of a sample; the pointers lead from the sample to the number.
template <class Visit>
constexpr void for_each_column(Visit&& visit)
{
    using s = machine_sample;
    visit("number", &s::number);
    visit("time_ns", &s::time_ns);
    visit("cpu.user", &s::cpu, &cpu_times::user);
    visit("cpu.nice", &s::cpu, &cpu_times::nice);
    visit("cpu.system", &s::cpu, &cpu_times::system);
    visit("cpu.idle", &s::cpu, &cpu_times::idle);
    visit("cpu.iowait", &s::cpu, &cpu_times::iowait);
    visit("cpu.irq", &s::cpu, &cpu_times::irq);
    visit("cpu.softirq", &s::cpu, &cpu_times::softirq);
    visit("cpu.steal", &s::cpu, &cpu_times::steal);
    visit("memory.total", &s::memory, &memory_state::total);
    visit("memory.free", &s::memory, &memory_state::free);
    visit("memory.available", &s::memory, &memory_state::available);
    visit("memory.buffers", &s::memory, &memory_state::buffers);
    visit("memory.cached", &s::memory, &memory_state::cached);
    visit("memory.shared", &s::memory, &memory_state::shared);
    visit("network.received_bytes", &s::network, &network_counters::received_bytes);
    visit("network.received_packets", &s::network, &network_counters::received_packets);
    visit("network.sent_bytes", &s::network, &network_counters::sent_bytes);
    visit("network.sent_packets", &s::network, &network_counters::sent_packets);
}

} // namespace demo
