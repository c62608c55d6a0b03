# Writes a header with a digest of other headers, if it would say something new.
#
#   cmake -DOUTPUT=FILE -DFOLDER=FOLDER -DHEADERS=a.hpp,b.hpp -P digest_headers.cmake
#
# HEADERS are relative to FOLDER, and sorted. Line ends and comments count, too: whether a change of
# theirs matters is nothing that a script can say.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "," ";" headers "${HEADERS}")
set(all "")
foreach(header IN LISTS headers)
  file(SHA256 ${FOLDER}/${header} digest)
  string(APPEND all "${header} ${digest}\n")
endforeach()
string(SHA256 digest "${all}")
string(SUBSTRING ${digest} 0 16 digest)
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
"// Written by the build: which headers these are (faultline/plugin/plugin.hpp).
#pragma once

#define FAULTLINE_HEADERS_DIGEST \"@digest@\"
")
