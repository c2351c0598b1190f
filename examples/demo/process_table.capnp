# SPDX-License-Identifier: BSL-1.0
# process_table.capnp: the message of the demo's second channel, one snapshot of the process table.
@0xd407adc7828ac1e6;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("demo");

struct ProcessTable {
  number @0 :UInt64;             # 0, 1, 2, …
  timeNs @1 :UInt64;             # CLOCK_MONOTONIC, when the snapshot began
  processes @2 :List(Process);
}

struct Process {
  pid @0 :Int32;
  parentPid @1 :Int32;
  state @2 :UInt8;               # the letter of /proc/[pid]/stat: R, S, D, Z, T, …
  threads @3 :UInt32;
  userTicks @4 :UInt64;
  systemTicks @5 :UInt64;
  virtualBytes @6 :UInt64;
  residentPages @7 :Int64;
  name @8 :Text;
  commandLine @9 :Text;          # arguments apart by blanks, the first KiB; empty for kernel threads
}
