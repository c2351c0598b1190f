// SPDX-License-Identifier: BSL-1.0
// small_records.hpp: the sides of rate/dense/8/single and rate/framed/64/single, for the rows held against these.
#pragma once

#include "row.hpp"

#include <cstddef>
#include <memory>

namespace bench {

class site;

inline constexpr std::size_t framed_record_bytes = 64;

// Each record is loaned and published alone; the channel is the site's "records". One place compiles them, so that all
// rows run the same instructions.
[[nodiscard]] std::unique_ptr<side> dense_source_side(site&);
[[nodiscard]] std::unique_ptr<side> dense_sink_side(site&);
[[nodiscard]] std::unique_ptr<side> framed_source_side(site&);
[[nodiscard]] std::unique_ptr<side> framed_sink_side(site&);

} // namespace bench
