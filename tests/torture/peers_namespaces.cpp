#include "torture/peer.hpp"
namespace torture {
void peers_in_namespaces(const settings&, scenarios&) {}
} // namespace torture
