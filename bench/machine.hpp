// SPDX-License-Identifier: BSL-1.0
// machine.hpp: the processors to run on, and what is told about the machine beside the figures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct processor_pair {
    int a;
    int b;
};

/// @param asked  "0,1"; empty: the first two this process may run on that do not share a core, if it can tell.
/// @throws std::runtime_error if there are no two, or it may not run on those asked for.
[[nodiscard]] processor_pair choose_processors(const std::string& asked);

/// @throws std::system_error
void pin_to(int processor);

/// Ahead of every ordinary process, if allowed: steadier figures on a machine that has other work.
/// @throws std::system_error
void run_ahead();

/// What is measured depends on it: "AMD EPYC, 2 processors", "Linux 6.1.0", "g++ 12.2.0 -O3 …".
[[nodiscard]] std::string describe_processor();
[[nodiscard]] std::string describe_kernel();
[[nodiscard]] std::string describe_compiler();

/// Time the hypervisor gave these processors to others since boot, in seconds.
[[nodiscard]] double stolen_seconds(processor_pair which);

} // namespace bench
