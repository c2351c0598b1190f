// SPDX-License-Identifier: BSL-1.0
// side_by_side.cpp: the table.
#include "side_by_side.hpp"

#include <iomanip>
#include <iostream>

namespace meter {

namespace {

void print_row(std::string_view name, const figures& row)
{
    std::cout << std::left << std::setw(8) << name << std::right << std::setw(14) << row.bytes_copied << std::setw(9)
              << row.copies << std::setw(14) << row.allocations << std::setw(18) << row.peak_heap_bytes << '\n';
}

} // namespace

void print_table(const figures& naive, const figures& view, std::string_view title)
{
    std::cout << std::left << std::setw(8) << title << "  bytes copied   copies   allocations   peak heap bytes\n";
    print_row("naive", naive);
    print_row("view", view);
}

} // namespace meter
