// SPDX-License-Identifier: BSL-1.0
// page_builder.hpp: a Cap'n Proto message builder whose segment is a page that the caller lends.
// Thread safety: none; a builder stays on one thread.
#pragma once

#include <samepage/core/outcome.hpp>

#include <capnp/message.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace samepage {

/// Lends more of what lies behind a page.
class page_room {
public:
    virtual ~page_room() = default;

    enum class need {
        of_all,         ///< the message cannot go on without it: worth waiting for
        of_less_perhaps ///< only if it is to be had at once
    };

    /// Makes the page `bytes` large; it begins where it did.
    /// @return ok; or it is as it was: too_large (never), full, timed_out, closed.
    [[nodiscard]] virtual outcome extend(std::size_t bytes, need how) noexcept = 0;
};

/// Builds a Cap'n Proto message where it will be read. The page's first 8 bytes become the header of Cap'n Proto's
/// stream format, the rest is its one segment; finish() makes the page a valid stream message.
///
/// Room: the message begins in `first_bytes` of the page, all zeroed. One that outgrows them goes on behind them, as
/// far as the page reaches or its page_room extends it; finish() then joins the pieces to one segment again. Where that
/// ends it goes on in private memory: every builder and reader keeps working and reads back what was set, but the
/// message can no longer be finished in place; overflow() says why.
///
/// Allocations: none from construction to finish(), unless the message outgrows `first_bytes`: then Cap'n Proto
/// allocates a few words of bookkeeping for each further piece, each twice as large as the ones before.
///
/// Zeroing: Cap'n Proto needs zeroed memory. The page is zeroed as far as pieces reach, and nothing is zeroed twice:
/// what lies unused behind a finished message is still zero, and clean() tells the next builder so. Blobs
/// (place_blob()) are not zeroed. capnp::MallocMessageBuilder over a first segment would do for a message that fits,
/// but wipes that segment in its destructor, when consumers are reading it.
///
/// Interfaces: a capability cannot pass through a page; see has_capabilities().
class page_builder {
public:
    /// The stream header of a message of one segment.
    static constexpr std::size_t header_bytes = 8;
    /// Header and root pointer: no message is smaller, and in a smaller page every message overflows.
    static constexpr std::size_t smallest_message_bytes = 16;
    /// Largest alignment of a blob: that of the pages which readers map.
    static constexpr std::size_t most_alignment = 4096;

    /// Bytes of a page, from its beginning: [begin, end) are zero. May reach beyond the page.
    struct clean_range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    struct blob_place {
        outcome why = outcome::ok;
        std::byte* begin = nullptr;
    };

    /// @param page         8-byte aligned, any content; bytes beyond the last whole word, and beyond 4 GiB, stay
    /// unused.
    /// @param first_bytes  of the message, zeroed at once; the whole page if it is smaller.
    /// @param clean        is not zeroed again.
    /// @param more         null: the page is all there is.
    /// Lifetime: `page` is used until the builder is destroyed, and keeps the message after that; `more` as long.
    explicit page_builder(std::span<std::byte> page, std::size_t first_bytes = SIZE_MAX, clean_range clean = {0, 0},
                          page_room* more = nullptr);
    ~page_builder();
    page_builder(const page_builder&) = delete;
    page_builder& operator=(const page_builder&) = delete;

    /// The message. Lifetime: the builder's; so have all builders that it hands out.
    [[nodiscard]] capnp::MessageBuilder& message() noexcept { return *arena_; }

    /// ok, or why a part of the message lies outside the page: too_large, full, timed_out, closed; also too_large if an
    /// orphanage referenced external data.
    [[nodiscard]] outcome overflow();

    /// Bytes of the message so far, header included; once it overflowed, bytes that it would need in one page.
    [[nodiscard]] std::size_t message_bytes();

    /// Of them, those of blobs.
    [[nodiscard]] std::size_t blob_bytes() const noexcept { return blob_bytes_; }
    /// It outgrew its first piece.
    [[nodiscard]] bool grew() const noexcept { return !later_.empty() || overflow_ != outcome::ok; }

    /// A capability was set somewhere in the message; no reader could use it. Walks the message.
    [[nodiscard]] bool has_capabilities();

    /// Room for a large object: the next one of `bytes` that message().getOrphanage() makes lies there, contiguous, in
    /// bytes that are not zeroed, but for the last word.
    /// @param bytes      not 0.
    /// @param alignment  of the object's address; a power of two from 8 to most_alignment.
    /// @return where; or why not, and nothing has changed: too_large, full, timed_out, closed.
    [[nodiscard]] blob_place place_blob(std::size_t bytes, std::size_t alignment);

    /// Bytes [from, to) of a page, not zeroed, belong to the message no longer. If nothing was allocated behind them
    /// they are given back; else they become zero.
    void take_back(std::byte* from, std::byte* to);

    /// Writes the header and returns the message: a multiple of 8 bytes. Empty if overflow() is not ok. A message whose
    /// root was never touched has a null root: every field reads as its default. Building may go on, and finish() again
    /// then; not if it grew().
    /// @throws std::bad_alloc if a message that grew finds no memory to be joined.
    /// Lifetime: the page's.
    [[nodiscard]] std::span<const std::byte> finish();
    /// finish() threw: some pointers are joined and others not, so that nothing is allowed but finish() again, clean()
    /// and destruction.
    [[nodiscard]] bool half_joined() const noexcept { return half_joined_; }

    /// What is zero behind the message, of which finish() returned so many bytes; 0: it did not. Also after a
    /// std::bad_alloc, when nothing else but destruction is allowed.
    [[nodiscard]] clean_range clean(std::size_t finished_bytes = 0);

private:
    class arena;

    /// A part of the page that Cap'n Proto builds in.
    struct piece {
        std::size_t begin = 0; ///< from the page's beginning
        std::size_t end = 0;   ///< 0: there is none
    };
    /// In a piece that begins with a blob: for the pad of a pointer from another piece to it, and a little more.
    static constexpr std::size_t room_behind_blob = 256;

    [[nodiscard]] kj::ArrayPtr<capnp::word> next_piece(std::size_t minimum_words);
    [[nodiscard]] kj::ArrayPtr<capnp::word> next_private_piece(std::size_t minimum_words);
    [[nodiscard]] outcome have_room(std::size_t bytes, page_room::need how = page_room::need::of_all) noexcept;
    /// Makes arena_ anew in its place, of one piece that reaches up to `end`, where what lies below `used` is taken and
    /// what lies from `zero` on is zeroed. Builders and orphans stay valid: they point into the arena, which lies where
    /// it did, and to objects, which stay as they are.
    void resume(std::size_t used, std::size_t zero, std::size_t end);
    void make_zero(std::size_t begin, std::size_t end) noexcept;
    /// What lies below `end` may be anything.
    void make_dirty(std::size_t end) noexcept;
    [[nodiscard]] const piece& last() const noexcept { return later_.empty() ? first_ : later_.back(); }
    /// Where the used part of the last piece ends.
    [[nodiscard]] std::size_t used_end();
    void make_room_for_blob(std::size_t used, std::size_t begin, std::size_t end) noexcept;
    /// The first place at or beyond `offset` whose address is a multiple of `alignment`.
    [[nodiscard]] std::size_t aligned(std::size_t offset, std::size_t alignment) const noexcept;
    [[nodiscard]] std::byte* at(std::size_t offset) const noexcept { return page_ + offset; }

    std::byte* page_;
    std::size_t page_bytes_;
    clean_range clean_;
    page_room* more_;
    outcome overflow_ = outcome::ok;
    bool half_joined_ = false;
    std::size_t blob_bytes_ = 0;
    std::size_t blob_alignment_ = 0; ///< of what next_piece() is to begin with; 0: no blob
    // The vectors have no memory until the message grows.
    piece first_;
    std::vector<piece> later_;
    std::vector<std::unique_ptr<capnp::word[]>> private_pieces_;
    std::size_t private_words_ = 0;

    class arena final : public capnp::MessageBuilder {
    public:
        explicit arena(page_builder& owner) noexcept : owner_(&owner) {}
        arena(page_builder& owner, kj::ArrayPtr<SegmentInit> pieces) : capnp::MessageBuilder(pieces), owner_(&owner) {}
        ~arena() noexcept override;

    private:
        kj::ArrayPtr<capnp::word> allocateSegment(capnp::uint minimum_words) override
        {
            return owner_->next_piece(minimum_words);
        }
        page_builder* owner_;
    };
    std::optional<arena> arena_;
};

} // namespace samepage
