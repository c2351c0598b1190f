// SPDX-License-Identifier: BSL-1.0
// main.cpp: the benchmark's command line.
#include "limits.hpp"
#include "machine.hpp"
#include "process_pair.hpp"
#include "report.hpp"
#include "row.hpp"
#include "session.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

/// A folder of this run's own for channels and shared memory; gone with everything in it at the end.
class scratch_directory {
public:
    scratch_directory()
    {
        std::string name = "/dev/shm/samepage-bench-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), name);
        }
        path_ = name;
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

std::vector<bench::row> all_rows()
{
    std::vector<bench::row> rows;
    rows.push_back(bench::one_line_limit());
    bench::add_round_trip_rows(rows);
#if SAMEPAGE_BENCH_CAPNP
    bench::add_message_rows(rows);
#endif
    bench::add_rate_rows(rows);
    bench::add_lane_rows(rows);
    bench::add_lossy_rows(rows);
    bench::add_observer_rows(rows);
    bench::add_stream_rows(rows);
#if SAMEPAGE_BENCH_CAPNP
    bench::add_message_stream_rows(rows);
#endif
    bench::add_latest_rows(rows);
    bench::add_sleeping_rows(rows);
    bench::add_death_rows(rows);
    bench::add_view_rows(rows);
    return rows;
}

/// Rows that match, and the limits they are held against.
std::vector<std::size_t> choose(const std::vector<bench::row>& rows, const std::string& filter)
{
    const std::regex pattern(filter);
    std::vector<bool> wanted(rows.size() + 1);
    for (std::size_t i = rows.size(); i-- != 0;) { // a limit stands before the rows that name it
        if (std::regex_search(rows[i].name, pattern)) {
            wanted[i] = true;
            wanted[i + 1] = wanted[i + 1] || rows[i].a == nullptr; // measured with the next one
        }
        for (std::size_t k = 0; wanted[i] && k < i; ++k) {
            wanted[k] = wanted[k] || rows[k].name == rows[i].limit;
        }
    }
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (wanted[i]) {
            chosen.push_back(i);
        }
    }
    return chosen;
}

void list(const std::vector<bench::row>& rows)
{
    for (const bench::row& each : rows) {
        fmt::print("{}{}{}\n", each.name, each.limit.empty() ? "" : ", against ", each.limit);
    }
}

void print_circumstances(bench::processor_pair where, const bench::discarded_bursts& discarded, double stolen)
{
    fmt::print(
        "\nratio: this row over the row under \"to\", median of the repetitions' own; a rate's in bytes where the "
        "units differ\n"
        "processor: {}; pinned to {} and {}; {:.2f} s stolen by the hypervisor meanwhile\n"
        "kernel: {}\ncompiler: {}\n"
        "bursts run again because the distance of the two processors changed: {}; counted all the same, as it "
        "stayed so: {}\n"
        "other processes ran on these processors {} times during the {} bursts that count\n",
        bench::describe_processor(), where.a, where.b, stolen, bench::describe_kernel(), bench::describe_compiler(),
        discarded.shared_core + discarded.changed, discarded.kept, discarded.preemptions, discarded.counted);
}

void write_file(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error(fmt::format("could not write {}", path));
    }
}

struct settings {
    std::string processors;
    std::string json_file;
    std::string filter;
    bench::session_options session;
    double burst_ms = 60;
    bool quick = false;
    bool realtime = false;
    bool list = false;
};

int measure(const settings& how)
{
    const std::vector<bench::row> rows = all_rows();
    if (how.list) {
        list(rows);
        return EXIT_SUCCESS;
    }
    const std::vector<std::size_t> chosen = choose(rows, how.filter);
    if (chosen.empty()) {
        throw std::runtime_error(fmt::format("no row matches '{}'; --list names them all", how.filter));
    }
    const bench::processor_pair where = bench::choose_processors(how.processors);

    bench::catch_interrupts();
    const scratch_directory scratch;
    bench::process_pair pair(rows, where, how.realtime, scratch.path());
    bench::session_options options = how.session;
    options.burst = std::chrono::duration<double, std::milli>(how.burst_ms);
    if (how.quick) {
        options = {.repetitions = 1, .burst = std::chrono::milliseconds{1}, .guarded = false};
    }
    bench::session session(pair, rows, chosen, 0, options);
    const double stolen = bench::stolen_seconds(where);
    session.run([&](unsigned repetition) {
        fmt::print(stderr, "repetition {} of {}, {} rows\n", repetition, options.repetitions, chosen.size());
    });

    const std::vector<bench::result> results = bench::summarise(rows, chosen, session);
    const bench::quiet machine = bench::judge_machine(results, session.discarded());
    fmt::print("{}{}", bench::warning(machine, session.discarded()), bench::table(results, machine));
    print_circumstances(where, session.discarded(), bench::stolen_seconds(where) - stolen);
    if (!how.json_file.empty()) {
        write_file(how.json_file, bench::json(results));
    }
    return std::any_of(results.begin(), results.end(), [](const bench::result& each) { return !each.problem.empty(); })
               ? EXIT_FAILURE
               : EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv)
{
    settings how;
    CLI::App app{"Measures samepage against what this machine can do at all: two processes, each on a processor of "
                 "its own. Fails only if a row does; a target that is missed is reported."};
    app.add_option("--cpus", how.processors, "the two processors, as in 0,1; default: the first two allowed");
    app.add_option("--filter", how.filter, "only rows that match this regular expression, and their limits");
    app.add_option("--repetitions", how.session.repetitions, "bursts of each row")->check(CLI::Range(1, 1000));
    app.add_option("--burst-ms", how.burst_ms, "length of a burst")->check(CLI::Range(1.0, 10000.0));
    app.add_flag("--quick", how.quick, "each row once and shortly: shows that they work, the figures say nothing");
    app.add_option("--json", how.json_file, "writes the figures to this file as well");
    app.add_flag("--realtime", how.realtime, "runs ahead of other processes (SCHED_FIFO; needs the right to)");
    app.add_flag("--list", how.list, "lists the rows, measures nothing");
    CLI11_PARSE(app, argc, argv);
    try {
        return measure(how);
    } catch (const bench::interrupted& by) {
        // Everything is cleaned up by now: end as the signal would have ended us.
        std::signal(by.signal(), SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        std::raise(by.signal());
        return EXIT_FAILURE;
    } catch (const std::exception& problem) {
        fmt::print(stderr, "samepage_bench: {}\n", problem.what());
        return EXIT_FAILURE;
    }
}
