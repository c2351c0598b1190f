// SPDX-License-Identifier: BSL-1.0
// random_program.hpp: a seed gives a program that builds a message with everything that builders can do, wherever it is
// let: each run of it does the same steps and makes the same message.
#pragma once

#include <samepage/core/outcome.hpp>

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <everything.capnp.h>

namespace random_messages {

/// The same numbers everywhere, unlike those of <random>'s distributions.
class numbers {
public:
    explicit numbers(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t operator()() noexcept // splitmix64
    {
        std::uint64_t mixed = state_ += 0x9e37'79b9'7f4a'7c15U;
        mixed = (mixed ^ mixed >> 30U) * 0xbf58'476d'1ce4'e5b9U;
        mixed = (mixed ^ mixed >> 27U) * 0x94d0'49bb'1331'11ebU;
        return mixed ^ mixed >> 31U;
    }
    [[nodiscard]] unsigned below(std::size_t bound) noexcept { return static_cast<unsigned>((*this)() % bound); }
    [[nodiscard]] bool one_in(unsigned so_many) noexcept { return below(so_many) == 0; }

private:
    std::uint64_t state_;
};

/// What a blob of a program is: count and content are the seed's.
struct blob_order {
    capnp::DynamicStruct::Builder holder;
    capnp::StructSchema::Field field;
    std::size_t count;
    std::size_t alignment;
    std::uint64_t content;
};

/// A place that had no room for a blob: nothing of the message is worth comparing.
struct no_room {
    samepage::outcome why;
};

/// Where a program builds.
class workshop {
public:
    virtual capnp::MessageBuilder& message() = 0;
    /// Sets a field as a blob, filled. @throws no_room
    virtual void place(const blob_order& what) = 0;
    /// Shortens the blob placed last. @param ended  the program set its field again since then
    /// @return whether the field still held it
    virtual bool shorten(std::size_t count, bool ended) = 0;

protected:
    ~workshop() = default;
};

/// A blob as an ordinary field.
class heap_workshop final : public workshop {
public:
    explicit heap_workshop(capnp::MessageBuilder& message) noexcept : message_(&message) {}
    capnp::MessageBuilder& message() override { return *message_; }
    void place(const blob_order& what) override;
    bool shorten(std::size_t count, bool ended) override;

private:
    capnp::MessageBuilder* message_;
    std::unique_ptr<blob_order> last_;
};

/// Calls `use(T{})` with the type of the field's items. @pre It may be a blob.
template <class Use>
void with_item_of(capnp::Type type, Use&& use)
{
    using which = capnp::schema::Type;
    switch (type.isData() ? which::DATA : type.asList().whichElementType()) {
    case which::INT8: return use(std::int8_t{});
    case which::INT16: return use(std::int16_t{});
    case which::INT32: return use(std::int32_t{});
    case which::INT64: return use(std::int64_t{});
    case which::UINT8: return use(std::uint8_t{});
    case which::UINT16: return use(std::uint16_t{});
    case which::UINT32: return use(std::uint32_t{});
    case which::UINT64: return use(std::uint64_t{});
    case which::FLOAT32: return use(float{});
    case which::FLOAT64: return use(double{});
    case which::ENUM: return use(everything::Colour{});
    default: return use(std::byte{});
    }
}

/// An item of a blob.
template <class T>
T item_of(std::uint64_t number) noexcept
{
    if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(static_cast<std::int64_t>(number)) / 1024;
    } else if constexpr (std::is_same_v<T, everything::Colour>) {
        return static_cast<T>(number % 5); // some of which the schema does not know
    } else {
        return static_cast<T>(number);
    }
}

/// A blob of a page_builder or a message_draft. `init_blob(T{}, order)` gives a message_blob<T>.
template <class InitBlob>
class page_workshop final : public workshop {
public:
    page_workshop(capnp::MessageBuilder& message, InitBlob init_blob)
        : message_(&message), init_blob_(std::move(init_blob))
    {
    }
    capnp::MessageBuilder& message() override { return *message_; }
    void place(const blob_order& what) override
    {
        with_item_of(what.field.getType(), [&](auto item) {
            auto blob = init_blob_(item, what);
            if (!blob) {
                throw no_room{blob.why()};
            }
            numbers next(what.content);
            for (auto& each : blob) {
                each = item_of<decltype(item)>(next());
            }
            shorten_ = [blob](std::size_t count) mutable { return blob.truncate(count); };
        });
    }
    bool shorten(std::size_t count, bool /*ended*/) override { return shorten_(count); }

private:
    capnp::MessageBuilder* message_;
    InitBlob init_blob_;
    std::function<bool(std::size_t)> shorten_;
};

/// Runs the program. Returns a sum of what it read on the way, which is the same for each place.
std::uint64_t run(std::uint64_t seed, workshop& place);

} // namespace random_messages
