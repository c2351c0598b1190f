// SPDX-License-Identifier: BSL-1.0
// print_view.cpp: views as NumPy prints arrays.
#include "view/item_columns.hpp"

#include <samepage/view/memory_view.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace samepage {

namespace {

constexpr std::size_t most_items = 1000; ///< shown whole
constexpr std::size_t edge = 3;          ///< shown at each end of a dimension otherwise
constexpr std::size_t line_width = 75;

/// Source: NumPy 1.24, core/arrayprint.py, _formatArray and _extendLine.
class view_printer {
public:
    explicit view_printer(const memory_view& view) : view_{view}, is_summary_{view.item_count() > most_items}
    {
        std::vector<const std::byte*> shown;
        collect(0, view.data(), shown);
        columns_ = view::item_columns::of(view.format(), shown);
    }

    [[nodiscard]] std::string text() const { return row(0, view_.data(), " ", line_width); }

private:
    [[nodiscard]] bool is_cut(std::size_t dimension) const
    {
        return is_summary_ && view_.shape()[dimension] > 2 * edge;
    }

    /// Calls `each(item)` for the rows to show, `gap()` between the first and the last ones.
    template <class Each, class Gap>
    void visit(std::size_t dimension, const std::byte* at, Each each, Gap gap) const
    {
        const auto size = view_.shape()[dimension];
        const auto stride_bytes = view_.strides()[dimension];
        for (std::size_t i = 0; i < size; ++i) {
            if (is_cut(dimension) && i == edge) {
                gap();
                i = size - edge;
            }
            each(at + static_cast<std::ptrdiff_t>(i) * stride_bytes, i + 1 == size);
        }
    }

    void collect(std::size_t dimension, const std::byte* at, std::vector<const std::byte*>& shown) const
    {
        if (dimension == view_.ndim()) {
            shown.push_back(at);
            return;
        }
        visit(
            dimension, at, [&](const std::byte* part, bool) { collect(dimension + 1, part, shown); }, [] {});
    }

    [[nodiscard]] std::string row(std::size_t dimension, const std::byte* at, const std::string& indent,
                                  std::size_t width) const
    {
        const auto left = view_.ndim() - dimension;
        std::string lines;
        if (left == 1) {
            std::string line = indent;
            const auto put = [&](const std::string& word) {
                if (line.size() + word.size() > width - 1 && line.size() > indent.size()) {
                    lines += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
                    line = indent;
                }
                line += word;
            };
            visit(
                dimension, at,
                [&](const std::byte* item, bool is_last) {
                    put(columns_->text(item));
                    line += is_last ? "" : " ";
                },
                [&] {
                    put("...");
                    line += ' ';
                });
            lines += line;
        } else {
            const std::string between(left - 1, '\n');
            visit(
                dimension, at,
                [&](const std::byte* part, bool is_last) {
                    lines += indent + row(dimension + 1, part, indent + ' ', width - 1) + (is_last ? "" : between);
                },
                [&] { lines += indent + "..." + between; });
        }
        return '[' + lines.substr(indent.size()) + ']';
    }

    const memory_view& view_;
    bool is_summary_;
    std::unique_ptr<const view::item_columns> columns_;
};

} // namespace

std::ostream& operator<<(std::ostream& out, const memory_view& view)
{
    if (view.layout().empty()) {
        return out << "[]";
    }
    if (view.ndim() == 0) {
        print_value(out, view.format(), view.data());
        return out;
    }
    return out << view_printer{view}.text();
}

} // namespace samepage
