// SPDX-License-Identifier: BSL-1.0
// same_pages_test.cpp: what the kernel says of mappings made here.
#include "descriptor.hpp"
#include "same_pages.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace demo;

namespace {

const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

/// Four pages of a nameless file, the first left out.
struct file_mapping {
    explicit file_mapping(int protection) : file(::memfd_create("same_pages_test", MFD_CLOEXEC)), bytes(3 * page_bytes)
    {
        BOOST_REQUIRE(::ftruncate(file.get(), static_cast<off_t>(4 * page_bytes)) == 0);
        first = map(protection);
    }
    file_mapping(const file_mapping&) = delete;
    file_mapping& operator=(const file_mapping&) = delete;
    ~file_mapping() { ::munmap(first, bytes); }

    [[nodiscard]] std::byte* map(int protection) const
    {
        void* const at = ::mmap(nullptr, bytes, protection, MAP_SHARED, file.get(), static_cast<off_t>(page_bytes));
        BOOST_REQUIRE(at != MAP_FAILED);
        return static_cast<std::byte*>(at);
    }

    descriptor file;
    std::size_t bytes;
    std::byte* first;
};

bool visible(const std::vector<std::uint64_t>& frames)
{
    return std::ranges::any_of(frames, [](auto frame) { return frame != 0; });
}

} // namespace

BOOST_AUTO_TEST_SUITE(same_pages)

BOOST_AUTO_TEST_CASE(a_line_of_maps_is_read_in_full)
{
    const mapping found = parse_mapping(
        "7f193d800000-7f193d900000 r--s 00002000 00:1b 654                        /dev/shm/a name (deleted)");
    BOOST_TEST(found.first == 0x7f193d800000U);
    BOOST_TEST(found.last == 0x7f193d900000U);
    BOOST_TEST(found.protection == "r--s");
    BOOST_TEST(found.file_offset_bytes == 0x2000U);
    BOOST_TEST(found.device_major == 0U);
    BOOST_TEST(found.device_minor == 0x1bU);
    BOOST_TEST(found.inode == 654U);
    BOOST_TEST(found.path == "/dev/shm/a name (deleted)");
}

BOOST_AUTO_TEST_CASE(a_mapping_without_a_file_has_no_path)
{
    BOOST_TEST(parse_mapping("7ffc0000-7ffd0000 rw-p 00000000 00:00 0 ").path.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_line_of_maps_is_refused)
{
    for (const auto* line : {"", "7f-", "7f-8f", "7f-8f rw-p", "7f-8f rw-p 0 0:0", "x-y rw-p 0 0:0 0"}) {
        BOOST_CHECK_THROW((void)parse_mapping(line), std::runtime_error);
    }
}

BOOST_AUTO_TEST_CASE(the_kernel_tells_file_offset_and_protection_of_an_address)
{
    const file_mapping mapped(PROT_READ);
    struct stat status {};
    BOOST_REQUIRE(::fstat(mapped.file.get(), &status) == 0);
    const auto place = [&](std::size_t page) {
        return describe_place(major(status.st_dev), minor(status.st_dev), status.st_ino, page * page_bytes);
    };
    BOOST_TEST(place_of(mapped.first) == place(1));
    BOOST_TEST(place_of(mapped.first + 2 * page_bytes) == place(3));
    BOOST_TEST(protection_of(mapped.first) == "r--s");
    BOOST_TEST(protection_of(file_mapping(PROT_READ | PROT_WRITE).first) == "rw-s");
}

BOOST_AUTO_TEST_CASE(nothing_is_mapped_at_null)
{
    BOOST_TEST(!find_mapping(nullptr));
    BOOST_TEST(place_of(nullptr) == "not mapped");
    BOOST_TEST(protection_of(nullptr) == "not mapped");
}

BOOST_AUTO_TEST_CASE(two_mappings_of_a_file_have_the_same_page_frames)
{
    const file_mapping mapped(PROT_READ | PROT_WRITE);
    std::byte* const again = mapped.map(PROT_READ);
    const auto frames = page_frames(mapped.first, mapped.bytes);
    BOOST_TEST(frames.size() == 3U);
    BOOST_TEST(frames == page_frames(again, mapped.bytes), boost::test_tools::per_element());
    if (visible(frames)) { // else frame numbers are hidden from this process
        BOOST_TEST(std::ranges::count(frames, 0U) == 0);
        BOOST_TEST(frames[0] != frames[1]);
    }
    ::munmap(again, mapped.bytes);
}

BOOST_AUTO_TEST_CASE(two_files_have_different_page_frames)
{
    const file_mapping one(PROT_READ | PROT_WRITE);
    const file_mapping other(PROT_READ | PROT_WRITE);
    const auto frames = page_frames(one.first, one.bytes);
    if (visible(frames)) {
        BOOST_TEST(frames != page_frames(other.first, other.bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
