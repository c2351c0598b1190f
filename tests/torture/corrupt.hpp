// SPDX-License-Identifier: BSL-1.0
// corrupt.hpp: what the kinds of damage have in common: a channel's files as bytes, checksums put right, attaching.
// Thread safety: none.
#pragma once

#include "torture/part.hpp"

#include <samepage/core/error.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/layout.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace torture::damage {

using bytes = std::vector<std::byte>;

/// The files of a channel, as bytes.
struct files {
    std::filesystem::path directory;
    std::string name;

    [[nodiscard]] std::filesystem::path data() const { return directory / ("samepage." + name + ".data"); }
    [[nodiscard]] std::filesystem::path control() const { return directory / ("samepage." + name + ".ctl"); }
};

[[nodiscard]] bytes content(const std::filesystem::path& path);
/// Writes over the beginning of an existing file.
void overwrite(const std::filesystem::path& path, const bytes& with, std::size_t count);

/// The header at the beginning of a file's bytes. @pre they hold one
template <class Header>
[[nodiscard]] Header header_of(const bytes& file);
/// Puts the checksum right after a change. A type description that claims to be longer than the file ends with it.
void repair_data(bytes& file);
void repair_control(bytes& file);

/// Attaches as the file itself says, so that no record type is in the way, and uses what it got a little.
/// @return the refusal; nothing if it was let in.
[[nodiscard]] std::optional<samepage::error> consume(const files& of, samepage::ring::demand wants);
[[nodiscard]] std::optional<samepage::error> produce(const files& of);

/// Each bit of both headers and the type description, as it is and with the checksum put right.
void flip_headers(const settings& how, report& to);
/// Fields of both headers together, with checksums, sizes and files that fit.
void forge_headers(const settings& how, report& to);
/// Words of lanes, rings, directory and control file, under a producer and consumers at work.
void damage_words(const settings& how, report& to);

} // namespace torture::damage
