// SPDX-License-Identifier: BSL-1.0
// row.cpp: from operations and seconds to figures, and from figures to ratios.
#include "row.hpp"

#include <cassert>

namespace bench {

std::string_view to_string(unit which)
{
    switch (which) {
    case unit::nanoseconds: return "ns";
    case unit::milliseconds: return "ms";
    case unit::million_records_second: return "M/s";
    case unit::gigabytes_second: return "GB/s";
    }
    return "?";
}

double figure(const row& of, std::uint64_t count, double seconds)
{
    const auto operations = static_cast<double>(count);
    switch (of.unit) {
    case unit::nanoseconds: return seconds / operations * 1e9;
    case unit::milliseconds: return seconds / operations * 1e3;
    case unit::million_records_second: return operations * static_cast<double>(of.records_each) / seconds * 1e-6;
    case unit::gigabytes_second: return operations * static_cast<double>(of.bytes_each) / seconds * 1e-9;
    }
    return 0;
}

namespace {

double bytes_a_second(const row& of, double rate)
{
    const double record_bytes = static_cast<double>(of.bytes_each) / static_cast<double>(of.records_each);
    return of.unit == unit::gigabytes_second ? rate * 1e9 : rate * 1e6 * record_bytes;
}

} // namespace

bool fewer_is_better(unit which)
{
    return which == unit::nanoseconds || which == unit::milliseconds;
}

bool is_limit(const row& which)
{
    return which.name.starts_with("limit/");
}

double ratio(const row& of, double ours, const row& limit, double limits)
{
    assert(fewer_is_better(of.unit) == fewer_is_better(limit.unit));
    return of.unit == limit.unit ? ours / limits : bytes_a_second(of, ours) / bytes_a_second(limit, limits);
}

bool meets_target(const row& of, double ratio)
{
    return fewer_is_better(of.unit) ? ratio <= *of.target : ratio >= *of.target;
}

} // namespace bench
