# SPDX-License-Identifier: BSL-1.0
# checks.capnp: what a check of pointers can meet: every kind of pointer, unions that share one, generics, defaults,
# and types that grew.
@0xf3a1d06c2b7e5918;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("checks");

interface Service {
  ask @0 () -> ();
}

enum Colour {
  red @0;
  green @1;
}

struct Empty {}

struct Small {
  number @0 :UInt16;
  text @1 :Text;
}

# Members of unions, within groups of unions, that share pointers.
struct Node {
  label @0 :Text;
  kind :union {
    leaf @1 :Void;
    text @2 :Text;
    blob @3 :Data;
    child @4 :Node;
    children @5 :List(Node);
    numbers @6 :List(Int16);
    bits @7 :List(Bool);
    any @8 :AnyPointer;
    texts @9 :List(List(Text));
    pair :group {
      first @10 :Text;
      second :union {
        none @11 :Void;
        flags @12 :List(Bool);
        small @13 :Small;
      }
    }
  }
}

struct Box(T) {
  value @0 :T;
  again @1 :Box(T);
  both @2 :Pair(T, Text);

  struct Pair(A, B) {
    a @0 :A;
    b @1 :B;
  }
}

struct All {
  voids @0 :List(Void);
  bools @1 :List(Bool);
  bytes @2 :List(UInt8);
  shorts @3 :List(Int16);
  colours @4 :List(Colour);
  floats @5 :List(Float32);
  longs @6 :List(UInt64);
  text @7 :Text;
  data @8 :Data;
  texts @9 :List(Text);
  datas @10 :List(Data);
  smalls @11 :List(Small);
  empties @12 :List(Empty);
  empty @13 :Empty;
  deep @14 :List(List(List(Int32)));
  rows @15 :List(List(Small));
  node @16 :Node;
  nodes @17 :List(Node);
  any @18 :AnyPointer;
  anyStruct @19 :AnyStruct;
  anyList @20 :AnyList;
  service @21 :Service;
  services @22 :List(Service);
  textBox @23 :Box(Text);
  nodeBox @24 :Box(Node);
  listBox @25 :Box(List(Int32));
  anyBox @26 :Box;
  number @27 :UInt64;
  preset @28 :Node = (label = "preset", kind = (child = (kind = (children = [(label = "inner"), (kind = (text = "t"))]))));
  presets @29 :List(Small) = [(number = 1, text = "one"), (number = 2)];
  pages @30 :List(Data);
  endless @31 :Endless;
  old @32 :Old;
  new @33 :New;
}

# A default that contains itself.
struct Endless {
  text @0 :Text;
  more @1 :Endless = (text = "and so on");
}

# Two versions of a type: lists of numbers and of pointers that became lists of structs.
struct Old {
  numbers @0 :List(UInt32);
  names @1 :List(Text);
  wide @2 :List(UInt64);
  marks @3 :List(Void);
  points @4 :List(Point);

  struct Point {
    x @0 :Int16;
  }
}

struct New {
  numbers @0 :List(Number);
  names @1 :List(Name);
  wide @2 :List(Number);
  marks @3 :List(Name);
  points @4 :List(Point);
  extra @5 :List(New);

  struct Number {
    value @0 :UInt32;
    comment @1 :Text;
  }
  struct Name {
    name @0 :Text;
    other @1 :List(Text);
    length @2 :UInt8;
  }
  struct Point {
    x @0 :Int16;
    union {
      nothing @1 :Void;
      text @2 :Text;
      next @3 :Point;
    }
  }
}
