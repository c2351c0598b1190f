# SPDX-License-Identifier: BSL-1.0
# defaults.capnp: values of every kind in a schema.
@0xa9d1e1b3c0f7e511;

struct Empty {}

struct Half @0xb1f0c0c43f1a6e0d {
  number @0 :UInt64;
  text @1 :Text;
}

annotation note @0xf0e0d0c0b0a09080 (*) :Half;

struct Box(T) {
  value @0 :T;

  struct Lid {
    value @0 :T;
    inherited @1 :Lid;
    bound @2 :Box(T).Lid;
  }

  lid @1 :Lid;
  larger @2 :Box(Box(T));
}

struct Defaults $note(number = 0) {
  empty @0 :Empty = ();
  empties @1 :List(Empty) = [(), (), ()];
  nothings @2 :List(Void) = [void, void];
  flags @3 :List(Bool) = [true, false, true];
  lists @4 :List(List(Half)) = [[(number = 1)], [], [(text = "x"), ()]];
  zero @5 :Half = (number = 0);
  half @6 :Half = (number = 7, text = "seven");
  data @7 :Data = 0x"00 00 ff";
  text @8 :Text = "";
  texts @9 :List(Text) = ["", "a"];
  none @10 :List(UInt32) = [];
  halves @11 :List(Half) = [(), ()];
  any @12 :AnyPointer;
  anyStruct @13 :AnyStruct;
  anyList @14 :AnyList;
  capability @15 :Capability;
  real @16 :Float64 = nan;
  small @17 :Float32 = -inf;
  deep @18 :List(List(Void)) = [[], [void]];
  box @19 :Box(Box(Defaults).Lid);

  group :group {
    inner :union {
      empty @20 :Empty = ();
      reals @21 :List(Float32) = [0, 1];
    }
  }
}
