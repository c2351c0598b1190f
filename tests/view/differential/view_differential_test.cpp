// SPDX-License-Identifier: BSL-1.0
// view_differential_test.cpp: random views and chains of operations, as CPython's memoryview and NumPy do them.
// Usage: view_differential_test PYTHON view_cases.py SEED KIND=COUNT…, SEED "-" for any; or - FILE of cases.
#include "case_source.hpp"
#include "value_text.hpp"

#include <samepage/view/get_buffer.hpp>
#include <samepage/view/memory_view.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

using differential::fields;
using differential::split;
using samepage::buffer_request;
using samepage::item_format;
using samepage::item_order;
using samepage::memory_view;
using samepage::selector;

constexpr int skipped = 77; // ctest's SKIP_RETURN_CODE for this test

// ---- texts of the cases ----

std::vector<std::ptrdiff_t> numbers_of(const std::string& text)
{
    std::vector<std::ptrdiff_t> numbers;
    if (text != "-") {
        for (const auto& each : split(text, ',')) {
            numbers.push_back(std::stoll(each));
        }
    }
    return numbers;
}

std::vector<std::size_t> sizes_of(const std::string& text)
{
    const auto numbers = numbers_of(text);
    return {numbers.begin(), numbers.end()};
}

samepage::slice slice_of(const std::string& text)
{
    samepage::slice part;
    std::optional<std::ptrdiff_t>* const ends[]{&part.start, &part.stop, &part.step};
    std::size_t at = 0;
    for (const auto& each : split(text.substr(1), ':')) {
        if (!each.empty()) {
            *ends[at] = std::stoll(each);
        }
        ++at;
    }
    return part;
}

std::vector<selector> parts_of(const std::string& text)
{
    std::vector<selector> parts;
    if (text == "-") {
        return parts;
    }
    for (const auto& each : split(text, ',')) {
        switch (each[0]) {
        case 'i': parts.emplace_back(std::stoll(each.substr(1))); break;
        case 's': parts.emplace_back(slice_of(each)); break;
        case 'a': parts.emplace_back(samepage::all); break;
        case 'e': parts.emplace_back(samepage::ellipsis); break;
        default: parts.emplace_back(samepage::new_axis);
        }
    }
    return parts;
}

template <class Numbers>
std::string listed(const Numbers& numbers)
{
    std::string text;
    for (const auto number : numbers) {
        text += (text.empty() ? "" : ",") + std::to_string(number);
    }
    return text.empty() ? "-" : text;
}

std::string checked(std::span<const std::byte> bytes)
{
    std::uint32_t sum = ~0U; // CRC-32
    for (const auto byte : bytes) {
        sum ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            sum = (sum >> 1U) ^ (0xedb88320U & (0U - (sum & 1U)));
        }
    }
    char text[32];
    std::snprintf(text, sizeof text, "%zu:%08x", bytes.size(), ~sum);
    return text;
}

std::string strides_of(const memory_view& view)
{
    std::vector<std::ptrdiff_t> strides{view.strides().begin(), view.strides().end()};
    for (std::size_t i = 0; i < strides.size(); ++i) {
        strides[i] = view.shape()[i] <= 1 || view.layout().empty() ? 0 : strides[i];
    }
    return listed(strides);
}

std::string contiguous(const memory_view& view)
{
    const auto text = std::string{view.is_c_contiguous() ? "c" : ""} + (view.is_f_contiguous() ? "f" : "");
    return text.empty() ? "-" : text;
}

std::string all_bytes(const memory_view& view)
{
    return checked(view.to_bytes(item_order::c)) + ' ' + checked(view.to_bytes(item_order::f)) + ' ' +
           checked(view.to_bytes(item_order::any));
}

// ---- the cases ----

/// What differs; empty if nothing does.
using verdict = std::string;

verdict compare(const std::string& what, const std::string& found, const std::string& expected)
{
    return found == expected ? "" : what + ": found " + found + ", expected " + expected;
}

/// The bytes that views are of.
class pool {
public:
    explicit pool(std::vector<std::byte> bytes = {}) : bytes_{std::move(bytes)}, memory_{::operator new(size(), line)}
    {
        restore();
    }

    [[nodiscard]] std::span<std::byte> memory() const
    {
        return {static_cast<std::byte*>(memory_.get()), bytes_.size()};
    }
    void restore() const { std::ranges::copy(bytes_, static_cast<std::byte*>(memory_.get())); }

private:
    static constexpr std::align_val_t line{64};
    struct remove {
        void operator()(void* memory) const { ::operator delete(memory, line); }
    };

    [[nodiscard]] std::size_t size() const { return bytes_.empty() ? 1 : bytes_.size(); }

    std::vector<std::byte> bytes_;
    std::unique_ptr<void, remove> memory_;
};

memory_view view_of_pool(const pool& from, const fields& parts, bool is_readonly = false)
{
    const auto shape = sizes_of(parts[2]);
    const auto strides = numbers_of(parts[3]);
    const item_format format{parts[1]};
    if (is_readonly) {
        return memory_view::within(std::span<const std::byte>{from.memory()}, format, shape, strides,
                                   std::stoll(parts[4]));
    }
    return memory_view::within(from.memory(), format, shape, strides, std::stoll(parts[4]));
}

std::string chain_state(const pool& from, const memory_view& view)
{
    return listed(view.shape()) + ' ' + strides_of(view) + ' ' +
           (view.layout().empty() ? "0" : std::to_string(view.data() - from.memory().data())) + ' ' + contiguous(view);
}

memory_view chain_step(const memory_view& view, const std::string& name, const std::string& arguments)
{
    if (name == "select") {
        return view.select(parts_of(arguments));
    }
    if (name == "transpose") {
        return arguments == "-" ? view.transpose() : view.transpose(numbers_of(arguments));
    }
    if (name == "reshape") {
        return view.reshape(numbers_of(arguments));
    }
    if (name == "broadcast") {
        return view.broadcast_to(sizes_of(arguments));
    }
    if (name == "field") {
        return view.field(arguments).subdivide();
    }
    throw std::runtime_error{"no operation " + name};
}

verdict check_chain(const pool& from, const fields& parts)
{
    auto view = view_of_pool(from, parts);
    for (std::size_t i = 5; i + 2 < parts.size(); i += 3) {
        const auto& name = parts[i];
        std::string found;
        if (name == "bytes") {
            found = all_bytes(view);
        } else {
            try {
                view = name == "state" ? view : chain_step(view, name, parts[i + 1]);
                found = chain_state(from, view);
            } catch (const std::out_of_range&) {
                found = "!index";
            } catch (const samepage::geometry_error&) {
                found = "!shape";
            }
        }
        if (auto fault = compare(name + ' ' + parts[i + 1], found, parts[i + 2]); !fault.empty()) {
            return fault;
        }
    }
    return {};
}

std::string cast_state(const memory_view& view, const std::string& expected)
{
    // Formats by what they mean: l and q are one.
    const auto format = expected.substr(0, expected.find(' '));
    return (item_format{format} == view.format() ? format : view.format().text()) + ' ' + listed(view.shape()) + ' ' +
           strides_of(view) + ' ' + contiguous(view) + ' ' + (view.is_readonly() ? "1" : "0");
}

/// Changes the view, if it is not refused.
std::string cast_step(memory_view& view, const std::string& name, const std::string& arguments,
                      const std::string& expected)
{
    if (name == "cast") {
        const auto words = split(arguments, ' ');
        const item_format format{words[0]};
        view = words[1] == "none" ? view.cast(format) : view.cast(format, sizes_of(words[1]));
        return cast_state(view, expected);
    }
    if (name == "slice") {
        view = view(slice_of(arguments));
        return cast_state(view, expected);
    }
    if (name == "readonly") {
        view = view.as_const();
        return cast_state(view, expected);
    }
    if (name == "hash") {
        const auto bytes = view.to_bytes();
        const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        return view.hash() == std::hash<std::string_view>{}(text) ? checked(bytes) : "another hash than its bytes";
    }
    if (name == "hex") {
        const auto words = split(arguments, ' ');
        const auto text = view.hex(static_cast<char>(std::stoi(words[0])), std::stoi(words[1]));
        return text.empty() ? "-" : text;
    }
    return all_bytes(view);
}

verdict check_cast(const pool& from, const fields& parts)
{
    const auto memory = from.memory().subspan(std::stoul(parts[2]), std::stoul(parts[3]));
    auto view = parts[1] == "1" ? memory_view{std::span<const std::byte>{memory}} : memory_view{memory};
    for (std::size_t i = 4; i + 2 < parts.size(); i += 3) {
        std::string found;
        try {
            found = cast_step(view, parts[i], parts[i + 1], parts[i + 2]);
        } catch (const samepage::buffer_error&) {
            found = "!refused";
        }
        if (auto fault = compare(parts[i] + ' ' + parts[i + 1], found, parts[i + 2]); !fault.empty()) {
            return fault;
        }
    }
    return {};
}

verdict check_request(const pool& from, const fields& parts)
{
    const auto view = view_of_pool(from, parts, parts[5] == "1");
    const auto request = static_cast<buffer_request>(std::stoul(parts[6]));
    std::string found;
    try {
        const auto got = samepage::get_buffer(view, request);
        const auto shape = got.shape();
        if (got.strides().has_value() != asks_for(request, buffer_request::strides)) {
            return "strides, or none";
        }
        found = std::to_string(got.nbytes()) + ' ' + std::to_string(got.itemsize()) + ' ' + std::to_string(got.ndim()) +
                ' ' + (shape.has_value() ? listed(*shape) : "none") + ' ' + (got.format() != nullptr ? "f" : "-") +
                ' ' + (got.is_readonly() ? "1" : "0") + ' ' + checked(got.view().to_bytes());
    } catch (const samepage::buffer_error&) {
        found = "!refused";
    }
    return compare("request " + to_text(request), found, parts[7]);
}

verdict check_equal(const pool&, const fields& parts)
{
    const auto one_bytes = differential::bytes_of(parts[5]);
    const auto other_bytes = differential::bytes_of(parts[10]);
    const auto one = memory_view::within(std::span{one_bytes}, item_format{parts[1]}, sizes_of(parts[2]),
                                         numbers_of(parts[3]), std::stoll(parts[4]));
    const auto other = memory_view::within(std::span{other_bytes}, item_format{parts[6]}, sizes_of(parts[7]),
                                           numbers_of(parts[8]), std::stoll(parts[9]));
    if ((one == other) != (other == one)) {
        return "equal one way only";
    }
    return compare("equal", one == other ? "1" : "0", parts[11]);
}

verdict check_assign(const pool& from, const fields& parts)
{
    const memory_view bytes{from.memory().subspan(std::stoul(parts[1]), std::stoul(parts[2]))};
    std::string found;
    try {
        bytes.cast(parts[3])(slice_of(parts[4])).copy_from(bytes.cast(parts[5])(slice_of(parts[6])));
        found = checked(from.memory());
    } catch (const samepage::buffer_error&) {
        found = "!refused";
    }
    from.restore();
    return compare("assign", found, parts[7]);
}

verdict check_print(const pool& from, const fields& parts)
{
    std::ostringstream out;
    out << view_of_pool(from, parts);
    return compare("print", out.str(), differential::text_of(parts[5]));
}

int check_all(std::istream& cases)
{
    using case_check = std::function<verdict(const pool&, const fields&)>;
    static const std::map<std::string, std::pair<std::size_t, case_check>> checks{
        {"chain", {8, check_chain}},  {"cast", {7, check_cast}},     {"request", {8, check_request}},
        {"equal", {12, check_equal}}, {"assign", {8, check_assign}}, {"print", {6, check_print}},
    };
    pool from;
    std::map<std::string, std::size_t> counts;
    std::size_t faults = 0;
    for (std::string line; std::getline(cases, line);) {
        const auto parts = split(line, '\t');
        if (parts[0] == "pool") {
            from = pool{differential::bytes_of(parts.at(1))};
            continue;
        }
        verdict fault = "no such case";
        if (const auto check = checks.find(parts[0]); check != checks.end() && parts.size() >= check->second.first) {
            ++counts[parts[0]];
            try {
                fault = check->second.second(from, parts);
            } catch (const std::exception& thrown) {
                fault = thrown.what();
            }
        }
        if (!fault.empty() && ++faults <= 20) {
            std::cerr << fault << "\n  " << line << '\n';
        }
    }
    std::size_t sum = 0;
    for (const auto& [kind, count] : counts) {
        std::cout << kind << ' ' << count << ", ";
        sum += count;
    }
    std::cout << sum << " in all, " << faults << " faults\n";
    return faults == 0 && sum != 0 ? 0 : 1;
}

} // namespace

int main(int count, char** arguments)
{
    const std::vector<std::string> words(arguments, arguments + count);
    if (count == 3 && words[1] == "-") {
        std::ifstream file{words[2]};
        return check_all(file);
    }
    if (count < 5) {
        std::cerr << "usage: " << words[0] << " PYTHON view_cases.py SEED KIND=COUNT... | - FILE\n";
        return 2;
    }
    if (std::system((words[1] + " -c 'import numpy, _testbuffer' 2>/dev/null").c_str()) != 0) {
        std::cout << "skipped: no " << words[1] << " with numpy and _testbuffer\n";
        return skipped;
    }
    const auto seed = words[3] == "-" ? std::to_string(std::random_device{}()) : words[3];
    std::string kinds;
    for (std::size_t i = 4; i < words.size(); ++i) {
        kinds += ' ' + words[i];
    }
    std::cout << "seed " << seed << ", again: " << words[0] << ' ' << words[1] << ' ' << words[2] << ' ' << seed
              << kinds << std::endl;
    differential::piped_text pipe{words[1] + " '" + words[2] + "' --seed " + seed + kinds};
    std::istream from{&pipe};
    const int result = check_all(from);
    if (const int status = pipe.close(); status != 0) {
        std::cerr << words[2] << " failed with status " << status << '\n';
        return 1;
    }
    return result;
}
