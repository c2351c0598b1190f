// SPDX-License-Identifier: BSL-1.0
// check_samples.hpp: messages with every kind of pointer, and generated getters that read all of them.
#pragma once

#include <capnp/message.h>
#include <capnp/schema.h>

#include <cstdint>
#include <vector>

#include <checks.capnp.h>
#include <samples.capnp.h>

namespace check_samples {

/// Every field that can be set without a capability; unions by `seed`.
void fill(checks::All::Builder all, std::uint32_t seed);
void fill(checks::Node::Builder node, std::uint32_t seed, int depth);
void fill(checks::Old::Builder old);
void fill(checks::New::Builder grown, std::uint32_t seed);

struct message {
    std::size_t type = 0;             ///< of types()
    std::vector<std::uint64_t> words; ///< in Cap'n Proto's stream format
};

/// Of one segment, several of each type.
[[nodiscard]] std::vector<message> messages();
/// The same in segments so small that nearly every pointer is a far one, and with the pads of double-far pointers.
[[nodiscard]] std::vector<message> scattered_messages();
/// The message with each pointer whose turn it is (`every`th) made a double-far one, its pads in a segment behind.
[[nodiscard]] std::vector<std::uint64_t> with_double_fars(const std::vector<std::uint64_t>& message, std::size_t every);

/// A root type, and the generated getters of all of it: All, Node, New, Old, samples::Sample.
struct type {
    capnp::StructSchema schema;
    std::uint64_t (*sum_of)(capnp::MessageReader&);
};
/// As whole_message::sum_of, by generated getters; what no getter knows is left out.
[[nodiscard]] const std::vector<type>& types();

} // namespace check_samples
