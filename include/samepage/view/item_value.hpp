// SPDX-License-Identifier: BSL-1.0
// item_value.hpp: an item read out of its bytes: numbers, bytes, lists of them.
// Thread safety: as a std::vector's.
#pragma once

#include <samepage/view/item_format.hpp>
#include <samepage/view/value_error.hpp>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace samepage {

/// A value that owns what it holds. What read_value() makes of each kind:
/// - boolean: bool; character: char; signed integer: std::int64_t; unsigned integer and pointer: std::uint64_t;
/// - real: double, of `g` long double; complex: std::complex<double>, of `g` std::complex<long double>;
/// - bytes, pascal string: std::string, of the bytes as they are; unicode: std::u32string, of the units without the
/// NULs
///   behind them (surrogates stay as they are);
/// - sub-array: list, of lists where it has several dimensions, outermost first; without an element, one empty list;
/// - structure: record, of its fields in order.
class item_value {
public:
    /// Of one list, write list{item_value{list{…}}}: compilers disagree whether list{list{…}} is a copy.
    using list = std::vector<item_value>;
    struct record {
        list fields;
    };
    using variant_type =
        std::variant<bool, char, std::int64_t, std::uint64_t, double, long double, std::complex<double>,
                     std::complex<long double>, std::string, std::u32string, list, record>;

    /// Any arithmetic type, by its kind: an integer of whatever size becomes std::int64_t or std::uint64_t.
    template <class T>
        requires std::is_arithmetic_v<T> item_value(T value) : value_{widened(value)} {}
        item_value(std::complex<float> value) : value_{std::complex<double>{value}} {}
        item_value(std::complex<double> value) : value_{value} {}
        item_value(std::complex<long double> value) : value_{value} {}
        item_value(std::string bytes) : value_{std::move(bytes)} {}
        item_value(std::string_view bytes) : value_{std::string{bytes}} {}
        item_value(const char* bytes) : value_{std::string{bytes}} {}
        item_value(std::u32string units) : value_{std::move(units)} {}
        item_value(const char32_t* units) : value_{std::u32string{units}} {}
        item_value(list elements) : value_{std::move(elements)} {}
        item_value(record fields) : value_{std::move(fields)} {}

        [[nodiscard]] const variant_type& variant() const noexcept
        {
            return value_;
        }

        template <class T>
        [[nodiscard]] bool holds() const noexcept
        {
            return std::holds_alternative<T>(value_);
        }

        /// Throws std::bad_variant_access if it holds anything else.
        template <class T>
        [[nodiscard]] const T& get() const
        {
            return std::get<T>(value_);
        }

        /// The elements of a list or the fields of a record; null of a scalar.
        [[nodiscard]] const list* parts() const noexcept;

        /// Of a list or a record, how many parts; of a scalar 0.
        [[nodiscard]] std::size_t size() const noexcept;

        /// Throws std::out_of_range unless index < size().
        [[nodiscard]] const item_value& at(std::size_t index) const;

        /// As items_equal() compares, the dimensions being those of the lists.
        [[nodiscard]] friend bool operator==(const item_value& left, const item_value& right)
        {
            return equal(left, right);
        }

        /// As Python writes it: True, 1.5, (1+2j), b'a\x00', [1, 2] a list, (1, 2.5) a record.
        friend std::ostream& operator<<(std::ostream& out, const item_value& value);

    private:
        template <class T>
        [[nodiscard]] static constexpr auto widened(T value) noexcept
        {
            if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char> || std::is_same_v<T, long double>) {
                return value;
            } else if constexpr (std::is_floating_point_v<T>) {
                return static_cast<double>(value);
            } else if constexpr (std::is_signed_v<T>) {
                return static_cast<std::int64_t>(value);
            } else {
                return static_cast<std::uint64_t>(value);
            }
        }

        [[nodiscard]] static bool equal(const item_value& left, const item_value& right);

        variant_type value_;
};

/// The item at `item`, of whatever alignment and byte order. Never fails on what the bytes are: any byte but 0 is True,
/// a pascal string's count is cut to its item.
/// @param item  format.itemsize() readable bytes.
[[nodiscard]] item_value read_value(const item_format& format, const std::byte* item);

/// Writes the item, padding as zeros, as struct.pack() does: integers are checked against their range, reals are
/// rounded half to even and must not become infinite by it; `?` takes whatever Python could call true or false; bytes,
/// pascal strings and unicode are cut to their length or filled with zeros. A record takes a record or a list of as
/// many fields, a sub-array lists of its shape. Throws value_error, before any byte is written.
/// @param item  format.itemsize() writable bytes.
void write_value(const item_format& format, std::byte* item, const item_value& value);

/// Whether two items are the same by value, across formats, as CPython's memoryview compares what struct unpacks:
/// - numbers by value, exactly, without rounding: True == 1 == 1.0 == 1+0j, -0.0 == 0.0, 2⁵³+1 != 2.0⁵³, nan != nan;
/// - bytes, pascal strings and characters, byte by byte; unicode unit by unit, NULs behind it left out; never one of
///   these against another or against a number;
/// - structures and sub-arrays of one dimension as the sequence of their fields and elements, in which a sub-array of
/// one
///   dimension stands for its elements, and a scalar is a sequence of one: "3i" == "iii", "xi" == "i"; names and
///   padding do not count;
/// - sub-arrays of more dimensions only with their like, of the same shape.
/// Allocates nothing.
[[nodiscard]] bool items_equal(const item_format& left_format, const std::byte* left, const item_format& right_format,
                               const std::byte* right) noexcept;

/// The item as Python writes it: see item_value's operator<<. Reals with the digits that their own size needs, as
/// NumPy: an `f` of 0.1 is 0.1; pointers in hexadecimal.
void print_value(std::ostream& out, const item_format& format, const std::byte* item);

} // namespace samepage
