// SPDX-License-Identifier: BSL-1.0
// strided_view.cpp: the cold end of a checked access.
#include <samepage/view/strided_view.hpp>

#include <stdexcept>
#include <string>

namespace samepage::view {

void throw_out_of_range(std::size_t index, std::size_t size)
{
    throw std::out_of_range{"strided_view::at: index " + std::to_string(index) + ", size " + std::to_string(size)};
}

} // namespace samepage::view
