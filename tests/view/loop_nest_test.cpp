// SPDX-License-Identifier: BSL-1.0
// loop_nest_test.cpp: as few loops as the strides of all operands allow.
#include <samepage/view/loop_nest.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <ostream>
#include <vector>

using samepage::view::loop_nest;

namespace {

using sizes = std::vector<std::size_t>;
using strides = std::vector<std::ptrdiff_t>;

struct run {
    std::ptrdiff_t first;
    std::size_t count;
    std::ptrdiff_t stride_bytes;

    [[maybe_unused]] friend bool operator==(const run&, const run&) = default;
    friend std::ostream& operator<<(std::ostream& out, const run& each)
    {
        return out << each.first << ": " << each.count << " by " << each.stride_bytes;
    }
};

template <std::size_t Operands>
std::vector<run> runs(const loop_nest<Operands>& nest, std::size_t operand = 0)
{
    std::vector<run> all;
    nest.visit([&](const auto& first, std::size_t count, const auto& by) {
        all.push_back({first[operand], count, by[operand]});
    });
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(loop_nests)

BOOST_AUTO_TEST_CASE(dimensions_of_size_one_are_no_loops)
{
    const auto nest = loop_nest<1>::in_c_order(sizes{1, 5, 1, 6, 1}, {strides{7, 24, 99, 4, -3}});
    BOOST_TEST(nest.outer_loops() == 0U);
    BOOST_TEST(runs(nest) == (std::vector<run>{{0, 30, 4}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(dimensions_are_one_loop_only_where_every_operand_has_them_so)
{
    const sizes shape{2, 3};
    const strides packed{12, 4};
    const strides apart{100, 4};
    BOOST_TEST(runs(loop_nest<2>::in_c_order(shape, {packed, packed})).size() == 1U);
    BOOST_TEST(runs(loop_nest<2>::in_c_order(shape, {packed, apart})).size() == 2U);
    const auto nest = loop_nest<2>::in_c_order(shape, {apart, packed});
    BOOST_TEST(runs(nest, 0) == (std::vector<run>{{0, 3, 4}, {100, 3, 4}}), boost::test_tools::per_element());
    BOOST_TEST(runs(nest, 1) == (std::vector<run>{{0, 3, 4}, {12, 3, 4}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(in_memory_order_columns_are_one_run_and_backwards_is_forwards)
{
    const auto columns = loop_nest<1>::in_memory_order(sizes{2, 3}, {strides{4, 8}});
    BOOST_TEST(runs(columns) == (std::vector<run>{{0, 6, 4}}), boost::test_tools::per_element());
    const auto backwards = loop_nest<1>::in_memory_order(sizes{2, 3}, {strides{-12, -4}});
    BOOST_TEST(runs(backwards) == (std::vector<run>{{-20, 6, 4}}), boost::test_tools::per_element());
    const auto both = loop_nest<2>::in_memory_order(sizes{3}, {strides{-4}, strides{8}});
    BOOST_TEST(runs(both, 0) == (std::vector<run>{{-8, 3, 4}}), boost::test_tools::per_element());
    BOOST_TEST(runs(both, 1) == (std::vector<run>{{16, 3, -8}}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_items_nothing_runs)
{
    const sizes none{3, 0};
    const strides by{4, 4};
    BOOST_TEST(runs(loop_nest<1>::in_c_order(none, {by})).empty());
    BOOST_TEST(runs(loop_nest<1>::in_f_order(none, {by})).empty());
    BOOST_TEST(runs(loop_nest<1>::in_memory_order(none, {by})).empty());
}

BOOST_AUTO_TEST_CASE(no_dimensions_are_a_run_of_one)
{
    BOOST_TEST(runs(loop_nest<1>::in_c_order({}, {})).size() == 1U);
    BOOST_TEST(runs(loop_nest<1>::in_memory_order({}, {})).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
