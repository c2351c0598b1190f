// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: shows the messages of any channel, by the schema that is in it; nothing here was generated from one.
#include <samepage/channel/message_consumer.hpp>

#include <capnp/dynamic.h>
#include <capnp/schema.h>
#include <kj/string.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using capnp::DynamicStruct;
using capnp::DynamicValue;

std::string names_of(capnp::StructSchema schema)
{
    std::string names;
    for (const auto field : schema.getFields()) {
        names += (names.empty() ? "" : ", ") + std::string(field.getProto().getName().cStr());
    }
    return names;
}

// "source.file": field file of source. None if it is not set: null, or not its union's member in this message.
std::optional<DynamicValue::Reader> find(DynamicStruct::Reader in, const std::string& path)
{
    const auto dot = path.find('.');
    const std::string name = path.substr(0, dot);
    const auto field = in.getSchema().findFieldByName(name);
    KJ_IF_MAYBE (found, field) {
        if (!in.has(*found)) {
            return std::nullopt;
        }
        const auto value = in.get(*found);
        if (dot == std::string::npos) {
            return value;
        }
        if (value.getType() == DynamicValue::STRUCT) {
            return find(value.as<DynamicStruct>(), path.substr(dot + 1));
        }
        throw std::runtime_error(name + " has no fields");
    }
    throw std::runtime_error("no field '" + name + "'; there are " + names_of(in.getSchema()));
}

// As in a schema's text; enumerants by name, texts without the quotes.
std::string words(const DynamicValue::Reader& value)
{
    return value.getType() == DynamicValue::TEXT ? value.as<capnp::Text>().cStr() : kj::str(value).cStr();
}

// FIELD alone: that field of the messages in which it is set. FIELD=VALUE: the messages that have it.
class filter {
public:
    explicit filter(std::string_view text) : field_(text.substr(0, text.find('=')))
    {
        if (field_.size() != text.size()) {
            value_ = text.substr(field_.size() + 1);
        }
    }

    [[nodiscard]] std::optional<std::string> shown(DynamicStruct::Reader message) const
    {
        if (field_.empty()) {
            return kj::str(message).cStr();
        }
        const auto found = find(message, field_);
        if (!found || (value_ && words(*found) != *value_)) {
            return std::nullopt;
        }
        return value_ ? kj::str(message).cStr() : words(*found);
    }

private:
    std::string field_;
    std::optional<std::string> value_;
};

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "events";
    const filter wanted(count > 2 ? arguments[2] : "");
    samepage::message_consumer<DynamicStruct> messages(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});
    std::cout << messages.schema().getShortDisplayName().cStr() << ": " << names_of(messages.schema()) << '\n';

    unsigned seen = 0;
    unsigned shown = 0;
    while (auto message = messages.take()) { // checked against that schema: no getter throws
        if (const auto text = wanted.shown(message.root())) {
            std::cout << *text << '\n';
            ++shown;
        }
        ++seen;
    }

    std::cout << seen << " messages, " << shown << " shown" << std::endl;
    if (const auto why = messages.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the messages ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
