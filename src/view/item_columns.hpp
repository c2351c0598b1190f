// SPDX-License-Identifier: BSL-1.0
// item_columns.hpp: items as text of one width, so that rows of them are columns: NumPy's rules.
#pragma once

#include <samepage/view/item_format.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace samepage::view {

/// Writes the items of one format, after having looked at all of those that will be shown.
/// Source: NumPy 1.24, core/arrayprint.py: FloatingFormat, IntegerFormat, BoolFormat, ComplexFloatingFormat,
/// StructuredVoidFormat, SubArrayFormat.
class item_columns {
public:
    /// @param shown  every item that text() will be asked for.
    [[nodiscard]] static std::unique_ptr<const item_columns> of(const item_format& format,
                                                                std::span<const std::byte* const> shown);

    item_columns(const item_columns&) = delete;
    item_columns& operator=(const item_columns&) = delete;
    virtual ~item_columns() = default;

    [[nodiscard]] virtual std::string text(const std::byte* item) const = 0;

protected:
    item_columns() = default;
};

} // namespace samepage::view
