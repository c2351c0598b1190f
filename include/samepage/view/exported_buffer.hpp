// SPDX-License-Identifier: BSL-1.0
// exported_buffer.hpp: what one consumer got of an exporter's bytes: only the facts that it asked for. Python's
// Py_buffer. Thread safety: as memory_view's.
#pragma once

#include <samepage/view/buffer_request.hpp>
#include <samepage/view/export_count.hpp>
#include <samepage/view/memory_view.hpp>

#include <cstddef>
#include <optional>

namespace samepage {

/// A view, exported under a request. Facts that were not asked for are not there, as those of Py_buffer are NULL, so
/// that code which cannot cope with strides never meets any: the request was refused instead. docs/views.md, "The
/// buffer protocol", has the rules. Lifetime: the bytes', which it keeps as the view does. While it lives, the view
/// that it was got from cannot be released.
class exported_buffer {
public:
    /// Throws buffer_error (errc::buffer_refused) if `of` cannot be had like that:
    /// - writable, of a view that is read-only;
    /// - c_contiguous, f_contiguous, any_contiguous, of one that is not;
    /// - without strides, of one that is not C contiguous;
    /// - without a shape but with a format, since bytes without a shape are bytes;
    /// and (errc::buffer_released) of a view that was released.
    exported_buffer(const memory_view& of, buffer_request request);

    exported_buffer(exported_buffer&& other) noexcept;
    exported_buffer& operator=(exported_buffer&& other) noexcept;
    ~exported_buffer() { release(); }

    [[nodiscard]] buffer_request request() const { return used().request_; }

    [[nodiscard]] const std::byte* data() const { return used().view_.data(); }
    /// Throws buffer_error if is_readonly(). A buffer that was not asked for as writable may be so all the same.
    [[nodiscard]] std::byte* writable_data() const { return used().view_.writable_data(); }
    [[nodiscard]] bool is_readonly() const { return used().view_.is_readonly(); }
    /// Of all items: what a contiguous copy needs.
    [[nodiscard]] std::size_t nbytes() const { return used().view_.nbytes(); }
    /// Of one item as its exporter has it, also where the format was not asked for and the bytes are just bytes.
    [[nodiscard]] std::size_t itemsize() const { return used().view_.itemsize(); }
    /// Null without buffer_request::format.
    [[nodiscard]] const item_format* format() const;
    /// 1 without buffer_request::nd.
    [[nodiscard]] std::size_t ndim() const;
    /// Nothing without buffer_request::nd, or buffer_request::strides. Lifetime: the buffer's.
    [[nodiscard]] std::optional<view::shape_span> shape() const;
    [[nodiscard]] std::optional<view::stride_span> strides() const;

    /// What the facts that are there say: without a shape, unsigned bytes; with a shape and no format, items of
    /// itemsize() bytes that mean nothing (`B`, or `4s`). Shares the lease, and is no export itself.
    [[nodiscard]] memory_view view() const;

    /// Ends the export: the buffer cannot be used any more. Idempotent.
    void release() noexcept;

private:
    [[nodiscard]] const exported_buffer& used() const
    {
        if (exports_ == nullptr) [[unlikely]] {
            memory_view::throw_released();
        }
        return *this;
    }

    memory_view view_;
    buffer_request request_;
    view::export_count::shared exports_; // of the view that it was got from; null once released
};

} // namespace samepage
