// SPDX-License-Identifier: BSL-1.0
// message_reading.hpp: how messages are read: what they are checked by, and within which limits.
#pragma once

#include <samepage/channel/message_plan.hpp>
#include <samepage/channel/read_limits.hpp>

#include <memory>

namespace samepage {

/// A consumer's, for all its messages.
struct message_reading {
    std::shared_ptr<const message_plan> plan; ///< never null
    read_limits limits;
};

} // namespace samepage
