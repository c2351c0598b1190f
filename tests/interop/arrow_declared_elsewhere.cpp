// SPDX-License-Identifier: BSL-1.0
// arrow_declared_elsewhere.cpp: our header after one that declares the same structures, as Arrow's own and nanoarrow
// do.
#include <cstdint>

#define ARROW_C_DATA_INTERFACE
struct ArrowSchema {
    const char *format, *name, *metadata;
    std::int64_t flags, n_children;
    ArrowSchema **children, *dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length, null_count, offset, n_buffers, n_children;
    const void** buffers;
    ArrowArray **children, *dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};

#include <samepage/interop/arrow.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

BOOST_AUTO_TEST_CASE(structures_that_another_header_declares_are_used)
{
    std::array<float, 3> numbers{1, 2, 3};
    const samepage::arrow_column column = samepage::to_arrow(samepage::view_of(numbers), "numbers");
    BOOST_TEST(column.schema.format == std::string{"f"});
    BOOST_TEST(column.array.length == 3);
    BOOST_TEST(column.array.buffers[1] == static_cast<const void*>(numbers.data()));
}
