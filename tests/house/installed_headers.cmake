# SPDX-License-Identifier: BSL-1.0
# installed_headers.cmake: fails on a public header that no target installs; such a header works here and nowhere else.
# Usage: cmake -D source_dir=… -D listed=<file, one header a line> -P installed_headers.cmake
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${listed} installed)
file(GLOB_RECURSE headers LIST_DIRECTORIES false ${source_dir}/include/*)
set(faults 0)
foreach(header IN LISTS headers)
  if(NOT header IN_LIST installed)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${source_dir})
    message(NOTICE "${header}: in no target's FILE_SET HEADERS (src/CMakeLists.txt)")
    math(EXPR faults "${faults} + 1")
  endif()
endforeach()
list(LENGTH headers count)
if(count EQUAL 0)
  message(FATAL_ERROR "installed headers: none found, nothing was checked")
endif()
if(faults GREATER 0)
  message(FATAL_ERROR "installed headers: ${faults} of ${count} are not installed")
endif()
message(STATUS "installed headers: ${count}, each in a target's file set")
