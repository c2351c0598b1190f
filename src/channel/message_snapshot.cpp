// SPDX-License-Identifier: BSL-1.0
// message_snapshot.cpp: the copy, and the check of it.
#include <samepage/channel/message_check.hpp>
#include <samepage/channel/message_snapshot.hpp>

#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace samepage {

struct message_snapshot::state {
    std::unique_ptr<std::uint64_t[]> words;
    std::size_t capacity_bytes = 0;
    std::span<const std::byte> record;
    std::shared_ptr<const message_plan> plan;
    std::optional<page_reader> reader;
    message_fault fault;
    outcome why = outcome::empty;

    void reserve(std::size_t bytes)
    {
        if (bytes > capacity_bytes) {
            constexpr std::size_t step_bytes = 4096;
            const auto rounded = (bytes + step_bytes - 1) / step_bytes * step_bytes;
            capacity_bytes = 0;
            words.reset(); // first, so that there are never two of them
            words = std::make_unique_for_overwrite<std::uint64_t[]>(rounded / sizeof(std::uint64_t));
            capacity_bytes = rounded;
        }
    }
};

message_snapshot::message_snapshot() noexcept = default;
message_snapshot::message_snapshot(message_snapshot&& other) noexcept = default;
message_snapshot& message_snapshot::operator=(message_snapshot&& other) noexcept = default;
message_snapshot::~message_snapshot() = default;

message_snapshot::state& message_snapshot::made()
{
    if (!state_) {
        state_ = std::make_unique<state>();
    }
    return *state_;
}

void message_snapshot::clear(outcome why)
{
    state& own = made();
    own.reader.reset();
    own.record = {};
    own.fault = {};
    own.why = why;
}

outcome message_snapshot::assign(std::span<const std::byte> record, const message_reading& how, std::size_t most_bytes)
{
    clear(record.size() > most_bytes ? outcome::too_large : outcome::empty);
    state& own = *state_;
    if (own.why == outcome::too_large) {
        return own.why;
    }
    own.reserve(record.size());
    if (!record.empty()) {
        std::memcpy(own.words.get(), record.data(), record.size());
    }
    // From here on only the copy counts: nothing below may be read from the record instead.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    own.record =
        std::as_bytes(std::span{own.words.get(), own.capacity_bytes / sizeof(std::uint64_t)}).first(record.size());
    if (own.plan != how.plan) {
        own.plan = how.plan;
    }
    own.reader.emplace(own.record, how.limits.once_checked());
    own.fault = *own.reader ? check_message(*own.plan, *own.reader, how.limits.for_check(record.size()))
                            : message_fault{.what = message_fault::kind::header};
    own.why = own.fault.why();
    return own.why;
}

outcome message_snapshot::why() const noexcept
{
    return state_ ? state_->why : outcome::empty;
}

std::span<const std::byte> message_snapshot::bytes() const noexcept
{
    return state_ ? state_->record : std::span<const std::byte>{};
}

std::string message_snapshot::fault() const
{
    return state_ && state_->fault ? state_->fault.text(*state_->plan) : std::string{};
}

capnp::MessageReader& message_snapshot::reader() const noexcept
{
    assert(why() == outcome::ok);
    return *state_->reader;
}

} // namespace samepage
