// SPDX-License-Identifier: BSL-1.0
// main.cpp: Boost.Test's main().
#define BOOST_TEST_MODULE samepage_demo
#include <boost/test/unit_test.hpp>
