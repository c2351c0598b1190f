// SPDX-License-Identifier: BSL-1.0
// format_differential_test.cpp: random formats and values, as Python's struct and NumPy read and write them.
// Usage: format_differential_test PYTHON format_cases.py [COUNT [SEED]]; with "-" for PYTHON, a file of cases.
#include "case_source.hpp"
#include "value_text.hpp"

#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using differential::fields;
using differential::piped_text;
using differential::split;
using samepage::item_format;
using samepage::item_value;

constexpr int skipped = 77; // ctest's SKIP_RETURN_CODE for this test

/// What differs; empty if nothing does.
using verdict = std::string;

verdict compare(const std::string& what, const std::string& found, const std::string& expected)
{
    return found == expected ? "" : what + ": found " + found.substr(0, 500) + ", expected " + expected.substr(0, 500);
}

/// Spelled canonically it is the same format, whose spelling is the same.
verdict spell_again(const item_format& format)
{
    const item_format again{format.text()};
    if (!(again == format)) {
        return "text() " + format.text() + " is another format: " + again.text();
    }
    return compare("text() of text()", again.text(), format.text());
}

verdict check_struct(const fields& parts)
{
    const item_format format{differential::text_of(parts[1])};
    if (auto fault = compare("itemsize", std::to_string(format.itemsize()), parts[2]); !fault.empty()) {
        return fault;
    }
    if (parts[3] != "-") {
        const auto bytes = differential::bytes_of(parts[3]);
        const auto value = read_value(format, bytes.data());
        if (auto fault = compare("values", differential::flat_text(value), parts[4]); !fault.empty()) {
            return fault;
        }
    }
    return spell_again(format);
}

verdict check_refused(const fields& parts)
{
    try {
        return "accepted, as " + item_format{differential::text_of(parts[1])}.text();
    } catch (const samepage::format_error&) {
        return {};
    }
}

verdict check_numpy(const fields& parts)
{
    const item_format format{differential::text_of(parts[1])};
    if (auto fault = compare("itemsize", std::to_string(format.itemsize()), parts[2]); !fault.empty()) {
        return fault;
    }
    if (auto fault = compare("layout", differential::layout_text(format), differential::text_of(parts[3]));
        !fault.empty()) {
        return fault;
    }
    const auto bytes = differential::bytes_of(parts[4]);
    const auto value = read_value(format, bytes.data());
    if (auto fault = compare("values", differential::nested_text(value), parts[5]); !fault.empty()) {
        return fault;
    }
    std::vector<std::byte> written(format.itemsize());
    write_value(format, written.data(), value);
    if (auto fault =
            compare("values written and read", differential::nested_text(read_value(format, written.data())), parts[5]);
        !fault.empty()) {
        return fault;
    }
    return spell_again(format);
}

verdict check_equal(const fields& parts)
{
    const item_format one{differential::text_of(parts[1])};
    const auto one_bytes = differential::bytes_of(parts[2]);
    const item_format other{differential::text_of(parts[3])};
    const auto other_bytes = differential::bytes_of(parts[4]);
    const bool expected = parts[5] == "1";
    const auto said = [](bool equal) { return std::string{equal ? "equal" : "unequal"}; };
    if (auto fault =
            compare("items", said(items_equal(one, one_bytes.data(), other, other_bytes.data())), said(expected));
        !fault.empty()) {
        return fault;
    }
    return compare("values", said(read_value(one, one_bytes.data()) == read_value(other, other_bytes.data())),
                   said(expected));
}

verdict check_pack(const fields& parts)
{
    const item_format format{differential::text_of(parts[1])};
    item_value::list values;
    if (parts[2] != "-") {
        for (const auto& text : split(parts[2], ' ')) {
            values.push_back(differential::value_of(text));
        }
    }
    std::vector<std::byte> bytes(format.itemsize(), std::byte{0xaa});
    const auto hexadecimal = [&] {
        return differential::hexadecimal({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    try {
        const bool is_lone = format.kind() != samepage::item_kind::structure;
        write_value(format, bytes.data(), is_lone ? values.at(0) : item_value{values});
    } catch (const samepage::value_error& fault) {
        if (bytes != std::vector<std::byte>(bytes.size(), std::byte{0xaa})) {
            return "written in part, then refused";
        }
        return compare("bytes", std::string{"refused"}, parts[3]);
    }
    return compare("bytes", hexadecimal(), parts[3]);
}

int check_all(std::istream& cases)
{
    static const std::map<std::string, std::pair<std::size_t, std::function<verdict(const fields&)>>> checks{
        {"struct", {5, check_struct}}, {"refused", {2, check_refused}}, {"numpy", {6, check_numpy}},
        {"equal", {6, check_equal}},   {"pack", {4, check_pack}},
    };
    std::map<std::string, std::size_t> counts;
    std::size_t faults = 0;
    for (std::string line; std::getline(cases, line);) {
        const auto parts = split(line, '\t');
        const auto check = parts.empty() ? checks.end() : checks.find(parts[0]);
        verdict fault = "no such case";
        if (check != checks.end() && parts.size() == check->second.first) {
            ++counts[parts[0]];
            try {
                fault = check->second.second(parts);
            } catch (const std::exception& thrown) {
                fault = thrown.what();
            }
        }
        if (!fault.empty() && ++faults <= 20) {
            std::cerr << parts[0] << " '" << (parts.size() > 1 ? differential::text_of(parts[1]) : "") << "': " << fault
                      << "\n  " << line.substr(0, 500) << '\n';
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
    if (count < 3) {
        std::cerr << "usage: " << arguments[0] << " PYTHON format_cases.py [COUNT [SEED]]\n";
        return 2;
    }
    const std::string python = arguments[1];
    const std::string script = arguments[2];
    if (python == "-") {
        std::ifstream file{script};
        return check_all(file);
    }
    if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) != 0) {
        std::cout << "skipped: no " << python << " with numpy\n";
        return skipped;
    }
    const std::string cases = count > 3 ? arguments[3] : "125000";
    const std::string seed = count > 4 ? arguments[4] : std::to_string(std::random_device{}());
    std::cout << "seed " << seed << ", again: " << arguments[0] << ' ' << python << ' ' << script << ' ' << cases << ' '
              << seed << std::endl;
    piped_text pipe{python + " '" + script + "' --seed " + seed + " --count " + cases};
    std::istream from{&pipe};
    const int result = check_all(from);
    if (const int status = pipe.close(); status != 0) {
        std::cerr << script << " failed with status " << status << '\n';
        return 1;
    }
    return result;
}
