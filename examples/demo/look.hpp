// SPDX-License-Identifier: BSL-1.0
// look.hpp: a child's last act: to say which pages it used, as often as its parent asks.
#pragma once

#include <samepage/ring/channel_info.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace demo {

/// Tells the parent "state ready", then answers each line of input with what the library and the kernel say of the
/// rings, and with "state after <the line>"; returns at the end of the input.
/// @pre The channels are closed, and still mapped.
void answer_looks(const std::vector<std::pair<std::string_view, samepage::channel_info>>& channels);

} // namespace demo
