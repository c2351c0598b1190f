// SPDX-License-Identifier: BSL-1.0
// stored_schema.hpp: a schema as a channel carries it: the nodes that the root reaches, as one message. docs/layout.md,
// "Schema".
// Thread safety: a stored_schema may be read by any number of threads.
#pragma once

#include <capnp/schema-loader.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <kj/array.h>
#include <kj/exception.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace samepage::schemas {

using node_reader = capnp::schema::Node::Reader;
using type_reader = capnp::schema::Type::Reader;
using node_list = capnp::List<capnp::schema::Node>::Reader;

/// Bytes that are no schema, or one that contradicts itself; what() says in which way.
class broken_schema : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What Cap'n Proto says of a failure, without where in its own code.
[[nodiscard]] std::string words_of(const kj::Exception& failure);

/// `text` with '?' for what could upset a terminal: names come out of a file.
[[nodiscard]] std::string printable(std::string_view text);

/// The type's name within its file, without the file: "Book.Level".
[[nodiscard]] std::string_view name_of(node_reader node);

struct field_size {
    std::uint64_t bits = 0;
    bool pointer = false;
};

/// Of a value of that type in a struct; nothing for a type that this Cap'n Proto does not know.
[[nodiscard]] std::optional<field_size> size_of(capnp::schema::Type::Which type);

/// The message that a channel of `root`s carries: always the same bytes for the same schema, wherever it was compiled.
/// @throws kj::Exception if `root` was loaded from nodes that do not fit each other.
[[nodiscard]] std::string encode(capnp::StructSchema root);

/// A schema read back. Whoever wrote the channel's file is not trusted here: a constructed stored_schema is a tree of
/// bounded size in which every type is there and of its kind, every field lies within its struct, and groups nest.
/// Those are the things that SchemaLoader takes for granted, or checks by arithmetic that can overflow; the rest it
/// validates itself when they are loaded.
class stored_schema {
public:
    /// Copies `bytes`.
    /// @throws broken_schema
    explicit stored_schema(std::string_view bytes);

    /// A struct type, perhaps with arguments for its parameters.
    [[nodiscard]] type_reader root() const { return root_; }
    /// By rising id: structs, groups, enums and interfaces.
    [[nodiscard]] node_list nodes() const { return nodes_; }
    [[nodiscard]] std::optional<node_reader> find(std::uint64_t id) const;
    [[nodiscard]] node_reader root_node() const { return *find(root_.getStruct().getTypeId()); }

private:
    kj::Array<capnp::word> words_;
    std::optional<capnp::FlatArrayMessageReader> reader_;
    type_reader root_;
    node_list nodes_;
};

/// Loads every node, and looks at every field's type once.
/// @return the root, with its arguments. Lifetime: the loader's.
/// @throws broken_schema if the loader refuses it.
capnp::StructSchema load(capnp::SchemaLoader& loader, const stored_schema& schema);

} // namespace samepage::schemas
