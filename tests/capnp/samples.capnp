# SPDX-License-Identifier: BSL-1.0
# samples.capnp: what the tests of messages build and read: a field of every kind.
@0xd2a7c1f05b3e9846;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("samples");

enum Side {
  unknown @0;
  bid @1;
  ask @2;
}

struct Level {
  price @0 :Float64;
  quantity @1 :UInt32;
}

struct Sample {
  flag @0 :Bool;
  tiny @1 :Int8;
  small @2 :UInt16;
  number @3 :Int32;
  sequence @4 :UInt64;
  ratio @5 :Float32;
  value @6 :Float64;
  side @7 :Side;

  text @8 :Text;
  blob @9 :Data;
  numbers @10 :List(UInt32);
  flags @11 :List(Bool);
  names @12 :List(Text);
  levels @13 :List(Level);
  table @14 :List(List(UInt16));

  best @15 :Level;
  inner @16 :Sample;

  payload :union {
    none @17 :Void;
    count @18 :UInt32;
    note @19 :Text;
    level @20 :Level;
  }

  origin :group {
    host @21 :Text;
    port @22 :UInt16;
  }

  answer @23 :Int32 = 42;
  unit @24 :Text = "EUR";
  limits @25 :List(UInt32) = [1, 2, 3];
  spread @26 :Level = (price = 0.25, quantity = 7);
}

# Another type, for a consumer that expects the wrong one.
struct Other {
  number @0 :Int64;

  struct Nested {
    text @0 :Text;
  }
}
