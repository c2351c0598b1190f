// SPDX-License-Identifier: BSL-1.0
// element_strides.cpp: why a view has no strides in elements, or none that a library can follow.
#include "interop/refuse.hpp"

#include <samepage/interop/element_strides.hpp>
#include <samepage/interop/xtensor.hpp>

namespace samepage::interop {

void throw_part_of_an_element(const char* operation, std::size_t itemsize, std::ptrdiff_t stride_bytes,
                              std::size_t dimension)
{
    refuse(operation, with_number("strides of whole elements of ", static_cast<long long>(itemsize), " bytes"),
           with_number("a stride of ", stride_bytes) +
               with_number(" bytes in dimension ", static_cast<long long>(dimension)),
           "copy the elements, or pad the records to a multiple of them");
}

void throw_backwards(std::ptrdiff_t stride, std::size_t dimension)
{
    refuse("view for xtensor", "strides of zero or more, since its adaptors begin at their first byte",
           with_number("a stride of ", stride) +
               with_number(" elements in dimension ", static_cast<long long>(dimension)),
           "hand it over forwards, and turn it by xt::flip()");
}

} // namespace samepage::interop
