// SPDX-License-Identifier: BSL-1.0
// message_fields.cpp: a search by name, and what to say if it finds nothing.
#include "channel/message_fields.hpp"

#include <stdexcept>
#include <string>

namespace samepage {

capnp::StructSchema::Field field_of(capnp::StructSchema schema, std::string_view name, std::string_view what,
                                    std::string_view path)
{
    const auto name_of = [](capnp::StructSchema::Field field) {
        const auto text = field.getProto().getName();
        return std::string_view{text.begin(), text.size()};
    };
    for (const auto field : schema.getFields()) {
        if (name_of(field) == name) {
            return field;
        }
    }
    std::string names;
    for (const auto field : schema.getFields()) {
        names += (names.empty() ? "'" : ", '") + std::string{name_of(field)} + "'";
    }
    throw std::out_of_range{std::string{what} + " '" + std::string{path} + "': no field '" + std::string{name} +
                            "'; there are " + names};
}

} // namespace samepage
