// SPDX-License-Identifier: BSL-1.0
// write_back.cpp: fdatasync of both files, and fsync of their directory.
#include "memory/channel_files.hpp"
#include "memory/file_system.hpp"
#include "ring/header.hpp"

#include <samepage/ring/write_back.hpp>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace samepage {

void write_back(std::string_view name, const std::filesystem::path& directory)
{
    const memory::channel_place place("write back", name, directory);
    const auto data = memory::open_existing(place, place.data, memory::access::read_only);
    if (!data) {
        place.fail(errc::not_found, "a channel at " + place.data.string(), "none", "see whether the name is right");
    }
    if (memory::file_system_of(place, *data).kind != memory::storage::disk) {
        place.fail(errc::invalid_argument, "a channel on a disk", place.directory.string() + ", which is memory alone",
                   "create the channel in a directory on a disk, or leave the call out");
    }
    const auto header = ring::check_data(place, *data).header;
    const auto control = memory::open_existing(place, place.control, memory::access::read_only);
    if (!control || !ring::check_control(place, *control, header)) {
        place.fail(errc::retired, "a control file of the channel at " + place.control.string(),
                   control ? "another channel's" : "none", "it was removed or made anew at this moment: try again");
    }
    const memory::file folder{::open(place.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), place.directory};
    if (!folder) {
        place.fail_call("open", place.directory, errno);
    }
    for (const memory::file* const each : {&*data, &*control}) {
        if (::fdatasync(each->get()) != 0) {
            place.fail_call("fdatasync", each->path(), errno);
        }
    }
    if (::fsync(folder.get()) != 0) {
        place.fail_call("fsync", place.directory, errno);
    }
}

} // namespace samepage
