// SPDX-License-Identifier: BSL-1.0
// attachment_parts.hpp: what an attachment is made of, for the files that make one.
// Thread safety: none needed.
#pragma once

#include "ring/attachment.hpp"
#include "ring/header.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace samepage::ring {

/// Removal and creation pass through states in which the two files do not match; they last microseconds.
inline constexpr int attempts = 200;
inline constexpr std::chrono::milliseconds between_attempts{2};

/// Somebody removed the channel between two steps of attaching.
struct channel_gone {};

/// What to do besides, where no more than `most` may come: behind the other remedies.
[[nodiscard]] inline std::string more(const char* option, unsigned most, unsigned room, bool changes)
{
    return changes && most < room ? std::string{", or change_channel() with more "} + option
           : room < 64            ? std::string{", or create the channel with more "} + option
                                  : ": a channel has at most 64";
}

struct attachment::opened {
    memory::channel_place place;
    memory::file data;
    memory::file control;
    checked_header header;
    memory::storage storage;
    std::shared_ptr<writable_pages> writable{}; ///< of a nameless channel, for a producer
};

} // namespace samepage::ring
