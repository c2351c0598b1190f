// SPDX-License-Identifier: BSL-1.0
// consumer_endpoint.hpp: a consumer's end of a channel.
// Thread safety: as endpoint's.
#pragma once

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/end_of_stream.hpp>
#include <samepage/ring/endpoint.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/group_member.hpp>
#include <samepage/ring/pace.hpp>

#include <bit>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace samepage::ring {

/// Joins an existing channel as one of its consumers. `Reader` is dense_reader or framed_reader over hardware.
template <class Reader>
class consumer_endpoint final : public endpoint, public waiting_party {
public:
    /// @throws error; see docs/protocol.md, "Attach"
    consumer_endpoint(const channel_source& from, const consumer_options& options, const record_type& type);
    ~consumer_endpoint() override; // closes

    /// What one look at the lanes found, and whose lane it was.
    struct finding {
        found_records found;
        Reader* from = nullptr; ///< never null if found.why is ok
    };

    /// For looks: another one is due when the reader says that it is worth it.
    struct look_when_worth {
        [[nodiscard]] static bool is_due(const Reader& from) noexcept { return from.worth_a_look(); }
    };

    /// What `look` finds, or why there is nothing: empty, closed, producer_died, retired, too_many_held, unmapped,
    /// corrupt. Never waits.
    /// @param look  look(Reader&): the found_records of one look at a lane; look.is_due(const Reader&): another one,
    ///              after one that found nothing, has something to do.
    template <class Look>
    [[nodiscard, gnu::always_inline]] finding try_find(Look look) noexcept
    {
        if (group_) [[unlikely]] {
            return try_find_in_group(look);
        }
        finding result = look_if_open(look);
        if (result.found.why == outcome::empty && (all_closed() || time_to_check_peers())) [[unlikely]] {
            const outcome end = end_of_stream();
            result = look_at_several(lanes_in_use(), look); // published before the end came
            if (result.found.why == outcome::empty) {
                result.found.why = end;
            }
        }
        return result;
    }

    /// As try_find(), and waits for records: never empty, but perhaps timed_out.
    template <class Look>
    [[nodiscard, gnu::always_inline]] finding find(Look look, time_limit limit) noexcept
    {
        if (group_) [[unlikely]] {
            return find_in_group(look, limit);
        }
        const std::uint64_t lanes = lanes_in_use();
        // To tell the pace of what comes.
        bool pays = lanes == 1 ? readers_.front().caught_up() : several_caught_up(lanes);
        if (pays) {
            pace_.before_look();
        }
        if (lanes == 1 && usable_ == outcome::ok) [[likely]] {
            Reader& from = readers_.front();
            if (!look.is_due(from)) {
                pays = true;
                await_shortly(look, from);
            }
            const found_records found = look(from);
            if (found.why == outcome::ok) [[likely]] {
                if (pays) {
                    pace_.came(found.count);
                }
                return {found, &from};
            }
        }
        const finding late = find_at_length(look, limit, pays);
        return {copied_apart(late.found), late.from};
    }

    [[nodiscard]] bool ready() noexcept override;
    [[nodiscard]] bool over() noexcept override;
    [[nodiscard]] bool may_be_over() noexcept override;
    [[nodiscard]] sleeping_place<hardware> place() noexcept override;

    /// A descriptor to poll for reading. Made at the first call.
    /// @throws error: permission_denied, no_space, not_a_channel (something else lies at its name), system
    [[nodiscard]] int native_handle();
    /// From here on the descriptor becomes readable when a record comes, when the stream ends, and once in
    /// `descriptor_slice` for nothing. @return false: a take finds something now; it is not armed.
    [[nodiscard]] bool arm();
    void disarm() noexcept;

    /// Of each lane: the record that would be found next.
    [[nodiscard]] std::vector<record_place> next() const;

    /// Leaves the channel. Idempotent.
    void close() noexcept;

private:
    using member = group_member<Reader, hardware>;

    // A take of one record is a few dozen instructions, if the compiler keeps what it found in registers: so the steps
    // of the common case are inlined, and those of the others are not.

    template <class Look>
    [[nodiscard, gnu::always_inline]] finding look_if_open(Look& look) noexcept
    {
        return usable_ == outcome::ok ? look_around(look) : finding{{.why = usable_}};
    }

    /// One look at each lane that a producer ever took, beginning behind the one that gave records last.
    template <class Look>
    [[nodiscard, gnu::always_inline]] finding look_around(Look& look) noexcept
    {
        const std::uint64_t lanes = lanes_in_use();
        if (lanes == 1) [[likely]] {
            return {look(readers_.front()), &readers_.front()};
        }
        return look_at_several(lanes, look);
    }

    template <class Look>
    [[nodiscard, gnu::noinline]] finding look_at_several(std::uint64_t lanes, Look look) noexcept
    {
        finding result;
        for (std::uint64_t left = std::rotr(lanes, turn_); left != 0; left &= left - 1) {
            const unsigned index = (static_cast<unsigned>(std::countr_zero(left)) + static_cast<unsigned>(turn_)) % 64;
            const found_records found = look(readers_[index]);
            if (found.why == outcome::too_many_held) { // others may have something
                result.found.why = outcome::too_many_held;
            } else if (found.why != outcome::empty) {
                turn_ = static_cast<int>(index + 1) % 64;
                return {found, &readers_[index]};
            }
        }
        return result;
    }

    /// The first polls of a wait, inlined as well: whoever awaits an answer goes on the sooner, the less lies between
    /// the poll that meets it and what is done with it.
    template <class Look>
    [[gnu::always_inline]] void await_shortly(Look& look, const Reader& from) noexcept
    {
        constexpr int polls = 64;
        if (wait_.spin.count() == 0) {
            return;
        }
        for (int i = 0; i < polls; ++i) {
            pace_.came_early();
            hardware::pause();
            if (look.is_due(from)) {
                return;
            }
        }
    }

    /// What remains of find() where there are several lanes, or nothing came shortly.
    template <class Look>
    [[nodiscard, gnu::noinline]] finding find_at_length(Look look, const time_limit& limit, bool pays) noexcept
    {
        outcome end = outcome::ok; // as the last wait said
        for (bool waited = false;; waited = true) {
            finding result = look_if_open(look);
            const bool found = result.found.why != outcome::empty;
            if (!found && end == outcome::ok) [[unlikely]] {
                pays = true;
                end = waited && is_over(limit) ? outcome::timed_out : await(look, limit); // again: there was only a gap
                continue;
            }
            if (pays) {
                pace_.came(result.found.count);
            }
            if (!found) [[unlikely]] {
                result.found.why = end;
            }
            return result;
        }
    }

    /// timed_out: the group's turn did not come before it was late.
    template <class Look, class Late>
    [[nodiscard, gnu::noinline]] finding look_in_group(Look& look, bool after_the_dead, Late&& late) noexcept
    {
        const found_records found = usable_ == outcome::ok ? group_->take(lanes_in_use(), look, after_the_dead, late)
                                                           : found_records{.why = usable_};
        return {found, &readers_[found.lane]};
    }

    template <class Look>
    [[nodiscard, gnu::noinline]] finding try_find_in_group(Look look) noexcept
    {
        const bool check = time_to_check_peers();
        late_after<hardware> late{slice}; // a member that is stopped may have the turn
        finding result = look_in_group(look, check, late);
        if (result.found.why == outcome::empty && (check || all_closed())) {
            const outcome end = end_of_stream();
            result = look_in_group(look, true, late); // what the dead held comes before the end
            if (result.found.why == outcome::empty) {
                result.found.why = end;
            }
        }
        if (result.found.why == outcome::timed_out) {
            result.found.why = outcome::empty;
        }
        return result;
    }

    template <class Look>
    [[nodiscard, gnu::noinline]] finding find_in_group(Look look, const time_limit& limit) noexcept
    {
        outcome end = outcome::ok;
        bool after_the_dead = time_to_check_peers();
        for (bool waited = false;; waited = true) {
            finding result = look_in_group(look, after_the_dead, [&] { return is_over(limit); });
            if (result.found.why != outcome::empty) {
                return result;
            }
            if (end != outcome::ok) {
                result.found.why = end;
                return result;
            }
            end = waited && is_over(limit) ? outcome::timed_out : await(look, limit);
            after_the_dead = true;
        }
    }

    /// Waits until a look may find something (ok), or nothing more will come: closed, producer_died, retired,
    /// timed_out; what was published before is there then.
    template <class Look>
    [[nodiscard]] outcome await(Look look, const time_limit& limit) noexcept
    {
        outcome end = outcome::ok;
        const auto ready = [&] {
            pace_.came_early();
            const std::uint64_t lanes = lanes_in_use();
            if (group_) [[unlikely]] {
                group_->catch_up(lanes);
            }
            return lanes == 1 ? look.is_due(readers_.front()) : any_due(lanes, look);
        };
        const auto idle = [&] {
            if (group_ && group_->has_dead()) [[unlikely]] {
                return true;
            }
            const outcome found = end_of_stream();
            end = found == outcome::empty ? outcome::ok : found;
            return end != outcome::ok;
        };
        const auto over = [&] { return all_closed() && idle(); };
        bool came = wait_until_ready<hardware>(place(), wait_, limit, ready, idle, over);
        if (!came && time_to_check_peers()) { // waits shorter than a slice never got to idle
            came = idle();
        }
        return came ? end : outcome::timed_out;
    }

    template <class Look>
    [[nodiscard]] bool any_due(std::uint64_t lanes, Look& look) noexcept
    {
        bool any = false;
        for_each_bit(lanes, [&](unsigned index) { return !(any = look.is_due(readers_[index])); });
        return any;
    }

    [[nodiscard]] static bool is_over(time_limit limit) noexcept
    {
        return limit && std::chrono::steady_clock::now() >= *limit;
    }

    [[nodiscard]] std::uint64_t lanes_in_use() const noexcept { return ring::lanes_in_use(*directory_, existing_); }

    [[nodiscard]] bool several_caught_up(std::uint64_t lanes) const noexcept;
    /// No producer is at work, and none died without another's closing later.
    [[nodiscard]] bool all_closed() const noexcept;
    /// closed, producer_died or retired if nothing more will come, else empty. Keeps up with the lanes' rings.
    [[nodiscard]] outcome end_of_stream() noexcept;
    /// A reader for each lane, which has joined it.
    [[nodiscard]] std::vector<Reader> begin(const consumer_options& options);
    void join(std::vector<Reader>& readers, unsigned slot, const consumer_options& options,
              const std::vector<standing>* saved);
    void enter_group(std::vector<Reader>& readers, const consumer_options& options);
    void go_on(std::vector<Reader>& readers);
    [[nodiscard]] std::vector<standing> saved_places() const;
    void withdraw_all(std::vector<Reader>& readers, unsigned slot) noexcept;

    const directory_words<hardware>* directory_;
    std::uint64_t existing_; ///< bit l: the channel has a lane l
    std::vector<Reader> readers_;
    int turn_ = 0; ///< the lane to look at first
    pace<hardware> pace_;
    std::unique_ptr<member> group_; ///< whose member we are
    std::unique_ptr<polled_descriptor> polled_;
    memory::fork_guard guard_; // last: what it tells of is whole
};

extern template class consumer_endpoint<dense_reader<hardware>>;
extern template class consumer_endpoint<framed_reader<hardware>>;

} // namespace samepage::ring
