# SPDX-License-Identifier: BSL-1.0
# quote.capnp: a small message, with one pointer to follow.
@0xa3c1e07f5d2b9846;

struct Quote {
  number @0 :UInt64;
  price @1 :Float64;
  quantity @2 :UInt32;
  symbol @3 :Text;
}
