// SPDX-License-Identifier: BSL-1.0
// message_draft.hpp: a Cap'n Proto message under construction in the ring's pages.
// Thread safety: none; a draft stays on its producer's thread.
#pragma once

#include <samepage/channel/message_blob.hpp>
#include <samepage/channel/message_page.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/core/outcome.hpp>

#include <capnp/dynamic.h>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace samepage {

template <message_schema Schema>
class message_producer;

/// A record of the ring that is written as a Schema. Published, it is a valid message of Cap'n Proto's stream format,
/// of one segment, trimmed to what was used. Nothing is copied, and nothing allocated while the message fits its loan;
/// one that outgrows it goes on behind it in the ring, up to message_producer::max_message_bytes(): see page_builder.
///
/// Lifetime: until publish() succeeds, discard(), or destruction (which discards); never beyond its producer's.
template <message_schema Schema>
class message_draft {
public:
    message_draft(message_draft&& other) noexcept
        : root_(other.root_), page_(std::exchange(other.page_, nullptr)), why_(other.why_)
    {
    }
    message_draft& operator=(message_draft&& other) noexcept
    {
        if (this != &other) {
            discard();
            root_ = other.root_;
            page_ = std::exchange(other.page_, nullptr);
            why_ = other.why_;
        }
        return *this;
    }
    message_draft(const message_draft&) = delete;
    message_draft& operator=(const message_draft&) = delete;
    ~message_draft() { discard(); }

    /// True if there is something to write to.
    explicit operator bool() const noexcept { return page_ != nullptr; }
    /// ok, or why the draft is empty: full, too_large, timed_out, closed, retired, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return why_; }

    /// The message, all defaults at first; the same one each time.
    /// @pre *this holds a message.
    /// @throws kj::Exception if a setter is asked for what no message holds, such as a text of 512 MiB;
    ///         std::bad_alloc if a message that grows finds no memory for Cap'n Proto's bookkeeping: discard it then.
    /// Lifetime: the builder, and all that it hands out, until publish() succeeds, discard() or the draft's
    /// destruction; moving the draft leaves them valid.
    [[nodiscard]] typename Schema::Builder root() { return root_.build(builder()); }

    /// The message builder itself: orphanages, setRoot() of a message from elsewhere (which copies it). An orphan that
    /// is dropped leaves its bytes in the record, zeroed.
    /// @pre *this holds a message. Lifetime: as root().
    [[nodiscard]] capnp::MessageBuilder& builder() noexcept { return page_->builder().message(); }

    /// Sets a field of the root to `count` items and lends them, not zeroed, to be written where they will be read: by
    /// read(2), a socket, a camera. Data if T is a byte, else a list of numbers or enumerants of exactly that type.
    /// @param field      its name; "image.pixels" is field pixels of group or struct image. A struct that is not there
    ///                   is made; a member of a union is set as the last of a path, and is to be set before.
    /// @param alignment  of the first item's address, here and in every reader: a power of two up to 4096, the page.
    /// @return the items; or none, with why(), and the message is as it was.
    /// @throws std::out_of_range: no such field; error wrong_type: no such items; error invalid_argument: an alignment
    ///         that is none, a path through a member of a union that is not set. The message is as it was.
    /// @pre *this holds a message. Costs a look-up by name, and no more for many items than for few.
    template <blob_item T = std::byte>
    [[nodiscard]] message_blob<T> init_blob(std::string_view field, std::size_t count,
                                            std::size_t alignment = alignof(T))
    {
        return init_blob<T>(root(), field, count, alignment);
    }

    /// As above, of any struct in this message: of a generated type's builder, or a capnp::DynamicStruct::Builder.
    template <blob_item T = std::byte, class Builder>
        requires requires
        {
            typename Builder::Builds;
        }
    [[nodiscard]] message_blob<T> init_blob(Builder of, std::string_view field, std::size_t count,
                                            std::size_t alignment = alignof(T))
    {
        capnp::StructSchema schema;
        if constexpr (std::is_same_v<Builder, capnp::DynamicStruct::Builder>) {
            schema = of.getSchema();
        } else {
            schema = capnp::Schema::from<capnp::FromBuilder<Builder>>();
        }
        return message_blob<T>{blob_room{page_->builder(),
                                         {std::move(of), schema},
                                         field,
                                         message_blob<T>::item(),
                                         count,
                                         alignment,
                                         page_->known_fields()}};
    }

    /// ok, or why the message as it is now cannot be published: as publish().
    [[nodiscard]] outcome overflow() { return page_->builder().overflow(); }
    /// Bytes of the record if it were published now; once overflowed, bytes that the same message needs: loan so many.
    [[nodiscard]] std::size_t message_bytes() { return page_->builder().message_bytes(); }

    /// Makes the message visible; anything but ok means that nobody will see it. An empty draft returns its why().
    /// @return ok: the draft is empty then. Else nothing is published, and the draft can still be read and changed, but
    ///         will not fit again: discard it and build it anew. too_large: it outgrew the channel's largest record.
    ///         full, timed_out: it outgrew its loan when no more room was to be had; a new loan finds message_bytes(),
    ///         if asked for them. closed, retired, invalid_after_fork: its producer is.
    /// @throws error invalid_argument if a capability was set: no record can carry it. The draft is as it was.
    ///         std::bad_alloc if a message that grew finds no memory to be joined: publish it again, or discard it.
    /// Progress: wait-free; a system call only if a consumer sleeps.
    outcome publish()
    {
        if (page_ == nullptr) {
            return why_ == outcome::ok ? outcome::empty : why_;
        }
        const outcome result = page_->publish();
        if (result == outcome::ok) {
            page_ = nullptr;
        }
        return result;
    }

    /// Gives the room back; the message is never seen by anyone. Idempotent.
    void discard() noexcept
    {
        if (page_ != nullptr) {
            std::exchange(page_, nullptr)->discard();
        }
    }

private:
    friend class message_producer<Schema>;

    message_draft(message_root<Schema> root, outcome why) noexcept : root_(root), why_(why) {}
    message_draft(message_root<Schema> root, message_page& page) noexcept : root_(root), page_(&page) {}

    [[no_unique_address]] message_root<Schema> root_;
    message_page* page_ = nullptr; // null: empty
    outcome why_ = outcome::ok;
};

} // namespace samepage
