// SPDX-License-Identifier: BSL-1.0
// eigen_test.cpp: views are Eigen's matrices and vectors of the same elements.
#define BOOST_TEST_MODULE samepage_eigen
#include "../support/refusal.hpp"
#include "strided_samples.hpp"

#include <samepage/interop/eigen.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <type_traits>

using interop_test::matrix;
using interop_test::odd;
using samepage::all;
using samepage::as_eigen;
using samepage::slice;
using samepage::strided_view;

namespace {

static_assert(std::is_base_of_v<Eigen::MatrixBase<samepage::eigen_matrix_map<const float>>,
                                samepage::eigen_matrix_map<const float>>);
static_assert(std::is_same_v<decltype(as_eigen(strided_view<double>{})), samepage::eigen_vector_map<double>>);
static_assert(!std::is_assignable_v<decltype(as_eigen(strided_view<const double>{})(0)), double>);

void same_elements(const strided_view<double, 2>& view)
{
    const auto map = as_eigen(view);
    BOOST_TEST(map.rows() == static_cast<Eigen::Index>(view.shape()[0]));
    BOOST_TEST(map.cols() == static_cast<Eigen::Index>(view.shape()[1]));
    double sum = 0;
    for (Eigen::Index i = 0; i < map.rows(); ++i) {
        for (Eigen::Index j = 0; j < map.cols(); ++j) {
            BOOST_TEST((&map.coeffRef(i, j) == &view(i, j)));
            sum += view(i, j);
        }
    }
    BOOST_TEST(map.sum() == sum);
    // A product goes over the elements by other ways than coeff().
    const Eigen::MatrixXd copy = map;
    BOOST_TEST(((map * map.transpose()).eval() == (copy * copy.transpose()).eval()));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(eigen, matrix)

BOOST_AUTO_TEST_CASE(a_view_is_a_matrix_of_the_same_elements)
{
    same_elements(view());
    same_elements(view().transpose());
    same_elements(view()(slice{{}, {}, 2}, slice{1, {}, 2}));
}

BOOST_AUTO_TEST_CASE(strides_may_be_negative_or_zero)
{
    same_elements(view()(slice{{}, {}, -1}, slice{{}, {}, -2}));
    const auto repeated = view()(1, all).broadcast_to(3, 5);
    BOOST_TEST(as_eigen(repeated).row(2).sum() == as_eigen(view()).row(1).sum());
}

BOOST_AUTO_TEST_CASE(no_elements_are_an_empty_matrix)
{
    BOOST_TEST(as_eigen(view()(slice{0, 0}, all)).rows() == 0);
    BOOST_TEST(as_eigen(view()(slice{0, 0}, all)).cols() == 5);
    BOOST_TEST(as_eigen(strided_view<double>{}).size() == 0);
}

BOOST_AUTO_TEST_CASE(elements_are_written_through_it)
{
    as_eigen(view())(2, 3) = -1;
    BOOST_TEST(rows[2][3] == -1);
    as_eigen(view()(all, 0)).setZero();
    BOOST_TEST(rows[3][0] == 0);
    BOOST_TEST(rows[3][1] != 0);
}

BOOST_AUTO_TEST_CASE(a_column_of_records_is_a_vector)
{
    std::array<odd, 3> records{{{{}, 1.5}, {{}, 2.5}, {{}, 3.5}}};
    const auto weights = as_eigen(strided_view<odd>{records}.field(&odd::weight));
    BOOST_TEST(weights.size() == 3);
    BOOST_TEST(weights.sum() == 7.5);
    BOOST_TEST(&weights.coeffRef(1) == &records[1].weight);
}

BOOST_AUTO_TEST_CASE(elements_and_a_half_apart_are_refused)
{
    std::array<odd, 3> records{};
    const auto values = strided_view<odd>{records}.field(&odd::value);
    const auto fault = support::refusal(samepage::errc::buffer_refused, [&] { static_cast<void>(as_eigen(values)); });
    BOOST_TEST(support::says(fault, "a stride of 24 bytes in dimension 0"), fault.what());
    BOOST_TEST(support::says(fault, "whole elements of 16 bytes"));
    // With no second element there is no stride to follow.
    BOOST_TEST(as_eigen(values(slice{0, 1})).size() == 1);
    // Every second record is three elements on.
    BOOST_TEST(&as_eigen(values(slice{{}, {}, 2})).coeffRef(1) == &records[2].value);
}

BOOST_AUTO_TEST_SUITE_END()
