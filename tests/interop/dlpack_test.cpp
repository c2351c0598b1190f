// SPDX-License-Identifier: BSL-1.0
// dlpack_test.cpp: views are tensors of the same bytes and back; what the other side cannot have is refused in words.
// Tensors are read here through <dlpack/dlpack.h> as Debian has it, where it is there: another's idea of the structure.
#define BOOST_TEST_MODULE samepage_interop
#include "../support/refusal.hpp"

#include <samepage/interop/dlpack.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/describe.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#define SAMEPAGE_HAS_DLPACK
#endif

namespace dlpack = samepage::dlpack;

using samepage::errc;
using samepage::from_dlpack;
using samepage::geometry;
using samepage::item_format;
using samepage::memory_view;
using samepage::slice;
using samepage::to_dlpack;
using samepage::to_legacy_dlpack;
using support::says;

namespace interop_test {

struct quote {
    double bid;
    std::complex<float> phase;
    std::int32_t lots;
};
BOOST_DESCRIBE_STRUCT(quote, (), (bid, phase, lots))

} // namespace interop_test

namespace {

using interop_test::quote;

template <class Attempt>
void refused(const char* words, Attempt&& attempt)
{
    const auto fault = support::refusal(errc::buffer_refused, attempt);
    BOOST_TEST(says(fault, words), fault.what());
}

void not_exported(const char* words, const memory_view& view)
{
    refused(words, [&] { static_cast<void>(to_dlpack(view)); });
}

std::vector<std::int64_t> shape_of(const dlpack::tensor& tensor)
{
    return {tensor.shape, tensor.shape + tensor.ndim};
}

std::vector<std::int64_t> strides_of(const dlpack::tensor& tensor)
{
    return {tensor.strides, tensor.strides + tensor.ndim};
}

using numbers = std::vector<std::int64_t>;

/// Sixteen aligned bytes of every format, for the types of items alone.
struct items {
    alignas(16) std::array<std::byte, 64> bytes{};

    [[nodiscard]] memory_view of(const char* text)
    {
        item_format format{text};
        auto layout = geometry::c_order(format.itemsize(), {2});
        return {bytes.data(), std::move(format), std::move(layout)};
    }
};

/// A tensor made here, as another library would make one: 2 by 3 floats in C order, unless a test changes it.
struct foreign {
    std::array<float, 12> data{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    std::array<std::int64_t, 2> shape{2, 3};
    std::array<std::int64_t, 2> strides{3, 1};
    int deleted = 0;
    dlpack::managed_tensor_versioned managed{
        .version = {1, 3},
        .manager_ctx = this,
        .deleter = count<dlpack::managed_tensor_versioned>,
        .flags = 0,
        .dl_tensor = {data.data(), {1, 0}, 2, {2, 32, 1}, shape.data(), strides.data(), 0}};

    template <class Managed>
    static void count(Managed* self)
    {
        ++static_cast<foreign*>(self->manager_ctx)->deleted;
    }

    [[nodiscard]] memory_view import() { return from_dlpack(dlpack::tensor_ptr{&managed}); }

    /// Refused, and still the caller's.
    void not_imported(const char* words)
    {
        {
            dlpack::tensor_ptr mine{&managed};
            refused(words, [&] { static_cast<void>(from_dlpack(std::move(mine))); });
            BOOST_TEST(deleted == 0);
            BOOST_TEST(mine.get() == &managed);
        }
        BOOST_TEST(deleted == 1);
    }
};

} // namespace

// ---- to DLPack ----

BOOST_FIXTURE_TEST_SUITE(dlpack_export, items)

BOOST_AUTO_TEST_CASE(a_matrix_is_a_tensor_of_the_same_bytes)
{
    std::array<std::array<float, 3>, 2> matrix{};
    const auto tensor = to_dlpack(samepage::view_of(matrix));
    BOOST_TEST(tensor->version.major == 1U);
    BOOST_TEST(tensor->flags == 0U);
    BOOST_TEST(tensor->dl_tensor.data == static_cast<void*>(matrix.data()));
    BOOST_TEST(tensor->dl_tensor.byte_offset == 0U);
    BOOST_TEST(tensor->dl_tensor.device.device_type == 1);
    BOOST_TEST(tensor->dl_tensor.device.device_id == 0);
    BOOST_TEST((shape_of(tensor->dl_tensor) == numbers{2, 3}));
    BOOST_TEST((strides_of(tensor->dl_tensor) == numbers{3, 1}));
}

BOOST_AUTO_TEST_CASE(each_number_has_its_type)
{
    struct expected {
        const char* format;
        int code;
        int bits;
    };
    constexpr std::array all{
        expected{"?", 6, 8},  expected{"b", 0, 8},   expected{"h", 0, 16},   expected{"i", 0, 32},
        expected{"q", 0, 64}, expected{"B", 1, 8},   expected{"H", 1, 16},   expected{"I", 1, 32},
        expected{"Q", 1, 64}, expected{"l", 0, 64},  expected{"e", 2, 16},   expected{"f", 2, 32},
        expected{"d", 2, 64}, expected{"Zf", 5, 64}, expected{"Zd", 5, 128}, expected{"<h", 0, 16}};
    for (const auto& one : all) {
        const auto tensor = to_dlpack(of(one.format));
        BOOST_TEST_CONTEXT(one.format)
        {
            BOOST_TEST(int{tensor->dl_tensor.dtype.code} == one.code);
            BOOST_TEST(int{tensor->dl_tensor.dtype.bits} == one.bits);
            BOOST_TEST(tensor->dl_tensor.dtype.lanes == 1U);
        }
        BOOST_TEST((samepage::from_dlpack(to_dlpack(of(one.format))).format() == item_format{one.format}));
    }
}

BOOST_AUTO_TEST_CASE(items_without_a_type_are_refused_with_what_would_do)
{
    not_exported("field(", of("T{i:a:i:b:}"));
    not_exported("subdivide()", of("(2,2)f"));
    not_exported("cast them to B", of("4s"));
    not_exported("cast them to B", of("c"));
    not_exported("a type that it has", of("5p"));
    not_exported("a type that it has", of("4w"));
    not_exported("a type that it has", of("P"));
    not_exported("a type that it has", of("g"));
    not_exported("a type that it has", of("Zg"));
}

BOOST_AUTO_TEST_CASE(another_byte_order_is_refused)
{
    not_exported("byte order", of(">i"));
    not_exported("byte order", of(">Zd"));
    BOOST_TEST((to_dlpack(of(">B")) != nullptr)); // a byte has no order
}

BOOST_AUTO_TEST_CASE(read_only_bytes_are_flagged)
{
    BOOST_TEST(to_dlpack(of("i").as_const())->flags == 1U);
    BOOST_TEST(to_dlpack(of("i"))->flags == 0U);
}

BOOST_AUTO_TEST_CASE(a_tensor_without_flags_is_refused_to_read_only_bytes)
{
    refused("writable items", [this] { static_cast<void>(to_legacy_dlpack(of("i").as_const())); });
    BOOST_TEST((to_legacy_dlpack(of("i")) != nullptr));
}

BOOST_AUTO_TEST_CASE(a_column_of_records_has_its_stride_in_items)
{
    std::array<quote, 5> quotes{};
    const auto view = samepage::view_of(quotes); // 24 bytes each
    const auto bid = to_dlpack(view.field("bid"));
    BOOST_TEST((strides_of(bid->dl_tensor) == numbers{3}));
    BOOST_TEST(bid->dl_tensor.data == static_cast<void*>(&quotes[0].bid));
    const auto lots = to_dlpack(view.field("lots")(slice{{}, {}, -2}));
    BOOST_TEST((strides_of(lots->dl_tensor) == numbers{-12}));
    BOOST_TEST((shape_of(lots->dl_tensor) == numbers{3}));
    BOOST_TEST(lots->dl_tensor.data == static_cast<void*>(&quotes[4].lots));
}

BOOST_AUTO_TEST_CASE(strides_that_are_not_whole_items_are_refused_with_the_dimension)
{
    const item_format packed{"=T{d:x:i:y:}"}; // 12 bytes
    const memory_view records{bytes.data(), packed, geometry::c_order(12, {1, 4})};
    not_exported("a stride of 12 bytes in dimension 1", records.field("x"));
    BOOST_TEST((to_dlpack(records.field("y")) != nullptr));
}

BOOST_AUTO_TEST_CASE(a_stride_that_leads_nowhere_need_not_be_whole)
{
    const item_format number{"d"};
    const std::array<std::ptrdiff_t, 3> strides{7, 24, 13};
    const memory_view one{bytes.data(), number, geometry{8, std::array<std::size_t, 3>{1, 2, 1}, strides}};
    BOOST_TEST((strides_of(to_dlpack(one)->dl_tensor) == numbers{2, 3, 1}));
    const memory_view none{bytes.data(), number, geometry{8, std::array<std::size_t, 3>{4, 0, 3}, strides}};
    BOOST_TEST((strides_of(to_dlpack(none)->dl_tensor) == numbers{3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(items_off_their_alignment_are_refused)
{
    const auto at = [this](const char* format, std::size_t offset) {
        return memory_view{&bytes[offset], item_format{format}, geometry::c_order(item_format{format}.itemsize(), {1})};
    };
    not_exported("aligned to 8 bytes", at("=d", 4));
    not_exported("aligned to 8 bytes", at("=Zd", 4));
    BOOST_TEST((to_dlpack(at("=Zd", 8)) != nullptr)); // two doubles
    BOOST_TEST((to_dlpack(at("B", 5)) != nullptr));
}

BOOST_AUTO_TEST_CASE(no_dimensions_are_one_item)
{
    const auto tensor = to_dlpack(of("d")(1));
    BOOST_TEST(tensor->dl_tensor.ndim == 0);
    BOOST_TEST(tensor->dl_tensor.data == static_cast<void*>(&bytes[8]));
}

BOOST_AUTO_TEST_CASE(no_items_have_no_data)
{
    const auto tensor = to_dlpack(of("d")(slice{0, 0}));
    BOOST_TEST((shape_of(tensor->dl_tensor) == numbers{0}));
    BOOST_TEST(tensor->dl_tensor.data == nullptr);
}

BOOST_AUTO_TEST_CASE(repeated_items_have_a_stride_of_zero)
{
    const auto tensor = to_dlpack(of("d").broadcast_to({4, 2}));
    BOOST_TEST((strides_of(tensor->dl_tensor) == numbers{0, 1}));
    BOOST_TEST(tensor->flags == 1U);
}

BOOST_AUTO_TEST_CASE(the_deleter_gives_the_lease_back)
{
    const auto owner = std::make_shared<std::array<double, 4>>();
    memory_view view{reinterpret_cast<std::byte*>(owner->data()), item_format{"d"}, geometry::c_order(8, {4}),
                     samepage::lease{std::shared_ptr{owner}}};
    auto tensor = to_dlpack(view);
    auto* const raw = to_legacy_dlpack(view).release();
    view.release();
    BOOST_TEST(owner.use_count() == 2);
    tensor.reset();
    BOOST_TEST(owner.use_count() == 2);
    raw->deleter(raw);
    BOOST_TEST(owner.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_released_view_is_no_tensor)
{
    auto view = of("i");
    view.release();
    static_cast<void>(support::refusal(errc::buffer_released, [&] { static_cast<void>(to_dlpack(view)); }));
}

BOOST_AUTO_TEST_SUITE_END()

// ---- from DLPack ----

BOOST_FIXTURE_TEST_SUITE(dlpack_import, foreign)

BOOST_AUTO_TEST_CASE(a_tensor_is_a_view_of_the_same_bytes)
{
    {
        const auto view = import();
        BOOST_TEST(view.format().text() == "f");
        BOOST_TEST(view.at<float>(1, 0) == 3.0F);
        view.set(0.5, 1, 2);
        BOOST_TEST(data[5] == 0.5F);
        BOOST_TEST(deleted == 0);
    }
    BOOST_TEST(deleted == 1);
}

BOOST_AUTO_TEST_CASE(the_last_slice_calls_the_deleter)
{
    std::optional<memory_view> row = import()(1);
    BOOST_TEST(deleted == 0);
    BOOST_TEST(row->at<float>(0) == 3.0F);
    row.reset();
    BOOST_TEST(deleted == 1);
}

BOOST_AUTO_TEST_CASE(a_tensor_without_a_deleter_is_let_go)
{
    managed.deleter = nullptr;
    BOOST_TEST(import().at<float>(0, 1) == 1.0F);
}

BOOST_AUTO_TEST_CASE(the_read_only_flag_is_kept)
{
    managed.flags = dlpack::flag_read_only | dlpack::flag_is_copied;
    BOOST_TEST(import().is_readonly());
    managed.flags = dlpack::flag_is_copied;
    BOOST_TEST(!import().is_readonly());
}

BOOST_AUTO_TEST_CASE(an_unversioned_tensor_is_read_only)
{
    dlpack::managed_tensor legacy{managed.dl_tensor, this, count<dlpack::managed_tensor>};
    const auto view = from_dlpack(dlpack::legacy_tensor_ptr{&legacy});
    BOOST_TEST(view.is_readonly());
    BOOST_TEST(view.at<float>(1, 2) == 5.0F);
}

BOOST_AUTO_TEST_CASE(no_strides_are_those_of_c_order)
{
    managed.dl_tensor.strides = nullptr;
    BOOST_TEST(import().at<float>(1, 0) == 3.0F);
}

BOOST_AUTO_TEST_CASE(offsets_and_negative_strides_are_followed)
{
    managed.dl_tensor.byte_offset = 5 * sizeof(float);
    strides = {-3, -1};
    const auto view = import();
    BOOST_TEST(view.at<float>(0, 0) == 5.0F);
    BOOST_TEST(view.at<float>(1, 2) == 0.0F);
}

BOOST_AUTO_TEST_CASE(beside_a_size_of_zero_the_others_may_be_any)
{
    std::array<std::int64_t, 3> sizes{4, std::int64_t{1} << 62, 0};
    managed.dl_tensor.ndim = 3;
    managed.dl_tensor.shape = sizes.data();
    managed.dl_tensor.strides = nullptr;
    const auto again = samepage::to_dlpack(import());
    BOOST_TEST(std::equal(sizes.begin(), sizes.end(), again->dl_tensor.shape));
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_may_have_anything_for_data_and_strides)
{
    shape[0] = 0;
    strides = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
    managed.dl_tensor.data = nullptr;
    BOOST_TEST(import().item_count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_tensor_without_dimensions_is_one_item)
{
    managed.dl_tensor.ndim = 0;
    managed.dl_tensor.shape = nullptr;
    managed.dl_tensor.strides = nullptr;
    managed.dl_tensor.byte_offset = 4;
    BOOST_TEST(import().at<float>() == 1.0F);
}

BOOST_AUTO_TEST_CASE(another_major_version_is_refused_unread)
{
    managed.version = {2, 0};
    managed.dl_tensor = {};
    not_imported("version 2.0");
}

BOOST_AUTO_TEST_CASE(memory_of_another_device_is_refused)
{
    managed.dl_tensor.device.device_type = 2;
    not_imported("device type 2");
}

BOOST_AUTO_TEST_CASE(vectors_are_refused)
{
    managed.dl_tensor.dtype.lanes = 4;
    not_imported("4 lanes");
}

BOOST_AUTO_TEST_CASE(types_without_a_format_are_refused)
{
    managed.dl_tensor.dtype = {4, 16, 1};
    not_imported("type code 4, 16 bits");
}

BOOST_AUTO_TEST_CASE(less_than_a_byte_is_refused)
{
    managed.dl_tensor.dtype = {1, 4, 1};
    not_imported("type code 1, 4 bits");
}

BOOST_AUTO_TEST_CASE(a_negative_size_is_refused)
{
    shape[1] = -3;
    not_imported("size -3 in dimension 1");
}

BOOST_AUTO_TEST_CASE(a_negative_number_of_dimensions_is_refused)
{
    managed.dl_tensor.ndim = -1;
    not_imported("at most 64 dimensions, found -1");
}

BOOST_AUTO_TEST_CASE(too_many_dimensions_are_refused)
{
    managed.dl_tensor.ndim = 65;
    not_imported("found 65");
}

BOOST_AUTO_TEST_CASE(a_missing_shape_is_refused)
{
    managed.dl_tensor.shape = nullptr;
    not_imported("a shape of 2 sizes");
}

BOOST_AUTO_TEST_CASE(a_stride_beyond_all_memory_is_refused)
{
    strides[0] = std::numeric_limits<std::int64_t>::max() / 2;
    not_imported("in dimension 0");
}

BOOST_AUTO_TEST_CASE(items_beyond_all_memory_are_refused)
{
    // Each stride could be; what they reach together could not.
    strides[0] = std::numeric_limits<std::int64_t>::max() / 4;
    strides[1] = std::numeric_limits<std::int64_t>::max() / 8;
    dlpack::tensor_ptr mine{&managed};
    BOOST_CHECK_THROW(static_cast<void>(from_dlpack(std::move(mine))), samepage::geometry_error);
    BOOST_TEST(mine.get() == &managed);
}

BOOST_AUTO_TEST_CASE(more_items_than_memory_are_refused)
{
    shape = {std::int64_t{1} << 40, std::int64_t{1} << 40};
    managed.dl_tensor.strides = nullptr;
    dlpack::tensor_ptr mine{&managed};
    BOOST_CHECK_THROW(static_cast<void>(from_dlpack(std::move(mine))), samepage::geometry_error);
    BOOST_TEST(mine.get() == &managed);
}

BOOST_AUTO_TEST_CASE(missing_data_are_refused)
{
    managed.dl_tensor.data = nullptr;
    not_imported("items that have addresses");
}

BOOST_AUTO_TEST_CASE(an_offset_around_the_address_space_is_refused)
{
    managed.dl_tensor.byte_offset = std::numeric_limits<std::uint64_t>::max() - 8;
    not_imported("items that have addresses");
}

BOOST_AUTO_TEST_CASE(items_before_the_first_address_are_refused)
{
    managed.dl_tensor.data = reinterpret_cast<void*>(std::uintptr_t{8});
    strides = {-3, -1};
    not_imported("items that have addresses");
}

BOOST_AUTO_TEST_CASE(nothing_is_imported_twice)
{
    dlpack::tensor_ptr mine{&managed};
    const auto view = from_dlpack(std::move(mine));
    BOOST_TEST((mine == nullptr));
    refused("found none", [&] { static_cast<void>(from_dlpack(std::move(mine))); });
}

BOOST_AUTO_TEST_CASE(strides_come_back_as_they_were)
{
    std::array<quote, 5> quotes{};
    const auto column = samepage::view_of(quotes).field("lots")(slice{{}, {}, -1});
    const auto back = from_dlpack(to_dlpack(column));
    BOOST_TEST((back.layout() == column.layout()));
    BOOST_TEST(back.data() == column.data());
}

BOOST_AUTO_TEST_SUITE_END()

// ---- by another's names ----

BOOST_FIXTURE_TEST_SUITE(dlpack_by_other_names, items)

namespace {

/// As a user's newer header declares it.
struct ManagedTensorVersioned { // NOLINT(readability-identifier-naming)
    struct {
        std::uint32_t major;
        std::uint32_t minor;
    } version;
    void* manager_ctx;
    void (*deleter)(ManagedTensorVersioned* self);
    std::uint64_t flags;
    dlpack::tensor dl_tensor;
};

static_assert(dlpack::versioned<ManagedTensorVersioned>);
static_assert(dlpack::versioned<dlpack::managed_tensor_versioned>);
static_assert(dlpack::unversioned<dlpack::managed_tensor>);
static_assert(!dlpack::managed<dlpack::tensor>);

} // namespace

BOOST_AUTO_TEST_CASE(a_versioned_tensor_goes_out_and_comes_back_by_another_name)
{
    auto* const theirs = to_dlpack<ManagedTensorVersioned>(of("h").as_const()).release();
    BOOST_TEST(theirs->version.major == 1U);
    BOOST_TEST(theirs->flags == 1U);
    BOOST_TEST(theirs->dl_tensor.shape[0] == 2);
    const auto back = from_dlpack(dlpack::owner<ManagedTensorVersioned>{theirs});
    BOOST_TEST(back.data() == bytes.data());
    BOOST_TEST(back.is_readonly());
}

#ifdef SAMEPAGE_HAS_DLPACK

static_assert(dlpack::unversioned<DLManagedTensor>);
static_assert(sizeof(DLManagedTensor) == sizeof(dlpack::managed_tensor) &&
              offsetof(DLManagedTensor, manager_ctx) == offsetof(dlpack::managed_tensor, manager_ctx) &&
              offsetof(DLManagedTensor, deleter) == offsetof(dlpack::managed_tensor, deleter));
static_assert(sizeof(DLTensor) == sizeof(dlpack::tensor) && sizeof(DLDataType) == sizeof(dlpack::data_type) &&
              sizeof(DLDevice) == sizeof(dlpack::device));
static_assert(offsetof(DLTensor, data) == offsetof(dlpack::tensor, data) &&
              offsetof(DLTensor, device) == offsetof(dlpack::tensor, device) &&
              offsetof(DLTensor, ndim) == offsetof(dlpack::tensor, ndim) &&
              offsetof(DLTensor, dtype) == offsetof(dlpack::tensor, dtype) &&
              offsetof(DLTensor, shape) == offsetof(dlpack::tensor, shape) &&
              offsetof(DLTensor, strides) == offsetof(dlpack::tensor, strides) &&
              offsetof(DLTensor, byte_offset) == offsetof(dlpack::tensor, byte_offset));
static_assert(kDLCPU == dlpack::cpu);
static_assert(kDLInt == static_cast<int>(dlpack::type_code::signed_integer) &&
              kDLUInt == static_cast<int>(dlpack::type_code::unsigned_integer) &&
              kDLFloat == static_cast<int>(dlpack::type_code::real) &&
              kDLBfloat == static_cast<int>(dlpack::type_code::bfloat) &&
              kDLComplex == static_cast<int>(dlpack::type_code::complex));

// Where the installed header is DLPack 1.x it has the versioned structure too, and this is it.
#ifdef DLPACK_FLAG_BITMASK_READ_ONLY
static_assert(dlpack::versioned<DLManagedTensorVersioned>);
static_assert(sizeof(DLManagedTensorVersioned) == sizeof(dlpack::managed_tensor_versioned) &&
              offsetof(DLManagedTensorVersioned, flags) == offsetof(dlpack::managed_tensor_versioned, flags) &&
              offsetof(DLManagedTensorVersioned, dl_tensor) == offsetof(dlpack::managed_tensor_versioned, dl_tensor));
static_assert(DLPACK_FLAG_BITMASK_READ_ONLY == dlpack::flag_read_only);
static_assert(kDLBool == static_cast<int>(dlpack::type_code::boolean));
#endif

BOOST_AUTO_TEST_CASE(code_written_for_dlpacks_own_header_reads_our_tensor)
{
    std::array<quote, 3> quotes{{{1.5, {}, 0}, {2.5, {}, 0}, {3.5, {}, 0}}};
    auto* const theirs = to_legacy_dlpack<DLManagedTensor>(samepage::view_of(quotes).field("bid")).release();
    const DLTensor& tensor = theirs->dl_tensor;
    BOOST_TEST((tensor.device.device_type == kDLCPU));
    BOOST_TEST_REQUIRE(tensor.ndim == 1);
    BOOST_TEST((tensor.dtype.code == kDLFloat && tensor.dtype.bits == 64 && tensor.dtype.lanes == 1));
    double sum = 0;
    for (std::int64_t i = 0; i < tensor.shape[0]; ++i) {
        sum += static_cast<const double*>(tensor.data)[i * tensor.strides[0]];
    }
    BOOST_TEST(sum == 7.5);
    theirs->deleter(theirs);
}

BOOST_AUTO_TEST_CASE(a_tensor_made_by_dlpacks_own_header_is_a_view)
{
    std::array<std::int16_t, 4> data{1, 2, 3, 4};
    std::int64_t shape = 4;
    bool deleted = false;
    DLManagedTensor theirs{};
    theirs.dl_tensor = {data.data(), {kDLCPU, 0}, 1, {kDLInt, 16, 1}, &shape, nullptr, 0};
    theirs.manager_ctx = &deleted;
    theirs.deleter = [](DLManagedTensor* self) { *static_cast<bool*>(self->manager_ctx) = true; };
    auto view = from_dlpack(dlpack::owner<DLManagedTensor>{&theirs});
    BOOST_TEST(view.at<int>(-1) == 4);
    view.release();
    BOOST_TEST(deleted);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
