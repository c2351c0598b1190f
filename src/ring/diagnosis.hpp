// SPDX-License-Identifier: BSL-1.0
// diagnosis.hpp: the parts of diagnose(): each adds what it finds.
// Thread safety: none needed.
#pragma once

#include <samepage/ring/diagnose.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace samepage::ring::diagnosis {

/// What is asked, and what was found so far.
struct examination {
    diagnosis_options options;
    std::vector<finding> findings{};

    // What the files say that the machine is held against.
    std::size_t channels = 0;
    std::uint64_t largest_file_bytes = 0;    ///< of any channel's data file
    std::uint64_t largest_channel_bytes = 0; ///< pages of one, once all that may come have come
    std::uint64_t yet_to_reserve = 0;        ///< by rings that nobody took yet
    std::set<::uid_t> owners{};              ///< of channels' files

    void add(concern about, severity weight, std::string subject, std::string expected, std::string found,
             std::string remedy);
    /// A place under the root.
    [[nodiscard]] std::filesystem::path place(std::string_view absolute) const;
    /// A file's text under the root; nothing if it cannot be read.
    [[nodiscard]] std::optional<std::string> text_of(std::string_view absolute) const;
};

/// Channels, bells and leftovers in the directory: stale, permissions, damage.
void examine_files(examination& of);
/// The file system of the directory. After examine_files().
void examine_space(examination& of);
/// Limits of this process. After examine_files().
void examine_limits(examination& of);
/// logind's RemoveIPC. After examine_files().
void examine_logind(examination& of);
/// Huge pages.
void examine_huge_pages(examination& of);

} // namespace samepage::ring::diagnosis
