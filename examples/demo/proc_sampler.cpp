// SPDX-License-Identifier: BSL-1.0
// proc_sampler.cpp: samples of this machine's processors, memory and network.
#include "proc_sampler.hpp"

#include <chrono>
#include <stdexcept>

namespace demo {

void proc_sampler::sample(machine_sample& into)
{
    into.number = next_number_++;
    into.time_ns = now_ns();
    into.cpu = parse_cpu(stat_.read());
    into.memory = parse_memory(meminfo_.read());
    into.network = parse_network(network_.read());
}

cpu_times parse_cpu(std::string_view stat)
{
    if (next_word(stat) != "cpu") {
        throw std::runtime_error("/proc/stat does not begin with 'cpu'");
    }
    cpu_times times{};
    for (auto member : {&cpu_times::user, &cpu_times::nice, &cpu_times::system, &cpu_times::idle, &cpu_times::iowait,
                        &cpu_times::irq, &cpu_times::softirq, &cpu_times::steal}) {
        times.*member = next_number<std::uint64_t>(stat);
    }
    return times;
}

memory_state parse_memory(std::string_view meminfo)
{
    memory_state state{};
    while (!meminfo.empty()) {
        std::string_view line = next_line(meminfo);
        const std::string_view key = next_word(line);
        const auto take = [&](std::string_view name, std::uint64_t& value) {
            if (key == name) {
                value = next_number<std::uint64_t>(line);
            }
        };
        take("MemTotal:", state.total);
        take("MemFree:", state.free);
        take("MemAvailable:", state.available);
        take("Buffers:", state.buffers);
        take("Cached:", state.cached);
        take("Shmem:", state.shared);
    }
    return state;
}

network_counters parse_network(std::string_view net_dev)
{
    network_counters sum{};
    while (!net_dev.empty()) {
        std::string_view line = next_line(net_dev);
        const auto colon = line.find(':'); // the two lines of headings have none
        if (colon == std::string_view::npos) {
            continue;
        }
        line.remove_prefix(colon + 1);
        sum.received_bytes += next_number<std::uint64_t>(line);
        sum.received_packets += next_number<std::uint64_t>(line);
        skip_words(line, 6); // errs drop fifo frame compressed multicast
        sum.sent_bytes += next_number<std::uint64_t>(line);
        sum.sent_packets += next_number<std::uint64_t>(line);
    }
    return sum;
}

std::uint64_t now_ns()
{
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_boot).count());
}

} // namespace demo
