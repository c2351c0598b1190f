// SPDX-License-Identifier: BSL-1.0
// slice_test.cpp: slices take what Python's do.
#include <samepage/view/geometry_error.hpp>
#include <samepage/view/slice.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using samepage::slice;
using samepage::view::resolve;
using samepage::view::slice_range;

static_assert(resolve(slice{}, 5) == slice_range{0, 5, 1});
static_assert(resolve(slice{1, 4}, 5) == slice_range{1, 3, 1});
static_assert(resolve(slice{{}, {}, -1}, 5) == slice_range{4, 5, -1});

namespace {

using end = std::optional<std::ptrdiff_t>;

/// Python's list(range(size))[start:stop:step], by walking: an end outside is the nearest place one may stand.
std::vector<std::ptrdiff_t> walk(const slice& part, std::ptrdiff_t size)
{
    const auto step = part.step.value_or(1);
    const auto first = step > 0 ? std::ptrdiff_t{0} : std::ptrdiff_t{-1};
    const auto last = step > 0 ? size : size - 1;
    const auto place = [&](end where, std::ptrdiff_t otherwise) {
        auto at = where.value_or(otherwise);
        at = where && at < 0 ? at + size : at;
        return at < first ? first : (at > last ? last : at);
    };
    const auto stop = place(part.stop, step > 0 ? size : -1);
    std::vector<std::ptrdiff_t> items;
    for (auto at = place(part.start, step > 0 ? 0 : size - 1); step > 0 ? at < stop : at > stop; at += step) {
        items.push_back(at);
    }
    return items;
}

std::vector<std::ptrdiff_t> items(const slice_range& range)
{
    std::vector<std::ptrdiff_t> all;
    for (std::size_t i = 0; i < range.count; ++i) {
        all.push_back(range.start + static_cast<std::ptrdiff_t>(i) * range.step);
    }
    return all;
}

std::vector<end> ends(std::ptrdiff_t most)
{
    std::vector<end> all{std::nullopt};
    for (auto at = -most; at <= most; ++at) {
        all.emplace_back(at);
    }
    return all;
}

constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max();
constexpr auto least = std::numeric_limits<std::ptrdiff_t>::min();

} // namespace

BOOST_AUTO_TEST_SUITE(slices)

BOOST_AUTO_TEST_CASE(every_small_slice_takes_what_walking_takes)
{
    for (std::ptrdiff_t size = 0; size <= 4; ++size) {
        for (const auto& start : ends(6)) {
            for (const auto& stop : ends(6)) {
                for (const auto& step : ends(6)) {
                    if (step == 0) {
                        continue;
                    }
                    const slice part{start, stop, step};
                    const auto found = items(resolve(part, static_cast<std::size_t>(size)));
                    if (found != walk(part, size)) {
                        BOOST_TEST_CONTEXT("size " << size << ", slice " << start.value_or(99) << ':'
                                                   << stop.value_or(99) << ':' << step.value_or(99))
                        {
                            BOOST_TEST(found == walk(part, size), boost::test_tools::per_element());
                        }
                    }
                }
            }
        }
    }
}

// The expected values are what slice.indices(5) and len() said in CPython 3.11.
BOOST_AUTO_TEST_CASE(the_largest_and_smallest_numbers_are_clamped_too)
{
    BOOST_TEST((resolve(slice{least, most, most}, 5) == slice_range{0, 1, most}));
    BOOST_TEST((resolve(slice{most, least, least}, 5) == slice_range{4, 1, -most}));
    BOOST_TEST((resolve(slice{most, most}, 5) == slice_range{5, 0, 1}));
    BOOST_TEST((resolve(slice{least, least, -1}, 5) == slice_range{-1, 0, -1}));
    BOOST_TEST((resolve(slice{{}, {}, -1}, static_cast<std::size_t>(most)).count == static_cast<std::size_t>(most)));
}

BOOST_AUTO_TEST_CASE(a_step_of_zero_is_refused_and_the_dimension_named)
{
    BOOST_CHECK_EXCEPTION(static_cast<void>(resolve(slice{{}, {}, 0}, 5, 2)), samepage::geometry_error,
                          [](const samepage::geometry_error& fault) {
                              return std::string{fault.what()} ==
                                     "slice: expected a step other than zero in dimension 2, found 0";
                          });
}

BOOST_AUTO_TEST_SUITE_END()
