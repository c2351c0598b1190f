# SPDX-License-Identifier: BSL-1.0
# parameter_added.capnp: first.capnp where Level became generic.
@0xa9d1e1b3c0f7e511;

enum Side @0xb1f0c0c43f1a6e01 {
  bid @0;
  ask @1;
}

struct Level @0xb1f0c0c43f1a6e02 (Extra) {
  price @0 :Float64;
  quantity @1 :UInt32;
}

struct Order @0xb1f0c0c43f1a6e03 {
  id @0 :UInt64;
  side @1 :Side;
  best @2 :Level;
  sizes @3 :List(UInt32);
  note @4 :Text;
  count @5 :Int32 = 7;
  levels @6 :List(Level);
}

struct Box @0xb1f0c0c43f1a6e04 (T) {
  value @0 :T;
}

struct Boxes @0xb1f0c0c43f1a6e05 {
  texts @0 :Box(Text);
  levels @1 :Box(Level);
  orders @2 :Box(List(Order));
  boxes @3 :Box(Box(Level));
}
