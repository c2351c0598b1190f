// SPDX-License-Identifier: BSL-1.0
// export_count.hpp: how many buffers got from one view live.
// Thread safety: const functions may be called by several threads at once.
#pragma once

#include <samepage/core/language.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace samepage::view {

/// A count that a view shares with the buffers got from it, which may outlive it. The first buffer makes it, so that
/// views without any, slices above all, allocate nothing. It goes where the view is moved; a copy begins one of its
/// own.
class export_count {
public:
    using shared = std::shared_ptr<std::atomic<std::size_t>>;

    export_count() noexcept = default;
    export_count(export_count&& other) noexcept : made_{other.taken()} {}
    export_count& operator=(export_count&& other) noexcept
    {
        const shared* const theirs = other.taken();
        delete taken();
        made_.store(theirs, std::memory_order_relaxed);
        return *this;
    }
    ~export_count() { delete taken(); }

    /// Lifetime: this one's; of a copy, its own.
    [[nodiscard]] const shared& get() const
    {
        const auto* found = made_.load();
        if (found == nullptr) {
            auto made = std::make_unique<const shared>(std::make_shared<std::atomic<std::size_t>>(0));
            // Of several threads that come first together, one's count is everybody's.
            if (made_.compare_exchange_strong(found, made.get())) {
                found = made.release();
            }
        }
        return *found;
    }

    [[nodiscard]] std::size_t living() const noexcept
    {
        const auto* const found = made_.load();
        return found == nullptr ? 0 : (*found)->load();
    }

private:
    /// No other thread is here while a view is changed, so nothing is exchanged.
    [[nodiscard]] const shared* taken() noexcept
    {
        const shared* const made = made_.load(std::memory_order_relaxed);
        made_.store(nullptr, std::memory_order_relaxed);
        return made;
    }

    mutable std::atomic<const shared*> made_{nullptr};
};

} // namespace samepage::view
