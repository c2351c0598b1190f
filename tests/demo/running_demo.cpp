// SPDX-License-Identifier: BSL-1.0
// running_demo.cpp: the demo's program, started with its output caught, and its children found.
#include "running_demo.hpp"

#include "proc_text.hpp"
#include "process_table.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {
namespace {

bool gone(pid_t pid)
{
    process_table_reader table;
    const auto processes = table.read();
    const auto found = std::ranges::find(processes, pid, &process_entry::pid);
    return found == processes.end() || found->state == 'Z';
}

std::vector<char*> pointers_to(std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    std::ranges::transform(words, std::back_inserter(pointers), [](std::string& word) { return word.data(); });
    pointers.push_back(nullptr);
    return pointers;
}

/// This process's environment, with another PATH unless that is empty.
std::vector<std::string> environment_with(const std::string& path)
{
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        if (path.empty() || !std::string_view(*variable).starts_with("PATH=")) {
            variables.emplace_back(*variable);
        }
    }
    if (!path.empty()) {
        variables.push_back("PATH=" + path);
    }
    return variables;
}

/// Looks again and again; a test that waits in vain is ended by CTest.
template <class Condition>
void wait_until(const Condition& holds)
{
    while (!holds()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

/// False for a process that is gone meanwhile.
bool maps(pid_t pid, const std::string& file)
{
    try {
        proc_file mappings("/proc/" + std::to_string(pid) + "/maps");
        return mappings.read().find(file) != std::string_view::npos;
    } catch (const std::system_error&) {
        return false;
    }
}

} // namespace

running_demo::running_demo(const std::vector<std::string>& arguments, const std::string& path)
{
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    pipe_ = descriptor{ends[0]};
    const descriptor theirs{ends[1]};

    std::vector<std::string> words{SAMEPAGE_DEMO};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables = environment_with(path);

    posix_spawn_file_actions_t files{};
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, theirs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, theirs.get(), STDERR_FILENO);
    const int problem =
        posix_spawn(&pid_, SAMEPAGE_DEMO, &files, nullptr, pointers_to(words).data(), pointers_to(variables).data());
    posix_spawn_file_actions_destroy(&files);
    BOOST_REQUIRE(problem == 0);
}

running_demo::~running_demo()
{
    if (running_) {
        ::kill(pid_, SIGKILL);
        wait();
    }
    for (const std::string& file : files_left()) {
        std::filesystem::remove(file);
    }
}

void running_demo::wait_until_under_way() const
{
    const std::string last = "samepage.demo-" + std::to_string(pid_) + "-bytes.data";
    wait_until([&] {
        BOOST_REQUIRE(!gone(pid_));
        const auto consumers = children("consumer");
        return consumers.size() == 2 && children("producer").size() == 1 &&
               std::ranges::all_of(consumers, [&](pid_t consumer) { return maps(consumer, last); });
    });
}

std::vector<pid_t> running_demo::children(std::string_view role) const
{
    std::vector<pid_t> found;
    process_table_reader table;
    const std::string wanted = "--role " + std::string(role);
    for (const process_entry& process : table.read()) {
        if (process.parent_pid == pid_ && process.command_line.find(wanted) != std::string_view::npos) {
            found.push_back(process.pid);
        }
    }
    return found;
}

int running_demo::wait()
{
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(pipe_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            output_.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    running_ = false;
    return status;
}

std::vector<std::string> running_demo::files_left() const
{
    const std::string prefix = "samepage.demo-" + std::to_string(pid_) + "-";
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
        if (entry.path().filename().string().starts_with(prefix)) {
            found.push_back(entry.path());
        }
    }
    return found;
}

void wait_until_gone(pid_t pid)
{
    wait_until([&] { return gone(pid); });
}

} // namespace demo
