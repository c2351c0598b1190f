// SPDX-License-Identifier: BSL-1.0
// attachment_parts.hpp: what an attachment is made of, for the files that make one.
// Thread safety: none needed.
#pragma once

#include "ring/attachment.hpp"
#include "ring/header.hpp"

#include <memory>

namespace samepage::ring {

struct attachment::opened {
    memory::channel_place place;
    memory::file data;
    memory::file control;
    checked_header header;
    memory::storage storage;
    std::shared_ptr<writable_pages> writable{}; ///< of a nameless channel, for a producer
};

} // namespace samepage::ring
