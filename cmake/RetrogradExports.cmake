# retrograd_version_script(OUTPUT): a linker script by which a shared library shows what the public headers declare and
# nothing else: the functions at the start of a line, the members of classes and structs, and the C interface.
function(retrograd_version_script OUTPUT)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/retrograd/*.hpp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
  set(patterns retrograd::operator* retrograd::formula::operator*)
  set(types "")
  foreach(header IN LISTS headers)
    set(scope retrograd)
    file(READ ${header} text)
    string(REGEX REPLACE "[][;]" " " text "${text}")  # what means something in a list of CMake's
    string(REPLACE "\n" ";" lines "${text}")
    foreach(line IN LISTS lines)
      if(line MATCHES "^namespace (retrograd[a-z_:]*) {")
        set(scope ${CMAKE_MATCH_1})
      elseif(line MATCHES "^(class|struct) ([A-Za-z]+) [:{]")
        list(APPEND types ${scope}::${CMAKE_MATCH_2})
      elseif(line MATCHES "^[A-Za-z][A-Za-z0-9_:<>,&* ]*[ &*]([a-z_0-9]+)\\(")
        # The linker reads no parentheses in patterns, nor a single colon: the name, and what cannot go on with it.
        list(APPEND patterns "${scope}::${CMAKE_MATCH_1}[!a-zA-Z0-9_::]*")
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES patterns)
  set(names "")
  foreach(pattern IN LISTS patterns)
    string(APPEND names "      ${pattern};\n")
  endforeach()
  foreach(type IN LISTS types)  # within quotes the linker takes a name as it is
    string(APPEND names "      ${type}::*;\n      \"typeinfo for ${type}\";\n      \"typeinfo name for ${type}\";\n"
                        "      \"vtable for ${type}\";\n")
  endforeach()
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
"{
  global:
    retrograd_*;
    extern \"C++\" {
${names}    };
  local:
    *;
};
" @ONLY)
endfunction()
