// SPDX-License-Identifier: BSL-1.0
// message_blob.hpp: a large Data or list of numbers in a message, written in the ring's pages by whoever has the bytes.
// Thread safety: none; a blob stays on its producer's thread, its bytes may be written by any while it waits.
#pragma once

#include <samepage/channel/page_builder.hpp>
#include <samepage/core/outcome.hpp>

#include <capnp/any.h>
#include <capnp/schema.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace samepage {

/// What a blob is of: bytes, numbers as Cap'n Proto has them, or enumerants.
template <class T>
concept blob_item = std::is_same_v<T, std::byte> ||
                    (std::is_arithmetic_v<T> && !std::is_same_v<T, bool> && sizeof(T) <= 8) ||
                    (std::is_enum_v<T> && sizeof(T) == sizeof(std::uint16_t));

/// Fields that blobs went to before, by name: a look in here instead of in the schema, which takes ten times as long.
class blob_fields {
public:
    struct field {
        capnp::schema::Type::Which item; ///< DATA: it is no list
        std::uint32_t slot;              ///< among the struct's pointers
    };

    [[nodiscard]] const field* find(const capnp::StructSchema& of, std::string_view name) const noexcept;
    /// Forgets the oldest if there are too many. Does not allocate; a long name is not remembered.
    void remember(const capnp::StructSchema& of, std::string_view name, field found) noexcept;

private:
    struct entry {
        capnp::StructSchema of;
        std::array<char, 24> name{};
        std::size_t name_bytes = 0; ///< 0: none
        field found{};
    };
    std::array<entry, 8> entries_{};
    std::size_t oldest_ = 0;
};

/// A struct that a blob goes to.
struct blob_holder {
    capnp::AnyStruct::Builder builder;
    capnp::StructSchema schema;
};

/// Room for a field, as page_builder::place_blob() gave it; of no type.
class blob_room {
public:
    /// What an item must be.
    struct item {
        capnp::schema::Type::Which type; ///< DATA: bytes of any kind
        std::size_t bytes;
    };

    /// Sets the field to `count` items, not zeroed, at a multiple of `alignment`.
    /// @throws std::out_of_range: no such field; error wrong_type: it is no Data and no list of such items;
    ///         error invalid_argument: an alignment that is none, a path through a union's member that is not set
    blob_room(page_builder& page, blob_holder holder, std::string_view field, item what, std::size_t count,
              std::size_t alignment, blob_fields& known);

    [[nodiscard]] outcome why() const noexcept { return why_; }
    [[nodiscard]] std::byte* data() const noexcept { return begin_; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] bool truncate(std::size_t count);

private:
    page_builder* page_;
    std::byte* pointer_ = nullptr; ///< that leads to it, in the message; null: there is none
    std::uint64_t as_set_ = 0;     ///< what it holds as long as nobody set it again
    std::byte* begin_ = nullptr;
    std::size_t item_bytes_;
    std::size_t count_ = 0;
    outcome why_ = outcome::ok;
};

/// A field's items, writable where they will be read, a contiguous range and so an exporter of buffers. They hold what
/// earlier records left there: write all of them, or truncate() to what was written. Up to seven bytes behind the last
/// item belong to the message, and are zero.
///
/// Lifetime: until the draft is published, discarded or destroyed; moving the draft leaves it valid. The field may be
/// read by its own getter meanwhile; to set it again, or to disown it, ends the blob.
template <blob_item T>
class message_blob {
public:
    /// True if there is something to write to.
    explicit operator bool() const noexcept { return room_.why() == outcome::ok; }
    /// ok, or why there is no room, the message being as it was: too_large (never), full (not now: something that is
    /// held lies there; publish without it, or discard and loan so much from the start), timed_out, closed.
    [[nodiscard]] outcome why() const noexcept { return room_.why(); }

    [[nodiscard]] T* data() const noexcept { return reinterpret_cast<T*>(room_.data()); }
    [[nodiscard]] std::size_t size() const noexcept { return room_.count(); }
    [[nodiscard]] T* begin() const noexcept { return data(); }
    [[nodiscard]] T* end() const noexcept { return data() + size(); }
    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return data()[index]; }
    /// For read(2), sockets, cameras.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept
    {
        return std::as_writable_bytes(std::span{data(), size()});
    }

    /// The field has `count` items only: a socket gave fewer. What it gives up goes back to the ring if nothing was
    /// built since init_blob(), and is zeroed otherwise.
    /// @return false: the field no longer holds this blob, and nothing has changed.
    /// @pre count <= size()
    bool truncate(std::size_t count) { return room_.truncate(count); }

    /// By message_draft::init_blob().
    explicit message_blob(const blob_room& room) noexcept : room_(room) {}

    [[nodiscard]] static constexpr blob_room::item item() noexcept
    {
        using which = capnp::schema::Type;
        constexpr bool is_signed = std::is_signed_v<T>;
        if constexpr (std::is_same_v<T, std::byte> || std::is_same_v<T, char>) {
            return {which::DATA, sizeof(T)};
        } else if constexpr (std::is_enum_v<T>) {
            return {which::ENUM, sizeof(T)};
        } else if constexpr (std::is_floating_point_v<T>) {
            return {sizeof(T) == sizeof(float) ? which::FLOAT32 : which::FLOAT64, sizeof(T)};
        } else if constexpr (sizeof(T) == 1) {
            return {is_signed ? which::INT8 : which::UINT8, sizeof(T)};
        } else if constexpr (sizeof(T) == 2) {
            return {is_signed ? which::INT16 : which::UINT16, sizeof(T)};
        } else if constexpr (sizeof(T) == 4) {
            return {is_signed ? which::INT32 : which::UINT32, sizeof(T)};
        } else {
            return {is_signed ? which::INT64 : which::UINT64, sizeof(T)};
        }
    }

private:
    blob_room room_;
};

} // namespace samepage

template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<samepage::message_blob<T>> = true;
