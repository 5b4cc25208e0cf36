#!/bin/bash
# consume.sh MODE BUILD SOURCE WORK CXX: uses retrograd as another project does.
#   install        installs the build into WORK/prefix
#   shared static  a CMake project by find_package
#   pkg_config     the compiler alone, by pkg-config, shared and static
#   subdirectory   a CMake project that holds the sources
#   symbols        what the shared library shows
set -euo pipefail
mode=$1 build=$2 source=$3 work=$4 cxx=$5
prefix=$work/prefix
here=$source/tests/consumer
lib=$(dirname "$(find "$prefix" -name libretrograd.so 2>/dev/null | head -1)")

project() { # FOLDER NAME [OPTION…]
  local folder=$1 name=$2
  shift 2
  rm -rf "${work:?}/$name"
  cmake -S "$here/$folder" -B "$work/$name" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$cxx" "$@" >"$work/$name.log" 2>&1 ||
    { cat "$work/$name.log"; exit 1; }
  cmake --build "$work/$name" -j 2 >"$work/$name.log" 2>&1 || { cat "$work/$name.log"; exit 1; }
}

case $mode in
  install)
    rm -rf "$prefix"
    cmake --install "$build" --prefix "$prefix" >/dev/null
    "$prefix/bin/retrograd" --version
    ;;
  shared | static)
    project find_package "$mode" -DCMAKE_PREFIX_PATH="$prefix" -Dretrograd_USE_STATIC_LIBS=$([[ $mode == static ]] && echo ON || echo OFF)
    (cd "$work/$mode" && ./first && ./c_example)
    [[ $mode == static ]] || (cd "$work/$mode" && ./xor && ./categories && ./custom_operator)
    ;;
  pkg_config)
    export PKG_CONFIG_PATH=$lib/pkgconfig
    [[ $(pkg-config --modversion retrograd) =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
    mkdir -p "$work/pkg" && cd "$work/pkg"
    # shellcheck disable=SC2046  # words are meant
    "$cxx" -std=c++20 -c "$here/first.cpp" $(pkg-config --cflags retrograd) -o first.o
    "$cxx" first.o $(pkg-config --libs retrograd) -o first_shared
    LD_LIBRARY_PATH=$lib ./first_shared
    "$cxx" first.o "$lib/libretrograd.a" $(pkg-config --libs --static retrograd | sed 's/-lretrograd//') -o first_static
    ./first_static
    if ldd first_static | grep libretrograd; then exit 1; fi  # to the end: ldd must not die of a closed pipe
    ;;
  subdirectory)
    project subdirectory subdirectory -DRETROGRAD_SOURCE="$source"
    ;;
  symbols)
    nm -D --defined-only "$lib/libretrograd.so" | c++filt | cut -d' ' -f3- >"$work/symbols"
    for wanted in retrograd_load retrograd_train 'retrograd::train(' 'retrograd::Model::load(' 'retrograd::ops::register_operator('; do
      grep -qF "$wanted" "$work/symbols" || { echo "the library does not show $wanted"; exit 1; }
    done
    if grep -vE '^(retrograd_|retrograd::|(typeinfo|typeinfo name|vtable) for retrograd::)' "$work/symbols"; then
      echo "the library shows the names above, which are not its own"
      exit 1
    fi
    if grep -E 'retrograd::(base|math|gemm|plan|training|model_file|c_source|capi|embedded|detail|optim)::' "$work/symbols"; then
      echo "the library shows the names above, which no public header declares"
      exit 1
    fi
    ;;
esac
