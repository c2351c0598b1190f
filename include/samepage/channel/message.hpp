// SPDX-License-Identifier: BSL-1.0
// message.hpp: a Cap'n Proto message in the ring's pages, read in place, given back when it goes.
// Thread safety: none for the message; the readers it hands out may be used by other threads while it lives.
#pragma once

#include <samepage/channel/bytes_batch.hpp>
#include <samepage/channel/message_check.hpp>
#include <samepage/channel/message_copy.hpp>
#include <samepage/channel/message_reading.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/core/outcome.hpp>

#include <kj/exception.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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
          how_(other.how_),
          fault_(other.fault_),
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
            how_ = other.how_;
            fault_ = other.fault_;
            why_ = other.why_;
        }
        return *this;
    }
    message(const message&) = delete;
    message& operator=(const message&) = delete;
    ~message() { release(); }

    /// True if there is a message to read.
    explicit operator bool() const noexcept { return reader_ != nullptr && why_ == outcome::ok; }
    /// ok, or why there is no message: empty, timed_out, closed, producer_died, retired, unmapped, too_many_held,
    /// invalid_after_fork; or corrupt if the page, the record's stream header or, unless read_limits::check is off, any
    /// of its pointers is not what a correct producer of this schema writes. Such a record is still in bytes(); the
    /// next take goes on behind it.
    [[nodiscard]] outcome why() const noexcept { return why_; }
    /// What is wrong with the record, where, and what to do, in one line. "" if there is none, or nothing was found.
    [[nodiscard]] std::string fault() const { return fault_ ? fault_.text(*how_->plan) : std::string{}; }

    /// The message's fields, onto the producer's own pages. After a check no getter throws, however often it is called,
    /// but for what check_message() leaves out. Without one (read_limits::check off), getters that follow a pointer, to
    /// a text, a list or a struct, throw a kj::Exception if it is malformed or a limit is passed: use read().
    /// @pre *this is a message.
    /// @throws error: malformed, if the root pointer is, which only an unchecked one can be.
    /// SECURITY: a check holds as long as nobody changes the bytes. Of a producer that may go on writing to what it
    /// published, read only a copy().
    [[nodiscard]] typename Schema::Reader root() const
    {
        try {
            return root_.read(reader());
        } catch (const kj::Exception& thrown) {
            throw reading_error(thrown);
        }
    }

    /// What `use` makes of the root; for messages that were not checked, and for interfaces and AnyPointers.
    /// @param use  called once, with a Schema::Reader.
    /// @pre *this is a message.
    /// @throws error: malformed, with Cap'n Proto's own words, in place of each kj::Exception that `use` lets out; what
    ///         else it throws.
    template <class Use>
    decltype(auto) read(Use&& use) const
    {
        try {
            return std::forward<Use>(use)(root_.read(reader()));
        } catch (const kj::Exception& thrown) {
            throw reading_error(thrown);
        }
    }

    /// The record in private memory, checked there: for producers that may rewrite it meanwhile, or to keep.
    /// @param most_bytes  a larger one is not copied: too_large.
    /// @return the copy. None, with why(): corrupt, too_large, or this message's own if it has no record.
    /// @throws std::bad_alloc. Lifetime: its own.
    [[nodiscard]] message_copy<Schema> copy(std::size_t most_bytes = message_snapshot::default_most_bytes) const
    {
        message_copy<Schema> made;
        static_cast<void>(copy_into(made, most_bytes));
        return made;
    }

    /// The same into a copy that is there, whose memory is used again: a loop need not allocate. Returns its why().
    outcome copy_into(message_copy<Schema>& existing,
                      std::size_t most_bytes = message_snapshot::default_most_bytes) const
    {
        existing.root_ = root_;
        if (reader_ == nullptr) {
            existing.snapshot_.clear(why_);
            return why_;
        }
        return existing.snapshot_.assign(record_, *how_, most_bytes);
    }

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
    [[nodiscard]] bool redelivered() const noexcept { return batch_.redelivered(); }

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
    /// @param how  the consumer's too.
    message(message_root<Schema> root, bytes_batch batch, std::optional<page_reader>& reader,
            const message_reading& how)
        : root_(root), batch_(std::move(batch)), how_(&how), why_(batch_.why())
    {
        if (batch_) {
            const auto& limits = how.limits;
            record_ = batch_.front();
            reader.emplace(record_, limits.check ? limits.once_checked() : limits.for_record(record_.size()));
            reader_ = &reader;
            if (!*reader) {
                fault_.what = message_fault::kind::header;
            } else if (limits.check) {
                fault_ = check_message(*how.plan, *reader, limits.for_check(record_.size()));
            }
            why_ = fault_.why();
        }
    }

    [[no_unique_address]] message_root<Schema> root_;
    bytes_batch batch_;
    std::span<const std::byte> record_;
    std::optional<page_reader>* reader_ = nullptr; // null: nothing taken
    const message_reading* how_;
    message_fault fault_;
    outcome why_;
};

} // namespace samepage
