// SPDX-License-Identifier: BSL-1.0
// exported_buffer.cpp: what a request refuses, and what it leaves out.
#include <samepage/view/exported_buffer.hpp>

#include <array>
#include <string>
#include <utility>

namespace samepage {

namespace {

void refuse(buffer_request request, const char* expected, const memory_view& found, const char* remedy)
{
    throw buffer_error{errc::buffer_refused,
                       {.operation = "get_buffer, " + to_text(request),
                        .expected = expected,
                        .found = std::string{found.is_readonly() ? "read-only" : "writable"} + " items '" +
                                 found.format().text() + "', shape " + view::tuple_text(found.shape()) +
                                 " with strides " + view::tuple_text(found.strides()),
                        .remedy = remedy}};
}

/// Source: CPython 3.11, Objects/memoryobject.c, memory_getbuf().
void check(const memory_view& of, buffer_request request)
{
    if (asks_for(request, buffer_request::writable) && of.is_readonly()) {
        refuse(request, "writable bytes", of,
               "ask without writable (contig_ro, strided_ro, records_ro, full_ro), or copy them");
    }
    if (asks_for(request, buffer_request::c_contiguous) && !of.is_c_contiguous()) {
        refuse(request, "C contiguous items", of, "ask with strides, or copy them");
    }
    if (asks_for(request, buffer_request::f_contiguous) && !of.is_f_contiguous()) {
        refuse(request, "Fortran contiguous items", of, "ask with strides, or copy them");
    }
    if (asks_for(request, buffer_request::any_contiguous) && !of.is_contiguous()) {
        refuse(request, "contiguous items", of, "ask with strides, or copy them");
    }
    if (!asks_for(request, buffer_request::strides) && !of.is_c_contiguous()) {
        refuse(request, "C contiguous items, since no strides are asked for", of, "ask with strides, or copy them");
    }
    if (!asks_for(request, buffer_request::nd) && asks_for(request, buffer_request::format)) {
        refuse(request, "a shape asked for with the format: without one, items are bytes", of, "add nd or strides");
    }
}

} // namespace

std::string to_text(buffer_request request)
{
    struct named {
        buffer_request flags;
        const char* name;
    };
    static constexpr std::array whole{
        named{buffer_request::simple, "simple"},         named{buffer_request::contig, "contig"},
        named{buffer_request::contig_ro, "contig_ro"},   named{buffer_request::strided, "strided"},
        named{buffer_request::strided_ro, "strided_ro"}, named{buffer_request::records, "records"},
        named{buffer_request::records_ro, "records_ro"}, named{buffer_request::full, "full"},
        named{buffer_request::full_ro, "full_ro"},
    };
    static constexpr std::array parts{
        named{buffer_request::indirect, "indirect"},         named{buffer_request::any_contiguous, "any_contiguous"},
        named{buffer_request::f_contiguous, "f_contiguous"}, named{buffer_request::c_contiguous, "c_contiguous"},
        named{buffer_request::strides, "strides"},           named{buffer_request::nd, "nd"},
        named{buffer_request::writable, "writable"},         named{buffer_request::format, "format"},
    };
    for (const auto& one : whole) {
        if (one.flags == request) {
            return one.name;
        }
    }
    std::string text;
    auto left = static_cast<unsigned>(request);
    for (const auto& one : parts) {
        const auto flags = static_cast<unsigned>(one.flags);
        // The larger ones come first: what they stand for needs no name of its own.
        if (asks_for(request, one.flags) && (left & flags) != 0) {
            text += (text.empty() ? "" : " | ") + std::string{one.name};
            left &= ~flags;
        }
    }
    return text;
}

exported_buffer::exported_buffer(const memory_view& of, buffer_request request)
    : view_{of.used()}, request_{request}, exports_{of.exports_.get()}
{
    check(of, request);
    ++*exports_;
}

exported_buffer::exported_buffer(exported_buffer&& other) noexcept
    : view_{std::move(other.view_)}, request_{other.request_}, exports_{std::move(other.exports_)}
{
}

exported_buffer& exported_buffer::operator=(exported_buffer&& other) noexcept
{
    if (this != &other) {
        exported_buffer taken{std::move(other)}; // first: `other` may be what the lease that is released kept
        release();
        view_ = std::move(taken.view_);
        request_ = taken.request_;
        exports_ = std::move(taken.exports_);
    }
    return *this;
}

void exported_buffer::release() noexcept
{
    if (exports_ != nullptr) {
        --*exports_;
        exports_ = nullptr;
        view_ = memory_view{};
    }
}

const item_format* exported_buffer::format() const
{
    return asks_for(used().request_, buffer_request::format) ? &view_.format() : nullptr;
}

std::size_t exported_buffer::ndim() const
{
    return asks_for(used().request_, buffer_request::nd) ? view_.ndim() : 1;
}

std::optional<view::shape_span> exported_buffer::shape() const
{
    return asks_for(used().request_, buffer_request::nd) ? std::optional{view_.shape()} : std::nullopt;
}

std::optional<view::stride_span> exported_buffer::strides() const
{
    return asks_for(used().request_, buffer_request::strides) ? std::optional{view_.strides()} : std::nullopt;
}

memory_view exported_buffer::view() const
{
    const auto seen = [this](item_format format, geometry layout) {
        memory_view made{view_.data_, std::move(format), std::move(layout), view_.held_};
        made.is_readonly_ = view_.is_readonly_;
        return made;
    };
    if (!asks_for(used().request_, buffer_request::nd)) {
        return seen(item_format{}, geometry::c_order(1, {nbytes()}));
    }
    if (!asks_for(request_, buffer_request::format)) {
        return seen(itemsize() == 1 ? item_format{} : item_format{std::to_string(itemsize()) + 's'}, view_.layout());
    }
    return seen(view_.format(), view_.layout());
}

} // namespace samepage
