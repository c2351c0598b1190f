// SPDX-License-Identifier: BSL-1.0
// capnp_tool.cpp: runs the tool over a temporary file.
#include "capnp_tool.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <unistd.h>

namespace {

// A nameless-to-others file that is gone with the object.
class temporary_file {
public:
    explicit temporary_file(std::span<const std::byte> content)
    {
        const int file = ::mkstemp(path_.data());
        if (file < 0 || ::write(file, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
            throw std::runtime_error("cannot write " + path_);
        }
        ::close(file);
    }
    ~temporary_file() { ::unlink(path_.c_str()); }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/samepage-message-XXXXXX";
};

} // namespace

namespace {

std::string run_tool(const std::string& arguments, std::span<const std::byte> content)
{
    const temporary_file input(content);
    const std::string command =
        std::string{SAMEPAGE_TEST_CAPNP_TOOL} + ' ' + arguments + " < " + input.path() + " 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r"); // NOLINT(cert-env33-c): the words are the test's own
    if (pipe == nullptr) {
        throw std::runtime_error("cannot run " + command);
    }
    std::string printed;
    std::array<char, 4096> part{};
    for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
        printed.append(part.data(), n);
    }
    if (::pclose(pipe) != 0) {
        throw std::runtime_error("capnp " + arguments + ": " + printed);
    }
    return printed;
}

std::string without_newline(std::string text)
{
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

/// The schema and the type, quoted.
std::string of_type(std::string_view type)
{
    return std::string{"'"} + SAMEPAGE_TEST_SCHEMA + "' " + std::string{type};
}

} // namespace

std::string capnp_decode(std::span<const std::byte> message, std::string_view type)
{
    return without_newline(run_tool("decode --short " + of_type(type), message));
}

std::string capnp_json(std::span<const std::byte> message, std::string_view type)
{
    return without_newline(run_tool("convert --short binary:json " + of_type(type), message));
}

std::vector<std::byte> capnp_encode(std::string_view text, std::string_view type)
{
    const auto printed = run_tool("encode " + of_type(type), std::as_bytes(std::span{text}));
    const auto bytes = std::as_bytes(std::span{printed});
    return {bytes.begin(), bytes.end()};
}
