// SPDX-License-Identifier: BSL-1.0
// settings.hpp: the command line, the parent's and its children's.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace demo {

struct settings {
    std::string file; ///< what goes through the third channel
    std::uint64_t file_bytes = 0;
    double seconds = 2.5;        ///< time for each of the two sampled channels
    std::uint64_t samples = 0;   ///< at most that many; 0: as many as there is time for
    std::uint64_t snapshots = 0; ///< as samples
    double timeout_seconds = 60; ///< for what the sampling and the file do not explain; then it is a hang
    bool verbose = false;        ///< every check in the summary, not only those that did not hold

    /// For children only.
    std::string role; ///< "producer", "consumer"; empty: the parent
    pid_t parent = 0;
};

constexpr unsigned consumer_count = 2;

/// The three channels of one run; they carry the parent's pid, so that runs do not collide.
struct channel_names {
    std::string samples, processes, bytes;
};

[[nodiscard]] inline channel_names names_of_run(pid_t parent)
{
    const std::string prefix = "demo-" + std::to_string(parent) + "-";
    return {prefix + "samples", prefix + "processes", prefix + "bytes"};
}

} // namespace demo
