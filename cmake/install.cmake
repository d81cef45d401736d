# SPDX-License-Identifier: MIT
# What `cmake --install` writes: the program under its two names, the libraries with headers, CMake
# package and pkg-config file, the manual page, the schema of results. Every path is relative to the
# prefix, which may be chosen or moved later.
include(CMakePackageConfigHelpers)
get_property(delegates GLOBAL PROPERTY LM_DELEGATES)
get_property(delegate_parts GLOBAL PROPERTY LM_DELEGATE_PARTS)

# The program is `litmark bench` when it is called `bench`.
install(TARGETS litmark RUNTIME)
set(bench_name ${CMAKE_CURRENT_BINARY_DIR}/cli/bench)
add_custom_command(
  OUTPUT ${bench_name}
  COMMAND ${CMAKE_COMMAND} -E create_symlink litmark ${bench_name}
  DEPENDS litmark
  COMMENT "Naming litmark bench")
add_custom_target(lm_bench_name ALL DEPENDS ${bench_name})
install(FILES ${bench_name} DESTINATION ${CMAKE_INSTALL_BINDIR})

# Libraries and headers.
set(libraries lm_runtime lm_delegates)
foreach(name IN LISTS delegates)
  list(APPEND libraries lm_delegate_${name})
endforeach()
foreach(name IN LISTS delegate_parts)
  list(APPEND libraries lm_${name})
endforeach()
install(TARGETS ${libraries} EXPORT litmark ARCHIVE)
install(
  DIRECTORY runtime/include/ delegates/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING
  PATTERN "*.h"
  PATTERN "*.inc")

# find_package(litmark)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/litmark)
install(
  EXPORT litmark
  NAMESPACE litmark::
  FILE litmarkTargets.cmake
  DESTINATION ${package_dir})
configure_package_config_file(cmake/litmarkConfig.cmake.in generated/litmarkConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(generated/litmarkConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/litmarkConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/generated/litmarkConfigVersion.cmake
        DESTINATION ${package_dir})

# pkg-config
file(RELATIVE_PATH pc_up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
file(RELATIVE_PATH pc_lib ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_include ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(pc_delegates "")
foreach(name IN LISTS delegates)
  string(APPEND pc_delegates " -llitmark_${name}")
endforeach()
list(REVERSE delegate_parts) # later ones use earlier ones
foreach(name IN LISTS delegate_parts)
  string(APPEND pc_delegates " -llitmark_${name}")
endforeach()
configure_file(litmark.pc.in generated/litmark.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/generated/litmark.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Documentation and data.
install(FILES docs/man/litmark.1 docs/man/bench.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES reports/result.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/litmark)
