// SPDX-License-Identifier: BSL-1.0
// peers.cpp: peers that are stopped, elsewhere, many, of another user, or without room.
#include "torture/parts.hpp"
#include "torture/peer.hpp"

namespace torture {

void peers(const settings& how, report& to)
{
    scenarios all{to};
    stopped_peers(how, all);
    peers_that_ring(how, all);
    peers_in_namespaces(how, all);
    peers_without_room(how, all);
    peers_in_a_crowd(how, all);
    peers_of_other_users(how, all);
    to.add({"peers: scenarios shown", "", static_cast<double>(all.shown())});
    to.add({"peers: scenarios skipped", "", static_cast<double>(all.skipped())});
}

} // namespace torture
