// SPDX-License-Identifier: BSL-1.0
// rate_rows.cpp: small records one way, each loaned and published alone.
#include "limits.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "sizes.hpp"
#include "small_records.hpp"

namespace bench {

void add_rate_rows(std::vector<row>& rows)
{
    rows.push_back(ring_8_limit());
    rows.push_back({.name = "rate/dense/8/single",
                    .unit = unit::million_records_second,
                    .bytes_each = 8,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / 8,
                    .a = make<sends<dense_source>>,
                    .b = make<receives<dense_sink>>,
                    .limit = "limit/ring/8",
                    .target = 1.2});
    rows.push_back(paced_ring_8_limit());
    rows.push_back(ring_64_limit());
    rows.push_back({.name = "rate/framed/64/single",
                    .unit = unit::million_records_second,
                    .bytes_each = framed_source::bytes,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / framed_source::bytes,
                    .a = make<sends<framed_source>>,
                    .b = make<receives<framed_sink>>,
                    .limit = "limit/ring/64",
                    .target = 0.9});
    rows.push_back(paced_ring_64_limit());
}

} // namespace bench
