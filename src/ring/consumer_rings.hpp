// SPDX-License-Identifier: BSL-1.0
// consumer_rings.hpp: the rings that a consumer looks at: each lane's present one, and earlier ones it still holds of.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"
#include "memory/page_care.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace samepage::ring {

class consumer_rings final : public ring_source {
public:
    /// Sees to the pages of a ring that we go over to, as it is mapped. @throws error: then we do not.
    using care = std::function<void(const memory::page_range& ring)>;

    /// Maps the rings of some lanes, without reading them; those of others when one first looks at them.
    /// look_at() follows.
    /// @param at_once  by bits: those that are in use, at least.
    /// Lifetime: what is referred to stays where it is.
    /// @throws error corrupt, system
    consumer_rings(const memory::channel_place& place, const memory::file& data, const data_header& header,
                   const std::vector<const lane_words<hardware>*>& lanes, std::uint64_t at_once, care see_to);

    /// From here on the rings may be read, and their pages stay. @pre We hold our slot's lock.
    /// @param cell_of  cell_of(lane): our cell. Lifetime: this object's.
    /// @throws error corrupt, system
    void look_at(const std::function<cell_words<hardware>*(unsigned lane)>& cell_of);

    /// The present one. nullptr, ring_place::unknown: nobody looked at it yet.
    [[nodiscard]] const std::byte* bytes(unsigned lane) const noexcept { return lanes_[lane].present.data(); }
    [[nodiscard]] std::uint64_t ring(unsigned lane) const noexcept { return lanes_[lane].ring; }

    [[nodiscard]] mapped_ring map(unsigned lane, std::uint64_t ring) noexcept override;
    void forget_old(unsigned lane) noexcept override;

    /// We look at none any more: producers need not keep pages for us. @pre We hold our slot's lock.
    void leave() noexcept;

private:
    struct mapped {
        const lane_words<hardware>* words;
        std::uint64_t ring;
        memory::mirrored_mapping present;
        cell_words<hardware>* cell = nullptr; ///< ours
        std::vector<memory::mirrored_mapping> old{};
    };

    void require_possible(std::uint64_t ring) const;
    [[nodiscard]] memory::mirrored_mapping make(std::uint64_t ring) const;

    const memory::channel_place* place_;
    const memory::file* data_;
    const data_header* header_;
    care see_to_;
    std::vector<mapped> lanes_;
};

} // namespace samepage::ring
