// SPDX-License-Identifier: BSL-1.0
// consumer_endpoint.cpp: joining, alone, by name or in a group; the slow paths of waiting; and leaving.
#include "ring/attachment.hpp"
#include "ring/endpoint_birth.hpp"
#include "ring/polled_descriptor.hpp"

#include <samepage/ring/consumer_endpoint.hpp>
#include <samepage/ring/membership.hpp>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

namespace samepage::ring {
namespace {

// For the turn of a group, which is had for some dozen instructions; unless a member is stopped in it. Who enters keeps
// others from creating, removing and naming meanwhile.
constexpr std::chrono::milliseconds patience_to_enter{3000};
constexpr std::chrono::milliseconds patience_to_leave{1000};

} // namespace

template <class Reader>
consumer_endpoint<Reader>::consumer_endpoint(const channel_source& from, const consumer_options& options,
                                             const record_type& type)
    : endpoint(attachment::consume(from, options, type), options.wait),
      directory_(&attached_->directory()),
      existing_(~std::uint64_t{0} >> (64 - attached_->lane_count())),
      readers_(begin(options)),
      pace_(options.wait.gather_pauses),
      group_(options.group.empty()
                 ? nullptr
                 : std::make_unique<member>(attached_->group(), attached_->locks(), readers_, options.held)),
      guard_(
          [](void* object) noexcept {
              auto& self = *static_cast<consumer_endpoint*>(object);
              self.usable_ = outcome::invalid_after_fork;
              for (Reader& reader : self.readers_) {
                  reader.forget();
              }
              if (self.polled_) {
                  self.polled_->abandon();
              }
          },
          this)
{
    if (group_) {
        if (!group_->enter(late_after<hardware>{patience_to_enter})) {
            if (options.wants == demand::lossy) {
                withdraw_all(readers_, attached_->slot());
            }
            attached_->fail_turn(options.group);
        }
        attached_->end_entering();
    }
    attached_->keep_name();
}

template <class Reader>
std::vector<Reader> consumer_endpoint<Reader>::begin(const consumer_options& options)
{
    const unsigned slot = attached_->slot();
    auto& control = attached_->control();
    control.consumers[slot].pid.store(own_pid(), std::memory_order_relaxed);
    control.consumers[slot].since_ns.store(since_1970_ns(), std::memory_order_relaxed);
    control.consumers[slot].lost.store(0, std::memory_order_relaxed);
    std::vector<Reader> readers;
    readers.reserve(attached_->lane_count());
    for (unsigned index = 0; index < attached_->lane_count(); ++index) {
        readers.emplace_back(attached_->readable_lane(index), slot, options.wants, options.held, &attached_->rings());
    }
    if (options.name.empty() && options.group.empty()) {
        join(readers, slot, options, nullptr);
        return readers;
    }
    if (!options.group.empty()) {
        enter_group(readers, options);
        return readers;
    }
    bool waited_for = return_to_slot(control, slot);
    if (waited_for && options.wants == demand::lossy) {
        withdraw(control, slot); // it was lossless
        waited_for = false;
    }
    if (waited_for) {
        go_on(readers);
        return readers;
    }
    const auto known = unsettle_slot(control, slot) ? std::optional{saved_places()} : std::nullopt;
    join(readers, slot, options, known ? &*known : nullptr);
    for (Reader& reader : readers) {
        reader.save_in(attached_->saved(reader.where().index));
    }
    settle_slot(control, slot, options.wants == demand::lossless);
    return readers;
}

/// Sees to it that the group binds the producers, or that each of a lossy group's members does by what it holds, and
/// that it stands somewhere. @pre nobody else can enter.
template <class Reader>
void consumer_endpoint<Reader>::enter_group(std::vector<Reader>& readers, const consumer_options& options)
{
    auto& control = attached_->control();
    const unsigned group = attached_->named_slot();
    if (options.wants == demand::lossy) {
        const bool known = unsettle_slot(control, group);
        const std::vector<standing> nowhere; // the first look puts it where the group stands
        join(readers, attached_->slot(), options, known ? &nowhere : nullptr);
        for (Reader& reader : readers) {
            if (!known) {
                attached_->saved(reader.where().index).set(reader.stands());
            }
        }
        settle_slot(control, group, false);
    } else if (!return_to_slot(control, group)) { // a new one, or it was passed over
        const auto known = unsettle_slot(control, group) ? std::optional{saved_places()} : std::nullopt;
        std::vector<Reader> binding;
        binding.reserve(readers.size());
        for (const Reader& reader : readers) {
            binding.emplace_back(reader.where(), group, demand::lossless, 1U, &attached_->rings());
        }
        join(binding, group, options, known ? &*known : nullptr);
        for (Reader& reader : binding) {
            reader.save_in(attached_->saved(reader.where().index));
            // What joined may have gone over to another ring, and unmapped what ours looks at.
            Reader& ours = readers[reader.where().index];
            if (ours.where().ring_word != reader.where().ring_word) {
                switch (ours.stay_current()) {
                case outcome::ok: break;
                case outcome::unmapped: attached_->fail_unmapped();
                default: attached_->fail_corrupt("a lane whose ring lies nowhere");
                }
            }
        }
        settle_slot(control, group, true);
    }
    control.consumers[group].pid.store(own_pid(), std::memory_order_relaxed);
}

/// Consumer `slot` takes part as if for the first time; passes over records up to what `saved` says of a lane, by its
/// index, or, if there is nothing saved, the options.
template <class Reader>
void consumer_endpoint<Reader>::join(std::vector<Reader>& readers, unsigned slot, const consumer_options& options,
                                     const std::vector<standing>* saved)
{
    const auto number_for = [&](unsigned index) -> std::optional<std::uint64_t> {
        if (saved != nullptr) {
            return index < saved->size() ? std::optional{(*saved)[index].number} : std::nullopt;
        }
        const auto given = std::find_if(options.resume.begin(), options.resume.end(),
                                        [&](const record_place& at) { return at.lane == index; });
        return given != options.resume.end() ? std::optional{given->number} : std::nullopt;
    };
    for (Reader& reader : readers) {
        reader.prepare();
    }
    announce(attached_->control(), slot);
    if (options.wants == demand::lossless && !attached_->allows_lossless()) { // since we asked
        withdraw_all(readers, slot);
        attached_->fail_class(lossless_for::nobody);
    }
    for (Reader& reader : readers) {
        const unsigned index = reader.where().index;
        const auto number = number_for(index);
        bool good = reader.settle();
        // A lane nobody took yet has no pages to look at, and everything in it is still to come.
        const bool in_use = (lanes_in_use() >> index & 1) != 0;
        if (good && number) {
            const outcome why = in_use || *number == 0 ? reader.seek(*number) : outcome::too_large;
            if (why == outcome::too_large) {
                withdraw_all(readers, slot);
                const auto next = std::to_string(reader.next_number());
                if (saved != nullptr) {
                    attached_->fail_corrupt("record " + std::to_string(*number) + " of lane " + std::to_string(index) +
                                            ", whose next one is " + next + ", as what a name goes on with");
                }
                attached_->fail_argument("a record of lane " + std::to_string(index) + " up to " + next +
                                             ", the next one's, in resume",
                                         std::to_string(*number) + ": another channel's, or it was made anew");
            }
            good = why == outcome::ok;
            reader.owe(saved != nullptr ? (*saved)[index].lost : 0);
        } else if (good && in_use && options.from == start::newest) {
            good = reader.seek_newest();
        }
        if (!good) {
            withdraw_all(readers, slot);
            if (reader.failure() == outcome::unmapped) {
                attached_->fail_unmapped();
            }
            attached_->fail_corrupt("a horizon or head where no record can begin");
        }
    }
}

/// The producers waited for the consumer of our name: it goes on as if it had never been away.
template <class Reader>
void consumer_endpoint<Reader>::go_on(std::vector<Reader>& readers)
{
    for (Reader& reader : readers) {
        reader.save_in(attached_->saved(reader.where().index));
        if (!reader.go_on()) {
            attached_->fail_corrupt("a saved place of a named consumer where no record can begin, or below its cursor");
        }
    }
}

/// Of each lane what our name goes on with: what was lost before that and not told is to be told again.
template <class Reader>
std::vector<standing> consumer_endpoint<Reader>::saved_places() const
{
    std::vector<standing> places;
    for (unsigned index = 0; index < attached_->lane_count(); ++index) {
        places.push_back(Reader::saved_in(attached_->saved(index)));
    }
    return places;
}

template <class Reader>
void consumer_endpoint<Reader>::withdraw_all(std::vector<Reader>& readers, unsigned slot) noexcept
{
    withdraw(attached_->control(), slot);
    for (Reader& reader : readers) {
        reader.wake_producer();
    }
}

template <class Reader>
consumer_endpoint<Reader>::~consumer_endpoint()
{
    close();
}

template <class Reader>
void consumer_endpoint<Reader>::close() noexcept
{
    if (usable_ == outcome::ok) {
        usable_ = outcome::closed;
        polled_.reset();
        if (group_) {
            group_->leave(late_after<hardware>{patience_to_leave});
        }
        attached_->rings().leave();
        if (is_named(attached_->control(), attached_->slot()) && readers_.front().lossless() &&
            attached_->absence_ns() != 0) {
            leave_named_slot<hardware>(attached_->control(), attached_->locks(), attached_->slot(), readers_);
        } else {
            leave_slot(attached_->control(), attached_->locks(), attached_->slot(), readers_);
        }
    }
}

template <class Reader>
std::vector<record_place> consumer_endpoint<Reader>::next() const
{
    std::vector<record_place> places;
    if (group_ && usable_ == outcome::ok) {
        group_->catch_up(lanes_in_use());
    }
    for (const Reader& reader : readers_) {
        places.push_back({reader.where().index, reader.next_number()});
    }
    return places;
}

template <class Reader>
bool consumer_endpoint<Reader>::several_caught_up(std::uint64_t lanes) const noexcept
{
    bool all = true;
    for_each_bit(lanes, [&](unsigned index) { return all = readers_[index].caught_up(); });
    return all;
}

template <class Reader>
bool consumer_endpoint<Reader>::all_closed() const noexcept
{
    return ring::all_closed(lanes_in_use(), readers_);
}

template <class Reader>
outcome consumer_endpoint<Reader>::end_of_stream() noexcept
{
    for_each_bit(lanes_in_use(), [&](unsigned index) {
        readers_[index].keep_up();
        return true;
    });
    if (is_retired()) { // its producers may publish until they see it, too: then there is something to take
        return outcome::retired;
    }
    const outcome end =
        ring::end_of_stream(attached_->locks(), attached_->lane_count(), [this] { return all_closed(); });
    // A producer that was told closes its lane: whose consumer is told the same, not that the stream is over.
    return end != outcome::empty && is_retired_by_now() ? outcome::retired : end;
}

template <class Reader>
sleeping_place<hardware> consumer_endpoint<Reader>::place() noexcept
{
    auto& control = attached_->control();
    const unsigned slot = attached_->slot();
    return {control.sleeping_consumers, std::uint64_t{1} << slot, control.consumers[slot].bell.doorbell};
}

template <class Reader>
bool consumer_endpoint<Reader>::ready() noexcept
{
    bool any = usable_ != outcome::ok;
    if (group_ && !any) {
        group_->catch_up(lanes_in_use());
    }
    for_each_bit(lanes_in_use(), [&](unsigned index) {
        // A member passes over gaps in its turn only, with the group's cursor: then a gap is something to take, too.
        any = any || (group_ ? readers_[index].worth_a_look() : readers_[index].ready());
        return !any;
    });
    return any;
}

template <class Reader>
bool consumer_endpoint<Reader>::over() noexcept
{
    return usable_ != outcome::ok || (group_ && group_->has_dead()) || end_of_stream() != outcome::empty;
}

template <class Reader>
bool consumer_endpoint<Reader>::may_be_over() noexcept
{
    return usable_ != outcome::ok || group_ || all_closed(); // of a group, somebody may have died
}

template <class Reader>
int consumer_endpoint<Reader>::native_handle()
{
    if (usable_ != outcome::ok) {
        return -1;
    }
    if (!polled_) {
        polled_ = std::make_unique<polled_descriptor>(attached_->place(), attached_->slot(), attached_->participants());
    }
    return polled_->get();
}

template <class Reader>
bool consumer_endpoint<Reader>::arm()
{
    if (native_handle() == -1) {
        return false;
    }
    polled_->quiet();
    ring::arm(place(), attached_->control().consumers[attached_->slot()].armed);
    if (ready() || over()) {
        disarm();
        return false;
    }
    polled_->watch(descriptor_slice);
    return true;
}

template <class Reader>
void consumer_endpoint<Reader>::disarm() noexcept
{
    if (polled_ && usable_ == outcome::ok) {
        ring::disarm(place(), attached_->control().consumers[attached_->slot()].armed);
        polled_->quiet();
    }
}

template class consumer_endpoint<dense_reader<hardware>>;
template class consumer_endpoint<framed_reader<hardware>>;

} // namespace samepage::ring
