// SPDX-License-Identifier: BSL-1.0
// roles.hpp: what the demo's child processes do.
#pragma once

#include "settings.hpp"

namespace demo {

/// Fills the three channels, one after the other, and tells the parent what it did.
/// @throws std::exception; then the demo has failed.
void run_producer(const settings& asked);

/// Takes everything from the three channels, and tells the parent what it saw.
/// @throws std::exception; then the demo has failed.
void run_consumer(const settings& asked);

} // namespace demo
