// SPDX-License-Identifier: BSL-1.0
// header.hpp: making the two headers, and judging those found in files, on private copies.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/ring/layout.hpp>
#include <samepage/ring/options.hpp>
#include <samepage/ring/record_type.hpp>

#include <cstddef>
#include <string>

namespace samepage::ring {

/// The headers of a new channel, with a random id, and its type description.
struct new_headers {
    data_header data;
    control_header control;
    std::string description;
};

/// What a lane's users take from a header that was checked.
[[nodiscard]] lane_geometry geometry_of(const data_header& header) noexcept;

/// Where the ring of `lane` begins in the data file; of lane_count: where the file ends.
[[nodiscard]] std::uint64_t ring_offset(const data_header& header, unsigned lane) noexcept;

/// A ring of a channel with this header may have so many bytes.
[[nodiscard]] bool is_possible_capacity(const data_header& header, std::uint64_t capacity_bytes) noexcept;

/// The capacity of a ring that is to have `asked` bytes at least: a power of two, not less than such records need.
/// @throws error invalid_argument
[[nodiscard]] std::uint64_t ring_capacity(const memory::channel_place& place, const data_header& header,
                                          std::uint64_t asked);

/// Where the saved places of named consumers begin, from the control words on.
[[nodiscard]] std::uint64_t saved_offset(const data_header& header) noexcept;

[[nodiscard]] std::uint64_t control_file_bytes(const data_header& header) noexcept;

/// @param page_bytes  of the pages that the channel's parts are multiples of; 4096 is the least.
/// @throws error invalid_argument
[[nodiscard]] new_headers make_headers(const memory::channel_place& place, const channel_options& options,
                                       const record_type& type, std::size_t page_bytes = memory::page_bytes());

/// Bytes of the control words, the cells and the saved places: what the control file holds behind its header's page.
[[nodiscard]] std::uint64_t control_words_bytes(const data_header& header) noexcept;

/// A data file's header and type description, as they were read once and found good.
struct checked_header {
    data_header header{};
    described_type type;
};

/// @throws error not_a_channel, wrong_version, corrupt
[[nodiscard]] checked_header check_data(const memory::channel_place& place, const memory::file& data);

/// @return false if the control file is another channel's: it was made anew meanwhile.
/// @throws error not_a_channel, wrong_version, corrupt
[[nodiscard]] bool check_control(const memory::channel_place& place, const memory::file& control,
                                 const data_header& data);

/// @throws error wrong_type, with both descriptions; what the judge says, if there is one
void check_type(const memory::channel_place& place, const described_type& found, const record_type& meant);

} // namespace samepage::ring
