// SPDX-License-Identifier: BSL-1.0
// refusal.hpp: the error with which the library refuses something.
#pragma once

#include <samepage/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace support {

/// Runs `attempt`, which must throw samepage::error with `code`, and returns it for a look at its words. Each part that
/// a person needs must be there.
template <class Attempt>
samepage::error refusal(samepage::errc code, Attempt&& attempt)
{
    std::optional<samepage::error> caught;
    try {
        attempt();
    } catch (const samepage::error& fault) {
        caught = fault;
    }
    BOOST_TEST_REQUIRE(caught.has_value(), "expected an error: " << samepage::make_error_code(code).message());
    BOOST_TEST_MESSAGE("    " << caught->what());
    BOOST_TEST(caught->code() == samepage::make_error_code(code));
    BOOST_TEST(!caught->parts().operation.empty(), "no operation: " << caught->what());
    BOOST_TEST(!caught->parts().expected.empty(), "nothing expected: " << caught->what());
    BOOST_TEST(!caught->parts().found.empty(), "nothing found: " << caught->what());
    BOOST_TEST(!caught->parts().remedy.empty(), "no remedy: " << caught->what());
    return *caught;
}

[[nodiscard]] inline bool says(const samepage::error& fault, std::string_view text)
{
    return std::string_view{fault.what()}.find(text) != std::string_view::npos;
}

} // namespace support
