#!/usr/bin/env bash
# package.sh MODE BUILD SOURCE WORK CXX: the Debian packages of a build.
#   build     builds them into WORK and extracts them into WORK/root
#   fields    what their control files say
#   files     every file is where Debian looks for it, and no two packages have the same
#   program library python mpi   used from WORK/root, as from a root that they were installed into
set -euo pipefail
mode=$1 build=$2 source=$3 work=$4 cxx=$5
root=$work/root
guests=$source/docs/guests.csv
export LC_ALL=C.UTF-8

fail() { echo "$*" >&2; exit 1; }
# grep -q leaves its writer to die of the closed pipe, which pipefail would call a failure; this reads to the end.
has() { grep "$@" >/dev/null; }
package() { echo "$work/$1"_*.deb; }
field() { dpkg-deb --field "$(package "$1")" "$2"; }
names=()
for file in "$work"/*.deb; do
  if [[ -e $file ]]; then file=${file##*/} && names+=("${file%%_*}"); fi
done

case $mode in
  build)
    rm -rf "$work"
    mkdir -p "$work"
    cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    rm -rf "$work/_CPack_Packages"
    for file in "$work"/*.deb; do dpkg-deb -x "$file" "$root"; done
    ls -l "$work"
    ;;
  fields)
    wanted="libretrograd-dev libretrograd0 "
    if [[ -d $root/usr/lib/python3 ]]; then wanted+="python3-retrograd "; fi
    if [[ -e $build/libretrograd_mpi.so ]]; then wanted+="retrograd-mpi "; fi
    wanted+="retrograd "
    [[ "${names[*]} " == "$wanted" ]] || fail "packages: ${names[*]}"
    version=$("$build/retrograd" --version | cut -d' ' -f2)
    for name in "${names[@]}"; do
      [[ $(field "$name" Version) == "$version-1" ]] || fail "$name is of version $(field "$name" Version)"
      [[ $(field "$name" Architecture) == "$(dpkg --print-architecture)" ]] || fail "$name: architecture"
      [[ $(field "$name" Maintainer) == *@* && -n $(field "$name" Section) ]] || fail "$name: maintainer or section"
      [[ $(field "$name" Description | wc -l) -ge 5 ]] || fail "$name: description"
      [[ $(zcat "$root/usr/share/doc/$name/changelog.Debian.gz" | head -1) == "retrograd ($version-1) "* ]] ||
        fail "packaging/debian/changelog does not begin with $version-1"
      # As dpkg-gencontrol counts: 1 for what is no file, files rounded up.
      size=$(dpkg-deb --fsys-tarfile "$(package "$name")" | tar -tvf - |
        awk '$6 != "./" { n += /^-/ ? int(($3 + 1023) / 1024) : 1 } END { print n }')
      [[ $(field "$name" Installed-Size) == "$size" ]] ||
        fail "$name: Installed-Size is $(field "$name" Installed-Size), the files take $size"
    done
    for name in retrograd libretrograd0; do
      for needed in libc6 libstdc++6 libfmt9 libhwy1 libonnx1 libprotobuf32 zlib1g; do
        field "$name" Depends | has -w -- "$needed" || fail "$name does not depend on $needed: $(field "$name" Depends)"
      done
      # Nothing else: what the documentation says of needs at run time.
      [[ $(field "$name" Depends | tr ',' '\n' | grep -vcE 'libgcc-s1') -le 7 ]] || fail "$name depends on more: $(field "$name" Depends)"
    done
    [[ $(field libretrograd-dev Depends) == *"libretrograd0 (= $version-1)"* ]] || fail "the dev package's library"
    dpkg-deb --ctrl-tarfile "$(package libretrograd0)" | tar -xO ./triggers | has ldconfig || fail "no ldconfig"
    dpkg-deb --ctrl-tarfile "$(package libretrograd0)" | tar -xO ./shlibs | has '^libretrograd 0 ' || fail "no shlibs"
    if [[ " ${names[*]} " == *" retrograd-mpi "* ]]; then
      for needed in "retrograd (= $version-1)" openmpi-bin libopenmpi; do
        [[ $(field retrograd-mpi Depends) == *"$needed"* ]] || fail "retrograd-mpi does not depend on $needed"
      done
    fi
    if [[ " ${names[*]} " == *" python3-retrograd "* ]]; then
      [[ $(field python3-retrograd Depends) == *"python3 (>= "*python3-numpy* ]] || fail "python's needs"
    fi
    ;;
  files)
    for name in "${names[@]}"; do
      dpkg-deb --fsys-tarfile "$(package "$name")" | tar -tvf - >"$work/list"
      # Owned by root, writable by nobody else, below /usr alone.
      if grep -vE '^[-dl]\S+ root/root ' "$work/list"; then fail "$name: owners"; fi
      if grep -E '^[-d].....(w|...w)' "$work/list"; then fail "$name: writable"; fi
      if grep -vE ' \./(usr(/.*)?)?$| -> ' "$work/list"; then fail "$name: outside of /usr"; fi
      awk '!/^d/ { print $6 }' "$work/list" >>"$work/all.new"
      [[ -s $root/usr/share/doc/$name/copyright && -s $root/usr/share/doc/$name/changelog.gz ]] || fail "$name: its documents"
    done
    LC_ALL=C sort "$work/all.new" >"$work/all" && rm "$work/all.new"
    [[ -z $(uniq -d "$work/all") ]] || fail "in two packages: $(uniq -d "$work/all")"
    for file in bin/retrograd share/man/man1/retrograd.1.gz share/man/man1/retrograd-train.1.gz include/retrograd.h \
      share/bash-completion/completions/retrograd share/zsh/vendor-completions/_retrograd \
      share/fish/vendor_completions.d/retrograd.fish include/retrograd/retrograd.hpp; do
      [[ -s $root/usr/$file ]] || fail "missing: /usr/$file"
    done
    [[ -e $root/usr/lib/$("$cxx" -print-multiarch)/libretrograd.so ]] || fail "the library is not in the architecture's folder"
    # Nothing that was built remembers where.
    if grep -rlF "$build" "$root" --include='*.so*' --include='*.cmake' --include='*.pc' --include=retrograd; then
      fail "the files above hold the path of the build"
    fi
    # The aim: our own code under 6 MB.
    if grep -q '^CMAKE_BUILD_TYPE:STRING=Release$' "$build/CMakeCache.txt"; then
      size=$(stat -Lc %s "$root"/usr/lib/*/libretrograd.so)
      ((size < 6000000)) || fail "the shared library has $size bytes"
    fi
    for file in "$root/usr/bin/retrograd" "$root"/usr/lib/*/libretrograd.so.*; do
      if readelf -S "$file" | has '\.symtab'; then fail "$file is not stripped"; fi
    done
    ;;
  program)
    mkdir -p "$work/program" && cd "$work/program"
    PATH=$root/usr/bin:$PATH
    retrograd train "$guests" --target cancelled --epochs 2 --out run --quiet
    retrograd predict run "$guests" --out predictions.csv
    [[ $(wc -l <predictions.csv) == 2001 && -s run/report.html ]] || fail "predictions or report"
    MANPATH=$root/usr/share/man man retrograd-train | has -- '--target' || fail "man does not find the page"
    ;;
  library)
    rm -rf "$work/library" && mkdir -p "$work/library"
    # Debian's own tools look into the root; that is all they are told.
    lib=$(dirname "$(find "$root/usr/lib" -name libretrograd.so)")
    cmake -S "$source/tests/consumer/find_package" -B "$work/library" -DCMAKE_PREFIX_PATH="$root/usr" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$cxx" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    cmake --build "$work/library" -j 2 --target first c_example >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    cd "$work/library" && ./first && ./c_example
    ldd first | has "$lib/libretrograd.so.0" || fail "first runs with another library"
    [[ $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --variable=libdir retrograd) -ef $lib ]] || fail "pkg-config finds another"
    ;;
  python)
    cd "$work"
    PYTHONPATH=$root/usr/lib/python3/dist-packages /usr/bin/python3 -B - "$root" "$guests" <<'PY'
import pathlib, sys
import retrograd
assert pathlib.Path(retrograd.__file__).is_relative_to(sys.argv[1]), retrograd.__file__
loaded = retrograd.load_training(sys.argv[2], targets="cancelled")
prepared = retrograd.make_network(loaded.spec, loaded.data, hidden=[8])
trained = retrograd.train(prepared, loaded.spec, loaded.data, epochs=2)
print(retrograd.evaluate(trained.model, loaded.data)["accuracy"])
PY
    ;;
  mpi)
    mkdir -p "$work/mpi" && cd "$work/mpi"
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    mpirun --oversubscribe --bind-to none -n 2 "$root/usr/bin/retrograd" train "$guests" --target cancelled --epochs 2 \
      --out run --no-report --threads 1 >log
    grep -q 'rank by rank' log || fail "not several ranks: $(cat log)"
    ;;
  *) fail "there is no mode '$mode'" ;;
esac
