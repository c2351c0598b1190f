# SPDX-License-Identifier: BSL-1.0
# samepage_install.cmake: the installed package: libraries, headers, CMake package and pkg-config files.
# Every path in it is relative to the file that holds it, so the prefix can be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/samepage)

# One export for each target: who does not ask for a component need not have what it depends on.
function(samepage_install_target target export)
  install(TARGETS ${target} EXPORT ${export}-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  )
  install(EXPORT ${export}-targets NAMESPACE samepage:: DESTINATION ${package_dir})
endfunction()

# A .pc file for a library; `requires` are other .pc files, `libraries` the flags besides -L.
function(samepage_install_pkg_config name description requires libraries)
  set(pc_name ${name})
  set(pc_description ${description})
  set(pc_requires ${requires})
  set(pc_libraries ${libraries})
  if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
    set(pc_prefix ${CMAKE_INSTALL_PREFIX})
    set(pc_libdir ${CMAKE_INSTALL_FULL_LIBDIR})
    set(pc_includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  else()
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up "${up}")
    set(pc_prefix "\${pcfiledir}/${up}")
    set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/samepage.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

samepage_install_target(samepage samepage)
samepage_install_pkg_config(samepage "${PROJECT_DESCRIPTION}" "" "-lsamepage -pthread")
if(SAMEPAGE_CAPNP)
  samepage_install_target(samepage_capnp samepage-capnp)
  samepage_install_pkg_config(samepage-capnp "Cap'n Proto messages in place, over samepage" "samepage, capnp"
    "-lsamepage_capnp")
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/samepage_find_capnp.cmake DESTINATION ${package_dir})
endif()
if(SAMEPAGE_ASIO)
  samepage_install_target(samepage_asio samepage-asio)
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/samepage-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/samepage-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO
)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/samepage-config-version.cmake
  # Before 1.0 every minor version may break the API.
  COMPATIBILITY SameMinorVersion
)
install(FILES
  ${PROJECT_BINARY_DIR}/package/samepage-config.cmake
  ${PROJECT_BINARY_DIR}/package/samepage-config-version.cmake
  DESTINATION ${package_dir}
)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
