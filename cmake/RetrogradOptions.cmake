# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# A part of another project (add_subdirectory) is the library alone.
option(RETROGRAD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(RETROGRAD_PROGRAM "Build the command line and the examples, and install" ${PROJECT_IS_TOP_LEVEL})
option(RETROGRAD_BENCH "Build the benchmarks" OFF)
option(RETROGRAD_FUZZ "Build the libFuzzer programs of tests/fuzz (needs clang)" OFF)
option(RETROGRAD_WERROR "Treat warnings as errors" ON)
set(RETROGRAD_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The bits contract: no contraction behind our back, no reassociation; AVX2 with FMA is the minimum machine.
add_compile_options(-march=haswell -maes -mpclmul -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                    -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12: false alarms on Highway's deliberately undefined AVX-512 registers and on std::string concatenation.
  add_compile_options(-Wno-maybe-uninitialized -Wno-uninitialized -Wno-psabi -Wno-restrict)
endif()
if(RETROGRAD_WERROR)
  add_compile_options(-Werror)
endif()
if(RETROGRAD_SANITIZE)
  add_compile_options(-fsanitize=${RETROGRAD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RETROGRAD_SANITIZE})
endif()
if(RETROGRAD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "RETROGRAD_FUZZ needs clang, whose libFuzzer it uses; found ${CMAKE_CXX_COMPILER_ID}. "
                        "./dev check fuzz configures it (preset fuzz)")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
