// SPDX-License-Identifier: BSL-1.0
// memory.cpp: loads, stores and fences on views.
#include "model/memory.hpp"

#include <cstdlib>

namespace model {
namespace {

constexpr bool acquires(std::memory_order order) noexcept
{
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

constexpr bool releases(std::memory_order order) noexcept
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

} // namespace

void memory::clear() noexcept
{
    for (unsigned i = 0; i < count_; ++i) {
        locations_[i].messages.clear();
        locations_[i].read_at = {};
        locations_[i].plain = locations_[i].modified = false;
    }
    count_ = 0;
    viewers_[most_processes] = {};
    fences_ = {};
}

unsigned memory::add()
{
    if (count_ == most_locations) {
        std::abort();
    }
    auto& messages = locations_[count_].messages;
    messages.emplace_back(); // the zero of fresh pages, which everybody sees
    messages.back().writer = most_processes;
    return count_++;
}

void memory::begin(unsigned processes) noexcept
{
    const view& scene = viewers_[most_processes].now;
    for (unsigned i = 0; i < processes; ++i) {
        viewers_[i].now = viewers_[i].acquired = viewers_[i].fenced = scene;
        viewers_[i].fresh = false;
    }
    fences_ = scene;
}

std::uint64_t memory::load(unsigned process, unsigned where, unsigned choice, std::memory_order order) noexcept
{
    auto& viewer = viewers_[process];
    const auto& messages = locations_[where].messages;
    const std::size_t index = messages.size() - 1 - choice;
    const message& read = messages[index];
    viewer.now.at[where] = static_cast<std::int16_t>(index);
    if (!read.plain) {
        if (acquires(order)) {
            viewer.now.join(read.released);
        } else {
            viewer.acquired.join(read.released);
        }
    }
    return read.value;
}

message& memory::append(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept
{
    auto& viewer = viewers_[process];
    auto& messages = locations_[where].messages;
    viewer.now.at[where] = static_cast<std::int16_t>(messages.size());
    message& made = messages.emplace_back();
    made.value = value;
    made.writer = static_cast<std::uint8_t>(process);
    made.epoch = viewer.now.at[clock_base + process];
    made.released = releases(order) ? viewer.now : viewer.fenced;
    made.released.at[where] = viewer.now.at[where];
    return made;
}

race memory::conflicts(unsigned process, const location& place) const noexcept
{
    for (unsigned other = 0; other < most_processes; ++other) {
        if (place.read_at[other] != 0 && !follows(process, other, place.read_at[other])) {
            return race::write_after_read;
        }
    }
    return race::none;
}

race memory::store(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept
{
    location& place = locations_[where];
    race found = conflicts(process, place);
    const message& last = place.messages.back();
    if (found == race::none && last.writer != most_processes && !follows(process, last.writer, last.epoch)) {
        // Then the stores could lie in the other order, too, which this machine does not try: every word here has one
        // writer at a time, and that is checked.
        found = last.plain ? race::write_after_write : race::two_writers;
    }
    append(process, where, value, order);
    return found;
}

race memory::modify(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept
{
    location& place = locations_[where];
    const race found = conflicts(process, place);
    load(process, where, 0, order);
    const view before = place.messages.back().released;
    append(process, where, value, order).released.join(before); // goes on with the release sequence
    return found;
}

void memory::fence_seq_cst(unsigned process) noexcept
{
    auto& viewer = viewers_[process];
    viewer.now.join(viewer.acquired);
    viewer.now.join(fences_);
    fences_ = viewer.now;
    viewer.acquired = viewer.fenced = viewer.now;
}

void memory::fence(unsigned process, std::memory_order order) noexcept
{
    auto& viewer = viewers_[process];
    if (order == std::memory_order_seq_cst) {
        fence_seq_cst(process);
        return;
    }
    if (acquires(order)) {
        viewer.now.join(viewer.acquired);
    }
    if (releases(order)) {
        viewer.fenced = viewer.now;
    }
}

race memory::plain_store(unsigned process, unsigned where, std::uint64_t value) noexcept
{
    location& place = locations_[where];
    race found = conflicts(process, place);
    const message& last = place.messages.back();
    if (found == race::none && last.writer != most_processes && !follows(process, last.writer, last.epoch)) {
        found = race::write_after_write;
    }
    append(process, where, value, std::memory_order_relaxed).plain = true;
    place.plain = true;
    return found;
}

race memory::plain_load(unsigned process, unsigned where, std::uint64_t& value) noexcept
{
    location& place = locations_[where];
    const message& last = place.messages.back();
    value = last.value;
    place.read_at[process] = viewers_[process].now.at[clock_base + process];
    const bool seen = last.writer == most_processes || follows(process, last.writer, last.epoch);
    return seen ? race::none : race::read_after_write;
}

} // namespace model
