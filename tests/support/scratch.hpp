// SPDX-License-Identifier: BSL-1.0
// scratch.hpp: names and directories of a test's own, gone with it.
// Thread safety: one thread, the test's.
#pragma once

#include <filesystem>
#include <string>

namespace support {

/// A directory on a tmpfs; removed with all that is in it.
class scratch_directory {
public:
    scratch_directory();
    explicit scratch_directory(const std::filesystem::path& inside); ///< elsewhere: /var/tmp for one on a disk
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Names of what lies in it, sorted, with spaces between.
    [[nodiscard]] std::string listing() const;

private:
    std::filesystem::path path_;
};

/// The name of a channel that nobody else uses; its files are unlinked at the end, by hand.
class scratch_channel {
public:
    explicit scratch_channel(std::filesystem::path directory = "/dev/shm");
    scratch_channel(const scratch_channel&) = delete;
    scratch_channel& operator=(const scratch_channel&) = delete;
    ~scratch_channel();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
    [[nodiscard]] std::filesystem::path data() const { return directory_ / ("samepage." + name_ + ".data"); }
    [[nodiscard]] std::filesystem::path control() const { return directory_ / ("samepage." + name_ + ".ctl"); }

private:
    std::string name_;
    std::filesystem::path directory_;
};

/// Whether something, be it a dangling link, lies there.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

} // namespace support
