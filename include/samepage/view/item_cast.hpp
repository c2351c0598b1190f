// SPDX-License-Identifier: BSL-1.0
// item_cast.hpp: an item as a value of a C++ type, if that type can have it.
#pragma once

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/item_format.hpp>
#include <samepage/view/item_value.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <variant>

namespace samepage {

namespace view {

/// Throws buffer_error.
[[noreturn]] void throw_item_cast(const item_format& found, const item_format& expected, const std::byte* item);

/// Makes 1 of every byte of a boolean that is not 0: any byte may stand for True in memory, and in C++ only that one.
void make_booleans(const item_format& format, std::byte* item) noexcept;

/// Whether a bool, or an enumeration of bools, is T or inside it.
template <class T>
[[nodiscard]] constexpr bool holds_boolean() noexcept
{
    using element = typename array_parts<T>::element;
    if constexpr (is_record_class<element>) {
        bool holds = false;
        visit_members<element>([&]<class Member>() {
            holds = holds_boolean<typename Member::type>();
            return !holds;
        });
        return holds;
    } else {
        return scalar_code<element>() == '?';
    }
}

/// The number if T holds exactly that one; nan and infinities included.
template <class T, class Number>
[[nodiscard]] std::optional<T> exactly(Number number) noexcept
{
    if constexpr (std::is_integral_v<Number> && std::is_integral_v<T>) {
        // As std::in_range, which does not take characters.
        const bool fits =
            number < Number{0}
                ? std::is_signed_v<T> &&
                      static_cast<std::int64_t>(number) >= static_cast<std::int64_t>(std::numeric_limits<T>::min())
                : static_cast<std::uint64_t>(number) <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
        return fits ? std::optional{static_cast<T>(number)} : std::nullopt;
    } else if constexpr (std::is_integral_v<T>) {
        // The first number beyond T is a power of two, which every real holds.
        const auto beyond = std::ldexp(Number{1}, std::numeric_limits<T>::digits);
        const auto least = std::is_signed_v<T> ? -beyond : Number{0};
        const bool fits = number >= least && number < beyond && std::trunc(number) == number;
        return fits ? std::optional{static_cast<T>(number)} : std::nullopt;
    } else if constexpr (std::is_integral_v<Number>) {
        const auto real = static_cast<T>(number);
        return exactly<Number>(real) == number ? std::optional{real} : std::nullopt;
    } else {
        if (!std::isfinite(number)) {
            return static_cast<T>(number);
        }
        if (static_cast<long double>(std::fabs(number)) > static_cast<long double>(std::numeric_limits<T>::max())) {
            return std::nullopt;
        }
        const auto real = static_cast<T>(number);
        return static_cast<long double>(real) == static_cast<long double>(number) ? std::optional{real} : std::nullopt;
    }
}

/// What number_of() finds in a value: a number that T holds exactly, or nothing.
template <class T>
[[nodiscard]] std::optional<T> number_of(const item_value& value)
{
    return std::visit(
        []<class Held>(const Held& held) -> std::optional<T> {
            if constexpr (std::same_as<Held, char> || std::same_as<Held, bool> || std::same_as<T, char> ||
                          std::same_as<T, bool>) {
                // A character or a truth value is one, and no number.
                if constexpr (std::same_as<Held, T>) {
                    return held;
                } else {
                    return std::nullopt;
                }
            } else if constexpr (std::is_arithmetic_v<Held>) {
                return exactly<T>(held);
            } else {
                return std::nullopt;
            }
        },
        value.variant());
}

} // namespace view

/// The item at `item`, of whatever alignment, as a T: an item_value; what the format says, byte for byte; or a number
/// that T holds exactly (an `h` of 5 as a double or an unsigned, a `>d` as a double; 300 never as a std::int8_t).
/// Throws buffer_error that names both types.
/// @param item  format.itemsize() readable bytes.
template <class T>
    requires(std::same_as<T, item_value> || describable_record<T>)
[[nodiscard]] T item_cast(const item_format& format, const std::byte* item)
{
    if constexpr (std::same_as<T, item_value>) {
        return read_value(format, item);
    } else {
        if (format == item_format::of<T>()) {
            std::array<std::byte, sizeof(T)> bytes{};
            std::memcpy(bytes.data(), item, sizeof(T));
            if constexpr (view::holds_boolean<T>()) {
                view::make_booleans(format, bytes.data());
            }
            return std::bit_cast<T>(bytes);
        }
        if constexpr (std::is_arithmetic_v<T>) {
            if (const auto number = view::number_of<T>(read_value(format, item))) {
                return *number;
            }
        }
        view::throw_item_cast(format, item_format::of<T>(), item);
    }
}

} // namespace samepage
