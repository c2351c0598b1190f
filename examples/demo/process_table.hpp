// SPDX-License-Identifier: BSL-1.0
// process_table.hpp: snapshots of the process table, into messages and out of them.
#pragma once

#include "descriptor.hpp"
#include "process_table.capnp.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>

namespace demo {

/// One process; the text lies elsewhere: in the reader's buffer, or on the page of a message.
struct process_entry {
    std::int32_t pid = 0;
    std::int32_t parent_pid = 0;
    char state = '?';
    std::uint32_t threads = 0;
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    std::uint64_t virtual_bytes = 0;
    std::int64_t resident_pages = 0;
    std::string_view name;
    std::string_view command_line;
};

/// Reads a line of /proc/[pid]/stat. Empty if it is none.
/// Lifetime: `name` and `command_line` point into the arguments.
[[nodiscard]] std::optional<process_entry> parse_process(std::string_view stat, std::string_view command_line);

/// Takes snapshots of /proc. Processes that end meanwhile are left out.
class process_table_reader {
public:
    static constexpr std::size_t most_command_line_bytes = 1024;

    /// @throws std::system_error if /proc cannot be listed.
    process_table_reader();

    /// Lifetime: until the next read().
    [[nodiscard]] std::span<const process_entry> read();

private:
    struct raw_process {
        std::size_t stat_bytes;
        std::size_t command_line_bytes;
    };
    struct close_directory {
        void operator()(DIR* directory) const { ::closedir(directory); }
    };

    /// Appends what /proc/<name> holds, at most `limit` bytes, to text_. The number of bytes; empty if it is gone.
    [[nodiscard]] std::optional<std::size_t> append(const std::string& name, std::size_t limit);

    std::unique_ptr<DIR, close_directory> proc_;
    std::string text_;
    std::vector<raw_process> raw_;
    std::vector<process_entry> entries_;
};

/// Writes the snapshot into `message`, which may be a builder on the ring's pages.
void fill(ProcessTable::Builder message, std::uint64_t number, std::uint64_t time_ns,
          std::span<const process_entry> processes);

/// The process as it lies in the message: its texts are views onto the message's bytes.
[[nodiscard]] process_entry view(Process::Reader process);

/// What producer and consumers each make of the snapshots.
class table_totals {
public:
    /// The producer's way: from what it parsed, whatever the message made of it.
    void add(std::uint64_t number, std::span<const process_entry> processes);
    /// The consumers' way: in place.
    void add(ProcessTable::Reader message);

    [[nodiscard]] std::uint64_t tables() const { return tables_; }
    [[nodiscard]] std::uint64_t processes() const { return processes_; }
    [[nodiscard]] std::uint64_t threads() const { return threads_; }
    [[nodiscard]] const std::string& longest_name() const { return longest_name_; }
    /// Made of every member and every text of every process, in order.
    [[nodiscard]] std::uint64_t checksum() const { return checksum_; }

private:
    void add(const process_entry& process);
    void mix(std::uint64_t value);
    void mix(std::string_view text);

    std::uint64_t tables_ = 0;
    std::uint64_t processes_ = 0;
    std::uint64_t threads_ = 0;
    std::string longest_name_;
    std::uint64_t checksum_ = 0xcbf2'9ce4'8422'2325U;
};

} // namespace demo
