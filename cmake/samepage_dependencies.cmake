# SPDX-License-Identifier: BSL-1.0
# samepage_dependencies.cmake: the libraries the build needs, found once for every folder.

# A project that takes samepage by add_subdirectory() links to these too, from outside this folder.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

find_package(Threads REQUIRED)
# 1.81 is the oldest Boost with what is used of Describe and the one Debian 12 offers besides its default.
find_package(Boost 1.81 REQUIRED CONFIG)

if(SAMEPAGE_CAPNP)
  include(samepage_find_capnp)
  samepage_find_capnp(REQUIRED)
endif()
if(SAMEPAGE_TESTS)
  find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS unit_test_framework)
endif()
if(SAMEPAGE_TESTS OR SAMEPAGE_EXAMPLES OR SAMEPAGE_BENCH)
  find_package(fmt 9 REQUIRED)
  find_package(CLI11 2.1 REQUIRED)
  # For their headers in interop/ and the example matrices, both of which are left out without them.
  find_package(Eigen3 3.4 QUIET CONFIG)
  find_package(xtensor 0.24 QUIET CONFIG)
endif()
