// SPDX-License-Identifier: BSL-1.0
// whole_message.hpp: all of a message read by Cap'n Proto itself, as the judge of what a check says of it.
#pragma once

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <cstdint>

namespace whole_message {

/// Every field of every struct, every element of every list and every byte of text and data, through DynamicStruct; of
/// a union the member that is set; then what the schema does not know, and AnyPointers, as AnyStruct and AnyList. Of a
/// null pointer its default, but only one step into checks::Endless, whose default contains itself; an interface may be
/// null or a capability.
/// Throws whatever Cap'n Proto throws. Returns a sum of what was read.
std::uint64_t sum_of(capnp::DynamicStruct::Reader value);

/// The same of a message's root. Each pointer is followed once; only AnyPointers count their landing pads twice.
std::uint64_t sum_of(capnp::MessageReader& message, capnp::StructSchema schema);

} // namespace whole_message
