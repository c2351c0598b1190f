# SPDX-License-Identifier: BSL-1.0
# every_row.cmake: runs the benchmark shortly, and fails where a row has no figure, or a limit that is no row.
# Usage: cmake -D bench=… -D capnp=0|1 -D json=… -P every_row.cmake
cmake_minimum_required(VERSION 3.25)

set(wanted
  limit/one-line limit/two-lines limit/walking limit/ring/8 limit/ring/64 limit/paced-ring/8 limit/paced-ring/64
  limit/stream/65536 limit/stream/1048576 limit/futex limit/datagram
  rtt/dense/8 rtt/framed/8 rtt/framed/1024 rtt/framed/1048576 rtt/dense/8/sleep rtt/dense/8/wait-any rtt/dense/8/descriptor
  rate/dense/8/single rate/framed/64/single rate/dense/8/batch256
  stream/framed/65536/full stream/framed/1048576/full
  rate/dense/8/2producers rate/dense/8/4producers rate/dense/8/2consumers
  rate/dense/8/lossy rate/dense/8/unheld rate/dense/8/held rate/framed/64/unheld rate/framed/64/held
  rate/dense/8/unobserved rate/dense/8/observed rate/framed/64/unobserved rate/framed/64/observed
  rate/dense/8/other-observed rate/dense/8/itself-observed rate/framed/64/other-observed rate/framed/64/itself-observed
  latest/framed/65536 latest/framed/65536/age
  death/lossless
  limit/span limit/column limit/rows view/contiguous view/column view/rows
)
if(capnp)
  list(APPEND wanted
    rtt/capnp/small rtt/capnp/1024 rtt/framed/4194304 rtt/capnp/4194304
    work/copied/1024 work/capnp/1024 work/copied/65536 work/capnp/65536 work/copied/65536/full work/capnp/65536/full
    stream/copied/1048576/full stream/capnp/1048576/copied stream/capnp/1048576/full
    stream/framed/4194304/full stream/capnp/4194304/full
  )
endif()

file(REMOVE ${json})
execute_process(COMMAND ${bench} --quick --json ${json}
  RESULT_VARIABLE status OUTPUT_VARIABLE table ERROR_VARIABLE table)
message(NOTICE "${table}")
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the benchmark ended with ${status}")
endif()
file(READ ${json} rows)
string(JSON count LENGTH "${rows}")

set(faults "")
set(names "")
set(limits "")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  set(fields name unit median min max limit ratio)
  foreach(field IN LISTS fields)
    string(JSON ${field} GET "${rows}" ${i} ${field})
  endforeach()
  string(JSON length LENGTH "${rows}" ${i})
  if(NOT length EQUAL 7)
    list(APPEND faults "${name}: ${length} members, not 7")
  endif()
  if(NOT unit MATCHES "^(ns|ms|M/s|GB/s)$")
    list(APPEND faults "${name}: an unknown unit: ${unit}")
  endif()
  if(NOT median GREATER 0)
    list(APPEND faults "${name}: a median of ${median}")
  endif()
  list(APPEND names ${name})
  if(NOT limit STREQUAL "")
    list(APPEND limits ${limit})
    if(NOT ratio GREATER 0)
      list(APPEND faults "${name}: a ratio of ${ratio} to ${limit}")
    endif()
  endif()
endforeach()
foreach(name IN LISTS wanted limits)
  if(NOT name IN_LIST names)
    list(APPEND faults "${name}: no such row")
  endif()
endforeach()

if(faults)
  list(JOIN faults "\n  " faults)
  message(FATAL_ERROR "rows:\n  ${faults}")
endif()
message(STATUS "${count} rows, each with a figure")
