// SPDX-License-Identifier: BSL-1.0
// side_by_side.hpp: a job done in two ways, by copies and by views, and what each took.
#pragma once

#include "copy_meter.hpp"

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace meter {

/// What a job found, and what it took.
template <class Result>
struct measured {
    Result result;
    figures took;
};

template <std::invocable Job>
[[nodiscard]] auto measure(Job&& job)
{
    const copy_meter meter;
    auto result = std::forward<Job>(job)();
    return measured<decltype(result)>{std::move(result), meter.so_far()};
}

/// A table of two rows.
void print_table(const figures& naive, const figures& view, std::string_view title = {});

/// Throws std::runtime_error unless both versions found the same.
template <std::equality_comparable Result>
void require_same(const Result& naive, const Result& view)
{
    if (naive != view) {
        throw std::runtime_error{"the view version found something else than the naive one"};
    }
}

/// Does both, prints what they took, and gives what both found.
template <std::invocable Naive, std::invocable View>
auto side_by_side(Naive&& by_copies, View&& by_views)
{
    const auto naive = measure(std::forward<Naive>(by_copies));
    auto view = measure(std::forward<View>(by_views));
    print_table(naive.took, view.took);
    require_same(naive.result, view.result);
    return std::move(view.result);
}

/// Calls what has to be refused with an Error, and prints why it was. Throws std::runtime_error if it was not.
template <class Error, std::invocable Refused>
std::string why_refused(Refused&& refused)
{
    try {
        std::forward<Refused>(refused)();
    } catch (const Error& problem) {
        return problem.what();
    }
    throw std::runtime_error{"what should have been refused was not"};
}

} // namespace meter
