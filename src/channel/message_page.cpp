// SPDX-License-Identifier: BSL-1.0
// message_page.cpp: begins, grows and ends a message, and remembers for the next one what is zero.
#include <samepage/channel/message_page.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/core/error.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
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

outcome message_page::publish_copy(bytes_loan loan, std::span<const std::byte> message) noexcept
{
    std::memcpy(loan.data(), message.data(), message.size());
    clean_begin_ = std::max(clean_begin_, loan.position() + message.size());
    clean_end_ = std::max(clean_begin_, clean_end_);
    if (const page_reader copied{loan.bytes()}; !copied) { // of the copy: that one nobody else writes to
        loan.discard();
        return copied.why();
    }
    loan.publish();
    return outcome::ok;
}

outcome message_page::publish()
{
    if (const outcome why = from_->usable(); why != outcome::ok) {
        return why; // in the child of a fork the page is the parent's
    }
    if (may_hold_capabilities_ && !builder_->half_joined() && builder_->has_capabilities()) {
        throw error{errc::invalid_argument,
                    {.operation = "publish a message to",
                     .channel = from_->info().name,
                     .expected = "data alone",
                     .found = "a capability, set in a field of interface type or an AnyPointer",
                     .remedy = "leave that field unset: a record lies in shared pages, and calls cannot pass through "
                               "them"}};
    }
    const std::size_t bytes = builder_->finish().size();
    learn(bytes != 0 ? bytes : builder_->message_bytes());
    if (bytes == 0) {
        return builder_->overflow();
    }
    end(bytes);
    loan_->publish(bytes);
    loan_.reset();
    return outcome::ok;
}

void message_page::discard() noexcept
{
    if (building()) {
        end(0);
        loan_->discard();
        loan_.reset();
    }
}

void message_page::end(std::size_t message_bytes) noexcept
{
    const auto clean = builder_->clean(message_bytes);
    const std::uint64_t here = loan_->position();
    clean_begin_ = here + clean.begin;
    clean_end_ = here + clean.end;
    builder_.reset();
}

// So that the next message finds in one piece what it will take, and little more: what is lent is zeroed before it is
// used, and lines that are far ahead come from far. Not at the price of the records that lossy consumers have yet to
// take: the horizon moves in eighths of the ring anyway.
void message_page::learn(std::size_t message_bytes)
{
    constexpr unsigned window = 64;
    constexpr std::size_t least = 256;
    // A blob may have been disowned and cut off, or never come to be: then they are more than what is there.
    largest_ = std::max(largest_, message_bytes - std::min(message_bytes, builder_->blob_bytes()));
    if (builder_->grew() || ++counted_ == window) {
        const std::size_t most = std::max(std::bit_floor(from_->max_record_bytes()) / 4, at_first);
        usual_bytes_ = std::clamp(std::bit_ceil(largest_ + largest_ / 2), least, most);
        counted_ = 0;
        largest_ = 0;
    }
}

outcome message_page::extend(std::size_t bytes, need how) noexcept
{
    if (!growth_.waits || how == need::of_less_perhaps) {
        return from_->try_grow(*loan_, bytes);
    }
    return growth_.limit ? from_->grow_until(*growth_.limit, *loan_, bytes) : from_->grow(*loan_, bytes);
}

} // namespace samepage
