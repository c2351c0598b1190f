# SPDX-License-Identifier: BSL-1.0
# samepage_schema.cmake: a library from Cap'n Proto schemas.

# samepage_add_schema(<name> <schema.capnp>…): a static library of the generated code, included as "<schema>.capnp.h".
# Neither its sources nor its headers are ours to keep free of warnings.
function(samepage_add_schema name)
  capnp_generate_cpp(sources headers ${ARGN})
  add_library(${name} STATIC ${sources} ${headers})
  target_compile_options(${name} PRIVATE -w)
  target_link_libraries(${name} PUBLIC CapnProto::capnp)
  target_include_directories(${name} SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
