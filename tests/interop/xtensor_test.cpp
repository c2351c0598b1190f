// SPDX-License-Identifier: BSL-1.0
// xtensor_test.cpp: views are xtensor's tensors of the same elements.
#define BOOST_TEST_MODULE samepage_xtensor
#include "../support/refusal.hpp"
#include "strided_samples.hpp"

#include <samepage/interop/xtensor.hpp>

#include <boost/test/unit_test.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <array>
#include <cstddef>

using interop_test::matrix;
using interop_test::odd;
using samepage::all;
using samepage::as_xtensor;
using samepage::slice;
using samepage::strided_view;

namespace {

template <class T>
void same_elements(const strided_view<T, 2>& view)
{
    auto tensor = as_xtensor(view);
    BOOST_TEST_REQUIRE(tensor.dimension() == 2U);
    BOOST_TEST(tensor.shape(0) == view.shape()[0]);
    BOOST_TEST(tensor.shape(1) == view.shape()[1]);
    double sum = 0;
    auto each = tensor.begin();
    for (std::size_t i = 0; i < view.shape()[0]; ++i) {
        for (std::size_t j = 0; j < view.shape()[1]; ++j, ++each) {
            BOOST_TEST((&tensor(i, j) == &view(i, j)));
            BOOST_TEST((&*each == &view(i, j)));
            sum += view(i, j);
        }
    }
    BOOST_TEST(xt::sum(tensor)() == sum);
    const xt::xtensor<double, 2> doubled = tensor + tensor;
    BOOST_TEST(xt::sum(doubled)() == 2 * sum);
}

void refused(const char* words, const auto& view)
{
    const auto fault = support::refusal(samepage::errc::buffer_refused, [&] { static_cast<void>(as_xtensor(view)); });
    BOOST_TEST(support::says(fault, words), fault.what());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(xtensor, matrix)

BOOST_AUTO_TEST_CASE(a_view_is_a_tensor_of_the_same_elements)
{
    same_elements(view());
    same_elements(view().as_const());
    same_elements(view().transpose());
    same_elements(view()(slice{{}, {}, 2}, slice{1, {}, 2}));
    same_elements(view()(slice{1, 2}, all));
}

BOOST_AUTO_TEST_CASE(strides_may_be_zero)
{
    same_elements(view()(1, all).broadcast_to(3, 5));
}

BOOST_AUTO_TEST_CASE(no_elements_are_an_empty_tensor)
{
    same_elements(view()(slice{0, 0}, all));
    BOOST_TEST(as_xtensor(strided_view<double>{}).size() == 0U);
}

BOOST_AUTO_TEST_CASE(elements_are_written_through_it)
{
    auto tensor = as_xtensor(view()(all, slice{{}, {}, 2}));
    tensor(3, 1) = -1;
    BOOST_TEST(rows[3][2] == -1);
    xt::view(tensor, 0, xt::all()) = 8;
    BOOST_TEST(rows[0][4] == 8);
    BOOST_TEST(rows[0][3] != 8);
}

BOOST_AUTO_TEST_CASE(a_column_of_records_is_a_tensor)
{
    std::array<odd, 3> records{{{{}, 1.5}, {{}, 2.5}, {{}, 3.5}}};
    const auto weights = as_xtensor(strided_view<odd>{records}.field(&odd::weight));
    BOOST_TEST(xt::mean(weights)() == 2.5);
}

BOOST_AUTO_TEST_CASE(negative_strides_are_refused)
{
    refused("a stride of -5 elements in dimension 0", view()(slice{{}, {}, -1}, all));
    refused("xt::flip()", view()(all, slice{{}, {}, -1}));
    same_elements(view()(slice{{}, -2, -1}, all)); // one row
}

BOOST_AUTO_TEST_CASE(elements_and_a_half_apart_are_refused)
{
    std::array<odd, 3> records{};
    refused("a stride of 24 bytes in dimension 0", strided_view<odd>{records}.field(&odd::value));
}

BOOST_AUTO_TEST_SUITE_END()
