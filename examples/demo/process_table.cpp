// SPDX-License-Identifier: BSL-1.0
// process_table.cpp: snapshots of the process table, into messages and out of them.
#include "process_table.hpp"

#include "proc_text.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>

namespace demo {
namespace {

bool is_number(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

/// Arguments end in NUL; between them a blank reads better, and at the end nothing does.
void separate_by_blanks(std::string& text, std::size_t first)
{
    while (text.size() > first && text.back() == '\0') {
        text.pop_back();
    }
    std::replace(text.begin() + static_cast<std::ptrdiff_t>(first), text.end(), '\0', ' ');
}

} // namespace

std::optional<process_entry> parse_process(std::string_view stat, std::string_view command_line)
{
    // "pid (name) state ppid …"; the name may hold blanks, parentheses and line feeds, so its end is the last ')'.
    const auto open = stat.find('(');
    const auto close = stat.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return std::nullopt;
    }
    std::string_view head = stat.substr(0, open);
    std::string_view rest = stat.substr(close + 1);

    process_entry process;
    process.pid = next_number<std::int32_t>(head);
    process.name = stat.substr(open + 1, close - open - 1);
    const std::string_view state = next_word(rest);
    if (state.size() != 1) {
        return std::nullopt;
    }
    process.state = state.front();
    process.parent_pid = next_number<std::int32_t>(rest);
    skip_words(rest, 9); // pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt
    process.user_ticks = next_number<std::uint64_t>(rest);
    process.system_ticks = next_number<std::uint64_t>(rest);
    skip_words(rest, 4); // cutime cstime priority nice
    process.threads = next_number<std::uint32_t>(rest);
    skip_words(rest, 2); // itrealvalue starttime
    process.virtual_bytes = next_number<std::uint64_t>(rest);
    process.resident_pages = next_number<std::int64_t>(rest);
    process.command_line = command_line;
    return process;
}

process_table_reader::process_table_reader() : proc_(::opendir("/proc"))
{
    if (!proc_) {
        throw std::system_error(errno, std::generic_category(), "list /proc");
    }
}

std::span<const process_entry> process_table_reader::read()
{
    text_.clear();
    raw_.clear();
    entries_.clear();
    ::rewinddir(proc_.get());
    while (const dirent* found = ::readdir(proc_.get())) {
        const std::string pid = found->d_name;
        if (!is_number(pid)) {
            continue;
        }
        const std::size_t before = text_.size();
        const auto stat_bytes = append(pid + "/stat", 4096);
        const auto command_line_bytes = append(pid + "/cmdline", most_command_line_bytes);
        if (!stat_bytes || !command_line_bytes) {
            text_.resize(before);
            continue;
        }
        separate_by_blanks(text_, before + *stat_bytes);
        raw_.push_back({*stat_bytes, text_.size() - before - *stat_bytes});
    }
    // Only now, since the buffer has moved while it grew.
    std::string_view rest = text_;
    for (const auto& [stat_bytes, command_line_bytes] : raw_) {
        if (const auto process =
                parse_process(rest.substr(0, stat_bytes), rest.substr(stat_bytes, command_line_bytes))) {
            entries_.push_back(*process);
        }
        rest.remove_prefix(stat_bytes + command_line_bytes);
    }
    return entries_;
}

std::optional<std::size_t> process_table_reader::append(const std::string& name, std::size_t limit)
{
    const descriptor file{::openat(::dirfd(proc_.get()), name.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.get() < 0) {
        return std::nullopt;
    }
    const std::size_t before = text_.size();
    text_.resize(before + limit);
    const ssize_t got = ::read(file.get(), text_.data() + before, limit);
    text_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return got < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(got));
}

void fill(ProcessTable::Builder message, std::uint64_t number, std::uint64_t time_ns,
          std::span<const process_entry> processes)
{
    message.setNumber(number);
    message.setTimeNs(time_ns);
    auto list = message.initProcesses(static_cast<unsigned>(processes.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        const process_entry& from = processes[i];
        auto to = list[i];
        to.setPid(from.pid);
        to.setParentPid(from.parent_pid);
        to.setState(static_cast<std::uint8_t>(from.state));
        to.setThreads(from.threads);
        to.setUserTicks(from.user_ticks);
        to.setSystemTicks(from.system_ticks);
        to.setVirtualBytes(from.virtual_bytes);
        to.setResidentPages(from.resident_pages);
        // Not setName(): a Text::Reader wants a NUL behind the text, which a string_view has not.
        std::ranges::copy(from.name, to.initName(static_cast<unsigned>(from.name.size())).begin());
        std::ranges::copy(from.command_line,
                          to.initCommandLine(static_cast<unsigned>(from.command_line.size())).begin());
    }
}

process_entry view(Process::Reader process)
{
    const auto text = [](capnp::Text::Reader reader) { return std::string_view(reader.begin(), reader.size()); };
    process_entry entry;
    entry.pid = process.getPid();
    entry.parent_pid = process.getParentPid();
    entry.state = static_cast<char>(process.getState());
    entry.threads = process.getThreads();
    entry.user_ticks = process.getUserTicks();
    entry.system_ticks = process.getSystemTicks();
    entry.virtual_bytes = process.getVirtualBytes();
    entry.resident_pages = process.getResidentPages();
    entry.name = text(process.getName());
    entry.command_line = text(process.getCommandLine());
    return entry;
}

void table_totals::add(std::uint64_t number, std::span<const process_entry> processes)
{
    ++tables_;
    mix(number);
    std::ranges::for_each(processes, [this](const process_entry& process) { add(process); });
}

void table_totals::add(ProcessTable::Reader message)
{
    ++tables_;
    mix(message.getNumber());
    for (const Process::Reader process : message.getProcesses()) {
        add(view(process));
    }
}

void table_totals::add(const process_entry& process)
{
    ++processes_;
    threads_ += process.threads;
    if (process.name.size() > longest_name_.size()) {
        longest_name_ = process.name;
    }
    mix(static_cast<std::uint64_t>(process.pid));
    mix(static_cast<std::uint64_t>(process.parent_pid));
    mix(static_cast<std::uint64_t>(process.state));
    mix(process.threads);
    mix(process.user_ticks);
    mix(process.system_ticks);
    mix(process.virtual_bytes);
    mix(static_cast<std::uint64_t>(process.resident_pages));
    mix(process.name);
    mix(process.command_line);
}

void table_totals::mix(std::uint64_t value)
{
    checksum_ = (checksum_ ^ value) * 0x100'0000'01b3U;
}

void table_totals::mix(std::string_view text)
{
    mix(text.size());
    for (const char c : text) {
        mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
    }
}

} // namespace demo
