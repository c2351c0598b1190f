// SPDX-License-Identifier: BSL-1.0
// asio_rows.hpp: the bytes of a view as Boost.Asio's buffer sequences: a socket sends and fills strided rows in place.
// Thread safety: as memory_view's.
#pragma once

#include <samepage/io/byte_runs.hpp>

#include <boost/asio/buffer.hpp>

namespace samepage {

/// A ConstBufferSequence, to send from: `boost::asio::write(socket, const_rows{image(slice{10, 20}, slice{5, 15})})`.
/// Nothing is allocated; each buffer is made as Asio comes to it.
/// Lifetime: Asio keeps a copy while an operation goes on, and with it a share in the view's lease: the bytes stay.
/// What the view borrows has to outlive the operation.
using const_rows = byte_runs<boost::asio::const_buffer>;

/// A MutableBufferSequence, to receive into. Throws buffer_error if the view is read-only.
using mutable_rows = byte_runs<boost::asio::mutable_buffer>;

} // namespace samepage
