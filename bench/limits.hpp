// SPDX-License-Identifier: BSL-1.0
// limits.hpp: what this machine can do at all: bare cache lines, rings, buffers, futexes and datagrams.
#pragma once

#include "row.hpp"

namespace bench {

[[nodiscard]] row one_line_limit();
[[nodiscard]] row two_lines_limit();
[[nodiscard]] row walking_limit();
[[nodiscard]] row ring_8_limit();
[[nodiscard]] row ring_64_limit();
[[nodiscard]] row paced_ring_8_limit();
[[nodiscard]] row paced_ring_64_limit();
[[nodiscard]] row stream_65536_limit();
[[nodiscard]] row stream_1048576_limit();
[[nodiscard]] row futex_limit();
[[nodiscard]] row datagram_limit();

} // namespace bench
