// SPDX-License-Identifier: BSL-1.0
// sha256_test.cpp: the known answers of FIPS 180-2.
#include "sha256.hpp"

#include <boost/test/unit_test.hpp>

#include <span>
#include <string_view>

namespace {

std::span<const std::byte> bytes(std::string_view text)
{
    return std::as_bytes(std::span(text));
}

} // namespace

BOOST_AUTO_TEST_SUITE(sha256)

BOOST_AUTO_TEST_CASE(the_hash_of_nothing)
{
    BOOST_TEST(demo::sha256().finish() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(the_hash_does_not_depend_on_where_the_pieces_end)
{
    constexpr std::string_view text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        demo::sha256 hash;
        hash.update(bytes(text.substr(0, cut)));
        hash.update(bytes(text.substr(cut)));
        BOOST_TEST(hash.finish() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
}

BOOST_AUTO_TEST_SUITE_END()
