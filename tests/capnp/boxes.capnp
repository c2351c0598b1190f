# SPDX-License-Identifier: BSL-1.0
# boxes.capnp: generic types, as generated code.
@0xe4b7c9d3a1f25086;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("boxes");

struct Thing {
  number @0 :UInt32;
}

struct Box(T) {
  value @0 :T;

  struct Lid {
    value @0 :T;
  }
}

# What only an argument leads to.
struct Shelf {
  things @0 :Box(Thing);
  boxes @1 :List(Box(Box(Text)));
}
