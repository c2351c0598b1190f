# SPDX-License-Identifier: BSL-1.0
# messages.capnp: what the rows of messages build and read.
@0xa3c1e07f5d2b9846;

# Small, with one pointer to follow.
struct Quote {
  number @0 :UInt64;
  price @1 :Float64;
  quantity @2 :UInt32;
  symbol @3 :Text;
}

# Twenty fields beside a list of a kibibyte.
struct Reading {
  number @0 :UInt64;
  time @1 :UInt64;
  position0 @2 :Float64;
  position1 @3 :Float64;
  position2 @4 :Float64;
  speed0 @5 :Float64;
  speed1 @6 :Float64;
  speed2 @7 :Float64;
  rate0 @8 :Float32;
  rate1 @9 :Float32;
  rate2 @10 :Float32;
  temperature @11 :Float32;
  voltage @12 :Float32;
  current @13 :Float32;
  sensor @14 :UInt32;
  firmware @15 :UInt32;
  satellites @16 :UInt16;
  retries @17 :UInt16;
  mode @18 :UInt8;
  valid @19 :Bool;
  samples @20 :List(UInt64);
}

# One large blob.
struct Frame {
  number @0 :UInt64;
  width @1 :UInt32;
  height @2 :UInt32;
  pixels @3 :Data;
}
