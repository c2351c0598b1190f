// SPDX-License-Identifier: BSL-1.0
// error_test.cpp: an error says what was expected, what was found and what to do, in one line.
#include <samepage/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <exception>
#include <string>

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(the_line_names_operation_channel_code_expectation_finding_and_remedy_and_ends_there)
{
    const samepage::error fault{samepage::errc::no_space,
                                {.operation = "create channel",
                                 .channel = "quotes",
                                 .expected = "256 MiB",
                                 .found = "64 MiB free",
                                 .remedy = "enlarge /dev/shm"}};
    const std::string line = fault.what();
    BOOST_TEST(line == "create channel 'quotes': no space: expected 256 MiB, found 64 MiB free; enlarge /dev/shm");
    BOOST_TEST(fault.parts().remedy == "enlarge /dev/shm");
}

BOOST_AUTO_TEST_CASE(the_line_leaves_out_what_is_not_known)
{
    const samepage::error bare{samepage::errc::corrupt, {.operation = "consumer"}};
    BOOST_TEST(bare.what() == std::string{"consumer: corrupt channel"});
    const samepage::error call{samepage::errc::system,
                               {.operation = "consumer", .channel = "quotes", .found = "open(x): Interrupted"}};
    BOOST_TEST(call.what() == std::string{"consumer 'quotes': system error: open(x): Interrupted"});
}

BOOST_AUTO_TEST_CASE(whoever_catches_the_standards_exception_reads_the_same_line)
{
    const samepage::error fault{samepage::errc::not_found, {.operation = "consumer", .channel = "quotes"}};
    const std::exception& seen = fault;
    BOOST_TEST(seen.what() == std::string{"consumer 'quotes': not found"});
}

BOOST_AUTO_TEST_CASE(an_error_compares_with_its_code)
{
    const samepage::error fault{samepage::errc::wrong_type, {.operation = "attach consumer"}};
    BOOST_TEST((fault.code() == samepage::errc::wrong_type));
    BOOST_TEST((fault.code() != samepage::errc::corrupt));
    BOOST_TEST(std::string{fault.code().category().name()} == "samepage");
}

BOOST_AUTO_TEST_CASE(every_code_has_a_message)
{
    for (int value = 1; value <= static_cast<int>(samepage::errc::system); ++value) {
        BOOST_TEST(samepage::error_category().message(value) != "unknown error");
    }
    BOOST_TEST(samepage::error_category().message(0) == "unknown error");
}

BOOST_AUTO_TEST_CASE(errno_is_told_in_words_and_as_a_number)
{
    BOOST_TEST(samepage::describe_errno(ENOSPC) == "No space left on device (errno 28)");
}

BOOST_AUTO_TEST_SUITE_END()
