# The headers that the author of a model sees, and their digest, by which program and plug-in tell
# whether they were made for one another.
file(GLOB_RECURSE FAULTLINE_PLUGIN_HEADERS CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/sim
     ${CMAKE_SOURCE_DIR}/sim/core/*.hpp ${CMAKE_SOURCE_DIR}/sim/model/*.hpp
     ${CMAKE_SOURCE_DIR}/sim/plugin/*.hpp)
# Of these rooms, what the others include: the engine's own business is SimGrid's, too.
list(APPEND FAULTLINE_PLUGIN_HEADERS
     engine/machine.hpp engine/network.hpp engine/topology.hpp history/operation.hpp)
list(SORT FAULTLINE_PLUGIN_HEADERS)

set(FAULTLINE_HEADERS_DIGEST ${CMAKE_BINARY_DIR}/include/plugin/faultline/headers_digest.hpp)
list(TRANSFORM FAULTLINE_PLUGIN_HEADERS PREPEND ${CMAKE_SOURCE_DIR}/sim/
     OUTPUT_VARIABLE plugin_header_files)
string(REPLACE ";" "," plugin_header_list "${FAULTLINE_PLUGIN_HEADERS}")
add_custom_command(
  OUTPUT ${FAULTLINE_HEADERS_DIGEST}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${FAULTLINE_HEADERS_DIGEST} -DFOLDER=${CMAKE_SOURCE_DIR}/sim
          -DHEADERS=${plugin_header_list} -P ${CMAKE_SOURCE_DIR}/cmake/digest_headers.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${FAULTLINE_HEADERS_DIGEST}
  DEPENDS ${plugin_header_files} ${CMAKE_SOURCE_DIR}/cmake/digest_headers.cmake
  COMMENT "Digest of the headers for plug-ins" VERBATIM)
add_custom_target(faultline_headers_digest DEPENDS ${FAULTLINE_HEADERS_DIGEST})
add_dependencies(faultline_plugin faultline_headers_digest)
