// SPDX-License-Identifier: BSL-1.0
// summary.cpp: what the demo prints at its end.
#include "summary.hpp"

#include "units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

namespace demo {
namespace {

class printer {
public:
    explicit printer(const findings& all) : all_(all)
    {
        processes_.emplace_back(all.producer);
        processes_.insert(processes_.end(), all.consumers.begin(), all.consumers.end());
    }

    void header()
    {
        line("samepage demo: one producer process (pid {}), {} consumer processes (pids {} and {}), three channels",
             all_.producer.text("pid"), all_.consumers.size(), all_.consumers.front().text("pid"),
             all_.consumers.back().text("pid"));
    }

    void traffic()
    {
        line("\nWhat went through");
        line("  {:<10} {:<11} {:>11} {:>11} {:>9} {:>12} {:>13}", "channel", "process", "records", "bytes", "seconds",
             "records/s", "bytes/s");
        for (const std::string_view channel : channels) {
            for (const report& process : processes_) {
                traffic_row(channel, process);
            }
        }
        line("  What limits them is not the channels: samples and processes take as long as the kernel needs to write\n"
             "  /proc, bytes as long as the consumers hash (SHA-256). For samepage's own figures: ./run bench");
    }

    void columns()
    {
        const report& from = all_.consumers.front();
        if (from.number("samples.records") == 0) {
            return;
        }
        line("\nSamples: strided columns over the ring's pages, reduced by {} in {} batches", from.process(),
             grouped(from.number("samples.batches")));
        line("  {:<24} {:>16} {:>16} {:>16}", "gauge", "least", "mean", "most");
        for (const auto* name : {"memory.free", "memory.available", "memory.cached", "memory.shared"}) {
            gauge_row(from, name, [](double kib) { return in_bytes(kib * 1024); });
        }
        line("  {:<24} {:>16} {:>16} {:>16}", "counter", "first", "last", "grew by");
        for (const auto* name : {"cpu.user", "cpu.system", "cpu.idle"}) {
            counter_row(from, name, [](std::uint64_t ticks) { return grouped(ticks) + " ticks"; });
        }
        for (const auto* name : {"network.received_bytes", "network.sent_bytes"}) {
            counter_row(from, name, [](std::uint64_t bytes) { return in_bytes(static_cast<double>(bytes)); });
        }
    }

    void processes()
    {
        const report& from = all_.consumers.front();
        const std::uint64_t tables = from.number("processes.records");
        if (tables == 0) {
            return;
        }
        const auto mean = [&](std::string_view of) {
            return static_cast<double>(from.number(of)) / static_cast<double>(tables);
        };
        line("\nProcess tables: Cap'n Proto messages, read in place");
        line("  {:.1f} processes and {:.1f} threads in a snapshot of {}; longest name '{}'",
             mean("processes.processes"), mean("processes.threads"), in_bytes(mean("processes.bytes")),
             from.text("processes.longest_name"));
    }

    void hashes()
    {
        line("\nBytes: {}", all_.file);
        line("  {:<11} {}", "sha256sum", all_.sha256sum);
        for (const report& consumer : all_.consumers) {
            line("  {:<11} {}", consumer.process(), consumer.text("bytes.checksum"));
        }
    }

    void pages()
    {
        line("\nSame pages: each process's mapping of the ring, as its own /proc/self/maps and pagemap show it");
        for (const std::string_view channel : channels) {
            for (const report& process : processes_) {
                pages_row(channel, process);
            }
        }
    }

    void verdict(const std::vector<check>& checks, detail told)
    {
        const auto is_told = [&](const check& one) {
            return told == detail::everything || one.outcome != check::result::held;
        };
        if (std::ranges::any_of(checks, is_told)) {
            line("\nChecks{}", told == detail::everything ? "" : " that did not hold or could not be made");
            for (const check& one : checks) {
                if (is_told(one)) {
                    check_row(one);
                }
            }
        }
        const auto count = [&](check::result wanted) { return std::ranges::count(checks, wanted, &check::outcome); };
        const auto unseen = count(check::result::not_permitted);
        std::string rest = unseen == 0 ? "" : fmt::format(", {} not permitted", unseen);
        if (told == detail::problems) {
            rest += " (--verbose lists every check)";
        }
        if (all_held(checks)) {
            line("\nAll {} checks held{}.", count(check::result::held), rest);
        } else {
            line("\nFAILED: {} of {} checks do not hold{}.", count(check::result::broken), checks.size(), rest);
        }
    }

    [[nodiscard]] std::string text() const { return text_; }

private:
    template <class... Values>
    void line(fmt::format_string<Values...> format, Values&&... values)
    {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
        text_ += '\n';
    }

    void traffic_row(std::string_view channel, const report& process)
    {
        const auto value = [&](const char* what) { return process.number(fmt::format("{}.{}", channel, what)); };
        const double seconds = process.real(fmt::format("{}.seconds", channel));
        const auto records = value("records");
        const auto bytes = static_cast<double>(value("bytes"));
        const bool timed = seconds > 0;
        line("  {:<10} {:<11} {:>11} {:>11} {:>9.3f} {:>12} {:>13}", channel, process.process(), grouped(records),
             in_bytes(bytes), seconds,
             timed ? grouped(static_cast<std::uint64_t>(static_cast<double>(records) / seconds)) : "-",
             timed ? in_bytes(bytes / seconds) + "/s" : "-");
    }

    template <class Text>
    void gauge_row(const report& from, const char* name, const Text& text)
    {
        const auto value = [&](const char* which) { return text(from.real(column_key(which, name))); };
        line("  {:<24} {:>16} {:>16} {:>16}", name, value("least"), value("mean"), value("most"));
    }

    template <class Text>
    void counter_row(const report& from, const char* name, const Text& text)
    {
        const std::uint64_t first = from.number(column_key("least", name));
        const std::uint64_t last = from.number(column_key("most", name));
        line("  {:<24} {:>16} {:>16} {:>16}", name, text(first), text(last), text(last - first));
    }

    static std::string column_key(const char* which, const char* name)
    {
        return fmt::format("samples.{}.{}", which, name);
    }

    void pages_row(std::string_view channel, const report& process)
    {
        const auto text = [&](const char* what) { return process.text(fmt::format("{}.{}", channel, what)); };
        const auto frames = process.hex_numbers(fmt::format("{}.frames", channel));
        const bool hidden = std::ranges::all_of(frames, [](auto frame) { return frame == 0; });
        line("  {:<10} {:<11} {}  {}  {}", channel, process.process(), text("protection"), text("place.seen"),
             hidden ? "physical frames not permitted"
                    : fmt::format("physical frames {} {} … ({} pages)", in_hex(frames.front()),
                                  in_hex(frames[1 % frames.size()]), frames.size()));
    }

    void check_row(const check& one)
    {
        const auto row = [&](std::string_view verdict, const std::string& text) {
            line("  {:<7} {:<10} {:<34} {}", verdict, one.channel, one.what, text);
        };
        switch (one.outcome) {
        case check::result::held: row("ok", "expected and found " + one.expected); break;
        case check::result::broken: row("FAILED", fmt::format("expected {}, found {}", one.expected, one.found)); break;
        case check::result::not_permitted: row("-", one.found); break;
        }
    }

    const findings& all_;
    std::vector<std::reference_wrapper<const report>> processes_;
    std::string text_;
};

} // namespace

std::string summarise(const findings& all, const std::vector<check>& checks, detail told)
{
    printer summary(all);
    summary.header();
    summary.traffic();
    summary.columns();
    summary.processes();
    summary.hashes();
    summary.pages();
    summary.verdict(checks, told);
    return summary.text();
}

} // namespace demo
