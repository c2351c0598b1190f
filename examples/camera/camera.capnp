# SPDX-License-Identifier: BSL-1.0
# camera.capnp: a frame: the pixels, and what is known of them.
@0xd7a1c40be92f3856;

enum PixelFormat {
  gray8 @0;
  rgb24 @1;
}

struct Region {
  label @0 :Text;
  confidence @1 :Float32;
  box :group {               # in pixels
    left @2 :UInt16;
    top @3 :UInt16;
    width @4 :UInt16;
    height @5 :UInt16;
  }
}

struct Frame {
  number @0 :UInt32;
  timeNs @1 :UInt64;
  exposureNs @2 :UInt32;
  format @3 :PixelFormat;
  width @4 :UInt16;
  height @5 :UInt16;         # rows that were read
  lens :group {
    focalLengthMm @6 :Float32;
    calibration @7 :List(Float64);   # a 3 by 3 matrix, row by row
  }
  regions @8 :List(Region);
  pixels @9 :Data;           # rows from top to bottom, without gaps, at a multiple of 4096
  ringOffset @10 :UInt64;    # where the producer had them, for the consumer to compare
}
