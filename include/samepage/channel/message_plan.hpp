// SPDX-License-Identifier: BSL-1.0
// message_plan.hpp: what a schema says of a message's pointers, in tables that a check walks by.
// Thread safety: a plan never changes; any number of threads may use it.
#pragma once

#include <samepage/channel/message_type.hpp>

#include <capnp/common.h>
#include <capnp/schema.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace samepage {

/// For each struct type that a message of one schema may hold: its pointers, and what Cap'n Proto's getters require of
/// each: a text, data, a list of elements of a size, a struct of a type; of a member of a union, only while it is the
/// one that is set. Types refer to each other, also in circles. Generic types are planned as they are bound.
///
/// The schema may be compiled in or from a SchemaLoader. It is read by the constructor and not needed afterwards.
class message_plan {
public:
    /// A schema of more struct types, or more pointers in them, than this is refused.
    static constexpr std::size_t most_entries = 1U << 16U;

    /// @param root  the type of the messages' root.
    /// Costs some microseconds for each struct type, once.
    /// @throws error: malformed, if the schema contradicts itself (a default of another type than its field, groups
    ///         within themselves, a generic type that contains ever larger ones of itself), as only a loaded one can.
    explicit message_plan(capnp::StructSchema root);

private:
    friend class message_walk;
    friend class message_planner;
    friend struct message_fault;

    enum class content : std::uint8_t {
        any,        ///< AnyPointer, or what the schema does not know
        any_struct, ///< AnyStruct
        any_list,   ///< AnyList
        capability,
        text,
        data,
        structure,
        list,
    };
    static constexpr std::uint32_t none = UINT32_MAX;

    /// What a pointer must lead to.
    struct expectation {
        content what = content::any;
        capnp::ElementSize element = capnp::ElementSize::VOID; ///< of a list, as the schema has it
        std::uint32_t of = none; ///< its struct type, or for a list of pointers, the elements' expectation
    };

    /// A union's member is set when the 16 bits at `offset` (counted in 16 bits) hold `value`, and the members that
    /// hold its union are set.
    struct condition {
        std::uint32_t offset = 0;
        std::uint16_t value = 0;
        std::uint32_t also = none;
    };

    struct field {
        expectation expected;
        std::uint32_t when = none;       ///< condition
        std::uint32_t slot = 0;          ///< among the struct's pointers
        std::uint32_t default_depth = 0; ///< structs and lists within each other in what is read where it is null
        std::string name;                ///< "payload.note"
    };

    struct structure {
        std::uint32_t first = 0;         ///< of slots_, as many as slot_count and one more
        std::uint32_t slot_count = 0;    ///< pointers up to the last that the schema knows
        std::uint32_t default_depth = 0; ///< the fields' largest
        std::string name;
    };

    std::vector<structure> structures_; ///< the root's type first
    std::vector<std::uint32_t> slots_;  ///< the first of fields_ for each pointer of each struct
    std::vector<field> fields_;
    std::vector<condition> conditions_;
    std::vector<expectation> elements_; ///< of lists of pointers
};

/// The plan of a compiled schema, made when it is first asked for. Lifetime: static.
template <generated_schema Schema>
[[nodiscard]] const std::shared_ptr<const message_plan>& plan_of()
{
    static const auto made = std::make_shared<const message_plan>(capnp::Schema::from<Schema>());
    return made;
}

/// The plan of `schema`: Schema's own, if it is generated.
template <message_schema Schema>
[[nodiscard]] std::shared_ptr<const message_plan> plan_of(capnp::StructSchema schema)
{
    if constexpr (generated_schema<Schema>) {
        return plan_of<Schema>();
    } else {
        return std::make_shared<const message_plan>(schema);
    }
}

} // namespace samepage
