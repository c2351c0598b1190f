// SPDX-License-Identifier: BSL-1.0
// print_value.cpp: items and values as Python writes them.
#include "view/half.hpp"
#include "view/scalar_value.hpp"

#include <samepage/view/item_value.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

namespace samepage {
namespace view {
namespace {

/// The digits of a real, d.ddde±dd, as few as lead back to it.
template <class T>
[[nodiscard]] std::string shortest_digits(T value)
{
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
    return {text.data(), end.ptr};
}

/// d.ddde±dd as a number. Exact to the last bit for up to 15 digits and exponents that 22 covers, since then both the
/// digits and the power of ten are doubles. (libc++ 19 has no std::from_chars for reals.)
[[nodiscard]] double read_few_digits(std::string_view scientific)
{
    const auto mark = scientific.find('e');
    double digits = 0;
    int behind_point = 0;
    for (std::size_t i = 0; i < mark; ++i) {
        if (scientific[i] != '.') {
            digits = digits * 10 + (scientific[i] - '0');
            behind_point += i == 0 ? 0 : 1;
        }
    }
    int exponent = 0;
    std::from_chars(scientific.data() + mark + 2, scientific.data() + scientific.size(), exponent);
    exponent = (scientific[mark + 1] == '-' ? -exponent : exponent) - behind_point;
    double power = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i != 0; --i) {
        power *= 10;
    }
    return exponent < 0 ? digits / power : digits * power;
}

[[nodiscard]] std::string shortest_half_digits(std::uint16_t bits)
{
    const double value = half_to_double(bits);
    std::array<char, 64> text{};
    for (int digits = 0;; ++digits) {
        const auto end =
            std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, digits);
        const double read = read_few_digits({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
        if (half_from(static_cast<long double>(read)) == bits) {
            return {text.data(), end.ptr};
        }
    }
}

/// As Python's repr() and NumPy's place the point: with an exponent below 1e-04 and from 1e+16.
/// @param magnitude  what decides, and not its digits: an `f` of 0.0001 is a little less, and 1e-04.
/// @param scientific  as the two above make it, without a sign.
[[nodiscard]] std::string placed(long double magnitude, std::string_view scientific, bool is_part_of_complex)
{
    const auto mark = scientific.find('e');
    std::string digits{scientific.substr(0, 1)};
    if (mark > 2) {
        digits += scientific.substr(2, mark - 2);
    }
    int exponent = 0;
    const auto* const sign = scientific.data() + mark + 1;
    std::from_chars(sign + 1, scientific.data() + scientific.size(), exponent);
    exponent = *sign == '-' ? -exponent : exponent;
    if (magnitude != 0 && (magnitude < 1e-4L || magnitude >= 1e16L)) {
        std::string text{scientific.substr(0, mark)};
        text += exponent < 0 ? "e-" : "e+";
        const auto power = std::to_string(exponent < 0 ? -exponent : exponent);
        return text + (power.size() < 2 ? "0" : "") + power;
    }
    if (exponent < 0) {
        return std::string{"0."}.append(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    const auto before_point = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= before_point) {
        digits.append(before_point - digits.size(), '0');
        return is_part_of_complex ? digits : digits + ".0";
    }
    return digits.insert(before_point, 1, '.');
}

/// How many digits a real is worth: the code of what it came from.
struct sized_real {
    long double value;
    char code;

    [[nodiscard]] std::string text(bool is_part_of_complex) const
    {
        if (std::isnan(value)) {
            return "nan";
        }
        const std::string sign = std::signbit(value) ? "-" : "";
        if (std::isinf(value)) {
            return sign + "inf";
        }
        const long double magnitude = std::fabs(value);
        switch (code) {
        case 'e': return sign + placed(magnitude, shortest_half_digits(half_from(magnitude)), is_part_of_complex);
        case 'f': return sign + placed(magnitude, shortest_digits(static_cast<float>(magnitude)), is_part_of_complex);
        case 'd': return sign + placed(magnitude, shortest_digits(static_cast<double>(magnitude)), is_part_of_complex);
        default: return sign + placed(magnitude, shortest_digits(magnitude), is_part_of_complex);
        }
    }
};

void print_complex(std::ostream& out, const sized_real& real, const sized_real& imaginary)
{
    const auto imaginary_text = imaginary.text(true) + "j";
    if (real.value == 0 && !std::signbit(real.value)) {
        out << imaginary_text;
        return;
    }
    out << '(' << real.text(true) << (imaginary_text.front() == '-' ? "" : "+") << imaginary_text << ')';
}

void put_hexadecimal(std::ostream& out, char mark, std::uint32_t value, int digits)
{
    constexpr std::string_view characters = "0123456789abcdef";
    out << '\\' << mark;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out << characters[(value >> static_cast<unsigned>(shift)) & 0xfU];
    }
}

/// One byte or unit below U+0080, within quotes.
void put_ascii(std::ostream& out, char character, char quote)
{
    switch (character) {
    case '\n': out << "\\n"; break;
    case '\r': out << "\\r"; break;
    case '\t': out << "\\t"; break;
    case '\\': out << "\\\\"; break;
    default:
        if (character == quote) {
            out << '\\' << character;
        } else if (character >= 0x20 && character < 0x7f) {
            out << character;
        } else {
            put_hexadecimal(out, 'x', static_cast<unsigned char>(character), 2);
        }
    }
}

/// Double quotes where there are single ones inside, and only there.
[[nodiscard]] char quote_for(bool has_single, bool has_double) noexcept
{
    return has_single && !has_double ? '"' : '\'';
}

void print_bytes(std::ostream& out, std::string_view bytes)
{
    const char quote = quote_for(bytes.find('\'') != std::string_view::npos, bytes.find('"') != std::string_view::npos);
    out << 'b' << quote;
    for (const char byte : bytes) {
        put_ascii(out, byte, quote);
    }
    out << quote;
}

/// Beyond ASCII, UTF-8; what UTF-8 has no place for is escaped.
void put_unit(std::ostream& out, char32_t unit, char quote)
{
    const auto tail = [](char32_t bits) { return static_cast<char>(0x80U | (bits & 0x3fU)); };
    if (unit < 0x80) {
        put_ascii(out, static_cast<char>(unit), quote);
    } else if (unit < 0xa0) {
        put_hexadecimal(out, 'x', unit, 2);
    } else if (unit >= 0xd800 && unit < 0xe000) {
        put_hexadecimal(out, 'u', unit, 4);
    } else if (unit > 0x10ffff) {
        put_hexadecimal(out, 'U', unit, 8);
    } else if (unit < 0x800) {
        out << static_cast<char>(0xc0U | (unit >> 6U)) << tail(unit);
    } else if (unit < 0x10000) {
        out << static_cast<char>(0xe0U | (unit >> 12U)) << tail(unit >> 6U) << tail(unit);
    } else {
        out << static_cast<char>(0xf0U | (unit >> 18U)) << tail(unit >> 12U) << tail(unit >> 6U) << tail(unit);
    }
}

template <class Units>
void print_unicode(std::ostream& out, const Units& units, std::size_t count)
{
    bool has_single = false;
    bool has_double = false;
    for (std::size_t i = 0; i < count; ++i) {
        has_single = has_single || units[i] == U'\'';
        has_double = has_double || units[i] == U'"';
    }
    const char quote = quote_for(has_single, has_double);
    out << quote;
    for (std::size_t i = 0; i < count; ++i) {
        put_unit(out, units[i], quote);
    }
    out << quote;
}

void print_scalar(std::ostream& out, const format_node& node, const std::byte* from)
{
    const auto value = load_scalar(node, from);
    switch (value.family) {
    case scalar_family::integer:
        if (node.kind == item_kind::boolean) {
            out << (value.integer.bits != 0 ? "True" : "False");
        } else if (node.kind == item_kind::pointer) {
            std::array<char, 20> text{};
            const auto end = std::to_chars(text.data(), text.data() + text.size(), value.integer.bits, 16);
            out << "0x" << std::string_view{text.data(), end.ptr};
        } else if (value.integer.is_negative) {
            out << std::to_string(static_cast<std::int64_t>(value.integer.bits));
        } else {
            out << std::to_string(value.integer.bits);
        }
        break;
    case scalar_family::real: out << sized_real{value.real, node.code}.text(false); break;
    case scalar_family::complex: print_complex(out, {value.real, node.code}, {value.imaginary, node.code}); break;
    case scalar_family::bytes:
        print_bytes(out, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
        break;
    case scalar_family::unicode: print_unicode(out, value.units, value.units.count); break;
    }
}

void print(std::ostream& out, const format_node& node, const std::byte* from);

void print_dimension(std::ostream& out, const format_node& node, std::size_t dimension, std::size_t bytes,
                     const std::byte* from)
{
    const std::size_t extent = node.element_count == 0 ? 0 : node.shape[dimension];
    out << '[';
    for (std::size_t i = 0; i < extent; ++i) {
        const auto* const at = from + i * (bytes / extent);
        out << (i == 0 ? "" : ", ");
        if (dimension + 1 == node.shape.size()) {
            print(out, node.parts[0].node, at);
        } else {
            print_dimension(out, node, dimension + 1, bytes / extent, at);
        }
    }
    out << ']';
}

void print(std::ostream& out, const format_node& node, const std::byte* from)
{
    if (node.kind == item_kind::structure) {
        out << '(';
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            out << (i == 0 ? "" : ", ");
            print(out, node.parts[i].node, from + node.parts[i].offset_bytes);
        }
        out << (node.parts.size() == 1 ? ",)" : ")");
    } else if (node.kind == item_kind::sub_array) {
        print_dimension(out, node, 0, node.size_bytes, from);
    } else {
        print_scalar(out, node, from);
    }
}

struct value_printer {
    std::ostream& out;

    void operator()(bool value) const { out << (value ? "True" : "False"); }
    void operator()(char value) const { print_bytes(out, {&value, 1}); }
    void operator()(std::int64_t value) const { out << std::to_string(value); }
    void operator()(std::uint64_t value) const { out << std::to_string(value); }
    void operator()(double value) const { out << of_double(value).text(false); }
    void operator()(long double value) const { out << sized_real{value, 'g'}.text(false); }
    void operator()(const std::complex<double>& value) const
    {
        print_complex(out, of_double(value.real()), of_double(value.imag()));
    }
    void operator()(const std::complex<long double>& value) const
    {
        print_complex(out, {value.real(), 'g'}, {value.imag(), 'g'});
    }
    void operator()(const std::string& value) const { print_bytes(out, value); }
    void operator()(const std::u32string& value) const { print_unicode(out, value, value.size()); }
    void operator()(const item_value::list& value) const { print_parts('[', value, "]"); }
    void operator()(const item_value::record& value) const
    {
        print_parts('(', value.fields, value.fields.size() == 1 ? ",)" : ")");
    }

private:
    [[nodiscard]] static sized_real of_double(double value) noexcept { return {static_cast<long double>(value), 'd'}; }

    void print_parts(char open, const item_value::list& parts, std::string_view close) const
    {
        out << open;
        std::string_view between;
        for (const auto& part : parts) {
            out << between << part;
            between = ", ";
        }
        out << close;
    }
};

} // namespace
} // namespace view

std::ostream& operator<<(std::ostream& out, const item_value& value)
{
    std::visit(view::value_printer{out}, value.variant());
    return out;
}

void print_value(std::ostream& out, const item_format& format, const std::byte* item)
{
    view::print(out, format.node(), item);
}

} // namespace samepage
