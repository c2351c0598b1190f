// SPDX-License-Identifier: BSL-1.0
// channel_bells.hpp: the descriptors of a channel's consumers, as a producer rings them.
// Thread safety: one thread at a time, the producer's.
#pragma once

#include "memory/bell_socket.hpp"

#include <samepage/ring/hardware.hpp>

namespace samepage::ring {

/// hardware's bells, by the names that the consumers' sockets have.
class channel_bells : public descriptor_bells {
public:
    explicit channel_bells(const memory::channel_place& place) : place_(&place) {}

private:
    friend descriptor_bells;

    const memory::channel_place* place_;
    memory::bell_ringer ringer_;
};

} // namespace samepage::ring
