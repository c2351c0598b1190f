#include "torture/peer.hpp"
namespace torture {
void peers_of_other_users(const settings&, scenarios&) {}
} // namespace torture
