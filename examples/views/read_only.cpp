// SPDX-License-Identifier: BSL-1.0
// read_only.cpp: bytes that must not change, lent to code that could try.
#include "side_by_side.hpp"

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/get_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr std::size_t readers = 4;

std::uint64_t sum(const bytes& of)
{
    return std::accumulate(of.begin(), of.end(), std::uint64_t{0});
}

std::uint64_t sum(const samepage::memory_view& of)
{
    const auto items = of.view<const std::uint8_t>();
    return std::accumulate(items.begin(), items.end(), std::uint64_t{0});
}

// A reader that is given a copy may do with it what it likes.
std::uint64_t read_by_copies(const bytes& original)
{
    std::uint64_t all = 0;
    for (std::size_t reader = 0; reader != readers; ++reader) {
        bytes its_own = original;
        all += sum(its_own);
        its_own[0] = 88;
    }
    return all;
}

// A reader that is given a view of const bytes cannot: see print_refusals().
std::uint64_t read_by_views(const bytes& original)
{
    std::uint64_t all = 0;
    for (std::size_t reader = 0; reader != readers; ++reader) {
        all += sum(samepage::view_of(original));
    }
    return all;
}

// Every way to write through a view, or to something that could be written through. The bytes are a literal: the
// processor would refuse, too, and end the program.
void print_refusals()
{
    constexpr std::string_view immutable = "immutable";
    const auto view = samepage::view_of(immutable).cast("B");
    const std::vector<std::uint8_t> others(immutable.size(), 'x');
    const auto print = [](std::string_view what, auto write) {
        std::cout << "refused, " << what << ":\n  " << meter::why_refused<samepage::buffer_error>(write) << '\n';
    };
    print("set", [&] { view.set(88, 0); });
    print("fill", [&] { view.fill(88); });
    print("copy_from", [&] { view.copy_from(samepage::view_of(others)); });
    print("writable_data", [&] { return view.writable_data(); });
    print("writable_bytes", [&] { return view.writable_bytes(); });
    print("a typed view that is not const", [&] { return view.view<std::uint8_t>(); });
    print("a buffer asked for as writable",
          [&] { return samepage::get_buffer(view, samepage::buffer_request::writable); });
    print("a slice of it", [&] { view(samepage::slice{2, 4}).set(88, 0); });

    // Writable bytes, lent read-only.
    bytes mine(3, 1);
    const auto lent = samepage::view_of(mine).as_const();
    print("as_const", [&] { lent.set(88, 0); });
    mine[0] = 2; // the owner still may, and the view shows it
    if (lent.at<int>(0) != 2 || immutable != "immutable") {
        throw std::runtime_error{"a view shows something else than its owner has"};
    }
    // What cannot be written can be a key: as hash(memoryview(b"...")) in Python.
    if (view.hash() != std::hash<std::string_view>{}(immutable)) {
        throw std::runtime_error{"the hash is not that of the bytes"};
    }
}

} // namespace

int main()
try {
    const bytes original(4'000'000, 3);
    const auto all =
        meter::side_by_side([&] { return read_by_copies(original); }, [&] { return read_by_views(original); });
    print_refusals();
    std::cout << readers << " readers, sum " << all << ", nothing written" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "read_only: " << problem.what() << '\n';
    return 1;
}
