# SPDX-License-Identifier: BSL-1.0
# list_of_structs.capnp: first.capnp where the sizes became structs that begin with what they were.
@0xa9d1e1b3c0f7e511;

enum Side @0xb1f0c0c43f1a6e01 {
  bid @0;
  ask @1;
}

struct Level @0xb1f0c0c43f1a6e02 {
  price @0 :Float64;
  quantity @1 :UInt32;
}

struct Size @0xb1f0c0c43f1a6e06 {
  shares @0 :UInt32;
  venue @1 :UInt16;
}

struct Order @0xb1f0c0c43f1a6e03 {
  id @0 :UInt64;
  side @1 :Side;
  best @2 :Level;
  sizes @3 :List(Size);
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
