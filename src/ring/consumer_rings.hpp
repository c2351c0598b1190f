// SPDX-License-Identifier: BSL-1.0
// consumer_rings.hpp: the rings that a consumer looks at: each lane's present one, and earlier ones it still holds of.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <cstdint>
#include <vector>

namespace samepage::ring {

class consumer_rings final : public ring_source {
public:
    /// A lane as its consumer needs it here.
    struct lane_words_of {
        const lane_words<hardware>* words;
        cell_words<hardware>* cell; ///< ours
    };

    /// Maps the ring of each lane. @pre We hold our slot's lock.
    /// Lifetime: what is referred to stays where it is.
    /// @throws error corrupt, system
    consumer_rings(const memory::channel_place& place, const memory::file& data, const data_header& header,
                   const std::vector<lane_words_of>& lanes);

    /// The present one.
    [[nodiscard]] const std::byte* bytes(unsigned lane) const noexcept { return lanes_[lane].present.data(); }
    [[nodiscard]] std::uint64_t ring(unsigned lane) const noexcept { return lanes_[lane].ring; }

    [[nodiscard]] mapped_ring map(unsigned lane, std::uint64_t ring) noexcept override;
    void forget_old(unsigned lane) noexcept override;

    /// We look at none any more: producers need not keep pages for us. @pre We hold our slot's lock.
    void leave() noexcept;

private:
    struct mapped {
        lane_words_of of;
        std::uint64_t ring;
        memory::mirrored_mapping present;
        std::vector<memory::mirrored_mapping> old{};
    };

    [[nodiscard]] std::uint64_t choose(const lane_words_of& of) const;
    [[nodiscard]] memory::mirrored_mapping make(std::uint64_t ring) const;

    const memory::channel_place* place_;
    const memory::file* data_;
    const data_header* header_;
    std::vector<mapped> lanes_;
};

} // namespace samepage::ring
