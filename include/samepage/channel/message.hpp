// SPDX-License-Identifier: BSL-1.0
// message.hpp: a Cap'n Proto message in the ring's pages, read in place, given back when it goes.
// Thread safety: none for the message; the readers it hands out may be used by other threads while it lives.
#pragma once

#include <samepage/channel/bytes_batch.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/core/outcome.hpp>

#include <cassert>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace samepage {

template <message_schema Schema>
class message_consumer;

/// One record of a consumer's take, read as a Schema where the producer built it. No producer overwrites it while the
/// message lives, also if its consumer is lossy.
///
/// Lifetime: what it hands out (readers, texts, lists, spans) until release(), move-assignment or destruction; never
/// beyond its consumer's. Moving the message leaves it valid.
template <message_schema Schema>
class message {
public:
    message(message&& other) noexcept
        : root_(other.root_),
          batch_(std::move(other.batch_)),
          record_(std::exchange(other.record_, {})),
          reader_(std::exchange(other.reader_, nullptr)),
          why_(other.why_)
    {
    }
    message& operator=(message&& other) noexcept
    {
        if (this != &other) {
            release();
            root_ = other.root_;
            batch_ = std::move(other.batch_);
            record_ = std::exchange(other.record_, {});
            reader_ = std::exchange(other.reader_, nullptr);
            why_ = other.why_;
        }
        return *this;
    }
    message(const message&) = delete;
    message& operator=(const message&) = delete;
    ~message() { release(); }

    /// True if there is a message to read.
    explicit operator bool() const noexcept { return reader_ != nullptr && why_ == outcome::ok; }
    /// ok, or why there is no message: empty, timed_out, closed, producer_died, too_many_held, invalid_after_fork; or
    /// corrupt if the page, or the record's stream header, is not what a correct producer writes. A record with a
    /// corrupt stream header is still in bytes(); the next take goes on behind it.
    [[nodiscard]] outcome why() const noexcept { return why_; }

    /// The message's fields, onto the producer's own pages. Cap'n Proto counts each call as a traversal of the root.
    /// @pre *this is a message.
    /// @throws kj::Exception if the root pointer is malformed, as does each getter that follows a pointer (to a text, a
    ///         list, a struct), and beyond a read_limit: see page_reader, SECURITY. The pointers that a
    ///         message_producer published are never malformed.
    [[nodiscard]] typename Schema::Reader root() const { return root_.read(reader()); }

    /// The message reader itself, for roots of other types (capnp::AnyPointer, DynamicStruct).
    /// @pre *this is a message.
    [[nodiscard]] capnp::MessageReader& reader() const noexcept
    {
        assert(*this);
        return **reader_;
    }

    /// As bytes_batch's, of this message.
    [[nodiscard]] unsigned lane() const noexcept { return batch_.lane(); }
    [[nodiscard]] std::uint64_t number() const noexcept { return batch_.number(); }
    [[nodiscard]] std::uint64_t lost() const noexcept { return batch_.lost(); }

    /// The record: a stream message, as `capnp decode` reads it. Empty if nothing was taken.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return record_; }

    /// Gives the pages back to the ring. Idempotent. Progress: wait-free; a system call only if the producer sleeps.
    void release() noexcept
    {
        if (reader_ != nullptr) {
            reader_->reset();
            reader_ = nullptr;
        }
        record_ = {};
        batch_.release();
    }

private:
    friend class message_consumer<Schema>;

    /// @param reader  the consumer's, empty: kept there, what it hands out stays valid when the message moves.
    message(message_root<Schema> root, bytes_batch batch, std::optional<page_reader>& reader, const read_limits& limits)
        : root_(root), batch_(std::move(batch)), why_(batch_.why())
    {
        if (batch_) {
            record_ = batch_.front();
            reader.emplace(record_, limits);
            reader_ = &reader;
            why_ = reader->why();
        }
    }

    [[no_unique_address]] message_root<Schema> root_;
    bytes_batch batch_;
    std::span<const std::byte> record_;
    std::optional<page_reader>* reader_ = nullptr; // null: nothing taken
    outcome why_;
};

} // namespace samepage
