// SPDX-License-Identifier: BSL-1.0
// schema_file.hpp: a schema that is parsed when the test runs, so that one program can have several versions of it.
#pragma once

#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Lifetime: what it hands out, this object's.
class schema_file {
public:
    using edit = std::pair<std::string_view, std::string_view>;

    /// The file `name` of versions/.
    explicit schema_file(std::string_view name);
    /// The schema in `text`, with the first of each edit replaced by the second.
    static schema_file of_text(std::string text, std::initializer_list<edit> edits = {});
    /// What lies at `path`.
    static std::string text_at(const std::string& path);

    [[nodiscard]] capnp::StructSchema type(std::string_view name) const;

private:
    struct from_text {
        std::string text;
    };
    explicit schema_file(from_text from);

    kj::Own<kj::Filesystem> disk_;
    kj::Own<const kj::Directory> folder_;
    kj::Own<const kj::ReadableDirectory> library_; ///< Cap'n Proto's own schemas
    const kj::ReadableDirectory* imports_ = nullptr;
    kj::Own<capnp::SchemaParser> parser_;
    capnp::ParsedSchema parsed_;
};
