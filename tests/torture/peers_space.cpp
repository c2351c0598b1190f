#include "torture/peer.hpp"
namespace torture {
void peers_without_room(const settings&, scenarios&) {}
} // namespace torture
