# How a model outside of faultline's own tree is built.
#
#   faultline_add_plugin(NAME SOURCES...)
#
# makes libNAME.so, to be loaded with `faultline run ... --plugin libNAME.so`. One of the sources
# says FAULTLINE_PLUGIN(...), as <faultline/plugin/plugin.hpp> explains. Compiled as faultline
# itself was; a build type is yours to choose (RelWithDebInfo, if figures are to come fast).
function(faultline_add_plugin name)
  set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  string(REGEX MATCH "^[A-Za-z]+ [0-9]+" compiler "${compiler}")
  if(NOT compiler STREQUAL faultline_COMPILER)
    message(WARNING "faultline was built by ${faultline_COMPILER} and will refuse ${name}, "
                    "which ${compiler} builds (set CMAKE_CXX_COMPILER)")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE faultline::plugin)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()
