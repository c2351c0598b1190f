# SPDX-License-Identifier: BSL-1.0
# everything.capnp: every kind of field there is, but for interfaces, which no message in pages can hold.
@0xb8e23a907c51d4f6;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("everything");

enum Colour {
  red @0;
  green @1;
  blue @2;
}

struct Empty {}

struct DataOnly {
  a @0 :Int8;
  b @1 :UInt64;
  c @2 :Bool;
  d @3 :Float32;
  e @4 :UInt16;
}

struct PointersOnly {
  left @0 :PointersOnly;
  text @1 :Text;
  right @2 :PointersOnly;
  all @3 :List(PointersOnly);
}

struct Pair(A, B) {
  a @0 :A;
  b @1 :B;
  swapped @2 :Pair(B, A);
}

struct Tree(T) {
  value @0 :T;
  children @1 :List(Tree(T));
  named @2 :Named;

  struct Named {
    name @0 :Text;
    value @1 :T;
  }
}

# Members of unions that share pointers and data, within groups of unions.
struct Node {
  label @0 :Text;
  weight @1 :Int32;
  kind :union {
    leaf @2 :Void;
    number @3 :Int64;
    text @4 :Text;
    blob @5 :Data;
    child @6 :Node;
    children @7 :List(Node);
    numbers @8 :List(Int16);
    bits @9 :List(Bool);
    any @10 :AnyPointer;
    texts @11 :List(List(Text));
    pair :group {
      first @12 :Text;
      second :union {
        none @13 :Void;
        flags @14 :List(Bool);
        ratio @15 :Float64;
        small @16 :DataOnly;
      }
      third @17 :List(UInt32);
    }
  }
  union {
    nothing @18 :Void;
    colour @19 :Colour;
    link @20 :PointersOnly;
  }
}

struct Everything {
  seed @0 :UInt64;

  void @1 :Void;
  bool @2 :Bool;
  int8 @3 :Int8;
  int16 @4 :Int16;
  int32 @5 :Int32;
  int64 @6 :Int64;
  uint8 @7 :UInt8;
  uint16 @8 :UInt16;
  uint32 @9 :UInt32;
  uint64 @10 :UInt64;
  float32 @11 :Float32;
  float64 @12 :Float64;
  colour @13 :Colour;
  text @14 :Text;
  data @15 :Data;

  voids @16 :List(Void);
  bools @17 :List(Bool);
  int8s @18 :List(Int8);
  int16s @19 :List(Int16);
  int32s @20 :List(Int32);
  int64s @21 :List(Int64);
  uint8s @22 :List(UInt8);
  uint16s @23 :List(UInt16);
  uint32s @24 :List(UInt32);
  uint64s @25 :List(UInt64);
  float32s @26 :List(Float32);
  float64s @27 :List(Float64);
  colours @28 :List(Colour);
  texts @29 :List(Text);
  datas @30 :List(Data);

  empty @31 :Empty;
  dataOnly @32 :DataOnly;
  pointersOnly @33 :PointersOnly;
  node @34 :Node;
  self @35 :Everything;
  empties @36 :List(Empty);
  dataOnlies @37 :List(DataOnly);
  pointersOnlies @38 :List(PointersOnly);
  nodes @39 :List(Node);
  selves @40 :List(Everything);

  manyVoids @41 :List(List(Void));
  manyBools @42 :List(List(List(Bool)));
  manyInts @43 :List(List(Int16));
  manyColours @44 :List(List(Colour));
  manyTexts @45 :List(List(Text));
  manyDatas @46 :List(List(List(Data)));
  manyNodes @47 :List(List(Node));
  manyEmpties @48 :List(List(Empty));

  any @49 :AnyPointer;
  anyStruct @50 :AnyStruct;
  anyList @51 :AnyList;

  textTree @52 :Tree(Text);
  nodeTree @53 :Tree(Node);
  listTree @54 :Tree(List(Float64));
  anyTree @55 :Tree;
  pair @56 :Pair(Data, List(Text));
  pairs @57 :List(Pair(DataOnly, Pair(Text, List(List(Int8)))));

  coordinates :group {
    x @58 :Float32;
    y @59 :Float32;
    name @60 :Text;
    picture @61 :Data;
    inner :group {
      z @62 :Float32;
      samples @63 :List(UInt32);
      node @64 :Node;
    }
  }

  presetBool @65 :Bool = true;
  presetInt @66 :Int16 = -77;
  presetUint @67 :UInt64 = 0xffffffffffffffff;
  presetFloat @68 :Float64 = -2.5;
  presetColour @69 :Colour = blue;
  presetText @70 :Text = "a text that is there already";
  presetData @71 :Data = 0x"00 01 02 fe ff";
  presetNumbers @72 :List(UInt16) = [1, 2, 3, 65535];
  presetBools @73 :List(Bool) = [true, false, true];
  presetTexts @74 :List(Text) = ["one", "", "three"];
  presetNode @75 :Node = (label = "preset", kind = (children = [(label = "inner"), (kind = (text = "t"), colour = green)]));
  presetNodes @76 :List(Node) = [(weight = 1), (label = "two", link = (text = "linked"))];
  presetLists @77 :List(List(Int32)) = [[1, -1], [], [2147483647]];

  filler @78 :List(Text);

  union {
    none @79 :Void;
    flag @80 :Bool;
    long @81 :UInt64;
    word @82 :Text;
    whole @83 :Everything;
    row @84 :List(DataOnly);
    anything @85 :AnyPointer;
    range :group {
      from @86 :Int32;
      to @87 :Int32;
      names @88 :List(Text);
    }
  }
}
