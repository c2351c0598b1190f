// SPDX-License-Identifier: BSL-1.0
// sample_messages.hpp: messages with a field of every kind, set and checked again; different for each seed.
#pragma once

#include <cstdint>
#include <string>

#include <samples.capnp.h>

namespace sample_messages {

/// Sets every field of `sample`; the text, the data and the lists have lengths that depend on `seed`, up to about 2 KiB
/// in all.
void fill(samples::Sample::Builder sample, std::uint32_t seed);

/// "" if `sample` holds what fill() set for `seed`, else the first field that differs.
[[nodiscard]] std::string difference(samples::Sample::Reader sample, std::uint32_t seed);

/// The length of the text that fill() sets.
[[nodiscard]] std::size_t text_bytes(std::uint32_t seed);

/// A text that Boost.Test can print.
[[nodiscard]] inline std::string_view view(capnp::Text::Reader text)
{
    return {text.begin(), text.size()};
}

} // namespace sample_messages
