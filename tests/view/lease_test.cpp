// SPDX-License-Identifier: BSL-1.0
// lease_test.cpp: bytes stay while anything holds them, and no longer; use after that is an error.
#include "../support/refusal.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using samepage::buffer_request;
using samepage::errc;
using samepage::lease;
using samepage::memory_view;
using samepage::slice;
using samepage::view_of;
using support::refusal;

namespace {

/// Counts the owners that live.
struct owner {
    explicit owner(int& count) : living{&count} { ++*living; }
    owner(owner&& other) noexcept : living{std::exchange(other.living, nullptr)} {}
    owner(const owner&) = delete;
    owner& operator=(const owner&) = delete;
    ~owner()
    {
        if (living != nullptr) {
            --*living;
        }
    }

    int* living;
};

struct lease_holder {
    lease inner;
};

struct held_numbers {
    int living = 0;
    std::vector<std::int32_t> numbers{1, 2, 3, 4};
    memory_view view = leased();

    memory_view leased()
    {
        auto bytes = std::as_writable_bytes(std::span{numbers});
        return memory_view{bytes, lease{owner{living}}}.cast("i");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(leases)

BOOST_FIXTURE_TEST_CASE(slices_and_copies_keep_the_owner, held_numbers)
{
    auto part = view(slice{1, 3});
    auto copy = part;
    BOOST_TEST(view.held().count() == 3U);
    view = memory_view{};
    part = memory_view{};
    BOOST_TEST(living == 1);
    BOOST_TEST(copy.at<int>(0) == 2);
    copy = memory_view{};
    BOOST_TEST(living == 0);
}

BOOST_FIXTURE_TEST_CASE(every_change_of_shape_keeps_the_owner, held_numbers)
{
    std::vector<memory_view> views;
    views.push_back(view.transpose());
    views.push_back(view.reshape({2, 2}));
    views.push_back(view.broadcast_to({2, 4}));
    views.push_back(view.cast("B"));
    views.push_back(view.cast("B", {2, 8}));
    views.push_back(view.as_const());
    views.push_back(view.subdivide());
    views.push_back(view[0]);
    views.push_back(view.cast("B").cast("=T{h:low:h:high:}").field("high"));
    views.push_back(samepage::get_buffer(view, buffer_request::full).view());
    for (const auto& each : views) {
        BOOST_TEST((each.held() == view.held()));
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_released_cannot_be_used, held_numbers)
{
    const auto copy = view;
    view.release();
    view.release();
    BOOST_TEST(view.is_released());
    BOOST_TEST(living == 1);
    refusal(errc::buffer_released, [&] { static_cast<void>(view.format()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.shape()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.nbytes()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.data()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.writable_data()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.at(0)); });
    refusal(errc::buffer_released, [&] { view.set(1, 0); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view[0]); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.transpose()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.reshape({4})); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.broadcast_to({4})); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.field("x")); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.subdivide()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.cast("B")); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.as_const()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.view<std::int32_t>()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.to_bytes()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.to_list()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.hash()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(view.hex()); });
    refusal(errc::buffer_released, [&] { view.copy_from(copy); });
    refusal(errc::buffer_released, [&] { copy.copy_from(view); });
    refusal(errc::buffer_released, [&] { view.for_each([](const std::byte*) {}); });
    for (const auto request : {buffer_request::simple, buffer_request::nd, buffer_request::strided_ro,
                               buffer_request::records_ro, buffer_request::full_ro, buffer_request::full}) {
        refusal(errc::buffer_released, [&] { static_cast<void>(samepage::get_buffer(view, request)); });
    }
    BOOST_TEST(view.exports() == 0U);
    BOOST_TEST(copy.at<int>(3) == 4);
}

BOOST_FIXTURE_TEST_CASE(a_released_view_is_equal_to_itself_alone, held_numbers)
{
    auto other = view;
    BOOST_TEST((view == other));
    view.release();
    BOOST_TEST((view == view));
    BOOST_TEST(!(view == other));
    other.release();
    BOOST_TEST(!(view == other));
}

BOOST_FIXTURE_TEST_CASE(what_was_moved_from_cannot_be_used, held_numbers)
{
    const auto moved = std::move(view);
    BOOST_TEST(view.is_released());
    refusal(errc::buffer_released, [&] { static_cast<void>(view.ndim()); });
    BOOST_TEST(moved.at<int>(0) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_view_with_exports_cannot_be_released, held_numbers)
{
    auto one = samepage::get_buffer(view, buffer_request::full_ro);
    auto other = samepage::get_buffer(view, buffer_request::simple);
    BOOST_TEST(view.exports() == 2U);
    const auto fault = refusal(errc::buffer_exported, [&] { view.release(); });
    BOOST_TEST(support::says(fault, "found 2"));
    BOOST_TEST(view.at<int>(0) == 1);
    one.release();
    one.release();
    refusal(errc::buffer_exported, [&] { view.release(); });
    {
        const auto last = std::move(other);
    }
    BOOST_TEST(view.exports() == 0U);
    view.release();
    BOOST_TEST(living == 0);
}

BOOST_FIXTURE_TEST_CASE(exports_of_a_view_do_not_hold_its_slices, held_numbers)
{
    auto part = view(slice{0, 2});
    const auto got = samepage::get_buffer(view, buffer_request::full_ro);
    part.release();
    refusal(errc::buffer_exported, [&] { view.release(); });
}

BOOST_FIXTURE_TEST_CASE(a_buffer_keeps_the_bytes_also_when_its_view_is_gone, held_numbers)
{
    auto got = samepage::get_buffer(view, buffer_request::full_ro);
    view = memory_view{};
    BOOST_TEST(living == 1);
    BOOST_TEST(got.view().at<int>(2) == 3);
    got.release();
    BOOST_TEST(living == 0);
    refusal(errc::buffer_released, [&] { static_cast<void>(got.nbytes()); });
    refusal(errc::buffer_released, [&] { static_cast<void>(got.view()); });
}

BOOST_FIXTURE_TEST_CASE(an_owner_that_views_hold_cannot_be_released, held_numbers)
{
    auto held = view.held();
    const auto fault = refusal(errc::buffer_exported, [&] { held.release(); });
    BOOST_TEST(support::says(fault, "1 that still holds"));
    BOOST_TEST(living == 1);
    view.release();
    held.release();
    BOOST_TEST(living == 0);
    held.release();
    BOOST_TEST(!held);
}

BOOST_FIXTURE_TEST_CASE(a_view_assigned_to_itself_keeps_its_exports, held_numbers)
{
    const auto got = samepage::get_buffer(view, buffer_request::full_ro);
    const auto& itself = view;
    view = itself;
    BOOST_TEST(view.exports() == 1U);
    refusal(errc::buffer_exported, [&] { view.release(); });
}

BOOST_FIXTURE_TEST_CASE(what_an_owner_keeps_may_take_its_place, held_numbers)
{
    const auto outer = [&] { return memory_view{std::span<std::byte>{}, lease{view(slice{1, 3})}}; };
    auto replaced = outer();
    replaced = std::move(*replaced.held().get<memory_view>());
    BOOST_TEST(replaced.at<int>(1) == 3);

    auto got = samepage::get_buffer(
        memory_view{std::span<std::byte>{}, lease{samepage::get_buffer(view, buffer_request::full_ro)}},
        buffer_request::full_ro);
    got = std::move(*got.view().held().get<samepage::exported_buffer>());
    BOOST_TEST(got.view().at<int>(3) == 4);

    lease held{lease_holder{view.held()}};
    held = std::move(held.get<lease_holder>()->inner);
    BOOST_TEST((held.get<owner>() == view.held().get<owner>()));
    held = lease{lease_holder{view.held()}};
    held = held.get<lease_holder>()->inner;
    BOOST_TEST((held.get<owner>() == view.held().get<owner>()));
}

BOOST_AUTO_TEST_CASE(an_owner_is_found_by_its_type)
{
    const lease held{std::vector<int>{1, 2}};
    BOOST_TEST(held.get<std::vector<int>>()->size() == 2U);
    BOOST_TEST(held.get<std::vector<long>>() == nullptr);
    BOOST_TEST(lease{}.get<int>() == nullptr);
    BOOST_TEST(lease{}.count() == 0U);
}

BOOST_AUTO_TEST_CASE(threads_may_get_buffers_of_one_view)
{
    const std::vector<int> numbers(4);
    for (int k = 0; k < 1000; ++k) {
        const auto view = view_of(numbers);
        std::atomic<int> waiting{4};
        std::array<std::optional<samepage::exported_buffer>, 4> got;
        {
            std::vector<std::jthread> threads;
            for (auto& each : got) {
                threads.emplace_back([&] {
                    for (--waiting; waiting != 0;) {
                        std::this_thread::yield();
                    }
                    each.emplace(samepage::get_buffer(view, buffer_request::full_ro));
                });
            }
        }
        BOOST_TEST_REQUIRE(view.exports() == got.size());
    }
}

BOOST_AUTO_TEST_CASE(threads_may_copy_and_drop_their_own_leases)
{
    int living = 0;
    {
        const memory_view view{std::span<std::byte>{}, lease{owner{living}}};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([copy = view] {
                for (int k = 0; k < 10'000; ++k) {
                    const auto again = copy;
                    const auto part = again(samepage::all);
                }
            });
        }
    }
    BOOST_TEST(living == 0);
}

BOOST_AUTO_TEST_SUITE_END()
