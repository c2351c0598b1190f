// SPDX-License-Identifier: BSL-1.0
// main.cpp: the demo's command line, and its course seen from the parent.
#include "checks.hpp"
#include "child_process.hpp"
#include "descriptor.hpp"
#include "roles.hpp"
#include "settings.hpp"
#include "summary.hpp"
#include "supervisor.hpp"

#include <samepage/ring/remove_channel.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace demo {
namespace {

/// CLI::Range would let "nan" pass.
const CLI::Validator is_duration{[](const std::string& text) {
                                     double seconds = -1;
                                     const bool valid =
                                         CLI::detail::lexical_cast(text, seconds) && seconds >= 0 && seconds <= 86'400;
                                     return valid ? std::string{} : "'" + text + "' is not 0 to 86400 seconds";
                                 },
                                 "SECONDS"};

/// Channels outlive processes, so the parent removes them, come what may.
class channel_remover {
public:
    explicit channel_remover(channel_names names) : names_(std::move(names)) { remove(); }
    channel_remover(const channel_remover&) = delete;
    channel_remover& operator=(const channel_remover&) = delete;
    ~channel_remover() { remove(); }

private:
    void remove() noexcept
    {
        for (const std::string& name : {names_.samples, names_.processes, names_.bytes}) {
            try {
                samepage::remove_channel(name);
            } catch (const std::exception& problem) {
                fmt::print(stderr, "samepage_demo: {}\n", problem.what());
            }
        }
    }

    channel_names names_;
};

/// The compiler's own program: large, and there wherever this was built.
std::string default_file()
{
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    program_output found = run_program({"g++", "-print-prog-name=cc1plus"}, limit);
    while (found.text.ends_with('\n')) {
        found.text.pop_back();
    }
    if (!found.ended_well || !std::filesystem::path(found.text).is_absolute()) {
        throw std::runtime_error("g++ and its cc1plus were not found; name a file: samepage_demo FILE");
    }
    return found.text;
}

/// The size of a regular file that can be read.
std::uint64_t require_readable(const std::string& file)
{
    // Not blocking, or a pipe would hold us here.
    const descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot read '" + file + "'");
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error("'" + file + "' is no regular file");
    }
    return static_cast<std::uint64_t>(status.st_size);
}

std::string sha256sum(const std::string& file, deadline limit)
{
    // --zero also keeps sha256sum from escaping odd file names.
    const program_output said = run_program({"sha256sum", "--zero", "--", file}, limit);
    return said.ended_well ? said.text.substr(0, said.text.find(' ')) : said.problem;
}

/// Asks every child which pages it used until their answers agree; the kernel may move a page between two answers,
/// and it will not do so again and again.
void compare_pages(supervisor& children)
{
    for (int look = 1; look <= 3; ++look) {
        const std::string line = fmt::format("look {}", look);
        children.send_line(line);
        children.wait_for_state("after " + line);
        const auto reports = children.reports();
        if (same_frames(reports.front(), {reports.begin() + 1, reports.end()})) {
            return;
        }
    }
}

findings run_children(const settings& asked)
{
    const channel_remover channels_of_this_run(names_of_run(::getpid()));
    supervisor children(asked);
    children.wait_for_state("ready");
    compare_pages(children);
    children.finish();
    const auto reports = children.reports();
    return {reports.front(), {reports.begin() + 1, reports.end()}, asked.file, sha256sum(asked.file, children.limit())};
}

int run_parent(settings asked)
{
    if (asked.file.empty()) {
        asked.file = default_file();
    }
    asked.file_bytes = require_readable(asked.file);
    const findings all = run_children(asked);
    const auto checks = judge(all);
    fmt::print("{}", summarise(all, checks, asked.verbose ? detail::everything : detail::problems));
    return all_held(checks) ? 0 : 1;
}

/// A child does not outlive its parent, not even one that was killed.
void die_with(pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        throw std::runtime_error("started without its parent");
    }
}

int run_child(const settings& asked)
{
    die_with(asked.parent);
    if (asked.role == "producer") {
        run_producer(asked);
    } else {
        run_consumer(asked);
    }
    return 0;
}

} // namespace
} // namespace demo

int main(int count, char** arguments)
{
    demo::settings asked;
    CLI::App command_line{
        "One producer process, two consumer processes and three channels on this machine's own data:\n"
        "samples of /proc, process tables, and the bytes of FILE. Ends with a summary; the exit\n"
        "status is 0 only if every check held.",
        "samepage_demo"};
    command_line.add_option("FILE", asked.file, "what goes through the third channel; default: g++'s cc1plus");
    command_line.add_option("--seconds", asked.seconds, "time for each of the first two channels")
        ->capture_default_str()
        ->check(demo::is_duration);
    command_line.add_option("--samples", asked.samples, "at most that many samples");
    command_line.add_option("--snapshots", asked.snapshots, "at most that many snapshots of the process table");
    command_line
        .add_option("--timeout", asked.timeout_seconds,
                    "seconds besides sampling and reading, after which it is a hang")
        ->capture_default_str()
        ->check(demo::is_duration);
    command_line.add_flag("--verbose", asked.verbose, "list every check, not only those that did not hold");
    // For the child processes.
    command_line.add_option("--role", asked.role)->group("")->check(CLI::IsMember({"producer", "consumer"}));
    command_line.add_option("--parent", asked.parent)->group("");
    CLI11_PARSE(command_line, count, arguments);

    try {
        return asked.role.empty() ? demo::run_parent(asked) : demo::run_child(asked);
    } catch (const std::exception& problem) {
        const std::string who = asked.role.empty() ? "FAILED" : asked.role;
        fmt::print(stderr, "samepage_demo: {}: {}\n", who, problem.what());
        return 1;
    }
}
