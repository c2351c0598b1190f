// SPDX-License-Identifier: BSL-1.0
// page_reader.cpp: the stream header of a record, read once and held against the record's size.
#include <samepage/channel/page_reader.hpp>

#include <bit>
#include <cassert>
#include <limits>

namespace samepage {
namespace {

static_assert(std::endian::native == std::endian::little, "Cap'n Proto messages in place need a little-endian machine");

constexpr std::uint64_t largest_segment_words = (std::uint64_t{1} << 29U) - 1;

// An atomic load keeps the compiler from reading the page a second time, after the value was checked (I7). The order
// comes from taking the record.
std::uint32_t read_once(const capnp::word* table, std::size_t index) noexcept
{
    return __atomic_load_n(reinterpret_cast<const std::uint32_t*>(table) + index, __ATOMIC_RELAXED);
}

} // namespace

// segment_bounds_ is left alone: clearing it would cost more than reading a header of one segment.
page_reader::page_reader(std::span<const std::byte> record, // NOLINT(cppcoreguidelines-pro-type-member-init)
                         const capnp::ReaderOptions& reader_options) noexcept
    : capnp::MessageReader(reader_options), words_(reinterpret_cast<const capnp::word*>(record.data()))
{
    assert(reinterpret_cast<std::uintptr_t>(record.data()) % alignof(capnp::word) == 0);
    const std::uint64_t record_words = record.size() / sizeof(capnp::word);
    if (record.size() % sizeof(capnp::word) != 0 || record_words < 2 ||
        record_words > std::numeric_limits<std::uint32_t>::max()) {
        return;
    }
    const std::uint64_t count = std::uint64_t{read_once(words_, 0)} + 1;
    const std::uint64_t table_words = count / 2 + 1;
    if (count > most_segments || table_words >= record_words) {
        return;
    }
    std::uint64_t end = table_words;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t words = read_once(words_, i + 1);
        if (words > largest_segment_words || words > record_words - end || (i == 0 && words == 0)) {
            return;
        }
        segment_bounds_[i] = static_cast<std::uint32_t>(end);
        end += words;
        segment_bounds_[i + 1] = static_cast<std::uint32_t>(end);
    }
    if (end == record_words) {
        segment_count_ = static_cast<std::size_t>(count);
    }
}

page_reader::~page_reader() noexcept = default;

kj::ArrayPtr<const capnp::word> page_reader::getSegment(capnp::uint id)
{
    if (id >= segment_count_) {
        return nullptr;
    }
    return {words_ + segment_bounds_[id], words_ + segment_bounds_[id + 1]};
}

} // namespace samepage
