# SPDX-License-Identifier: BSL-1.0
# note.capnp: the schema of the find_package consumer's one message.
@0xb116d8771a3c2aa1;

struct Note {
  text @0 :Text;
}
