// SPDX-License-Identifier: BSL-1.0
// sources.hpp: what the source says at an operation's place: its text, and its label.
#pragma once

#include <string>

#include <experimental/source_location>

namespace model {

/// "lane_writer.hpp:243 H1: lane_.words->horizon.store(…"
[[nodiscard]] std::string describe(const std::experimental::source_location& at);
/// "lane_writer.hpp:243 H1"
[[nodiscard]] std::string place_of(const std::experimental::source_location& at);
/// The one line of `file` that contains `text`; or the first one below the one with `below`.
/// @throws std::runtime_error there is none, or several
[[nodiscard]] unsigned line_with(const std::string& file, const std::string& text, const std::string& below = "");
/// The label of the operation on that line, or nothing.
[[nodiscard]] std::string label_at(const std::string& file, unsigned line);

} // namespace model
