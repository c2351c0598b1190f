# SPDX-License-Identifier: BSL-1.0
# interface.capnp: an interface in a message.
@0xa9d1e1b3c0f7e511;

struct Offer @0xb1f0c0c43f1a6e0a {
  number @0 :UInt32;
  service @1 :Service;
  text @2 :Text;
}

interface Base @0xb1f0c0c43f1a6e0b {
  stop @0 ();
}

interface Service @0xb1f0c0c43f1a6e0c extends(Base) {
  call @0 (number :UInt32) -> (text :Text);
}
