# embed_files(TARGET NAME FILE…): compiles text files into TARGET. `#include "embedded/NAME.hpp"` then declares each as a
# std::string_view retrograd::embedded::NAME::FILE, the file's name with '_' for everything but letters and digits.
# The files are read again when they change. A file that is missing ends the configuration, naming it.
set(RETROGRAD_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedFilesWrite.cmake)

function(embed_files TARGET NAME)
  set(declarations "")
  set(files "")
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file)
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "${TARGET} embeds ${file}, which is not there")
    endif()
    cmake_path(GET file FILENAME name)
    string(REGEX REPLACE "[^A-Za-z0-9]" "_" identifier ${name})
    string(APPEND declarations "extern const std::string_view ${identifier};\n")
    list(APPEND files ${file})
  endforeach()
  set(folder ${PROJECT_BINARY_DIR}/embedded)
  file(CONFIGURE OUTPUT ${folder}/${NAME}.hpp CONTENT
"// Written by embed_files.
#pragma once
#include <string_view>
namespace retrograd::embedded::${NAME} {
${declarations}}  // namespace retrograd::embedded::${NAME}
" @ONLY)
  add_custom_command(
    OUTPUT ${folder}/${NAME}.cpp
    COMMAND ${CMAKE_COMMAND} "-DNAME=${NAME}" "-DFILES=${files}" "-DOUTPUT=${folder}/${NAME}.cpp" -P
            ${RETROGRAD_EMBED_SCRIPT}
    DEPENDS ${files} ${RETROGRAD_EMBED_SCRIPT}
    VERBATIM)
  # C++ asks no compiler for literals of more than 64 KiB; those that build this take them, clang with a warning.
  set_source_files_properties(${folder}/${NAME}.cpp PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(${TARGET} PRIVATE ${folder}/${NAME}.cpp)
  target_include_directories(${TARGET} PRIVATE ${PROJECT_BINARY_DIR})
endfunction()
