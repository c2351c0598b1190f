// SPDX-License-Identifier: BSL-1.0
// error.cpp: the category "samepage" and the one-line message of an error.
#include <samepage/core/error.hpp>

#include <utility>

namespace samepage {
namespace {

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "samepage"; }

    [[nodiscard]] std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
        case errc::invalid_name: return "invalid name";
        case errc::invalid_argument: return "invalid argument";
        case errc::not_found: return "not found";
        case errc::permission_denied: return "permission denied";
        case errc::no_space: return "no space";
        case errc::not_a_channel: return "not a channel";
        case errc::wrong_version: return "wrong layout version";
        case errc::corrupt: return "corrupt channel";
        case errc::wrong_type: return "wrong record type";
        case errc::producer_exists: return "the channel has a producer";
        case errc::consumer_exists: return "consumer exists";
        case errc::too_many_consumers: return "too many consumers";
        case errc::retired: return "the channel was replaced";
        case errc::invalid_format: return "invalid format";
        case errc::buffer_refused: return "refused";
        case errc::buffer_released: return "released";
        case errc::buffer_exported: return "still in use";
        case errc::malformed: return "malformed message or schema";
        case errc::system: return "system error";
        }
        return "unknown error";
    }
};

std::string one_line(errc value, const error::report& parts)
{
    std::string line = parts.operation;
    if (!parts.channel.empty()) {
        line += " '" + parts.channel + "'";
    }
    line += ": " + error_category().message(static_cast<int>(value));
    if (!parts.expected.empty()) {
        line += ": expected " + parts.expected;
    }
    if (!parts.found.empty()) {
        line += parts.expected.empty() ? ": " : ", found ";
        line += parts.found;
    }
    if (!parts.remedy.empty()) {
        line += "; " + parts.remedy;
    }
    return line;
}

} // namespace

const std::error_category& error_category() noexcept
{
    static const category instance;
    return instance;
}

std::error_code make_error_code(errc value) noexcept
{
    return {static_cast<int>(value), error_category()};
}

error::error(errc value, report parts)
    : std::system_error(make_error_code(value)), parts_(std::move(parts)), line_(one_line(value, parts_))
{
}

const char* error::what() const noexcept
{
    return line_.c_str();
}

std::string describe_errno(int value)
{
    return std::system_category().message(value) + " (errno " + std::to_string(value) + ")";
}

} // namespace samepage
