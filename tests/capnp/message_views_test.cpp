// SPDX-License-Identifier: BSL-1.0
// message_views_test.cpp: data, lists of numbers and columns of structs are views of the message, or are refused.
#include "../support/refusal.hpp"
#include "columns.capnp.h"

#include <samepage/channel/message_views.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using samepage::column_view;
using samepage::errc;
using samepage::lease;
using samepage::list_span;
using samepage::list_view;
using samepage::memory_view;
using samepage::view_of;
using support::refusal;
using support::says;

namespace {

struct table {
    capnp::MallocMessageBuilder message;

    explicit table(unsigned count = 3)
    {
        auto rows = message.initRoot<columns::Table>().initRows(count);
        for (unsigned i = 0; i < count; ++i) {
            auto row = rows[i];
            row.setId(i + 1);
            row.setPrice(1.5 * i);
            row.setRate(static_cast<float>(i));
            row.setColour(i % 2 == 0 ? columns::Colour::RED : columns::Colour::GREEN);
            row.setText("text");
            row.getWhere().setX(static_cast<std::int16_t>(-10 - static_cast<int>(i)));
            row.getWhere().setY(static_cast<std::int16_t>(i));
            row.getKind().setCount(i);
            row.setSmall(static_cast<std::int8_t>(-static_cast<int>(i)));
            row.setLarge(std::uint64_t{1} << (60 + i));
        }
    }

    [[nodiscard]] capnp::List<columns::Row>::Reader rows()
    {
        return message.getRoot<columns::Table>().asReader().getRows();
    }

    template <class Attempt>
    void refused(const char* words, Attempt&& attempt)
    {
        const auto fault = refusal(errc::buffer_refused, attempt);
        BOOST_TEST(says(fault, words), fault.what());
    }
};

struct lists {
    capnp::MallocMessageBuilder message;
    columns::Lists::Builder root = message.initRoot<columns::Lists>();
};

} // namespace

static_assert(samepage::buffer_exporter<capnp::Data::Reader>);
static_assert(samepage::buffer_exporter<capnp::List<std::uint32_t>::Reader>);
static_assert(samepage::buffer_exporter<capnp::List<columns::Colour>::Reader>);
static_assert(!samepage::buffer_exporter<capnp::List<bool>::Reader>);
static_assert(!samepage::buffer_exporter<capnp::List<columns::Row>::Reader>);

BOOST_AUTO_TEST_SUITE(message_views)

BOOST_FIXTURE_TEST_CASE(data_is_read_only_bytes_of_the_message, lists)
{
    root.setBlob(capnp::Data::Reader{reinterpret_cast<const capnp::byte*>("abc"), 3});
    const auto data = root.asReader().getBlob();
    const auto view = view_of(data);
    BOOST_TEST(view.format().text() == "B");
    BOOST_TEST(view.is_readonly());
    BOOST_TEST(view.data() == reinterpret_cast<const std::byte*>(data.begin()));
    BOOST_TEST(view.hex() == "616263");
    BOOST_TEST(view_of(capnp::Data::Reader{}).nbytes() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_list_of_numbers_is_an_array, lists)
{
    root.setSigned({-1, 2, -3});
    root.setReals({0.5, 1.5});
    root.setBytes({1, 2, 3});
    const auto reader = root.asReader();
    const auto view = list_view(reader.getSigned());
    BOOST_TEST(view.is_readonly());
    BOOST_TEST(view.is_c_contiguous());
    BOOST_TEST(view.at<int>(2) == -3);
    BOOST_TEST(view.view<const std::int16_t>()[1] == 2);
    BOOST_TEST(view_of(reader.getReals()).at<double>(1) == 1.5);
    BOOST_TEST(view_of(reader.getBytes()).format().text() == "B");
}

BOOST_FIXTURE_TEST_CASE(enumerants_are_numbers, lists)
{
    root.setColours({columns::Colour::GREEN, columns::Colour::RED});
    const auto view = list_view(root.asReader().getColours());
    BOOST_TEST(view.format().text() == "H");
    BOOST_TEST(view.at<int>(0) == 1);
}

BOOST_FIXTURE_TEST_CASE(an_empty_list_is_a_view_of_nothing, lists)
{
    BOOST_TEST(list_view(root.asReader().getReals()).shape()[0] == 0U);
    table empty{0};
    BOOST_TEST(column_view(empty.rows(), "price").nbytes() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_field_of_every_struct_is_a_column, table)
{
    const auto price = column_view(rows(), "price");
    BOOST_TEST(price.shape()[0] == 3U);
    BOOST_TEST(price.is_readonly());
    BOOST_TEST(price.strides()[0] % 8 == 0);
    BOOST_TEST(price.strides()[0] > 8);
    BOOST_TEST(price.view<const double>()[2] == 3.0);
    BOOST_TEST(column_view(rows(), "id").at<int>(-1) == 3);
    BOOST_TEST(column_view(rows(), "small").at<int>(2) == -2);
    BOOST_TEST(column_view(rows(), "large").at<std::uint64_t>(1) == std::uint64_t{1} << 61U);
    BOOST_TEST(column_view(rows(), "colour").at<int>(1) == 1);
    table one{1};
    BOOST_TEST(column_view(one.rows(), "id").at<int>(0) == 1);
}

BOOST_FIXTURE_TEST_CASE(fields_of_groups_are_columns, table)
{
    BOOST_TEST(column_view(rows(), "where.x").at<int>(2) == -12);
    BOOST_TEST(column_view(rows(), "where.y").at<int>(1) == 1);
    refused("a group of them", [&] { static_cast<void>(column_view(rows(), "where")); });
    refused("expected a group before the dot", [&] { static_cast<void>(column_view(rows(), "id.x")); });
}

BOOST_FIXTURE_TEST_CASE(an_unknown_field_is_an_error_that_names_those_there_are, table)
{
    BOOST_CHECK_EXCEPTION(static_cast<void>(column_view(rows(), "where.z")), std::out_of_range, [](const auto& fault) {
        return std::string{fault.what()} == "column 'where.z': no field 'z'; there are 'x', 'y'";
    });
}

BOOST_FIXTURE_TEST_CASE(what_is_not_a_number_is_refused, table)
{
    refused("Bool, which is a bit", [&] { static_cast<void>(column_view(rows(), "flag")); });
    refused("Void, which is nothing", [&] { static_cast<void>(column_view(rows(), "nothing")); });
    refused("a pointer to what lies elsewhere", [&] { static_cast<void>(column_view(rows(), "text")); });
}

BOOST_FIXTURE_TEST_CASE(defaults_other_than_zero_are_refused, table)
{
    for (const auto* const field : {"rate", "minus", "shade", "zero"}) {
        refused("found another: the message has each value XOR the default",
                [&] { static_cast<void>(column_view(rows(), field)); });
    }
}

BOOST_FIXTURE_TEST_CASE(members_of_unions_are_refused, table)
{
    refused("a member of a union", [&] { static_cast<void>(column_view(rows(), "kind.count")); });
}

BOOST_AUTO_TEST_CASE(fields_that_an_older_writer_did_not_write_are_refused)
{
    capnp::MallocMessageBuilder message;
    auto old_rows = message.initRoot<columns::OldTable>().initRows(2);
    old_rows[1].setId(7);
    const auto rows = message.getRoot<columns::Table>().asReader().getRows();
    BOOST_TEST(column_view(rows, "id").at<int>(1) == 7);
    const auto fault = refusal(errc::buffer_refused, [&] { static_cast<void>(column_view(rows, "price")); });
    BOOST_TEST(says(fault, "expected elements with 16 bytes of data at least, found 8, from a writer"));
}

BOOST_AUTO_TEST_CASE(lists_of_numbers_and_of_structs_stand_for_each_other)
{
    capnp::MallocMessageBuilder message;
    message.initRoot<columns::Numbers>().setRows({5, 6, 7});
    const auto rows = message.getRoot<columns::Table>().asReader().getRows();
    BOOST_TEST(column_view(rows, "id").at<int>(2) == 7);
    refusal(errc::buffer_refused, [&] { static_cast<void>(column_view(rows, "price")); });

    table newer;
    const auto numbers = newer.message.getRoot<columns::Numbers>().asReader().getRows();
    const auto view = list_view(numbers);
    BOOST_TEST(view.at<int>(1) == 2);
    BOOST_TEST(!view.is_c_contiguous());
}

BOOST_FIXTURE_TEST_CASE(numbers_side_by_side_are_a_span_of_their_type, lists)
{
    root.setSigned({-1, 2, -3});
    root.setColours({columns::Colour::GREEN, columns::Colour::RED});
    const auto reader = root.asReader();
    const std::span<const std::int16_t> numbers = list_span(reader.getSigned());
    BOOST_TEST(numbers == (std::vector<std::int16_t>{-1, 2, -3}), boost::test_tools::per_element());
    BOOST_TEST(static_cast<const void*>(numbers.data()) == list_view(reader.getSigned()).data());
    const std::span<const columns::Colour> colours = list_span(reader.getColours());
    BOOST_TEST((colours.front() == columns::Colour::GREEN));
    BOOST_TEST(list_span(reader.getReals()).empty());
}

BOOST_FIXTURE_TEST_CASE(a_list_is_built_by_way_of_its_span, lists)
{
    const std::span<double> reals = list_span(root.initReals(3));
    BOOST_TEST(reals[2] == 0.0);
    reals[2] = 2.5;
    BOOST_TEST(root.getReals()[2] == 2.5);
    BOOST_TEST(list_span(root.initReals(0)).empty());
}

BOOST_AUTO_TEST_CASE(a_list_of_structs_is_no_span_of_numbers)
{
    table newer;
    const auto numbers = newer.message.getRoot<columns::Numbers>();
    newer.refused("whose schema is newer", [&] { static_cast<void>(list_span(numbers.asReader().getRows())); });
}

BOOST_AUTO_TEST_CASE(a_view_may_keep_its_message)
{
    auto message = std::make_unique<capnp::MallocMessageBuilder>();
    message->initRoot<columns::Lists>().setReals({2.5});
    const auto reals = message->getRoot<columns::Lists>().asReader().getReals();
    const auto view = list_view(reals, lease{std::move(message)});
    BOOST_TEST(view.at<double>(0) == 2.5);
}

BOOST_AUTO_TEST_CASE(a_dynamic_list_has_the_views_of_the_generated_one)
{
    table made;
    const capnp::DynamicStruct::Reader root = made.message.getRoot<columns::Table>().asReader();
    const auto rows = root.get("rows").as<capnp::DynamicList>();
    for (const char* path : {"id", "price", "where.y", "colour"}) {
        BOOST_TEST((column_view(rows, path) == column_view(made.rows(), path)), path);
    }
    made.refused("a group of them", [&] { static_cast<void>(column_view(rows, "where")); });
    made.refused("neither", [&] { static_cast<void>(list_view(rows)); });

    capnp::MallocMessageBuilder message;
    auto lists = message.initRoot<columns::Lists>();
    lists.initReals(2).set(1, 2.5);
    lists.initBits(3);
    const capnp::DynamicStruct::Reader dynamic = lists.asReader();
    const auto reals = dynamic.get("reals").as<capnp::DynamicList>();
    BOOST_TEST((list_view(reals) == list_view(lists.asReader().getReals())));
    made.refused("something else", [&] { static_cast<void>(column_view(reals, "id")); });
    const auto bits = dynamic.get("bits").as<capnp::DynamicList>();
    made.refused("neither", [&] { static_cast<void>(list_view(bits)); });
}

BOOST_AUTO_TEST_SUITE_END()
