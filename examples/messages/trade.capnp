# SPDX-License-Identifier: BSL-1.0
# trade.capnp: what the producer builds and the consumer reads.
@0xb8f3a6d1c25e4907;

struct Fill {
  venue @0 :Text;
  quantity @1 :UInt32;
}

struct Trade {
  symbol @0 :Text;
  price @1 :Float64;
  fills @2 :List(Fill);
}
