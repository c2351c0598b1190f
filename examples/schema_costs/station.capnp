# SPDX-License-Identifier: BSL-1.0
# station.capnp: every construct of a schema, and what it costs in a record. A word is 8 bytes.
@0xe90d3b6a57c1f284;

enum Unit {                            # 2 bytes in its struct
  volt @0;
  kelvin @1;
}

interface Alarm {                      # no record can hold one: publish() refuses it
  ring @0 (times :UInt32) -> ();
}

struct Reading {                       # as a field: a pointer in its struct, and 2 words once it is set
  value @0 :Float64;
  unit @1 :Unit;
  const example :Reading = (value = 1.5, unit = kelvin);   # nothing: it is in the programs, until it is copied
}

struct Box(T) {                        # a parameter is a pointer, so its argument is no number: 1 word, and the content
  content @0 :T;
}

struct Map(Key, Value) {               # a list: 2 words, 2 for each entry, and what these lead to
  entries @0 :List(Entry);
  struct Entry {
    key @0 :Key;
    value @1 :Value;
  }
}

struct Station {                       # its numbers in whole words, and a word for each pointer, set or not
  place :group {                       # nothing beside its members: they lie in Station
    latitude @0 :Float32;
    longitude @1 :Float32;
  }
  interval @2 :UInt32 = 60;            # a default costs nothing, but no column_view() of it can be had
  unit @3 :Unit;
  state :union {                       # 2 bytes for which member it is; the members share their place
    idle @4 :Void;                     # nothing
    counting @5 :UInt64;
    failed @6 :Text;
  }
  name @7 :Text;                       # its characters and a NUL, in whole words
  last @8 :Box(Reading);
  named @9 :Map(Text, Reading);
  samples @10 :List(Float32);          # 4 bytes each, in whole words
  flags @11 :List(Bool);               # a bit each, in whole words
  anything @12 :AnyPointer;            # as what it points to; the reader has to know what that is
  alarm @13 :Alarm;
}
