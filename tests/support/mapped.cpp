// SPDX-License-Identifier: BSL-1.0
// mapped.cpp: reads /proc/self/smaps.
#include "support/mapped.hpp"

#include <cstdint>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

namespace support {

mapped mapping_at(const void* address)
{
    std::ostringstream hex;
    hex << std::hex << reinterpret_cast<std::uintptr_t>(address) << '-';
    const std::string begin = hex.str();
    std::ifstream from("/proc/self/smaps");
    mapped found;
    bool here = false;
    for (std::string line; std::getline(from, line);) {
        std::istringstream words{line};
        std::string key;
        std::size_t kib = 0;
        words >> key;
        if (key.empty() || key.back() != ':') { // an entry's first line
            here = line.starts_with(begin);
        } else if (here && key == "VmFlags:") {
            for (std::string flag; words >> flag;) {
                found.is_locked = found.is_locked || flag == "lo";
            }
        } else if (here && words >> kib) {
            std::size_t ignored = 0;
            (key == "Size:"             ? found.size
             : key == "Rss:"            ? found.present
             : key == "Locked:"         ? found.locked
             : key == "ShmemPmdMapped:" ? found.huge
             : key == "KernelPageSize:" ? found.page_bytes
                                        : ignored) = kib * 1024;
        }
    }
    return found;
}

std::size_t taken_by(const std::string& path)
{
    struct ::stat found {};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<std::size_t>(found.st_blocks) * 512 : 0;
}

} // namespace support
