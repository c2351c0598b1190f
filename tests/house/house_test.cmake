# SPDX-License-Identifier: BSL-1.0
# house_test.cmake: the house's checks fail on what they are there to find, in a scratch copy, and name it.
# Usage: cmake -D source_dir=… -D scratch_dir=… -P house_test.cmake
cmake_minimum_required(VERSION 3.25)

set(checks ${CMAKE_CURRENT_LIST_DIR})
set(cases 0)

function(fresh_copy)
  file(REMOVE_RECURSE ${scratch_dir})
  file(COPY ${source_dir}/include ${source_dir}/src DESTINATION ${scratch_dir})
endfunction()

# Appends `line` to `file` in a fresh copy and returns the number of that line.
function(plant file line result)
  fresh_copy()
  set(text "")
  if(EXISTS ${scratch_dir}/${file})
    file(READ ${scratch_dir}/${file} text)
  endif()
  string(REGEX REPLACE "[^\n]" "" newlines "${text}")
  string(LENGTH "${newlines}" number)
  math(EXPR number "${number} + 1")
  file(APPEND ${scratch_dir}/${file} "${line}\n")
  set(${result} ${number} PARENT_SCOPE)
endfunction()

# Runs a check on the copy: it must fail and say `expected`, or pass when that is empty.
function(expect check expected)
  execute_process(COMMAND ${CMAKE_COMMAND} -D source_dir=${scratch_dir} ${ARGN} -P ${checks}/${check}.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  math(EXPR cases "${cases} + 1")
  set(cases ${cases} PARENT_SCOPE)
  if(expected STREQUAL "")
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "${check}: expected to pass, failed with\n${output}")
    endif()
    return()
  endif()
  if(status EQUAL 0)
    message(FATAL_ERROR "${check}: expected to fail with \"${expected}\", passed")
  endif()
  string(FIND "${output}" "${expected}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${check}: expected \"${expected}\", said\n${output}")
  endif()
endfunction()

# What is right passes: the tree as it is, an include downward, on the same floor, and of other libraries' headers.
fresh_copy()
expect(floors "")
plant(src/channel/planted.cpp "#include <samepage/core/error.hpp>\n#include <memory>\n#include <boost/core/span.hpp>" at)
expect(floors "")
plant(src/ring/planted.cpp "#include \"planted.hpp\"\n#include \"ring/planted.hpp\"" at)
file(WRITE ${scratch_dir}/src/ring/planted.hpp "")
expect(floors "")

# Upward, in each way an include can be written.
plant(src/core/error.cpp "#include <samepage/ring/layout.hpp>" at)
expect(floors "src/core/error.cpp:${at}: core (floor 0) includes samepage/ring/layout.hpp from ring (floor 2)")
plant(include/samepage/core/error.hpp "  #  include <samepage/channel/producer.hpp> // planted" at)
expect(floors "include/samepage/core/error.hpp:${at}: core (floor 0) includes samepage/channel/producer.hpp from channel (floor 3)")
plant(src/memory/planted.cpp "#include \"channel/planted.hpp\"" at)
file(WRITE ${scratch_dir}/src/channel/planted.hpp "")
expect(floors "src/memory/planted.cpp:${at}: memory (floor 1) includes channel/planted.hpp from channel (floor 3)")
plant(src/core/planted.cpp "#include \"../ring/planted.hpp\"" at)
expect(floors "src/core/planted.cpp:${at}: core (floor 0) includes ../ring/planted.hpp from ring (floor 2)")
plant(include/samepage/ring/planted.hpp "#include \"../io/planted.hpp\"" at)
expect(floors "include/samepage/ring/planted.hpp:${at}: ring (floor 2) includes ../io/planted.hpp from io (floor 4)")
plant(src/view/planted.cpp "/* a [ and a ; and a \\ */\n#include <ring/planted.hpp>" at)
math(EXPR at "${at} + 1")
expect(floors "src/view/planted.cpp:${at}: view (floor 1) includes ring/planted.hpp from ring (floor 2)")

# Sideways between memory and view, both ways.
plant(src/memory/planted.cpp "#include <samepage/view/format.hpp>" at)
expect(floors "src/memory/planted.cpp:${at}: memory includes samepage/view/format.hpp: memory and view (both floor 1)")
plant(include/samepage/view/planted.hpp "#include <samepage/memory/futex.hpp>" at)
expect(floors "include/samepage/view/planted.hpp:${at}: view includes samepage/memory/futex.hpp: memory and view (both floor 1)")

# Outside the floors.
plant(src/core/planted.cpp "#include <samepage/misc/planted.hpp>" at)
expect(floors "src/core/planted.cpp:${at}: core (floor 0) includes samepage/misc/planted.hpp, and folder misc has no floor")
plant(include/samepage/misc/planted.hpp "" at)
expect(floors "include/samepage/misc/planted.hpp: folder misc has no floor")
plant(include/samepage/planted.hpp "" at)
expect(floors "include/samepage/planted.hpp: folder (none) has no floor")
plant(src/core/planted.cpp "#include SAMEPAGE_PLANTED" at)
expect(floors "src/core/planted.cpp:${at}: an include that names no file cannot be checked")

# First lines.
fresh_copy()
expect(first_lines "")
plant(src/core/planted.cpp "// planted.cpp: no licence." at)
expect(first_lines "src/core/planted.cpp:1: does not start with the line SPDX-License-Identifier: BSL-1.0")
plant(src/core/planted.cpp "// SPDX-License-Identifier: BSL-1.0\n// another.cpp: a copied head." at)
expect(first_lines "src/core/planted.cpp:2: expected \"// planted.cpp: one sentence.\", found \"// another.cpp: a copied head.\"")

# Installed headers.
plant(include/samepage/core/planted.hpp "" at)
file(GLOB_RECURSE headers LIST_DIRECTORIES false ${scratch_dir}/include/*)
list(JOIN headers "\n" listed)
file(WRITE ${scratch_dir}/listed "${listed}\n")
expect(installed_headers "" -D listed=${scratch_dir}/listed)
list(FILTER headers EXCLUDE REGEX planted)
list(JOIN headers "\n" listed)
file(WRITE ${scratch_dir}/listed "${listed}\n")
expect(installed_headers "include/samepage/core/planted.hpp: in no target's FILE_SET HEADERS" -D listed=${scratch_dir}/listed)

file(REMOVE_RECURSE ${scratch_dir})
message(STATUS "house: ${cases} cases, each check fails on what it is there to find")
