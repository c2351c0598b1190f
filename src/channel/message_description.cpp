// SPDX-License-Identifier: BSL-1.0
// message_description.cpp: from the description that a channel has to a schema, and the words where that fails.
#include "channel/compare_schemas.hpp"
#include "channel/stored_schema.hpp"

#include <samepage/channel/channel_schema.hpp>
#include <samepage/channel/message_description.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/channel_type.hpp>

#include <cstdint>
#include <utility>

namespace samepage {
namespace {

constexpr std::string_view mark = "capnp:";
constexpr std::size_t id_digits = 16;

/// The id in "capnp:0123456789abcdef Name"; nothing if the text is another.
std::optional<std::uint64_t> id_in(std::string_view text)
{
    if (!text.starts_with(mark) || text.size() < mark.size() + id_digits + 1 || text[mark.size() + id_digits] != ' ') {
        return std::nullopt;
    }
    std::uint64_t id = 0;
    for (const char digit : text.substr(mark.size(), id_digits)) {
        const bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && (digit < 'a' || digit > 'f')) {
            return std::nullopt;
        }
        id = id << 4U | static_cast<std::uint64_t>(decimal ? digit - '0' : digit - 'a' + 10);
    }
    return id;
}

std::string in_quotes(std::string_view text)
{
    return '"' + schemas::printable(text) + '"';
}

std::string records_of(const ring::described_type& found)
{
    const bool dense = found.kind == ring::record_kind::dense;
    return (id_in(found.format) ? "messages " : (dense ? "records, format " : "framed records, format ")) +
           in_quotes(found.format);
}

ring::type_refusal broken(const schemas::broken_schema& why)
{
    return {errc::corrupt, "a schema that holds together", std::string{"one that does not: "} + why.what(),
            "the file is damaged: remove the channel and let its producer create it anew"};
}

/// The schema that `found` carries, of the type that its text names.
void parse(const ring::described_type& found, std::optional<schemas::stored_schema>& into)
{
    into.emplace(found.detail);
    if (into->root_node().getId() != id_in(found.format)) {
        throw schemas::broken_schema{"it is of another type than " + schemas::printable(found.format)};
    }
}

} // namespace

struct channel_schema::loaded {
    capnp::SchemaLoader loader;
    capnp::StructSchema root;
    std::vector<std::uint64_t> ids;
};

channel_schema::channel_schema() = default;

std::optional<ring::type_refusal> channel_schema::read(const ring::described_type& found)
try {
    if (!id_in(found.format)) {
        return ring::type_refusal{errc::wrong_type, "a channel of messages", records_of(found),
                                  "use bytes_consumer or consumer, or another channel name"};
    }
    if (found.detail.empty()) {
        return ring::type_refusal{errc::wrong_type, "a channel that carries its messages' schema",
                                  records_of(found) + " without one, as a bytes_producer makes it",
                                  "give the consumer the schema, or let a message_producer create the channel"};
    }
    std::optional<schemas::stored_schema> stored;
    parse(found, stored);
    auto made = std::make_unique<loaded>();
    made->root = schemas::load(made->loader, *stored);
    for (const auto node : stored->nodes()) {
        made->ids.push_back(node.getId());
    }
    loaded_ = std::move(made);
    return std::nullopt;
} catch (const schemas::broken_schema& why) {
    return broken(why);
}

channel_schema::channel_schema(std::string_view channel, const std::filesystem::path& directory)
{
    if (auto refusal = read(ring::read_channel_type(channel, directory))) {
        throw error{refusal->code,
                    {.operation = "schema of channel",
                     .channel = std::string{channel},
                     .expected = std::move(refusal->expected),
                     .found = std::move(refusal->found),
                     .remedy = std::move(refusal->remedy)}};
    }
}

channel_schema::channel_schema(channel_schema&& other) noexcept = default;
channel_schema& channel_schema::operator=(channel_schema&& other) noexcept = default;
channel_schema::~channel_schema() = default;

capnp::StructSchema channel_schema::root() const& noexcept
{
    return loaded_->root;
}

std::vector<capnp::Schema> channel_schema::types() const&
{
    std::vector<capnp::Schema> all;
    for (const auto id : loaded_->ids) {
        all.push_back(loaded_->loader.get(id));
    }
    return all;
}

message_description::message_description(capnp::StructSchema own) : own_(own)
{
    std::string why;
    try {
        text_ = describe_messages(own);
        nodes_ = schemas::encode(own);
        static_cast<void>(schemas::stored_schema{nodes_}); // as those will see it who join
        return;
    } catch (const kj::Exception& failure) {
        why = schemas::words_of(failure);
    } catch (const schemas::broken_schema& broken) {
        why = broken.what();
    }
    throw error{errc::invalid_argument,
                {.operation = "schema",
                 .channel = {},
                 .expected = "a schema whose types fit each other",
                 .found = std::move(why),
                 .remedy = "load every node that the type refers to"}};
}

message_description::message_description() = default;
message_description::~message_description() = default;

ring::record_type message_description::type() noexcept
{
    return {.kind = ring::record_kind::framed, .format = text_, .detail = nodes_, .judge = this};
}

std::optional<ring::type_refusal> message_description::judge(const ring::described_type& found)
try {
    if (!own_) {
        found_.emplace(channel_schema{});
        return found_->read(found);
    }
    const bool same_type = id_in(found.format) == id_in(text_);
    if (same_type && (found.detail == nodes_ || found.detail.empty())) {
        return std::nullopt;
    }
    if (!same_type) {
        return ring::type_refusal{errc::wrong_type, "messages " + in_quotes(text_), records_of(found),
                                  "use the type the channel carries, another channel name, or remove the channel"};
    }
    std::optional<schemas::stored_schema> theirs;
    parse(found, theirs);
    const schemas::stored_schema ours{nodes_};
    const auto refused = schemas::incompatibility(ours, *theirs);
    if (!refused) {
        return std::nullopt;
    }
    const auto differences = schemas::differences(ours, *theirs);
    return ring::type_refusal{
        errc::wrong_type, "messages " + in_quotes(text_) + ", or an older or newer version of them",
        records_of(found) +
            " of a version that does not fit: " + (differences.empty() ? "Cap'n Proto says: " + *refused : differences),
        "build both sides from one schema, change it only as Cap'n Proto allows (docs/messages.md), or remove the "
        "channel"};
} catch (const schemas::broken_schema& why) {
    return broken(why);
}

capnp::StructSchema message_description::schema() const noexcept
{
    return own_ ? *own_ : found_->root();
}

} // namespace samepage
