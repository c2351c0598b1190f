// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: treats a batch as a table, and works on its columns with the standard's algorithms.
#include "reading.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/view/strided_view.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <numeric>
#include <span>
#include <string>

namespace {

// A function of columns need not know records: it takes any floats that lie a fixed number of bytes apart.
double sum(samepage::strided_view<const float> column)
{
    return std::accumulate(column.begin(), column.end(), 0.0);
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "readings";
    samepage::consumer<reading> readings(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    std::size_t seen = 0;
    std::ptrdiff_t warm = 0;
    double temperatures = 0;
    double farthest = 0;
    double lowest = 0;
    while (auto batch = readings.take(1000)) { // at most 1000 at a time
        // A column is a view: where the first value lies, how many there are, how many bytes apart. Nothing is copied.
        auto temperature = batch.field(&reading::temperature);
        temperatures += sum(temperature);
        warm += std::ranges::count_if(temperature, [](float degrees) { return degrees > 25.0F; });

        // A member of a member.
        auto x = batch.field(&reading::where, &position::x);
        auto z = batch.field(&reading::where, &position::z);
        farthest = std::max(farthest, std::ranges::max(x));
        lowest = std::min(lowest, std::ranges::min(z));

        // Whole records are an array, for whatever takes a span.
        const std::span<const reading> rows = batch.records();
        seen += rows.size();
    }

    const double mean = temperatures / static_cast<double>(seen);
    std::cout << seen << " readings: mean temperature " << mean << ", " << warm << " above 25, x up to " << farthest
              << ", z down to " << lowest << std::endl;
    if (const auto why = readings.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the readings ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
