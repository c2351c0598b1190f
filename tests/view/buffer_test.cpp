// SPDX-License-Identifier: BSL-1.0
// buffer_test.cpp: requests are granted and refused by the buffer protocol's rules; what is an exporter, and what not.
#include "../support/refusal.hpp"
#include "sample_records.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

using samepage::asks_for;
using samepage::buffer_exporter;
using samepage::buffer_request;
using samepage::errc;
using samepage::get_buffer;
using samepage::item_format;
using samepage::lease;
using samepage::memory_view;
using samepage::slice;
using samepage::strided_view;
using samepage::view_of;
using support::refusal;
using support::says;

// PEP 3118's numbers: what crosses to Python is the same.
static_assert(static_cast<unsigned>(buffer_request::full) == 0x11d);
static_assert(static_cast<unsigned>(buffer_request::full_ro) == 0x11c);
static_assert(static_cast<unsigned>(buffer_request::records) == 0x1d);
static_assert(static_cast<unsigned>(buffer_request::records_ro) == 0x1c);
static_assert(static_cast<unsigned>(buffer_request::strided) == 0x19);
static_assert(static_cast<unsigned>(buffer_request::strided_ro) == 0x18);
static_assert(static_cast<unsigned>(buffer_request::contig) == 0x9);
static_assert(static_cast<unsigned>(buffer_request::contig_ro) == 0x8);
static_assert(static_cast<unsigned>(buffer_request::c_contiguous) == 0x38);
static_assert(static_cast<unsigned>(buffer_request::f_contiguous) == 0x58);
static_assert(static_cast<unsigned>(buffer_request::any_contiguous) == 0x98);

namespace user {

/// A class that joins by one function; its pixels are its own, shared with whoever looks.
class image {
public:
    image(std::size_t height, std::size_t width)
        : pixels_{std::make_shared<std::vector<std::uint8_t>>(height * width * 3)}, shape_{height, width, 3}
    {
    }

    friend memory_view samepage_buffer(const image& from, buffer_request)
    {
        return {reinterpret_cast<std::byte*>(from.pixels_->data()), item_format{"B"},
                samepage::geometry::c_order(1, from.shape_), lease{std::shared_ptr{from.pixels_}}};
    }

private:
    std::shared_ptr<std::vector<std::uint8_t>> pixels_;
    std::array<std::size_t, 3> shape_;
};

/// Looks at the request: it is never written to.
struct guarded {
    friend memory_view samepage_buffer(const guarded&, buffer_request request)
    {
        if (asks_for(request, buffer_request::writable)) {
            throw samepage::buffer_error{
                errc::buffer_refused,
                {.operation = "guarded", .expected = "a reader", .found = "a writer", .remedy = "ask for the _ro one"}};
        }
        static std::array<std::byte, 4> bytes{};
        return memory_view{std::span{bytes}};
    }
};

struct undescribed {
    int x;
    int y;
};

struct stranger {
    int x;
};

struct with_text {
    std::string text;
};

} // namespace user

static_assert(buffer_exporter<memory_view>);
static_assert(buffer_exporter<std::vector<int>&>);
static_assert(buffer_exporter<const std::vector<int>&>);
static_assert(buffer_exporter<std::vector<int>>);
static_assert(buffer_exporter<std::span<const double>>);
static_assert(buffer_exporter<std::array<std::array<float, 3>, 2>&>);
static_assert(buffer_exporter<int (&)[3]>);
static_assert(buffer_exporter<std::string&>);
static_assert(buffer_exporter<strided_view<double, 3>>);
static_assert(buffer_exporter<user::image>);
static_assert(buffer_exporter<const user::image&>);
static_assert(!buffer_exporter<user::stranger&>);
static_assert(!buffer_exporter<std::list<int>&>);
static_assert(!buffer_exporter<std::vector<bool>&>);
static_assert(!buffer_exporter<std::vector<user::with_text>&>);
static_assert(!buffer_exporter<std::initializer_list<int>>); // its elements are somebody else's, and end here
static_assert(buffer_exporter<std::initializer_list<int>&>);
static_assert(!buffer_exporter<const std::vector<int>>); // nothing can be moved out of it, and it ends here

BOOST_AUTO_TEST_SUITE(buffers)

BOOST_AUTO_TEST_CASE(facts_that_were_not_asked_for_are_not_there)
{
    std::vector<std::int32_t> numbers(6);
    const auto view = view_of(numbers).reshape({2, 3});
    const auto simple = get_buffer(view, buffer_request::simple);
    BOOST_TEST(!simple.shape().has_value());
    BOOST_TEST(!simple.strides().has_value());
    BOOST_TEST(simple.format() == nullptr);
    BOOST_TEST(simple.ndim() == 1U);
    BOOST_TEST(simple.nbytes() == 24U);
    BOOST_TEST(simple.itemsize() == 4U);
    const auto nd = get_buffer(view, buffer_request::nd);
    BOOST_TEST((nd.shape().value()[1] == 3U));
    BOOST_TEST(!nd.strides().has_value());
    BOOST_TEST(nd.format() == nullptr);
    BOOST_TEST(nd.ndim() == 2U);
    const auto records = get_buffer(view, buffer_request::records);
    BOOST_TEST((records.strides().value()[0] == 12));
    BOOST_TEST(records.format()->text() == "i");
}

BOOST_AUTO_TEST_CASE(a_view_of_a_buffer_has_what_its_facts_say)
{
    std::vector<std::int32_t> numbers{1, 2, 3, 4, 5, 6};
    const auto view = view_of(numbers).reshape({2, 3});
    BOOST_TEST(get_buffer(view, buffer_request::simple).view().format().text() == "B");
    BOOST_TEST(get_buffer(view, buffer_request::simple).view().shape()[0] == 24U);
    BOOST_TEST(get_buffer(view, buffer_request::strides).view().format().text() == "4s");
    BOOST_TEST((get_buffer(view, buffer_request::full).view() == view));
    BOOST_TEST(get_buffer(std::as_bytes(std::span{numbers}), buffer_request::nd).view().format().text() == "B");
}

BOOST_AUTO_TEST_CASE(writable_is_refused_of_what_is_read_only)
{
    const std::vector<int> numbers(3);
    for (const auto request : {buffer_request::writable, buffer_request::contig, buffer_request::strided,
                               buffer_request::records, buffer_request::full}) {
        const auto fault = refusal(errc::buffer_refused, [&] { static_cast<void>(get_buffer(numbers, request)); });
        BOOST_TEST(says(fault, "expected writable bytes, found read-only"));
    }
    for (const auto request : {buffer_request::simple, buffer_request::contig_ro, buffer_request::strided_ro,
                               buffer_request::records_ro, buffer_request::full_ro}) {
        BOOST_TEST(get_buffer(numbers, request).is_readonly());
    }
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_as_writable_may_be_so_all_the_same)
{
    std::vector<int> numbers(3);
    const auto got = get_buffer(numbers, buffer_request::simple);
    BOOST_TEST(!got.is_readonly());
    BOOST_TEST(got.writable_data() == reinterpret_cast<std::byte*>(numbers.data()));
    const auto fixed = get_buffer(std::as_const(numbers), buffer_request::simple);
    refusal(errc::buffer_refused, [&] { static_cast<void>(fixed.writable_data()); });
}

BOOST_AUTO_TEST_CASE(an_order_that_is_not_there_is_refused)
{
    std::vector<int> numbers(24);
    const auto c = view_of(numbers).reshape({4, 6});
    const auto f = c.transpose();
    const auto neither = c(samepage::all, slice{{}, {}, 2});
    const auto refused = [](const memory_view& view, buffer_request request) {
        refusal(errc::buffer_refused, [&] { static_cast<void>(get_buffer(view, request)); });
    };
    static_cast<void>(get_buffer(c, buffer_request::c_contiguous));
    refused(c, buffer_request::f_contiguous);
    static_cast<void>(get_buffer(c, buffer_request::any_contiguous));
    refused(f, buffer_request::c_contiguous);
    static_cast<void>(get_buffer(f, buffer_request::f_contiguous));
    static_cast<void>(get_buffer(f, buffer_request::any_contiguous));
    refused(neither, buffer_request::c_contiguous);
    refused(neither, buffer_request::f_contiguous);
    refused(neither, buffer_request::any_contiguous);
    static_cast<void>(get_buffer(neither, buffer_request::strided));
    static_cast<void>(get_buffer(neither, buffer_request::indirect));
}

BOOST_AUTO_TEST_CASE(without_strides_items_must_lie_in_c_order)
{
    std::vector<int> numbers(24);
    const auto view = view_of(numbers).reshape({4, 6});
    for (const auto request : {buffer_request::simple, buffer_request::nd, buffer_request::contig}) {
        static_cast<void>(get_buffer(view, request));
        const auto fault =
            refusal(errc::buffer_refused, [&] { static_cast<void>(get_buffer(view.transpose(), request)); });
        BOOST_TEST(says(fault, "no strides are asked for"));
    }
}

BOOST_AUTO_TEST_CASE(a_format_without_a_shape_is_refused)
{
    std::vector<int> numbers(3);
    refusal(errc::buffer_refused,
            [&] { static_cast<void>(get_buffer(numbers, buffer_request::simple | buffer_request::format)); });
    refusal(errc::buffer_refused,
            [&] { static_cast<void>(get_buffer(numbers, buffer_request::writable | buffer_request::format)); });
    static_cast<void>(get_buffer(numbers, buffer_request::nd | buffer_request::format));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_request_and_what_there_is)
{
    const std::vector<int> numbers(3);
    const auto fault = refusal(errc::buffer_refused, [&] {
        static_cast<void>(get_buffer(numbers, buffer_request::f_contiguous | buffer_request::writable));
    });
    BOOST_TEST(says(fault, "get_buffer, f_contiguous | writable"));
    BOOST_TEST(says(fault, "read-only items 'i', shape (3,) with strides (4,)"));
    BOOST_TEST(to_text(buffer_request::records_ro) == "records_ro");
    BOOST_TEST(to_text(buffer_request::c_contiguous | buffer_request::format) == "c_contiguous | format");
}

BOOST_AUTO_TEST_CASE(arrays_are_borrowed_and_const_ones_read_only)
{
    std::vector<double> numbers{1, 2};
    auto view = view_of(numbers);
    BOOST_TEST(!view.held());
    BOOST_TEST(!view.is_readonly());
    view.set(5, 0);
    BOOST_TEST(numbers[0] == 5);
    BOOST_TEST(view_of(std::as_const(numbers)).is_readonly());
    BOOST_TEST(view_of(std::span<const double>{numbers}).is_readonly());
    BOOST_TEST(!view_of(std::span{numbers}).held());
}

BOOST_AUTO_TEST_CASE(a_range_that_would_end_goes_into_the_lease)
{
    const auto view = view_of(std::vector<int>{1, 2, 3});
    BOOST_TEST(view.held().get<std::vector<int>>()->data() == reinterpret_cast<const int*>(view.data()));
    BOOST_TEST(view.at<int>(2) == 3);
    const auto small = view_of(std::array{4, 5});
    BOOST_TEST(small.at<int>(1) == 5);
}

BOOST_AUTO_TEST_CASE(arrays_of_arrays_are_dimensions)
{
    float image[2][3]{{1, 2, 3}, {4, 5, 6}};
    const auto view = view_of(image);
    BOOST_TEST(view.format().text() == "f");
    BOOST_TEST(view.ndim() == 2U);
    BOOST_TEST(view.at<float>(1, 2) == 6.F);
    std::vector<std::array<std::array<std::int16_t, 2>, 3>> cubes(4);
    BOOST_TEST(view_of(cubes).ndim() == 3U);
    BOOST_TEST(view_of(cubes).strides()[0] == 12);
}

BOOST_AUTO_TEST_CASE(records_have_their_format_and_others_are_bytes)
{
    std::vector<sample::quote> quotes(2);
    BOOST_TEST(view_of(quotes).format().text() == samepage::format_of<sample::quote>());
    std::vector<user::undescribed> others(2);
    BOOST_TEST(view_of(others).format().text() == "8s");
    BOOST_TEST(view_of(others).nbytes() == 16U);
}

BOOST_AUTO_TEST_CASE(typed_views_keep_their_shape_and_strides)
{
    std::vector<sample::quote> quotes{{1, 2, 3}, {4, 5, 6}};
    const auto asks = view_of(strided_view<const sample::quote>{quotes}.field(&sample::quote::ask));
    BOOST_TEST(asks.is_readonly());
    BOOST_TEST(asks.strides()[0] == 24);
    BOOST_TEST(asks.at<double>(1) == 6.0);
}

BOOST_AUTO_TEST_CASE(a_users_class_joins_by_one_function)
{
    memory_view corner;
    {
        const user::image picture{4, 5};
        const auto got = get_buffer(picture, buffer_request::full);
        BOOST_TEST(got.shape()->size() == 3U);
        corner = view_of(picture)(slice{0, 2}, slice{0, 2});
    }
    corner.fill(7);
    BOOST_TEST(corner.at<int>(1, 1, 2) == 7);
    refusal(errc::buffer_refused, [&] { static_cast<void>(get_buffer(corner, buffer_request::simple)); });
}

BOOST_AUTO_TEST_CASE(an_exporter_may_refuse_by_itself)
{
    static_cast<void>(get_buffer(user::guarded{}, buffer_request::full_ro));
    const auto fault =
        refusal(errc::buffer_refused, [] { static_cast<void>(get_buffer(user::guarded{}, buffer_request::full)); });
    BOOST_TEST(says(fault, "expected a reader"));
}

BOOST_AUTO_TEST_SUITE_END()
