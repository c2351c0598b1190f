// SPDX-License-Identifier: BSL-1.0
// file_system.cpp: magic numbers, and what they mean for pages that processes share.
#include "memory/file_system.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

namespace samepage::memory {
namespace {

constexpr std::uint64_t tmpfs_magic = 0x01021994;
constexpr std::uint64_t hugetlbfs_magic = 0x958458f6;
constexpr std::uint64_t btrfs_magic = 0x9123683e;

constexpr const char* several_machines =
    "other machines may use its files, and see neither these pages nor the locks on them";
constexpr const char* a_program =
    "a program stands behind its files, which need not keep pages and locks as the kernel does";
constexpr const char* copies =
    "it writes elsewhere what is overwritten: room that was reserved can be missing later, which is a SIGBUS";

struct known {
    std::uint64_t magic;
    unfitness what;
};

constexpr std::array unfit_ones{
    known{0x00006969, {"NFS", several_machines}},
    known{0x0000517b, {"SMB", several_machines}},
    known{0xff534d42, {"CIFS", several_machines}},
    known{0xfe534d42, {"SMB2", several_machines}},
    known{0x01021997, {"9p", several_machines}},
    known{0x00c36400, {"Ceph", several_machines}},
    known{0x5346414f, {"AFS", several_machines}},
    known{0x6b414653, {"AFS", several_machines}},
    known{0x73757245, {"Coda", several_machines}},
    known{0x0bd00bd0, {"Lustre", several_machines}},
    known{0x47504653, {"GPFS", several_machines}},
    known{0x01161970, {"GFS2", several_machines}},
    known{0x7461636f, {"OCFS2", several_machines}},
    known{0x19830326, {"BeeGFS", several_machines}},
    known{0x20030528, {"OrangeFS", several_machines}},
    known{0x786f4256, {"vboxsf", several_machines}},
    known{0xbacbacbc, {"vmhgfs", several_machines}},
    known{0x65735546, {"FUSE", a_program}},
    known{0x2fc12fc1, {"ZFS", copies}},
    known{0xca451a4e, {"bcachefs", copies}},
};

file_system judge(const channel_place& place, const std::filesystem::path& at, const struct ::statfs& found)
{
    const std::uint64_t magic = magic_of(found);
    if (const auto why = unfit(magic)) {
        place.fail(errc::system, "a local file system for " + at.string(), std::string{why->name} + ": " + why->reason,
                   "use /dev/shm, or a directory on a tmpfs, hugetlbfs, ext4, xfs or btrfs of this machine");
    }
    if (magic == hugetlbfs_magic) {
        return {storage::huge_pages, static_cast<std::size_t>(found.f_bsize)};
    }
    return {magic == tmpfs_magic ? storage::shared_memory : storage::disk, page_bytes()};
}

std::string first_word_of(const std::string& path)
{
    std::ifstream from(path);
    std::string word;
    from >> word;
    return word;
}

} // namespace

std::uint64_t magic_of(const struct ::statfs& found) noexcept
{
    return static_cast<std::uint64_t>(found.f_type) & 0xffff'ffffU; // some have bit 31, and the field is signed
}

std::optional<unfitness> unfit(std::uint64_t magic) noexcept
{
    const auto* const found =
        std::find_if(unfit_ones.begin(), unfit_ones.end(), [&](const known& each) { return each.magic == magic; });
    return found != unfit_ones.end() ? std::optional{found->what} : std::nullopt;
}

file_system file_system_of(const channel_place& place)
{
    if (!place.has_files) {
        return {storage::shared_memory, page_bytes()};
    }
    struct ::statfs found {};
    if (::statfs(place.directory.c_str(), &found) != 0) {
        place.fail_call("statfs", place.directory, errno);
    }
    return judge(place, place.directory, found);
}

file_system file_system_of(const channel_place& place, const file& of)
{
    struct ::statfs found {};
    if (::fstatfs(of.get(), &found) != 0) {
        place.fail_call("fstatfs", of.path(), errno);
    }
    return judge(place, of.path(), found);
}

std::size_t huge_page_bytes(const channel_place& place)
{
    const std::string path = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
    const std::string found = first_word_of(path);
    if (found.empty() || found.find_first_not_of("0123456789") != std::string::npos) {
        place.fail(errc::system, "a kernel with transparent huge pages", "no " + path,
                   "leave memory_options::huge off, or use a directory on a hugetlbfs");
    }
    return std::stoull(found);
}

void write_in_place(const channel_place& place, const file& of)
{
    struct ::statfs found {};
    if (::fstatfs(of.get(), &found) != 0 || magic_of(found) != btrfs_magic) {
        return;
    }
    long flags = 0; // FS_IOC_GETFLAGS reads and writes an int, whatever its number says
    if (::ioctl(of.get(), FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_NOCOW_FL;
        if (::ioctl(of.get(), FS_IOC_SETFLAGS, &flags) == 0) {
            return;
        }
    }
    place.fail(errc::system, "a file that btrfs writes in place (chattr +C)", describe_errno(errno),
               "use another file system, or /dev/shm");
}

void fail_no_huge_pages(const channel_place& place, std::size_t page_bytes, std::size_t bytes)
{
    const std::size_t needed = (bytes + page_bytes - 1) / page_bytes;
    const std::string of_size = std::to_string(page_bytes / 1024);
    const std::string pool = "/sys/kernel/mm/hugepages/hugepages-" + of_size + "kB/";
    const auto said = [&](const char* what) {
        const std::string word = first_word_of(pool + what);
        return word.empty() ? std::string{"an unknown number"} : word;
    };
    place.fail(errc::no_space,
               std::to_string(needed) + " free huge pages of " + in_units(page_bytes) + " in " +
                   place.directory.string(),
               said("free_hugepages") + " free of " + said("nr_hugepages"),
               "reserve more (echo N > " + pool +
                   "nr_hugepages), mount the hugetlbfs with a larger size, or choose a smaller capacity_bytes or "
                   "max_producers: a channel has a huge page for each header and each producer's words");
}

} // namespace samepage::memory
