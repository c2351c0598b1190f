// SPDX-License-Identifier: BSL-1.0
// schema_file.cpp: Cap'n Proto's parser over a folder in memory.
#include "schema_file.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

std::string schema_file::text_at(const std::string& path)
{
    std::ifstream file(path);
    if (!file.is_open()) {
        throw std::runtime_error("cannot open " + path);
    }
    return {std::istreambuf_iterator<char>{file}, {}};
}

schema_file::schema_file(std::string_view name)
    : schema_file(from_text{text_at(SAMEPAGE_TEST_VERSIONS "/" + std::string{name} + ".capnp")})
{
}

schema_file schema_file::of_text(std::string text, std::initializer_list<edit> edits)
{
    for (const auto& [from, to] : edits) {
        const auto at = text.find(from);
        if (at == std::string::npos) {
            throw std::runtime_error("no such text to edit: " + std::string{from});
        }
        text.replace(at, from.size(), to);
    }
    return schema_file{from_text{std::move(text)}};
}

schema_file::schema_file(from_text from)
    : disk_(kj::newDiskFilesystem()),
      folder_(kj::newInMemoryDirectory(kj::nullClock())),
      library_(disk_->getRoot().openSubdir(kj::Path::parse(&SAMEPAGE_TEST_CAPNP_INCLUDE[1]))),
      imports_(library_.get()),
      parser_(kj::heap<capnp::SchemaParser>())
{
    const auto path = kj::Path::parse("some/folder/schema.capnp");
    folder_->openFile(path, kj::WriteMode::CREATE | kj::WriteMode::CREATE_PARENT)
        ->writeAll(kj::StringPtr{from.text.c_str(), from.text.size()});
    parsed_ = parser_->parseFromDirectory(*folder_, path.clone(), kj::arrayPtr(&imports_, 1));
}

capnp::StructSchema schema_file::type(std::string_view name) const
{
    return parsed_.getNested(std::string{name}.c_str()).asStruct();
}
