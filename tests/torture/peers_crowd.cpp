#include "torture/peer.hpp"
namespace torture {
void peers_in_a_crowd(const settings&, scenarios&) {}
} // namespace torture
