// SPDX-License-Identifier: BSL-1.0
// buffers.hpp: batches and loans as views: view_of(), get_buffer().
// Thread safety: none; a view of a batch, and every slice of it, stays on its consumer's thread, which has to be the
// one that drops the last.
#pragma once

#include <samepage/channel/batch.hpp>
#include <samepage/channel/bytes_batch.hpp>
#include <samepage/channel/bytes_loan.hpp>
#include <samepage/channel/loan.hpp>
#include <samepage/view/get_buffer.hpp>

#include <utility>
#include <vector>

namespace samepage {

// batch<T> and loan<T> are contiguous ranges, and exporters by that:
//   view_of(batch)             borrowed, read-only: until the batch is released;
//   view_of(std::move(batch))  keeps the pages until the last slice is gone or released;
//   view_of(loan)              borrowed, writable: until the loan is published or discarded.
// Nobody could publish a loan that a view keeps.
template <class T>
inline constexpr bool view::may_be_leased<loan<T>> = false;

/// The bytes of a loan, writable, borrowed until it is published or discarded.
[[nodiscard]] inline memory_view samepage_buffer(const bytes_loan& loan, buffer_request)
{
    return memory_view{loan.bytes()};
}
memory_view samepage_buffer(const bytes_loan&& loan, buffer_request) = delete;

/// A view of the first record, read-only: the one that take(1) and take_latest() give. It keeps the whole batch.
/// @pre The batch holds one. Never beyond the batch's consumer.
[[nodiscard]] inline memory_view record_view(bytes_batch&& batch)
{
    const auto record = batch.front(); // lies in the ring, and stays there when the batch moves
    return memory_view{record, lease{std::move(batch)}};
}

/// A view of each record, read-only, in order. The batch goes into the lease that they share: its pages stay until the
/// last of them, and of their slices, is gone or released. Never beyond the batch's consumer.
[[nodiscard]] inline std::vector<memory_view> record_views(bytes_batch&& batch)
{
    std::vector<memory_view> views;
    views.reserve(batch.size());
    const lease held{std::move(batch)};
    for (const auto record : *held.get<bytes_batch>()) {
        views.emplace_back(record, held);
    }
    return views;
}

} // namespace samepage
