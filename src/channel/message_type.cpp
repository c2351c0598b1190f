// SPDX-License-Identifier: BSL-1.0
// message_type.cpp: a schema's id and name as text.
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
    const auto text = node.getDisplayName(); // "folder/file.capnp:Outer.Inner"
    std::string_view name{text.begin(), text.size()};
    name.remove_prefix(name.rfind(':') + 1); // without a colon, npos + 1 is 0
    return "capnp:" + hexadecimal(node.getId()) + ' ' + std::string{name};
}

} // namespace samepage
