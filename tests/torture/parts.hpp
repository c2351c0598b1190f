// SPDX-License-Identifier: BSL-1.0
// parts.hpp: the parts of the torture run; main.cpp has the table.
#pragma once

#include "torture/part.hpp"

namespace torture {

/// The protocol's code through every order and stale read, and mutants of it: the checker of tests/model.
void model(const settings& how, report& to);
/// Death at every instruction of every operation, and the sweep of two.
void step(const settings& how, report& to);
/// Producers and consumers killed, stopped and started at random.
void storm(const settings& how, report& to);
/// Damaged headers, lanes and control words: no crash, no hang, an error that names what is wrong.
void corrupt(const settings& how, report& to);
/// Peers that are stopped, in other namespaces, without room, many, or of another user.
void peers(const settings& how, report& to);

/// A pool of workers that share the records, one of them killed every 100 ms.
void pool(const settings& how, report& to);
/// A channel on disk all of whose processes are killed, again and again.
void restarts(const settings& how, report& to);
/// Names, a group and rings that change, in a storm; and channels that are removed and made anew under everybody.
void lives(const settings& how, report& to);

} // namespace torture
