// SPDX-License-Identifier: BSL-1.0
// message_page.cpp: begins, grows and ends a message, and remembers for the next one what is zero.
#include <samepage/channel/message_page.hpp>

#include <samepage/core/error.hpp>

#include <algorithm>
#include <bit>
#include <unordered_set>
#include <utility>

namespace samepage {
namespace {

using type_set = std::unordered_set<capnp::Type, decltype([](const capnp::Type& type) { return type.hashCode(); })>;

bool may_hold_capability(capnp::Type type, type_set& seen, unsigned depth)
{
    constexpr unsigned deepest = 64; // a generic struct may hold itself with ever larger parameters
    while (type.isList()) {
        type = type.asList().getElementType();
    }
    if (type.isInterface() || type.isAnyPointer() || depth == deepest) {
        return true;
    }
    if (!type.isStruct() || !seen.insert(type).second) {
        return false;
    }
    for (const auto field : type.asStruct().getFields()) {
        if (may_hold_capability(field.getType(), seen, depth + 1)) {
            return true;
        }
    }
    return false;
}

} // namespace

message_page::message_page(bytes_producer& from, capnp::StructSchema schema) : from_(&from)
{
    type_set seen;
    may_hold_capabilities_ = may_hold_capability(schema, seen, 0);
}

void message_page::begin(bytes_loan loan, std::size_t first_bytes, growth how)
{
    assert(!building() && loan);
    const std::uint64_t here = loan.position();
    // A gap may have moved us on, and what lies behind us does not matter.
    const page_builder::clean_range clean{clean_begin_ > here ? clean_begin_ - here : 0,
                                          clean_end_ > here ? clean_end_ - here : 0};
    growth_ = how;
    loan_.emplace(std::move(loan));
    page_room* const more = this;
    builder_.emplace(loan_->bytes(), first_bytes, clean, more);
}

outcome message_page::publish()
{
    learn();
    if (may_hold_capabilities_ && builder_->has_capabilities()) {
        throw error{errc::wrong_type,
                    {.operation = "publish a message",
                     .channel = from_->info().name,
                     .expected = "data alone",
                     .found = "a capability, set in a field of interface type or an AnyPointer",
                     .remedy = "leave that field unset: a record lies in shared pages, and calls cannot pass through them"}};
    }
    const std::size_t bytes = builder_->finish().size();
    if (bytes == 0) {
        return builder_->overflow();
    }
    end();
    loan_->publish(bytes);
    loan_.reset();
    return outcome::ok;
}

// So that the next message finds in one piece what this one took; not for ever, and not at the price of the records that
// lossy consumers have yet to take: the horizon moves in eighths of the ring anyway.
void message_page::learn()
{
    constexpr unsigned forgotten_after = 64;
    const std::size_t most = std::max(std::bit_floor(from_->max_record_bytes()) / 4, least);
    if (builder_->grew()) {
        usual_bytes_ = std::max(usual_bytes_, std::min(std::bit_ceil(builder_->bytes_beside_blobs()), most));
        smaller_ = 0;
    } else if (usual_bytes_ > least) {
        smaller_ = builder_->bytes_beside_blobs() < usual_bytes_ / 2 ? smaller_ + 1 : 0;
        if (smaller_ == forgotten_after) {
            usual_bytes_ /= 2;
            smaller_ = 0;
        }
    }
}

void message_page::discard() noexcept
{
    if (building()) {
        end();
        loan_->discard();
        loan_.reset();
    }
}

void message_page::end() noexcept
{
    const auto clean = builder_->clean();
    clean_begin_ = loan_->position() + clean.begin;
    clean_end_ = loan_->position() + clean.end;
    builder_.reset();
}

outcome message_page::extend(std::size_t bytes) noexcept
{
    if (!growth_.waits) {
        return from_->try_grow(*loan_, bytes);
    }
    return growth_.limit ? from_->grow_until(*growth_.limit, *loan_, bytes) : from_->grow(*loan_, bytes);
}

} // namespace samepage
