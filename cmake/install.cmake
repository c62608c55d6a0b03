# `cmake --install`: the program, its report, the course, and what a model outside of this tree is
# built with. `cpack -G DEB` in the build folder makes a Debian package of the same.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS faultline EXPORT faultline RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The program looks for it there, from its own place.
set(report ${CMAKE_SOURCE_DIR}/tools/report)
install(CODE "
  if(NOT EXISTS \"${report}/node_modules\")
    message(FATAL_ERROR \"${report}/node_modules is missing (tools/setup fetches it)\")
  endif()")
install(DIRECTORY ${report}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/faultline/report
        PATTERN .setup-stamp EXCLUDE PATTERN .bin EXCLUDE PATTERN .package-lock.json EXCLUDE
        REGEX "/node_modules/.*\\.(m?ts|map)$" EXCLUDE)  # of use to compilers and debuggers only
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/faultline)

# ---- for models outside of this tree ----------------------------------------------------------
foreach(header IN LISTS FAULTLINE_PLUGIN_HEADERS)
  get_filename_component(room ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/sim/${header}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/faultline/${room})
endforeach()
install(FILES ${FAULTLINE_HEADERS_DIGEST} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/faultline)

# What a plug-in is compiled with, as the program was: the same bytes, the same guards.
add_library(faultline_plugin_package INTERFACE)
set_target_properties(faultline_plugin_package PROPERTIES EXPORT_NAME plugin)
target_include_directories(faultline_plugin_package INTERFACE
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(faultline_plugin_package INTERFACE cxx_std_20)
target_compile_options(faultline_plugin_package INTERFACE -ffp-contract=off)
target_link_libraries(faultline_plugin_package INTERFACE tsl::robin_map)
if(FAULTLINE_SANITIZE)
  target_compile_options(faultline_plugin_package INTERFACE ${FAULTLINE_SANITIZE_OPTIONS})
  target_link_options(faultline_plugin_package INTERFACE -fsanitize=address,undefined)
endif()
install(TARGETS faultline_plugin_package EXPORT faultline)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/faultline)
string(REGEX MATCH "^[A-Za-z]+ [0-9]+" faultline_COMPILER
       "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
install(EXPORT faultline NAMESPACE faultline:: FILE faultlineTargets.cmake
        DESTINATION ${package})
configure_package_config_file(cmake/faultlineConfig.cmake.in faultlineConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(faultlineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/faultlineConfig.cmake
        ${CMAKE_BINARY_DIR}/faultlineConfigVersion.cmake
        ${CMAKE_SOURCE_DIR}/cmake/faultlinePlugin.cmake DESTINATION ${package})

# ---- a Debian package -------------------------------------------------------------------------
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "faultline's authors <faultline@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# Debian's libraries, as the program needs them; reports are drawn by node.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nodejs (>= 18)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++, robin-map-dev")
include(CPack)
