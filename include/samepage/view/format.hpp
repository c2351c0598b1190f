// SPDX-License-Identifier: BSL-1.0
// format.hpp: a type's layout as a PEP 3118 format string, made at compile time.
#pragma once

#include <samepage/view/describable_record.hpp>
#include <samepage/view/described_members.hpp>

#include <boost/describe/class.hpp> // BOOST_DESCRIBE_STRUCT, for whoever writes records

#include <array>
#include <bit>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace samepage {

namespace view {

/// Says in words what is wrong with T; its members are named by the compiler's "required from".
template <class T>
struct refusal {
    static constexpr format_fault fault = own_fault<T>();
    static_assert(fault != format_fault::holds_a_pointer,
                  "samepage: a record cannot hold a pointer or a reference: an address means nothing in another "
                  "process; store an index or the bytes themselves");
    static_assert(fault != format_fault::not_trivially_copyable,
                  "samepage: a record must be trivially copyable: no std::string or std::vector inside, no virtual "
                  "functions, no copy constructor or destructor of its own");
    static_assert(fault != format_fault::has_no_code,
                  "samepage: this type has no PEP 3118 code; use an arithmetic type of at most 64 bits, long double, "
                  "std::complex of these reals, an enumeration or std::byte");
    static_assert(fault != format_fault::is_an_empty_array, "samepage: an array in a record needs an element");
    static_assert(fault != format_fault::is_a_union,
                  "samepage: a union has no format; store std::array<std::byte, N> and say what it holds");
    static_assert(
        fault != format_fault::is_not_described,
        "samepage: describe this struct, before its first use: BOOST_DESCRIBE_STRUCT(type, (), (members...))");
    static_assert(fault != format_fault::has_bases,
                  "samepage: a record cannot have described bases; make the base a member");
    static_assert(fault != format_fault::members_out_of_order,
                  "samepage: describe each member once, in the order of declaration; members cannot overlap");
    static_assert(fault != format_fault::member_is_unaligned,
                  "samepage: a member is not aligned to its type; a record cannot be packed");
    static_assert(fault != format_fault::bytes_not_described,
                  "samepage: the described members leave bytes that padding does not explain: describe every member; "
                  "make a base a member; no bit-fields");
    static constexpr bool is_refused = fault != format_fault::none;
};

/// Collects characters; without a place to put them, counts them.
class format_writer {
public:
    constexpr explicit format_writer(char* to = nullptr) noexcept : to_{to} {}

    [[nodiscard]] constexpr std::size_t length() const noexcept { return length_; }

    constexpr void put(char character) noexcept
    {
        if (to_ != nullptr) {
            to_[length_] = character;
        }
        ++length_;
    }

    constexpr void put(std::string_view text) noexcept
    {
        for (const char character : text) {
            put(character);
        }
    }

    constexpr void put_number(std::size_t number) noexcept
    {
        std::size_t magnitude = 1;
        while (number / magnitude >= 10) {
            magnitude *= 10;
        }
        for (; magnitude != 0; magnitude /= 10) {
            put(static_cast<char>('0' + number / magnitude % 10));
        }
    }

    constexpr void put_padding(std::size_t bytes) noexcept
    {
        if (bytes > 1) {
            put_number(bytes);
        }
        if (bytes > 0) {
            put('x');
        }
    }

private:
    char* to_;
    std::size_t length_ = 0;
};

/// All dimensions of nested arrays, outermost first, then what they hold.
template <class T>
struct array_parts {
    using element = T;
    static constexpr void put_extents(format_writer&, char) noexcept {}
};

template <class T>
    requires(array_dimension<T>::is_array)
struct array_parts<T> {
    using inner = array_parts<typename array_dimension<T>::element>;
    using element = typename inner::element;
    static constexpr void put_extents(format_writer& out, char before) noexcept
    {
        if constexpr (!refusal<T>::is_refused) {
            out.put(before);
            out.put_number(array_dimension<T>::extent);
            inner::put_extents(out, ',');
        }
    }
};

/// "(2,3)" for an array of two arrays of three, nothing for anything else.
template <class T>
constexpr void put_shape(format_writer& out) noexcept
{
    if constexpr (array_dimension<T>::is_array) {
        array_parts<T>::put_extents(out, '(');
        out.put(')');
    }
}

template <class T>
constexpr void put_members(format_writer& out) noexcept;

/// What one element is: a code, or T{…}.
template <class T>
constexpr void put_element(format_writer& out) noexcept
{
    if constexpr (refusal<T>::is_refused) {
        return;
    } else if constexpr (complex_parts<T>::is_complex) {
        out.put('Z');
        out.put(scalar_code<typename complex_parts<T>::part>());
    } else if constexpr (std::is_class_v<T>) {
        out.put("T{");
        put_members<T>(out);
        out.put('}');
    } else {
        out.put(scalar_code<T>());
    }
}

template <class T>
constexpr void put_members(format_writer& out) noexcept
{
    std::size_t after = 0;
    visit_members<T>([&]<class Member>() {
        using type = typename Member::type;
        out.put_padding(Member::offset_bytes - after);
        put_shape<type>(out);
        put_element<typename array_parts<type>::element>(out);
        out.put(':');
        out.put(Member::name);
        out.put(':');
        after = Member::offset_bytes + sizeof(type);
        return true;
    });
    out.put_padding(sizeof(T) - after);
}

template <class T>
[[nodiscard]] constexpr bool holds_long_double() noexcept
{
    using element = typename array_parts<T>::element;
    if constexpr (complex_parts<element>::is_complex) {
        return std::is_same_v<typename complex_parts<element>::part, long double>;
    } else if constexpr (std::is_class_v<element> && own_fault<element>() == format_fault::none) {
        bool holds = false;
        visit_members<element>([&]<class Member>() {
            holds = holds_long_double<typename Member::type>();
            return !holds;
        });
        return holds;
    } else {
        return std::is_same_v<element, long double>;
    }
}

template <class T>
constexpr void put_format(format_writer& out) noexcept
{
    using element = typename array_parts<T>::element;
    put_shape<T>(out);
    if constexpr (array_dimension<T>::is_array || is_record_class<T>) {
        constexpr char packed = std::endian::native == std::endian::little ? '<' : '>';
        out.put(holds_long_double<T>() ? '^' : packed);
    }
    put_element<element>(out);
}

template <class T>
[[nodiscard]] constexpr std::size_t format_length() noexcept
{
    format_writer out;
    put_format<T>(out);
    return out.length();
}

template <class T>
inline constexpr auto format_text = [] {
    std::array<char, format_length<T>() + 1> text{};
    format_writer out{text.data()};
    put_format<T>(out);
    return text;
}();

} // namespace view

/// The PEP 3118 format of T, whose offsets and item size are those of the compiler:
/// - a scalar is its code alone, `d`, `q`, `B`, as CPython's memoryview wants it: integers and enumerations by size and
///   sign (b B h H i I q Q; wchar_t and char16_t too), `?` bool, `c` char, `f`, `d`, `g` long double,
///   `Zf`, `Zd`, `Zg` std::complex of these;
/// - a struct is `<T{B:side:7xd:price:}` (`>` on a big-endian machine): standard sizes, nothing aligned by the reader,
///   every byte of padding spelled out, the trailing ones too; nested structs are `T{…}:name:`;
/// - an array, std::array or C, is `(2,3)f:name:`; at the outermost level `(2,3)<f`, the one order that NumPy reads;
/// - whatever contains a long double starts with `^` in place of `<`: native sizes, nothing aligned. Its width is the
///   machine's own, so `<` has no code for it.
/// A member that is not described is refused where padding cannot explain its bytes. Where padding would lie anyway (an
/// int between an int and a double), nothing can tell the two apart, and it is shown as padding.
/// @return NUL-terminated at data()[size()]. Lifetime: static.
/// A type that has no format is a compile-time error that says why. cv-qualifiers of T are ignored.
/// Source: PEP 3118; NumPy 1.24, numpy/core/_internal.py.
template <class T>
[[nodiscard]] constexpr std::string_view format_of() noexcept
{
    constexpr auto& text = view::format_text<std::remove_cv_t<T>>;
    return {text.data(), text.size() - 1};
}

/// format_of<T>() as a constant.
template <class T>
inline constexpr std::string_view format_of_v = format_of<T>();

} // namespace samepage
