// SPDX-License-Identifier: BSL-1.0
// memory_view_cast_test.cpp: the same bytes as other items, or as typed ones; each refusal says why.
#include "../support/refusal.hpp"
#include "sample_records.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

using samepage::errc;
using samepage::memory_view;
using samepage::slice;
using samepage::view_of;
using support::refusal;
using support::says;

namespace {

struct aligned_bytes {
    alignas(16) std::array<std::byte, 48> bytes{};
    memory_view view{std::span<std::byte>{bytes}};

    aligned_bytes()
    {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::byte>(i);
        }
    }
};

template <class Attempt>
void refused(const char* words, Attempt&& attempt)
{
    const auto fault = refusal(errc::buffer_refused, attempt);
    BOOST_TEST(says(fault, words), fault.what());
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_view_casts)

BOOST_FIXTURE_TEST_CASE(bytes_become_integers_and_a_matrix, aligned_bytes)
{
    const auto numbers = view.cast("I");
    BOOST_TEST(numbers.shape()[0] == 12U);
    BOOST_TEST(numbers.at<unsigned>(1) == 0x07060504U);
    const auto matrix = view.cast("I", {3, 4});
    BOOST_TEST(matrix.at<unsigned>(2, 0) == 0x23222120U);
    BOOST_TEST((matrix.cast("B").cast("I") == numbers));
    BOOST_TEST((matrix.cast("B", {48}) == view));
}

BOOST_FIXTURE_TEST_CASE(casts_go_to_records_too, aligned_bytes)
{
    const auto quotes = view.cast<sample::quote>();
    BOOST_TEST(quotes.shape()[0] == 2U);
    BOOST_TEST(quotes.field("time_ns").at<std::uint64_t>(1) == 0x1f1e1d1c1b1a1918U);
    BOOST_TEST(quotes.view<const sample::quote>()[0].time_ns == 0x0706050403020100U);
}

BOOST_FIXTURE_TEST_CASE(a_type_names_its_format_for_a_matrix_too, aligned_bytes)
{
    const auto matrix = view.cast<std::uint32_t>({3, 4});
    BOOST_TEST((matrix.format() == view.cast("I").format()));
    BOOST_TEST((matrix == view.cast("I", {3, 4})));
    BOOST_TEST(view(slice{0, 8}).cast<std::uint64_t>({}).ndim() == 0U);
    refused("expected 48 bytes, as there are", [&] { static_cast<void>(view.cast<std::uint32_t>({3, 5})); });
}

BOOST_FIXTURE_TEST_CASE(without_dimensions_a_cast_is_to_one_item, aligned_bytes)
{
    const auto one = view(slice{0, 8}).cast("Q", {});
    BOOST_TEST(one.ndim() == 0U);
    BOOST_TEST(one.at<std::uint64_t>() == 0x0706050403020100U);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_contiguous_is_not_cast, aligned_bytes)
{
    refused("expected C contiguous items, found shape (24,) with strides (2,)", [&] {
        static_cast<void>(view(slice{{}, {}, 2}).cast("H"));
    });
    refused("C contiguous", [&] { static_cast<void>(view.cast("H", {4, 6}).transpose().cast("B")); });
}

BOOST_FIXTURE_TEST_CASE(one_side_of_a_cast_is_bytes, aligned_bytes)
{
    refused("expected bytes (b, B, c) on one side", [&] { static_cast<void>(view.cast("I").cast("f")); });
    static_cast<void>(view.cast("I").cast("c").cast("f").cast("b"));
}

BOOST_FIXTURE_TEST_CASE(the_bytes_are_a_multiple_of_the_new_item, aligned_bytes)
{
    refused("expected a multiple of 8 bytes, found 12", [&] { static_cast<void>(view(slice{0, 12}).cast("d")); });
    refused("expected a multiple of 0 bytes", [&] { static_cast<void>(view.cast("0s")); });
    BOOST_TEST(view(slice{0, 0}).cast("d").shape()[0] == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_format_that_asks_for_alignment_gets_it, aligned_bytes)
{
    refused("expected bytes aligned to 4, found an address 1 behind one", [&] {
        static_cast<void>(view(slice{1, 9}).cast("i"));
    });
    BOOST_TEST(view(slice{1, 9}).cast("=I").at<unsigned>(0) == 0x04030201U);
    BOOST_TEST(view(slice{1, 9}).cast("^I").at<unsigned>(0) == 0x04030201U);
    static_cast<void>(view(slice{4, 12}).cast("i"));
}

BOOST_FIXTURE_TEST_CASE(a_shape_has_as_many_bytes_as_there_are, aligned_bytes)
{
    refused("expected 48 bytes, as there are, found 40", [&] { static_cast<void>(view.cast("I", {2, 5})); });
    refused("no dimension of size zero", [&] { static_cast<void>(view.cast("I", {0, 5})); });
    refused("no dimension of size zero", [&] { static_cast<void>(view(slice{0, 0}).cast("I", {1})); });
    refused("one dimension on one side", [&] { static_cast<void>(view.cast("I", {3, 4}).cast("B", {6, 8})); });
}

BOOST_FIXTURE_TEST_CASE(a_cast_keeps_what_is_read_only, aligned_bytes)
{
    BOOST_TEST(view.as_const().cast("I").is_readonly());
    BOOST_TEST(view.as_const().cast("I", {3, 4}).is_readonly());
    BOOST_TEST(!view.cast("I", {3, 4}).is_readonly());
}

BOOST_FIXTURE_TEST_CASE(a_typed_view_has_the_same_elements, aligned_bytes)
{
    const auto matrix = view.cast("I", {3, 4}).transpose()(slice{{}, {}, -1});
    const auto typed = matrix.view<std::uint32_t, 2>();
    BOOST_TEST(typed.shape()[0] == 4U);
    BOOST_TEST(typed(0, 2) == matrix.at<std::uint32_t>(0, 2));
    typed(1, 1) = 5;
    BOOST_TEST(matrix.at<int>(1, 1) == 5);
    BOOST_TEST((memory_view{typed} == matrix));
}

BOOST_FIXTURE_TEST_CASE(any_item_of_a_byte_is_a_const_byte, aligned_bytes)
{
    BOOST_TEST(view.cast("c").view<const unsigned char>().size() == 48U);
    BOOST_TEST(view.cast("b").view<const std::byte>().size() == 48U);
    refused("items of the type", [&] { static_cast<void>(view.cast("b").view<std::byte>()); });
}

BOOST_FIXTURE_TEST_CASE(a_typed_view_of_another_type_is_refused, aligned_bytes)
{
    refused("expected items of the type 'i', found 'I'", [&] { static_cast<void>(view.cast("I").view<int>()); });
    refused("items of the type", [&] { static_cast<void>(view.cast(">I").view<unsigned>()); });
    refused("items of the type", [&] { static_cast<void>(view.cast("d").view<sample::quote>()); });
}

BOOST_FIXTURE_TEST_CASE(a_typed_view_of_another_rank_is_refused, aligned_bytes)
{
    refused("expected rank 1, found shape (3, 4)", [&] { static_cast<void>(view.cast("I", {3, 4}).view<unsigned>()); });
}

BOOST_FIXTURE_TEST_CASE(a_typed_view_that_writes_what_is_read_only_is_refused, aligned_bytes)
{
    refused("expected writable items", [&] { static_cast<void>(view.as_const().cast("I").view<unsigned>()); });
    static_cast<void>(view.as_const().cast("I").view<const unsigned>());
}

BOOST_FIXTURE_TEST_CASE(a_typed_view_of_misaligned_items_is_refused, aligned_bytes)
{
    refused("aligned to 4, found an address 2 behind one", [&] {
        static_cast<void>(view(slice{2, 10}).cast("=I").view<unsigned>());
    });
    const auto packed = view(slice{0, 45}).cast("=T{B:a:I:b:}").field("b");
    refused("aligned to 4, found an address 1", [&] { static_cast<void>(packed.view<unsigned>()); });
    refused("a stride of 5 bytes in dimension 0", [&] {
        static_cast<void>(view(slice{0, 45}).cast("=T{I:a:B:b:}").field("a").view<unsigned>());
    });
    const auto lone = view(slice{0, 45}).cast("=T{I:a:B:b:}").field("a")(slice{0, 1});
    BOOST_TEST(lone.view<const unsigned>()[0] == 0x03020100U);
}

BOOST_AUTO_TEST_CASE(nothing_is_a_typed_view_of_any_address)
{
    alignas(8) std::array<std::byte, 8> bytes{};
    const memory_view view{std::span<std::byte>{bytes}};
    BOOST_TEST(view(slice{1, 1}).cast("=I").view<unsigned>().empty());
    BOOST_TEST(memory_view{}.view<unsigned char>().empty());
}

BOOST_AUTO_TEST_SUITE_END()
