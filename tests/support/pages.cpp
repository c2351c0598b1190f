// SPDX-License-Identifier: BSL-1.0
// pages.cpp: mapping and damaging a channel's files.
#include "support/pages.hpp"

#include <bit>
#include <fstream>
#include <stdexcept>

namespace support {
namespace {

namespace bip = boost::interprocess;

bip::mapped_region map(const std::filesystem::path& path, std::uint64_t offset)
{
    const bip::file_mapping file(path.c_str(), bip::read_write);
    return {file, bip::read_write, static_cast<bip::offset_t>(offset)};
}

template <class Header>
Header read(const std::filesystem::path& path)
{
    Header header{};
    std::ifstream from(path, std::ios::binary);
    if (!from.read(reinterpret_cast<char*>(&header), sizeof header)) {
        throw std::runtime_error("cannot read a header of " + path.string());
    }
    return header;
}

} // namespace

pages::pages(const samepage::channel_info& of)
    : control_(map(of.control_path, read_data_header(of.data_path).page_bytes)),
      directory_(map(of.data_path, read_data_header(of.data_path).lane_offset)),
      lane_(map(of.data_path, lane_words_offset(read_data_header(of.data_path))))
{
}

unsigned pages::joined() const noexcept
{
    return static_cast<unsigned>(std::popcount(control().joined.load()));
}

std::uint64_t lane_words_offset(const samepage::ring::data_header& header)
{
    return header.lane_offset + header.page_bytes; // behind the directory
}

samepage::ring::data_header read_data_header(const std::filesystem::path& path)
{
    return read<samepage::ring::data_header>(path);
}

samepage::ring::control_header read_control_header(const std::filesystem::path& path)
{
    return read<samepage::ring::control_header>(path);
}

void overwrite(const std::filesystem::path& path, std::uint64_t offset, const void* bytes, std::size_t count)
{
    std::fstream to(path, std::ios::in | std::ios::out | std::ios::binary);
    to.seekp(static_cast<std::streamoff>(offset));
    if (!to.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count)).flush()) {
        throw std::runtime_error("cannot write to " + path.string());
    }
}

} // namespace support
