// SPDX-License-Identifier: BSL-1.0
// lives_attach.hpp: how a process of the part `lives` opens an end of the channel, and pauses.
// Thread safety: none.
#pragma once

#include "torture/lives_board.hpp"

#include <samepage/core/error.hpp>

#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

namespace torture {

inline void nap(support::random_numbers& random, std::uint64_t most_us)
{
    std::this_thread::sleep_for(std::chrono::microseconds{random.below(most_us)});
}

/// Opens an end, and writes down of which channel. A place may be refused for a moment: somebody who looks whether its
/// last owner lives has its lock, and may be stopped with it.
template <class Open>
auto attach(const lives_site& where, unsigned who, Open&& open)
{
    auto& at = where.all->at.at(who);
    at = lives_board::attaching;
    for (;;) {
        try {
            auto end = open();
            const std::size_t generation = where.all->generation_of(end.info().inode);
            at = generation + 1;
            return std::pair{std::move(end), generation};
        } catch (const samepage::error& fault) {
            const auto code = fault.code();
            if (code != samepage::errc::too_many_consumers && code != samepage::errc::producer_exists &&
                code != samepage::errc::consumer_exists && code != samepage::errc::retired) {
                throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }
}

} // namespace torture
