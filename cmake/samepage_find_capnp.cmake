# SPDX-License-Identifier: BSL-1.0
# samepage_find_capnp.cmake: Cap'n Proto's package, in projects without C too. Used here and by the installed package.

# A macro, since the package leaves variables that capnp_generate_cpp() reads. Its file probes for libatomic with a
# declaration that only a C compiler accepts; answering the probe spares the project from enabling C. It also leaves
# libatomic in CMAKE_REQUIRED_LIBRARIES, where it would join every later probe.
macro(samepage_find_capnp)
  set(_samepage_required_libraries "${CMAKE_REQUIRED_LIBRARIES}")
  set(_samepage_answer_probe FALSE)
  if(NOT FOUND_LIBATOMIC)
    set(_samepage_answer_probe TRUE)
    set(FOUND_LIBATOMIC TRUE)
  endif()
  find_package(CapnProto ${ARGN})
  if(_samepage_answer_probe)
    unset(FOUND_LIBATOMIC)
  endif()
  set(CMAKE_REQUIRED_LIBRARIES "${_samepage_required_libraries}")
  unset(_samepage_answer_probe)
  unset(_samepage_required_libraries)
endmacro()
