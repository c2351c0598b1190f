// SPDX-License-Identifier: BSL-1.0
// channel_files.hpp: the two files of a channel: made nameless, named when complete, opened with suspicion.
// Thread safety: distinct objects are independent.
#pragma once

#include <samepage/core/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <sys/types.h>

namespace samepage::memory {

/// A descriptor that closes itself, and the path by which errors call it.
class file {
public:
    file() = default;
    explicit file(int descriptor, std::filesystem::path path = {}) noexcept
        : descriptor_(descriptor), path_(std::move(path))
    {
    }
    file(file&& other) noexcept;
    file& operator=(file&& other) noexcept;
    ~file();

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] int release() noexcept;
    explicit operator bool() const noexcept { return descriptor_ != -1; }

    /// Where it was opened, or the name it is to get; empty if nobody said.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    int descriptor_ = -1;
    std::filesystem::path path_;
};

/// 1 to 200 characters A-Z a-z 0-9 _ . -, beginning with neither . nor -, without "..".
[[nodiscard]] bool valid_name(std::string_view name) noexcept;

/// Where the files of channel `name` lie, and how errors about them begin.
struct channel_place {
    /// @throws error invalid_name
    channel_place(std::string what, std::string_view channel, const std::filesystem::path& where);
    /// Two memfds: the paths below are for people, and lead nowhere.
    /// @throws error invalid_name
    [[nodiscard]] static channel_place nameless(std::string what, std::string_view channel);

    std::string operation;
    std::string name;
    std::filesystem::path directory;
    std::filesystem::path data;
    std::filesystem::path control;
    bool has_files = true;
    std::string token{}; ///< nameless: what no other channel has, for its bells

    [[noreturn]] void fail(errc code, std::string expected, std::string found, std::string remedy) const;
    /// A failed system call, by errno: permission_denied, no_space, not_found or system.
    [[noreturn]] void fail_call(const char* call, const std::filesystem::path& path, int error) const;
};

enum class access { read_only, read_write };

/// A file without a name, of `bytes` zero bytes, of which the first `reserved` are reserved.
/// @param meant_for  the name it is to get, by which later errors call it; without one they name the directory.
/// @throws error no_space with what it needs and what is free; permission_denied; system
[[nodiscard]] file create_nameless(const channel_place& place, std::size_t reserved, std::size_t bytes, ::mode_t mode,
                                   const std::filesystem::path& meant_for = {});

/// Makes a file without a name the group's. @throws error permission_denied with the groups this process has; system
void give_group(const channel_place& place, const file& to, ::gid_t group);

/// Reserves bytes of a file: a full file system is an error here, never a SIGBUS later. Reserving twice is well.
/// Piece by piece if signals come, and what it had when it failed stays: give_back() is the caller's, who knows what
/// was there before.
/// @throws error no_space with what it needs and what was free; system
void reserve(const channel_place& place, const file& of, std::uint64_t offset, std::size_t bytes);

/// Makes a hole of reserved bytes: their pages go back to the file system, if that takes them. The file keeps its
/// length.
void give_back(const file& of, std::uint64_t offset, std::size_t bytes) noexcept;

/// Gives the nameless file open as `descriptor` the name `path`. False if that name is taken.
[[nodiscard]] bool link(const channel_place& place, int descriptor, const std::filesystem::path& path);

/// Opens an existing file. Empty if there is none.
/// @throws error not_a_channel for a symlink or anything but a regular file; permission_denied; system
[[nodiscard]] std::optional<file> open_existing(const channel_place& place, const std::filesystem::path& path,
                                                access how);

/// Takes the name away; nothing there is well too.
/// @throws error not_a_channel for a directory; permission_denied; system
void unlink(const channel_place& place, const std::filesystem::path& path);

/// What lies at a name, in words: "a symbolic link".
[[nodiscard]] std::string kind_of(::mode_t mode);

[[nodiscard]] struct ::stat status(const channel_place& place, const file& of);
[[nodiscard]] struct ::stat status_of(const channel_place& place, int descriptor);

/// True if `path` names the very file that is open as `descriptor`, now.
[[nodiscard]] bool names(const std::filesystem::path& path, int descriptor) noexcept;

/// Reads into `into` from `offset`; returns the bytes that were there.
[[nodiscard]] std::size_t read_at(const channel_place& place, const file& from, std::span<std::byte> into,
                                  std::uint64_t offset);
void write_at(const channel_place& place, const file& to, std::span<const std::byte> bytes, std::uint64_t offset);

/// The file system's page: what mappings and offsets are multiples of.
[[nodiscard]] std::size_t page_bytes() noexcept;

/// "1.5 MiB", with up to three decimals
[[nodiscard]] std::string in_units(std::uint64_t bytes);

} // namespace samepage::memory
