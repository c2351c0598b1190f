// SPDX-License-Identifier: BSL-1.0
// machine.cpp: affinity, topology and version strings, from the system calls and /proc.
#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace bench {

namespace {

std::vector<int> allowed_processors()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) {
        throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
    }
    std::vector<int> all;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) {
            all.push_back(cpu);
        }
    }
    return all;
}

std::string first_line(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Empty where the kernel does not tell: then no two processors are known to share a core.
std::string siblings(int cpu)
{
    return first_line(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
}

bool share_a_core(int a, int b)
{
    const std::string of_a = siblings(a);
    return !of_a.empty() && of_a == siblings(b);
}

processor_pair parse_pair(const std::string& text)
{
    processor_pair pair{-1, -1};
    const char* const end = text.data() + text.size();
    const auto a = std::from_chars(text.data(), end, pair.a);
    if (a.ec == std::errc{} && a.ptr != end && *a.ptr == ',') {
        const auto b = std::from_chars(a.ptr + 1, end, pair.b);
        if (b.ec == std::errc{} && b.ptr == end && pair.a != pair.b) {
            return pair;
        }
    }
    throw std::runtime_error(fmt::format("--cpus wants two different numbers, as in 0,1; found '{}'", text));
}

} // namespace

processor_pair choose_processors(const std::string& asked)
{
    const std::vector<int> allowed = allowed_processors();
    const auto may = [&](int cpu) { return std::find(allowed.begin(), allowed.end(), cpu) != allowed.end(); };
    if (!asked.empty()) {
        const processor_pair pair = parse_pair(asked);
        for (const int cpu : {pair.a, pair.b}) {
            if (!may(cpu)) {
                throw std::runtime_error(fmt::format("this process may not run on processor {}; it may on {}", cpu,
                                                     fmt::join(allowed, ",")));
            }
        }
        return pair;
    }
    if (allowed.size() < 2) {
        throw std::runtime_error("two processes that poll need two processors, and this process may run on one only "
                                 "(taskset, a cgroup or the machine): nothing can be measured");
    }
    const auto apart =
        std::find_if(allowed.begin() + 1, allowed.end(), [&](int cpu) { return !share_a_core(allowed.front(), cpu); });
    return {allowed.front(), apart != allowed.end() ? *apart : allowed[1]};
}

void pin_to(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(processor), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
        throw std::system_error(errno, std::generic_category(), fmt::format("pinning to processor {}", processor));
    }
}

void run_ahead()
{
    sched_param priority{};
    priority.sched_priority = 1;
    if (::sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
        throw std::system_error(errno, std::generic_category(), "--realtime: SCHED_FIFO");
    }
}

std::string describe_processor()
{
    std::ifstream file("/proc/cpuinfo");
    std::string model = "unknown processor";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            model = line.substr(std::min(line.size(), line.find(':') + 2));
            break;
        }
    }
    return fmt::format("{}, {} processors", model, ::sysconf(_SC_NPROCESSORS_ONLN));
}

std::string describe_kernel()
{
    utsname names{};
    ::uname(&names);
    return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

std::string describe_compiler()
{
#if defined(__clang__)
    const char* const compiler = "clang++ " __clang_version__;
#else
    const char* const compiler = "g++ " __VERSION__;
#endif
#if defined(NDEBUG)
    const char* const assertions = "";
#else
    const char* const assertions = ", assertions on: not for figures";
#endif
    return fmt::format("{}, flags: {}{}", compiler, SAMEPAGE_BENCH_FLAGS, assertions);
}

double stolen_seconds(processor_pair which)
{
    std::ifstream file("/proc/stat");
    double ticks = 0;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name == fmt::format("cpu{}", which.a) || name == fmt::format("cpu{}", which.b)) {
            double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
            words >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
            ticks += steal;
        }
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

} // namespace bench
