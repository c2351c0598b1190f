// SPDX-License-Identifier: BSL-1.0
// format_fuzz.cpp: any text as a format, any bytes as its items: refused with a column, or read, spelled and written
// again.
#include "fuzz/input.hpp"

#include <samepage/view/item_format.hpp>
#include <samepage/view/item_value.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {

using samepage::item_format;
using samepage::item_kind;

void require(bool holds, const char* what, const std::string& text)
{
    if (!holds) {
        std::fprintf(stderr, "%s: '%s'\n", what, text.c_str());
        std::abort();
    }
}

std::optional<item_format> read_format(const std::string& text)
{
    try {
        return item_format{text};
    } catch (const samepage::format_error& fault) {
        require(fault.column() <= text.size() && !fault.expected().empty() && !fault.parts().found.empty() &&
                    !fault.parts().remedy.empty(),
                "a refusal that lacks something", text);
        return std::nullopt;
    }
}

/// Whatever lies inside lies within, one behind the other.
void walk(const item_format& format, const std::string& text)
{
    std::size_t end_bytes = 0;
    for (std::size_t i = 0; i < format.field_count(); ++i) {
        const auto field = format.field(i);
        require(field.offset_bytes >= end_bytes, "fields overlap", text);
        end_bytes = field.offset_bytes + field.format.itemsize();
        require(end_bytes <= format.itemsize(), "a field lies outside", text);
        walk(field.format, text);
    }
    if (format.kind() == item_kind::sub_array) {
        std::size_t bytes = format.element().itemsize();
        for (const auto extent : format.shape()) {
            bytes *= extent;
        }
        require(bytes == format.itemsize(), "the elements do not make the array", text);
        walk(format.element(), text);
    }
}

/// Not a number is not itself; nor need a number of the machine's own be one.
bool may_hold_nan(const item_format& format)
{
    if (format.kind() == item_kind::sub_array) {
        return may_hold_nan(format.element());
    }
    for (std::size_t i = 0; i < format.field_count(); ++i) {
        if (may_hold_nan(format.field(i).format)) {
            return true;
        }
    }
    return format.kind() == item_kind::real || format.kind() == item_kind::complex;
}

std::string printed(const item_format& format, const std::byte* item)
{
    std::ostringstream out;
    print_value(out, format, item);
    return out.str();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t count)
{
    fuzz::input from{data, count};
    std::string text(from.take<std::uint8_t>(), '\0');
    text.resize(std::min(text.size(), from.size()));
    from.take(text.data(), text.size());
    const auto format = read_format(text);
    if (!format) {
        return 0;
    }
    walk(*format, text);
    const auto spelled = format->text();
    const item_format again{spelled};
    require(again == *format, "text() is another format", text);
    require(again.text() == spelled, "text() of text() is another", text);
    if (format->itemsize() > 65536) {
        return 0;
    }
    std::vector<std::byte> item(format->itemsize());
    from.take(item.data(), item.size());
    const auto value = read_value(*format, item.data());
    const bool is_itself = items_equal(*format, item.data(), again, item.data());
    require(is_itself || may_hold_nan(*format), "an item is not equal to itself", text);
    require((value == value) == is_itself, "values and items do not agree", text);
    static_cast<void>(printed(*format, item.data()));
    std::vector<std::byte> written(item.size(), std::byte{0xaa});
    write_value(*format, written.data(), value);
    require(items_equal(*format, item.data(), *format, written.data()) == is_itself, "written is not what was read",
            text);
    require(printed(again, written.data()) == printed(*format, written.data()), "printed differs", text);
    return 0;
}
