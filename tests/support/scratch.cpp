// SPDX-License-Identifier: BSL-1.0
// scratch.cpp: names that carry the process id.
#include "support/scratch.hpp"

#include "support/watchdog.hpp"

#include <set>
#include <system_error>

#include <unistd.h>

namespace support {
namespace {

std::string own_name(const char* what)
{
    static unsigned count = 0;
    return "test-" + std::to_string(::getpid()) + '-' + what + std::to_string(++count);
}

} // namespace

scratch_directory::scratch_directory() : scratch_directory("/dev/shm") {}

scratch_directory::scratch_directory(const std::filesystem::path& inside)
    : path_(inside / ("samepage-" + own_name("d")))
{
    std::filesystem::create_directory(path_);
}

scratch_directory::~scratch_directory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string scratch_directory::listing() const
{
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
        names.insert(entry.path().filename().string());
    }
    std::string all;
    for (const auto& name : names) {
        all += all.empty() ? name : ' ' + name;
    }
    return all;
}

scratch_channel::scratch_channel(std::filesystem::path directory)
    : name_(own_name("c")), directory_(std::move(directory))
{
    watchdog::watch_file(data().string());
    watchdog::watch_file(control().string());
}

scratch_channel::~scratch_channel()
{
    for (const auto& path : {data(), control()}) {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored); // a test may have put a directory there
        watchdog::forget_file(path.string());
    }
}

bool is_there(const std::filesystem::path& path)
{
    return std::filesystem::symlink_status(path).type() != std::filesystem::file_type::not_found;
}

} // namespace support
