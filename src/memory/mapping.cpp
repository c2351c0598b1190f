// SPDX-License-Identifier: BSL-1.0
// mapping.cpp: Boost.Interprocess's mapped_region over our descriptors, and the mirror.
#include "memory/mapping.hpp"

#include <cerrno>
#include <utility>

#include <sys/mman.h>

namespace samepage::memory {
namespace {

namespace bip = boost::interprocess;

/// Pages are reserved by fallocate alone, not by whoever maps them: a hugetlbfs would do that for each mapping.
constexpr bip::map_options_t unreserved = MAP_NORESERVE;

/// What mapped_region asks of something to map, for a descriptor that somebody else closes.
struct mappable {
    int descriptor;
    bip::mode_t mode;

    [[nodiscard]] bip::mapping_handle_t get_mapping_handle() const noexcept { return {descriptor, false}; }
    [[nodiscard]] bip::mode_t get_mode() const noexcept { return mode; }
};

mappable view_of(const file& of, access how) noexcept
{
    return {of.get(), how == access::read_only ? bip::read_only : bip::read_write};
}

/// Address space without memory, so that the mirror's two halves are neighbours. Given back unless kept.
class reservation {
public:
    explicit reservation(std::size_t bytes) noexcept
        : address_(::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)), bytes_(bytes)
    {
    }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;
    ~reservation()
    {
        if (address_ != MAP_FAILED) {
            ::munmap(address_, bytes_);
        }
    }

    [[nodiscard]] bool failed() const noexcept { return address_ == MAP_FAILED; }
    [[nodiscard]] std::byte* address() const noexcept { return static_cast<std::byte*>(address_); }
    /// Gives back what lies before.
    void begin_at_multiple_of(std::size_t unit) noexcept
    {
        const auto over = reinterpret_cast<std::uintptr_t>(address_) % unit;
        const std::size_t spare = over == 0 ? 0 : unit - over;
        if (spare != 0) {
            ::munmap(address_, spare);
            hand_over(spare);
        }
    }
    /// The first `bytes` of it belong to a mapping now.
    void hand_over(std::size_t bytes) noexcept
    {
        bytes_ -= bytes;
        address_ = bytes_ != 0 ? address() + bytes : MAP_FAILED;
    }

private:
    void* address_;
    std::size_t bytes_;
};

[[noreturn]] void fail(const channel_place& place, std::size_t bytes, int error)
{
    place.fail(errc::system, in_units(bytes) + " of address space", describe_errno(error),
               "see ulimit -v and vm.max_map_count");
}

} // namespace

plain_mapping::plain_mapping(const channel_place& place, const file& of, access how, std::uint64_t offset,
                             std::size_t bytes)
try : region_(view_of(of, how), view_of(of, how).mode, static_cast<bip::offset_t>(offset), bytes, nullptr, unreserved) {
} catch (const bip::interprocess_exception& fault) {
    fail(place, bytes, fault.get_native_error());
}

void plain_mapping::forsake() noexcept
{
    if (region_.get_size() != 0) {
        // The region begins on a page.
        const void* const zeros = ::mmap(region_.get_address(), region_.get_size(), PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        if (zeros == MAP_FAILED) { // no memory for that: then rather nothing
            ::munmap(region_.get_address(), region_.get_size());
        }
    }
}

mirrored_mapping::mirrored_mapping(const channel_place& place, const file& of, access how, std::uint64_t offset,
                                   std::size_t bytes, std::size_t unit)
{
    reservation space{2 * bytes + (unit > page_bytes() ? unit : 0)};
    if (space.failed()) {
        fail(place, 2 * bytes, errno);
    }
    space.begin_at_multiple_of(unit);
    const auto from = view_of(of, how);
    const auto map = [&](std::byte* address) {
        return bip::mapped_region(from, from.mode, static_cast<bip::offset_t>(offset), bytes, address,
                                  MAP_FIXED | unreserved);
    };
    try {
        lower_ = map(space.address());
        space.hand_over(bytes);
        upper_ = map(space.address());
        space.hand_over(bytes);
    } catch (const bip::interprocess_exception& fault) {
        fail(place, 2 * bytes, fault.get_native_error());
    }
}

} // namespace samepage::memory
