// SPDX-License-Identifier: BSL-1.0
// message_draft.hpp: a Cap'n Proto message under construction in the ring's pages.
// Thread safety: none; a draft stays on its producer's thread.
#pragma once

#include <samepage/channel/bytes_loan.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/channel/page_builder.hpp>
#include <samepage/core/outcome.hpp>

#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

namespace samepage {

template <message_schema Schema>
class message_producer;

/// A record of the ring that is written as a Schema. Published, it is a valid message of Cap'n Proto's stream format,
/// trimmed to what was used. Nothing is allocated and nothing copied while the message fits the loan; one that outgrows
/// it goes on in private memory and cannot be published.
///
/// Lifetime: until publish() succeeds, discard(), or destruction (which discards); never beyond its producer's.
template <message_schema Schema>
class message_draft {
public:
    message_draft(message_draft&& other) noexcept
        : root_(other.root_), loan_(std::move(other.loan_)), builder_(std::exchange(other.builder_, nullptr))
    {
    }
    message_draft& operator=(message_draft&& other) noexcept
    {
        if (this != &other) {
            discard();
            root_ = other.root_;
            loan_ = std::move(other.loan_);
            builder_ = std::exchange(other.builder_, nullptr);
        }
        return *this;
    }
    message_draft(const message_draft&) = delete;
    message_draft& operator=(const message_draft&) = delete;
    ~message_draft() { discard(); }

    /// True if there is something to write to.
    explicit operator bool() const noexcept { return builder_ != nullptr; }
    /// ok, or why the draft is empty: full, too_large, timed_out, closed, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return loan_.why(); }

    /// The message, all defaults at first; the same one each time.
    /// @pre *this holds a message.
    /// @throws kj::Exception if a setter is asked for what no message holds, such as a text of 512 MiB.
    /// Lifetime: the builder, and all that it hands out, until publish() succeeds, discard() or the draft's
    /// destruction; moving the draft leaves them valid.
    [[nodiscard]] typename Schema::Builder root() { return root_.build(builder()); }

    /// The message builder itself: orphanages, setRoot() of a message from elsewhere (which copies it).
    /// @pre *this holds a message. Lifetime: as root().
    [[nodiscard]] capnp::MessageBuilder& builder() noexcept { return page(); }

    /// Whether the message outgrew the loan, or refers to external data, and so cannot be published.
    [[nodiscard]] bool overflowed() { return page().overflowed(); }
    /// Bytes of the record if it were published now; once overflowed, bytes that the same message needs: loan so many.
    [[nodiscard]] std::size_t message_bytes() { return page().message_bytes(); }

    /// Makes the message visible; anything but ok means that nobody will see it. An empty draft returns its why().
    /// @return ok: the draft is empty then. too_large: the message overflowed. Nothing is published; the draft can
    /// still
    ///         be read and changed, but will not fit again: discard it, loan message_bytes() and build it anew.
    /// Progress: wait-free; a system call only if a consumer sleeps.
    outcome publish()
    {
        if (builder_ == nullptr) {
            return why();
        }
        const std::size_t bytes = page().finish().size();
        if (bytes == 0) {
            return outcome::too_large;
        }
        loan_.publish(bytes);
        drop_builder();
        return outcome::ok;
    }

    /// Gives the room back; the message is never seen by anyone. Idempotent.
    void discard() noexcept
    {
        if (builder_ != nullptr) {
            drop_builder();
            loan_.discard();
        }
    }

private:
    friend class message_producer<Schema>;

    /// @param builder  the producer's, empty: kept there, what it hands out stays valid when the draft moves.
    message_draft(message_root<Schema> root, bytes_loan loan, std::optional<page_builder>& builder)
        : root_(root), loan_(std::move(loan))
    {
        if (loan_) {
            builder.emplace(loan_.bytes());
            builder_ = &builder;
        }
    }

    [[nodiscard]] page_builder& page() noexcept
    {
        assert(builder_ != nullptr);
        return **builder_;
    }

    void drop_builder() noexcept
    {
        builder_->reset();
        builder_ = nullptr;
    }

    [[no_unique_address]] message_root<Schema> root_;
    bytes_loan loan_;
    std::optional<page_builder>* builder_ = nullptr; // null: empty
};

} // namespace samepage
