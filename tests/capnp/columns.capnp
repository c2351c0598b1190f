# SPDX-License-Identifier: BSL-1.0
# columns.capnp: lists of structs with a field of each sort that is a column and of each that is not.
@0x9c1f0f4b4a6f2d17;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("columns");

enum Colour {
  red @0;
  green @1;
}

struct Row {
  id @0 :UInt32;
  price @1 :Float64;
  flag @2 :Bool;
  rate @3 :Float32 = 0.5;
  minus @4 :Int32 = -1;
  colour @5 :Colour;
  shade @6 :Colour = green;
  text @7 :Text;
  where :group {
    x @8 :Int16;
    y @9 :Int16;
  }
  kind :union {
    none @10 :Void;
    count @11 :UInt32;
  }
  nothing @12 :Void;
  zero @13 :Float64 = -0.0;
  small @14 :Int8;
  large @15 :UInt64;
}

struct Table {
  rows @0 :List(Row);
}

# What a writer wrote before there was more in a row.
struct OldRow {
  id @0 :UInt32;
}

struct OldTable {
  rows @0 :List(OldRow);
}

# What a writer wrote before rows were structs.
struct Numbers {
  rows @0 :List(UInt32);
}

struct Lists {
  blob @0 :Data;
  bytes @1 :List(UInt8);
  signed @2 :List(Int16);
  reals @3 :List(Float64);
  colours @4 :List(Colour);
  bits @5 :List(Bool);
}
