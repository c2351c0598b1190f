// SPDX-License-Identifier: BSL-1.0
// asio.hpp: loans and records as Boost.Asio's buffers, so that sockets fill and send the ring's own pages.
// Thread safety: as the loan's or the batch's.
#pragma once

#include <samepage/channel/bytes_loan.hpp>

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <span>

namespace samepage {

/// The loan's bytes, to receive into: `n = socket.receive(buffer(packet)); packet.publish(n);`. Found by its argument,
/// like Asio's own. Of an empty loan: no bytes.
/// Lifetime: the loan's; an asynchronous operation must end before the loan is published, discarded or destroyed.
[[nodiscard]] inline boost::asio::mutable_buffer buffer(bytes_loan& loan) noexcept
{
    return {loan.data(), loan.size()};
}

/// A record of a bytes_batch, to send from.
/// Lifetime: the batch's; an asynchronous operation must end before the batch is released.
[[nodiscard]] inline boost::asio::const_buffer buffer(std::span<const std::byte> record) noexcept
{
    return {record.data(), record.size()};
}

} // namespace samepage
