// SPDX-License-Identifier: BSL-1.0
// proc_sampler.hpp: samples of this machine's processors, memory and network.
#pragma once

#include "machine_sample.hpp"
#include "proc_text.hpp"

#include <cstdint>
#include <string_view>

namespace demo {

/// Keeps the three files of /proc open.
class proc_sampler {
public:
    /// Writes every member of `into`, which may be a fresh slot of the ring.
    /// @throws std::exception if /proc cannot be read or does not look as expected.
    void sample(machine_sample& into);

private:
    proc_file stat_{"/proc/stat"};
    proc_file meminfo_{"/proc/meminfo"};
    proc_file network_{"/proc/net/dev"};
    std::uint64_t next_number_ = 0;
};

[[nodiscard]] cpu_times parse_cpu(std::string_view stat);

/// A number that this kernel does not tell is 0.
[[nodiscard]] memory_state parse_memory(std::string_view meminfo);
[[nodiscard]] network_counters parse_network(std::string_view net_dev);

/// CLOCK_MONOTONIC, the same in every process of the machine.
[[nodiscard]] std::uint64_t now_ns();

} // namespace demo
