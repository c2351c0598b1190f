// SPDX-License-Identifier: BSL-1.0
// message_check.hpp: every pointer of a message held against its schema, before anybody follows one.
// Thread safety: any number of threads may check; one message from one thread at a time.
#pragma once

#include <samepage/channel/message_fault.hpp>
#include <samepage/channel/message_plan.hpp>

#include <capnp/message.h>

namespace samepage {

/// Walks the message as all its getters would, and says whether one of them would throw.
///
/// Without a fault, and as long as nobody changes the bytes: no getter of `plan`'s schema, generated or dynamic, throws
/// a kj::Exception or reads outside the segments, in a message read with the same nesting limit and any traversal limit
/// that its reads do not use up (UINT64_MAX words: none does). Left out: a getter of an interface, which has no
/// capability to give and throws unless the pointer is null; what a program makes of an AnyPointer (whose pointers are
/// sound, but perhaps not of the type it asks for); defaults of the schema that contain themselves.
/// With a fault: reading all of the message with the same limits throws, but for pointers that this schema does not
/// know or whose union member is not set, which only a deep copy would follow.
///
/// @param message  its segments; its own options do not matter. page_reader, capnp::FlatArrayMessageReader, …
/// @param limits   the deepest nesting, and the most words that a single reading may follow pointers to, counted as
///                 Cap'n Proto counts them; see read_limits::for_check(). At most read_limits::most_nesting deep.
/// Allocates nothing. Each pointer is read once: whoever changes the message meanwhile can have it called sound or not,
/// but never leads the check outside. Takes time for each pointer and each struct that has some, not for numbers.
[[nodiscard]] message_fault check_message(const message_plan& plan, capnp::MessageReader& message,
                                          const capnp::ReaderOptions& limits);

} // namespace samepage
