// SPDX-License-Identifier: BSL-1.0
// value_text.cpp: the exact texts of numbers: an odd integer times a power of two.
#include "value_text.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace differential {
namespace {

using samepage::item_format;
using samepage::item_kind;
using samepage::item_value;

std::string real_text(long double value)
{
    if (std::isnan(value)) {
        return "nan";
    }
    const std::string sign = std::signbit(value) ? "-" : "";
    if (std::isinf(value)) {
        return sign + "inf";
    }
    if (value == 0) {
        return sign + "0";
    }
    int exponent = 0;
    const auto fraction = std::ldexp(std::frexp(std::fabs(value), &exponent), 64); // reals of up to 64 bits
    const auto integer = static_cast<std::uint64_t>(fraction);
    const int twos = std::countr_zero(integer);
    return sign + std::to_string(integer >> static_cast<unsigned>(twos)) + "p" + std::to_string(exponent - 64 + twos);
}

struct scalar_text {
    std::string operator()(bool value) const { return value ? "T" : "F"; }
    std::string operator()(char value) const { return "x" + hexadecimal({&value, 1}); }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(std::uint64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return real_text(static_cast<long double>(value)); }
    std::string operator()(long double value) const { return real_text(value); }
    template <class Part>
    std::string operator()(const std::complex<Part>& value) const
    {
        return "(" + real_text(static_cast<long double>(value.real())) + "," +
               real_text(static_cast<long double>(value.imag())) + ")";
    }
    std::string operator()(const std::string& value) const { return "x" + (value.empty() ? "" : hexadecimal(value)); }
    std::string operator()(const std::u32string& value) const
    {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text = "u";
        for (const char32_t unit : value) {
            std::string number;
            for (auto rest = static_cast<std::uint32_t>(unit); rest != 0 || number.empty(); rest /= 16) {
                number.insert(0, 1, digits[rest % 16]);
            }
            text += (text.size() > 1 ? "," : "") + number;
        }
        return text;
    }
    std::string operator()(const item_value::list&) const { return {}; }
    std::string operator()(const item_value::record&) const { return {}; }
};

void put_flat(const item_value& value, std::string& text)
{
    if (value.parts() == nullptr) {
        text += (text.empty() ? "" : " ") + std::visit(scalar_text{}, value.variant());
        return;
    }
    for (const auto& part : *value.parts()) {
        put_flat(part, text);
    }
}

char kind_letter(const item_format& format)
{
    switch (format.kind()) {
    case item_kind::boolean: return 'b';
    case item_kind::signed_integer: return 'i';
    case item_kind::unsigned_integer: return 'u';
    case item_kind::real: return 'f';
    case item_kind::complex: return 'c';
    case item_kind::unicode: return 'U';
    default: return format.code() == 'x' ? 'V' : 'S';
    }
}

std::string structure_text(const item_format& format)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < format.field_count(); ++i) {
        names.push_back(format.field(i).name);
    }
    for (auto& name : names) {
        for (int i = 0; name.empty(); ++i) {
            const auto next = "f" + std::to_string(i);
            name = std::find(names.begin(), names.end(), next) == names.end() ? next : "";
        }
    }
    std::string text = "{";
    for (std::size_t i = 0; i < format.field_count(); ++i) {
        const auto field = format.field(i);
        text +=
            (i == 0 ? "" : " ") + names[i] + "@" + std::to_string(field.offset_bytes) + "=" + layout_text(field.format);
    }
    return text + "}" + std::to_string(format.itemsize());
}

int digit(char character)
{
    return character <= '9' ? character - '0' : character - 'a' + 10;
}

long double real_of(std::string_view text)
{
    if (text == "nan") {
        return std::numeric_limits<long double>::quiet_NaN();
    }
    const bool is_negative = text.starts_with('-');
    text.remove_prefix(is_negative ? 1 : 0);
    long double value = 0;
    if (text == "inf") {
        value = std::numeric_limits<long double>::infinity();
    } else if (text != "0") {
        const auto mark = text.find('p');
        value = std::ldexp(static_cast<long double>(std::stoull(std::string{text.substr(0, mark)})),
                           std::stoi(std::string{text.substr(mark + 1)}));
    }
    return is_negative ? -value : value;
}

} // namespace

std::string text_of(std::string_view hexadecimal)
{
    std::string bytes;
    for (std::size_t i = 0; hexadecimal != "-" && i + 1 < hexadecimal.size(); i += 2) {
        bytes += static_cast<char>(16 * digit(hexadecimal[i]) + digit(hexadecimal[i + 1]));
    }
    return bytes;
}

std::vector<std::byte> bytes_of(std::string_view hexadecimal)
{
    const auto text = text_of(hexadecimal);
    const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

std::string hexadecimal(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        text += {digits[byte / 16U], digits[byte % 16U]};
    }
    return text.empty() ? "-" : text;
}

std::string nested_text(const item_value& value)
{
    if (value.parts() == nullptr) {
        return std::visit(scalar_text{}, value.variant());
    }
    const bool is_list = value.holds<item_value::list>();
    std::string text = is_list ? "[" : "{";
    for (std::size_t i = 0; i < value.size(); ++i) {
        text += (i == 0 ? "" : " ") + nested_text(value.at(i));
    }
    return text + (is_list ? "]" : "}");
}

std::string flat_text(const item_value& value)
{
    std::string text;
    put_flat(value, text);
    return text.empty() ? "-" : text;
}

std::string layout_text(const item_format& format)
{
    if (format.kind() == item_kind::structure) {
        return structure_text(format);
    }
    if (format.kind() == item_kind::sub_array) {
        std::string text;
        for (const auto extent : format.shape()) {
            text += (text.empty() ? "[" : ",") + std::to_string(extent);
        }
        return text + "]" + layout_text(format.element());
    }
    return (format.is_native_order() ? "" : "!") + std::string{kind_letter(format)} + std::to_string(format.itemsize());
}

item_value value_of(std::string_view text)
{
    if (text == "T" || text == "F") {
        return text == "T";
    }
    if (text.starts_with('x')) {
        return text_of(text.substr(1));
    }
    // As Python tells them apart: 0 and -0 of a pack line are reals where the sign or the exponent says so.
    if (text.find_first_not_of("-0123456789") != std::string_view::npos || text == "-0") {
        return real_of(text);
    }
    if (text.starts_with('-')) {
        return std::int64_t{std::stoll(std::string{text})};
    }
    return std::uint64_t{std::stoull(std::string{text})};
}

} // namespace differential
