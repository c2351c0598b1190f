// SPDX-License-Identifier: BSL-1.0
// item_columns.cpp: a column for each kind of item.
#include "view/item_columns.hpp"

#include "view/real_column.hpp"

#include <samepage/view/item_value.hpp>

#include <algorithm>
#include <complex>
#include <sstream>
#include <utility>

namespace samepage::view {

namespace {

using item_list = std::span<const std::byte* const>;

std::string printed(const item_format& format, const std::byte* item)
{
    std::ostringstream out;
    print_value(out, format, item);
    return out.str();
}

/// Integers and truth values: right-aligned.
class padded_column final : public item_columns {
public:
    padded_column(item_format format, item_list shown) : format_{std::move(format)}
    {
        for (const auto* const item : shown) {
            width_ = std::max(width_, printed(format_, item).size());
        }
        // NumPy leaves room for False, whatever there is.
        width_ = format_.kind() == item_kind::boolean ? 5 : width_;
    }

    [[nodiscard]] std::string text(const std::byte* item) const override
    {
        auto word = printed(format_, item);
        word.insert(0, width_ - std::min(width_, word.size()), ' ');
        return word;
    }

private:
    item_format format_;
    std::size_t width_ = 0;
};

/// Bytes and strings: as they are.
class plain_column final : public item_columns {
public:
    explicit plain_column(item_format format) : format_{std::move(format)} {}

    [[nodiscard]] std::string text(const std::byte* item) const override { return printed(format_, item); }

private:
    item_format format_;
};

shown_real shown(const item_format& format, const std::byte* item)
{
    const auto value = read_value(format, item);
    const auto* const wide = std::get_if<long double>(&value.variant());
    return {wide != nullptr ? *wide : static_cast<long double>(value.get<double>()), printed(format, item)};
}

std::vector<shown_real> all_shown(const item_format& format, item_list items, std::size_t offset_bytes)
{
    std::vector<shown_real> all;
    all.reserve(items.size());
    for (const auto* const item : items) {
        all.push_back(shown(format, item + offset_bytes));
    }
    return all;
}

class reals_column final : public item_columns {
public:
    reals_column(const item_format& format, item_list shown)
        : format_{format}, column_{all_shown(format, shown, 0), format.code(), false}
    {
    }

    [[nodiscard]] std::string text(const std::byte* item) const override { return column_.text(shown(format_, item)); }

private:
    item_format format_;
    real_column column_;
};

class complex_column final : public item_columns {
public:
    complex_column(const item_format& format, item_list shown)
        : part_{std::string{format.is_native_order() ? "^" : swapped_order} + format.code()}, // = has no g
          real_{all_shown(part_, shown, 0), format.code(), false},
          imaginary_{all_shown(part_, shown, part_.itemsize()), format.code(), true}
    {
    }

    [[nodiscard]] std::string text(const std::byte* item) const override
    {
        auto imaginary = imaginary_.text(shown(part_, item + part_.itemsize()));
        // The j stands before the blanks.
        imaginary.insert(imaginary.find_last_not_of(' ') + 1, 1, 'j');
        return real_.text(shown(part_, item)) + imaginary;
    }

private:
    static constexpr const char* swapped_order = std::endian::native == std::endian::little ? ">" : "<";

    item_format part_;
    real_column real_;
    real_column imaginary_;
};

/// Structures: each field a column of its own.
class fields_column final : public item_columns {
public:
    fields_column(const item_format& format, item_list shown)
    {
        std::vector<const std::byte*> fields(shown.begin(), shown.end());
        for (std::size_t i = 0; i < format.field_count(); ++i) {
            const auto field = format.field(i);
            std::transform(shown.begin(), shown.end(), fields.begin(),
                           [&](const std::byte* item) { return item + field.offset_bytes; });
            fields_.emplace_back(field.offset_bytes, of(field.format, fields));
        }
    }

    [[nodiscard]] std::string text(const std::byte* item) const override
    {
        std::string line = "(";
        for (const auto& [offset_bytes, column] : fields_) {
            line += (line.size() == 1 ? "" : ", ") + column->text(item + offset_bytes);
        }
        return line + (fields_.size() == 1 ? ",)" : ")");
    }

private:
    std::vector<std::pair<std::size_t, std::unique_ptr<const item_columns>>> fields_;
};

/// Sub-arrays: all elements in one column.
class elements_column final : public item_columns {
public:
    elements_column(const item_format& format, item_list shown) : format_{format}, element_{format.element()}
    {
        std::vector<const std::byte*> elements;
        for (const auto* const item : shown) {
            for (std::size_t at = 0; at < format_.itemsize(); at += std::max<std::size_t>(element_.itemsize(), 1)) {
                elements.push_back(item + at);
            }
        }
        column_ = of(element_, elements);
    }

    [[nodiscard]] std::string text(const std::byte* item) const override { return row(0, format_.itemsize(), item); }

private:
    [[nodiscard]] std::string row(std::size_t dimension, std::size_t bytes, const std::byte* at) const
    {
        if (dimension == format_.shape().size()) {
            return column_->text(at);
        }
        // Without an element no byte bounds the other dimensions.
        const auto extent = format_.itemsize() == 0 ? 0 : format_.shape()[dimension];
        std::string line = "[";
        for (std::size_t i = 0; i < extent; ++i) {
            line += (i == 0 ? "" : ", ") + row(dimension + 1, bytes / extent, at + i * (bytes / extent));
        }
        return line + ']';
    }

    item_format format_;
    item_format element_;
    std::unique_ptr<const item_columns> column_;
};

} // namespace

std::unique_ptr<const item_columns> item_columns::of(const item_format& format, item_list shown)
{
    switch (format.kind()) {
    case item_kind::boolean:
    case item_kind::signed_integer:
    case item_kind::unsigned_integer:
    case item_kind::pointer: return std::make_unique<padded_column>(format, shown);
    case item_kind::real: return std::make_unique<reals_column>(format, shown);
    case item_kind::complex: return std::make_unique<complex_column>(format, shown);
    case item_kind::structure: return std::make_unique<fields_column>(format, shown);
    case item_kind::sub_array: return std::make_unique<elements_column>(format, shown);
    default: return std::make_unique<plain_column>(format);
    }
}

} // namespace samepage::view
