// SPDX-License-Identifier: BSL-1.0
// random_building.hpp: random programs run in page_builders and drafts, and what they are to be equal to.
#pragma once

#include "random_program.hpp"

#include <samepage/channel/message_blob.hpp>
#include <samepage/channel/message_draft.hpp>
#include <samepage/channel/page_builder.hpp>

#include <capnp/message.h>

#include <cstdint>
#include <cstring>

namespace random_messages {

inline auto canonical(everything::Everything::Reader message)
{
    return capnp::canonicalize(message);
}

inline bool same_words(kj::ArrayPtr<const capnp::word> left, kj::ArrayPtr<const capnp::word> right)
{
    return left.size() == right.size() &&
           std::memcmp(left.begin(), right.begin(), left.size() * sizeof(capnp::word)) == 0;
}

/// Builds on the heap what a program of this seed builds.
class expected_message {
public:
    explicit expected_message(std::uint64_t seed) : builder_(static_cast<capnp::uint>(1 + seed % 3 * 500))
    {
        heap_workshop place(builder_);
        sum_ = random_messages::run(seed, place);
        builder_.getRoot<everything::Everything>().setSeed(seed);
        canonical_ = canonical(builder_.getRoot<everything::Everything>().asReader());
    }
    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }
    [[nodiscard]] bool equals(everything::Everything::Reader message) const
    {
        return same_words(canonical_, canonical(message));
    }

private:
    capnp::MallocMessageBuilder builder_;
    std::uint64_t sum_ = 0;
    kj::Array<capnp::word> canonical_;
};

inline std::uint64_t build(samepage::message_draft<everything::Everything>& draft, std::uint64_t seed)
{
    page_workshop place(draft.builder(), [&](auto item, const blob_order& what) {
        return draft.init_blob<decltype(item)>(what.holder, what.field.getProto().getName().cStr(), what.count,
                                               what.alignment);
    });
    const auto sum = random_messages::run(seed, place);
    draft.root().setSeed(seed);
    return sum;
}

/// The same in a page of one's own.
inline std::uint64_t build(samepage::page_builder& builder, std::uint64_t seed, samepage::blob_fields& known)
{
    page_workshop place(builder.message(), [&](auto item, const blob_order& what) {
        using blob = samepage::message_blob<decltype(item)>;
        return blob{samepage::blob_room{builder,
                                        {capnp::DynamicStruct::Builder{what.holder}, what.holder.getSchema()},
                                        what.field.getProto().getName().cStr(),
                                        blob::item(),
                                        what.count,
                                        what.alignment,
                                        known}};
    });
    const auto sum = run(seed, place);
    builder.message().getRoot<everything::Everything>().setSeed(seed);
    return sum;
}

} // namespace random_messages
