# SPDX-License-Identifier: BSL-1.0
# book.capnp: what changed in an order book, and the book after it.
@0xa2c96f1e7d503b84;

enum Side {
  bid @0;
  ask @1;
}

struct Level {
  price @0 :Int64;           # in ticks
  quantity @1 :UInt64;
  orders @2 :UInt32 = 1;     # most levels are one order's
}

struct Change {
  side @0 :Side;
  price @1 :Int64;           # of the level it is about
  union {
    add :group {
      quantity @2 :UInt64;
    }
    modify :group {          # one order, from this to that
      from @3 :UInt64;
      to @4 :UInt64;
    }
    cancel :group {
      quantity @5 :UInt64;
    }
    trade :group {
      quantity @6 :UInt64;
      buyer @7 :Text;
      seller @8 :Text;
    }
  }
}

struct Book {
  instrument :group {
    symbol @0 :Text;
    ticksPerUnit @1 :UInt32 = 100;
  }
  sequence @2 :UInt64;
  changes @3 :List(Change);  # since the book before
  bids @4 :List(Level);      # best first
  asks @5 :List(Level);
}
