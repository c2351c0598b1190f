// SPDX-License-Identifier: BSL-1.0
// same_pages.cpp: what the kernel says of a mapping of this process: which file, where in it, which page frames.
#include "same_pages.hpp"

#include "descriptor.hpp"
#include "proc_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace demo {
namespace {

/// Cuts a number off `text`, and the `separator` behind it.
template <class Number>
Number cut(std::string_view& text, int base, char separator)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end == text.data() + text.size() || *end != separator) {
        throw std::runtime_error("not a line of /proc/self/maps");
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return value;
}

} // namespace

mapping parse_mapping(std::string_view line)
{
    // "7f0000000000-7f0000001000 rw-s 00002000 00:1b 1234                       /dev/shm/name"
    mapping found;
    found.first = cut<std::uintptr_t>(line, 16, '-');
    found.last = cut<std::uintptr_t>(line, 16, ' ');
    found.protection = next_word(line);
    line.remove_prefix(line.empty() ? 0 : 1);
    found.file_offset_bytes = cut<std::uint64_t>(line, 16, ' ');
    found.device_major = cut<unsigned>(line, 16, ':');
    found.device_minor = cut<unsigned>(line, 16, ' ');
    found.inode = next_number<std::uint64_t>(line);
    const auto path = line.find_first_not_of(' ');
    found.path = path == std::string_view::npos ? "" : line.substr(path);
    return found;
}

std::optional<mapping> find_mapping(const void* address)
{
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    proc_file maps("/proc/self/maps");
    std::string_view text = maps.read();
    while (!text.empty()) {
        mapping candidate = parse_mapping(next_line(text));
        if (candidate.first <= wanted && wanted < candidate.last) {
            return candidate;
        }
    }
    return std::nullopt;
}

std::string describe_place(unsigned device_major, unsigned device_minor, std::uint64_t inode,
                           std::uint64_t file_offset_bytes)
{
    return fmt::format("device {}:{}, inode {}, offset {}", device_major, device_minor, inode, file_offset_bytes);
}

std::string place_of(const void* address)
{
    const auto found = find_mapping(address);
    if (!found) {
        return "not mapped";
    }
    const auto into = reinterpret_cast<std::uintptr_t>(address) - found->first;
    return describe_place(found->device_major, found->device_minor, found->inode, found->file_offset_bytes + into);
}

std::string protection_of(const void* address)
{
    const auto found = find_mapping(address);
    return found ? found->protection : "not mapped";
}

std::vector<std::uint64_t> page_frames(const std::byte* first, std::size_t bytes)
{
    constexpr std::uint64_t present = std::uint64_t{1} << 63U;
    constexpr std::uint64_t frame_bits = (std::uint64_t{1} << 55U) - 1;
    const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<std::uint64_t> frames(bytes / page_bytes, 0);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        static_cast<void>(*const_cast<const volatile std::byte*>(first + i * page_bytes));
    }
    const descriptor pagemap{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
    const std::size_t wanted_bytes = frames.size() * sizeof(std::uint64_t);
    const auto from = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(first) / page_bytes * sizeof(std::uint64_t));
    if (pagemap.get() < 0 ||
        ::pread(pagemap.get(), frames.data(), wanted_bytes, from) != static_cast<ssize_t>(wanted_bytes)) {
        return std::vector<std::uint64_t>(frames.size(), 0);
    }
    for (std::uint64_t& entry : frames) {
        entry = (entry & present) != 0 ? entry & frame_bits : 0;
    }
    return frames;
}

} // namespace demo
