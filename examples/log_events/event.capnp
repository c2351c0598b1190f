# SPDX-License-Identifier: BSL-1.0
# event.capnp: what a program says of itself. Only the producer is compiled with it.
@0xc5e80b7d92a1f463;

enum Severity {
  debug @0;
  info @1;
  warning @2;
  error @3;
}

struct Pair {
  key @0 :Text;
  value :union {
    text @1 :Text;
    int @2 :Int64;
    float @3 :Float64;
    bool @4 :Bool;
  }
}

struct Event {
  timeNs @0 :UInt64;
  severity @1 :Severity = info;
  source :group {
    program @2 :Text;
    process @3 :UInt32;
    file @4 :Text;           # null where the event is about none
  }
  message @5 :Text;
  pairs @6 :List(Pair);
}
