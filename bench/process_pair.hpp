// SPDX-License-Identifier: BSL-1.0
// process_pair.hpp: the two processes that bursts run in, and the watchdog over them.
// Thread safety: none. The process that owns the pair measures nothing: it sleeps while a burst runs.
#pragma once

#include "machine.hpp"
#include "row.hpp"
#include "site.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <vector>

#include <sys/types.h>

namespace bench {

/// A side threw, died or did not come back; what() says which and why. The next burst runs in new processes.
class burst_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// SIGINT, SIGTERM or SIGHUP came while a burst ran.
class interrupted : public std::runtime_error {
public:
    explicit interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}
    [[nodiscard]] int signal() const noexcept { return signal_; }

private:
    int signal_;
};

/// From here on SIGINT, SIGTERM and SIGHUP end a burst by `interrupted`, and nothing else. Once, before any pair.
void catch_interrupts();

struct burst_result {
    double seconds;                      ///< from both sides' start until both are done
    std::optional<double> limit_seconds; ///< that the row's limit took, where the burst measures both
    long preemptions;                    ///< times another process got one of the two processors
};

class process_pair {
public:
    /// Longest time for a burst, its set-up included.
    static constexpr std::chrono::seconds watchdog{60};

    /// @param rows, directory  outlive the pair.
    process_pair(const std::vector<row>& rows, processor_pair where, bool realtime,
                 const std::filesystem::path& directory);
    process_pair(const process_pair&) = delete;
    process_pair& operator=(const process_pair&) = delete;
    ~process_pair(); // kills the processes and waits for their end

    /// @throws burst_failed, interrupted
    burst_result run(std::size_t row_index, std::uint64_t count);

private:
    struct process {
        pid_t pid = -1;
        int socket = -1;
    };

    void start();
    void stop() noexcept;
    [[noreturn]] void fail(const std::string& what);
    [[nodiscard]] std::string describe_end(process& of);

    const std::vector<row>* rows_;
    processor_pair where_;
    bool realtime_;
    const std::filesystem::path* directory_;
    meeting_point* meeting_;
    std::array<process, 2> processes_;
};

} // namespace bench
