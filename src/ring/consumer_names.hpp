// SPDX-License-Identifier: BSL-1.0
// consumer_names.hpp: which consumer slot is whose, as the control file says.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace samepage::ring {

/// @throws error invalid_name
void require_consumer_name(const memory::channel_place& place, std::string_view name);

/// The slot that is kept for `name`. @pre We hold the naming lock.
[[nodiscard]] std::optional<unsigned> slot_of(const control_words<hardware>& control, unsigned slots,
                                              std::string_view name) noexcept;

/// Writes the name, for keep_slot(). @pre We hold the naming lock and the slot's, which has no name yet.
void name_slot(control_words<hardware>& control, unsigned slot, std::string_view name, group_kind kind) noexcept;

/// The slot is a name's no more, and binds nobody. @pre We hold the naming lock and the slot's.
void forget_name(control_words<hardware>& control, unsigned slot) noexcept;

/// What a page says that is none of them counts as none.
[[nodiscard]] group_kind kind_of(const control_words<hardware>& control, unsigned slot) noexcept;

/// What the page says, whatever that is: up to most_name_bytes.
[[nodiscard]] std::string name_of(const control_words<hardware>& control, unsigned slot);

} // namespace samepage::ring
