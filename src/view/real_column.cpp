// SPDX-License-Identifier: BSL-1.0
// real_column.cpp: digits, a point, and the blanks around them.
#include "view/real_column.hpp"

#include "view/half.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace samepage::view {

namespace {

constexpr int precision = 8; ///< digits behind the point at most

/// 12.5 is digits 125, exponent 1: d.ddd times a power of ten.
struct decimal {
    std::string digits;
    int exponent = 0;
};

/// Of a finite real's text, without its sign.
decimal decimal_of(std::string_view text)
{
    decimal number;
    const auto mark = std::min(text.find('e'), text.size());
    if (mark != text.size()) {
        const auto* from = text.data() + mark + 1;
        from += *from == '+' ? 1 : 0;
        std::from_chars(from, text.data() + text.size(), number.exponent);
    }
    const auto mantissa = text.substr(0, mark);
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    number.exponent += static_cast<int>(point) - 1;
    for (const char each : mantissa) {
        if (each >= '0' && each <= '9') {
            number.digits += each;
        }
    }
    const auto zeros = std::min(number.digits.find_first_not_of('0'), number.digits.size() - 1);
    number.digits.erase(0, zeros);
    number.exponent = number.digits == "0" ? 0 : number.exponent - static_cast<int>(zeros);
    while (number.digits.size() > 1 && number.digits.back() == '0') {
        number.digits.pop_back();
    }
    return number;
}

/// Rounded. @pre A fixed one is less than 1e8, as all are that have no exponent.
std::string rounded(long double value, std::chars_format format, int digits = precision)
{
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value), format, digits);
    return {text.data(), end.ptr};
}

/// Without the zeros at the end; the point stays.
std::string trimmed(std::string text)
{
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

/// The magnitude as ddd.ddd, at most eight digits behind the point, no zeros at the end.
std::string positional_magnitude(const shown_real& real)
{
    const auto number = decimal_of(std::string_view{real.text}.substr(real.text[0] == '-' ? 1 : 0));
    const int digits = static_cast<int>(number.digits.size());
    if (digits - 1 - number.exponent > precision) {
        return trimmed(rounded(real.value, std::chars_format::fixed));
    }
    if (digits <= number.exponent) { // a whole number has all its digits: of a half, fewer would lead back to it
        return rounded(real.value, std::chars_format::fixed, 0) + '.';
    }
    std::string text = number.exponent < 0 ? std::string(static_cast<std::size_t>(-number.exponent), '0') : "";
    text += number.digits;
    const auto before_point = static_cast<std::size_t>(std::max(number.exponent, 0)) + 1;
    return text.insert(before_point, 1, '.');
}

/// The magnitude as d.ddd, and its exponent.
decimal scientific_magnitude(const shown_real& real)
{
    auto number = decimal_of(std::string_view{real.text}.substr(real.text[0] == '-' ? 1 : 0));
    if (number.digits.size() > precision + 1) {
        number = decimal_of(rounded(real.value, std::chars_format::scientific));
    }
    return number;
}

/// Whether one is more than a thousand times the other, divided as reals of that size are: 3300 is not of 3.3, whatever
/// comes behind their digits.
bool is_far_beyond(long double most, long double least, char code)
{
    switch (code) {
    case 'e':
        return half_to_double(
                   half_from(static_cast<long double>(static_cast<float>(most) / static_cast<float>(least)))) > 1000;
    case 'f': return static_cast<float>(most) / static_cast<float>(least) > 1000;
    case 'd': return static_cast<double>(most) / static_cast<double>(least) > 1000;
    default: return most / least > 1000;
    }
}

std::string digits_of(int number)
{
    const auto text = std::to_string(number < 0 ? -number : number);
    return (text.size() < 2 ? "0" : "") + text;
}

} // namespace

real_column::real_column(std::span<const shown_real> shown, char code, bool has_plus) : has_plus_{has_plus}
{
    long double most = 0;
    long double least = 0;
    for (const auto& [value, text] : shown) {
        if (const auto magnitude = std::fabs(value); std::isfinite(value) && magnitude != 0) {
            most = std::max(most, magnitude);
            least = least == 0 ? magnitude : std::min(least, magnitude);
        }
    }
    has_exponent_ = most >= 1.e8L || (most != 0 && (least < 0.0001L || is_far_beyond(most, least, code)));

    bool has_other = false;
    bool has_minus_infinity = has_plus;
    bool has_finite = false;
    for (const auto& real : shown) {
        if (!std::isfinite(real.value)) {
            has_other = true;
            has_minus_infinity = has_minus_infinity || (std::isinf(real.value) && real.value < 0);
            continue;
        }
        has_finite = true;
        const std::size_t sign = std::signbit(real.value) || has_plus ? 1 : 0;
        if (has_exponent_) {
            const auto number = scientific_magnitude(real);
            left_ = std::max(left_, sign + 1);
            right_ = std::max(right_, number.digits.size() - 1);
            exponent_digits_ = std::max(exponent_digits_, digits_of(number.exponent).size());
        } else {
            const auto magnitude = positional_magnitude(real);
            const auto point = magnitude.find('.');
            left_ = std::max(left_, sign + point);
            right_ = std::max(right_, magnitude.size() - point - 1);
        }
    }
    if (has_other) {
        const std::size_t behind = right_ + 1 + (has_exponent_ && has_finite ? exponent_digits_ + 2 : 0);
        const std::size_t widest = std::max<std::size_t>(3, has_minus_infinity ? 4 : 3);
        left_ = std::max(left_, widest > behind ? widest - behind : 0);
    }
    has_exponent_ = has_exponent_ && has_finite;
}

std::string real_column::text(const shown_real& real) const
{
    if (!std::isfinite(real.value)) {
        const bool is_negative = std::isinf(real.value) && real.value < 0;
        const auto* const sign = is_negative ? "-" : (has_plus_ ? "+" : "");
        const auto word = std::string{sign} + (std::isnan(real.value) ? "nan" : "inf");
        const auto width = left_ + 1 + right_ + (has_exponent_ ? exponent_digits_ + 2 : 0);
        return std::string(width > word.size() ? width - word.size() : 0, ' ') + word;
    }
    const auto magnitude = has_exponent_ ? scientific(real) : positional(real);
    const std::string_view sign = std::signbit(real.value) ? "-" : (has_plus_ ? "+" : "");
    const auto before_point = sign.size() + magnitude.find('.');
    std::string word(left_ > before_point ? left_ - before_point : 0, ' ');
    return word.append(sign).append(magnitude);
}

std::string real_column::positional(const shown_real& real) const
{
    auto word = positional_magnitude(real);
    word.append(right_ - (word.size() - word.find('.') - 1), ' ');
    return word;
}

std::string real_column::scientific(const shown_real& real) const
{
    auto number = scientific_magnitude(real);
    if (number.digits.size() < right_ + 1) {
        // Where others have more digits, so has this one: those of the number, not zeros behind the fewest.
        number = decimal_of(rounded(real.value, std::chars_format::scientific, static_cast<int>(right_)));
    }
    number.digits.resize(right_ + 1, '0');
    const auto exponent = digits_of(number.exponent);
    return number.digits.insert(1, 1, '.') + (number.exponent < 0 ? "e-" : "e+") +
           std::string(exponent_digits_ - exponent.size(), '0') + exponent;
}

} // namespace samepage::view
