# shellcheck shell=bash
# ./dev check: what takes longer than the tests, or needs other builds.

sources() {
  local folder
  for folder in src include cli tests bench examples python; do
    if [[ -d $folder ]]; then find "$folder" -name '*.[ch]pp'; fi
  done | LC_ALL=C sort
}

# Sources that differ from origin/main (from the commit before, where there is no such branch) or are new.
changed_sources() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse -q --verify HEAD~1 || git rev-parse HEAD)
  if [[ $base == "$(git rev-parse HEAD)" ]]; then base=$(git rev-parse -q --verify HEAD~1 || echo "$base"); fi
  { git diff --name-only --diff-filter=d "$base"; git ls-files -o --exclude-standard; } |
    LC_ALL=C sort -u | grep -E '^(src|include|cli|tests|bench|examples|python)/.*\.[ch]pp$' || true
}

check_format() {
  say "format: $(sources | wc -l) files"
  sources | xargs -r clang-format --dry-run --Werror || die "some files are not laid out as .clang-format says; run ./dev fmt"
}

check_tidy() {
  local list=build/tidy.files
  # Headers are checked through the files that include them.
  if [[ $1 == all ]]; then sources; else changed_sources; fi | grep '\.cpp$' >"$list.all" || true
  # Only what the build compiles has a compile command.
  while IFS= read -r file; do
    if grep -qF "$PWD/$file\"" build/release/compile_commands.json; then say "$file"; fi
  done <"$list.all" >"$list"
  say "tidy: $(wc -l <"$list") files ($1)"
  xargs -r -a "$list" -P "$(jobs_that_fit)" -n 1 clang-tidy -p build/release --quiet \
    --extra-arg=-Wno-unknown-warning-option 2>build/tidy.log || {
    grep -E 'error:' build/tidy.log >&2 || true
    die "clang-tidy found something (see above)"
  }
}

# fuzz_one TARGET SECONDS: from the seeds and tests/fuzz/corpus; what is found goes to build/fuzz/findings. Inputs are
# small, so that one allocation of more than 64 MiB, or more than a GiB in all, is one that a size in the input asked
# for unchecked. A hang is five minutes: less, a busy machine would be one.
fuzz_one() {
  local target=$1 seconds=$2 work=build/fuzz/work/$1 findings=build/fuzz/findings/$1 kept=tests/fuzz/corpus/$1 size=16384
  local log=build/fuzz/work/$1.log corpora
  case $target in
    receipt | report | model | checkpoint) size=65536 ;;
    gz | npz) size=8192 ;;
  esac
  mkdir -p "$work" "$findings"
  corpora=("$work" "build/fuzz/seeds/$target")
  if [[ -d $kept ]]; then corpora+=("$kept"); fi
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=$size -timeout=300 -report_slow_units=300 \
    -malloc_limit_mb=64 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$findings/" "${corpora[@]}" \
    >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "fuzzing $target found something: $findings. Fix it; then the input belongs into tests/fuzz/regressions/$target"
  }
  say "fuzz: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, nothing found"
}
export -f fuzz_one say die

# Every reader of untrusted bytes under libFuzzer, each for some seconds.
check_fuzz() {
  local seconds=${1:-60} program targets=()
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || die "check fuzz: '$seconds' is not a number of seconds"
  need "${build_packages[@]}" "${check_packages[@]}"
  mkdir -p build
  configure fuzz
  compile fuzz --target fuzz
  build/fuzz/tests/fuzz/fuzz_write_seeds build/fuzz/seeds
  for program in build/fuzz/seeds/*; do targets+=("$(basename "$program")"); done
  say "fuzz: ${#targets[@]} readers, $seconds s each"
  printf '%s\n' "${targets[@]}" | xargs -P "$(jobs_that_fit)" -I {} bash -euc 'fuzz_one "$@"' _ {} "$seconds" ||
    die "fuzzing found something (see above)"
}

# The library and the program by clang, too, its warnings being errors: it refuses some of what g++ takes. Debug, as
# that compiles in half the time, and in the folder that `check bits` uses.
check_clang() {
  need "${build_packages[@]}" "${check_packages[@]}"
  mkdir -p build
  say "clang: the library and the program"
  configure clang-dev -DRETROGRAD_TESTS=ON
  compile clang-dev --target retrograd_cli
}

# Whole trainings by both compilers, with and without optimisation: each must give the fingerprints of the same list.
check_bits() {
  local preset
  cmd_setup check
  mkdir -p build
  for preset in release dev clang clang-dev; do
    say "bits: $preset"
    configure "$preset" -DRETROGRAD_TESTS=ON
    compile "$preset" --target test_bits
    run "build/$preset/tests/test_bits" --gtest_brief=1
  done
  say "bits: the same by every compiler and build type"
}

# 200 kills at random moments, and 50 of ranks, some of them stopped instead; the seed is of today, so that every day
# draws others. The folder of a run that went wrong is kept.
check_kills() {
  cmd_setup test
  mkdir -p build
  configure release -DRETROGRAD_TESTS=ON
  compile release --target test_cli
  RETROGRAD_KEEP_FOLDERS=1 RETROGRAD_KILLS=200 RETROGRAD_RANK_KILLS=50 RETROGRAD_KILL_SEED=${1:-$(date +%Y%m%d)} \
    build/release/tests/test_cli --gtest_filter='Killed.*:KilledRanks.*'
}

# The packages in a Debian that has nothing else: installed by apt, used, and taken out again. Needs root and a network.
check_packages() {
  local root=build/clean-root
  ((EUID == 0)) || die "check packages: a root of its own needs root; run it as root"
  need "debootstrap             makes a Debian of its own, in a folder"
  cmd_package
  if [[ ! -e $root/made ]]; then
    rm -rf "$root"
    run debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" http://deb.debian.org/debian
    touch "$root/made"
  fi
  run bash tests/package/clean_root.sh "$root" build/packages docs/guests.csv
}

# Presets on all rows of real data: the engine and ONNX Runtime agree. DIR: train.csv.gz, valid.csv.gz, test.csv.gz with
# the target as the last column; without any: a table of an R package. Whole trainings, which take minutes.
check_parity() {
  cmd_setup test
  if (($# == 0)); then
    need "${bench_packages[@]}"
    run Rscript bench/quality/sets.R build/bench/sets
    set -- build/bench/sets/income
  fi
  mkdir -p build
  configure release
  compile release --target retrograd_cli
  run bash tests/parity/presets.sh build/release/retrograd tests/parity build/parity all "$@" "$demo_data"
}

# A table of 2 GB (or so many MB) trains in 512 MiB, with the model of a run in memory. What it writes is removed.
check_memory() {
  local megabytes=${1:-2048} status=0
  [[ $megabytes =~ ^[1-9][0-9]*$ ]] || die "check memory: '$megabytes' is not a number of megabytes"
  cmd_setup build
  mkdir -p build
  configure release
  compile release --target retrograd
  /usr/bin/python3 tests/memory/large_table.py build/release/retrograd build/large-table "$megabytes" || status=$?
  rm -rf build/large-table
  return "$status"
}

cmd_check() {
  local scope=${1:-changed} preset
  case $scope in
    changed | all) ;;
    bits | clang | fuzz | kills | memory | packages | parity)
      "check_$scope" "${@:2}"
      return
      ;;
    *) die "check: '$scope' is not one of changed, all, bits, clang, fuzz, kills, packages, memory, parity" ;;
  esac
  cmd_setup check
  restart_with_fixed_addresses check "$scope"
  mkdir -p build
  check_format
  check_clang
  configure release -DRETROGRAD_TESTS=ON
  check_tidy "$scope"
  for preset in asan-ubsan tsan; do
    say "sanitizers: $preset"
    configure "$preset"
    compile "$preset"
    run_tests "$preset" || die "tests under $preset failed (see above)"
  done
  if [[ $scope == all ]]; then check_fuzz; fi
  say "check: all good"
}

cmd_fmt() {
  need "${check_packages[@]}"
  sources | xargs -r clang-format -i
}
