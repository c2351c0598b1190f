// SPDX-License-Identifier: BSL-1.0
// message_type.cpp: a schema's id and name as text.
#include "channel/compare_schemas.hpp"
#include "channel/stored_schema.hpp"

#include <samepage/channel/message_type.hpp>

#include <cstdint>
#include <string_view>

namespace samepage {
namespace {

std::string hexadecimal(std::uint64_t value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
        *digit = digits[value & 0xFU];
        value >>= 4U;
    }
    return text;
}

} // namespace

std::string describe_messages(const capnp::Schema& schema)
{
    const auto node = schema.getProto();
    std::string name{schemas::name_of(node)};
    if (schema.isBranded() && node.isStruct()) {
        const schemas::stored_schema stored{schemas::encode(schema.asStruct())};
        name = schemas::text_of(stored.root(), stored); // with its arguments
    }
    return "capnp:" + hexadecimal(node.getId()) + ' ' + name;
}

} // namespace samepage
