// SPDX-License-Identifier: BSL-1.0
// diagnose.cpp: findings in order, and in words.
#include "ring/diagnosis.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include <unistd.h>

namespace samepage {

const char* to_string(concern about) noexcept
{
    switch (about) {
    case concern::space: return "space";
    case concern::remove_ipc: return "RemoveIPC";
    case concern::locked_memory: return "locked memory";
    case concern::descriptors: return "descriptors";
    case concern::file_size: return "file size";
    case concern::huge_pages: return "huge pages";
    case concern::stale: return "stale";
    case concern::permissions: return "permissions";
    case concern::damage: return "damage";
    case concern::file_system: return "file system";
    }
    return "unknown";
}

const char* to_string(severity weight) noexcept
{
    switch (weight) {
    case severity::notice: return "notice";
    case severity::warning: return "warning";
    case severity::fault: return "fault";
    }
    return "unknown";
}

std::string finding::text() const
{
    return std::string{to_string(weight)} + ": " + subject + ": expected " + expected + ", found " + found + "; " +
           remedy;
}

namespace ring::diagnosis {

void examination::add(concern about, severity weight, std::string subject, std::string expected, std::string found,
                      std::string remedy)
{
    findings.push_back({about, weight, std::move(subject), std::move(expected), std::move(found), std::move(remedy)});
}

std::filesystem::path examination::place(std::string_view absolute) const
{
    return options.root / absolute.substr(absolute.find_first_not_of('/'));
}

std::optional<std::string> examination::text_of(std::string_view absolute) const
{
    constexpr std::size_t most = 1 << 20; // of a table of mounts, say
    std::ifstream from(place(absolute), std::ios::binary);
    if (!from) {
        return std::nullopt;
    }
    std::string text(most, '\0');
    from.read(text.data(), most);
    if (from.bad()) {
        return std::nullopt;
    }
    text.resize(static_cast<std::size_t>(from.gcount()));
    return text;
}

} // namespace ring::diagnosis

std::vector<finding> diagnose(const diagnosis_options& options)
{
    ring::diagnosis::examination all{.options = options};
    all.options.user = options.user.value_or(::geteuid());
    ring::diagnosis::examine_files(all);
    ring::diagnosis::examine_space(all);
    ring::diagnosis::examine_limits(all);
    ring::diagnosis::examine_logind(all);
    ring::diagnosis::examine_huge_pages(all);
    std::stable_sort(all.findings.begin(), all.findings.end(),
                     [](const finding& a, const finding& b) { return a.weight > b.weight; });
    return std::move(all.findings);
}

} // namespace samepage
