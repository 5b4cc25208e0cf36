# shellcheck shell=bash
# ./dev bench: every number of the documentation is measured here.

# bench_quality [DIR…]: our results with default settings and those of peers; see bench/quality/quality.py --help.
# Without folders: on the tables of R packages.
bench_quality() {
  cmd_setup bench
  if (($# == 0)); then
    run Rscript bench/quality/sets.R build/bench/sets
    set -- build/bench/sets/*
  fi
  configure_program release
  compile release --target retrograd_cli
  run /usr/bin/python3 bench/quality/quality.py "$@"
}

# bench_ablation DIR…: what each ingredient of a preset is worth on validation rows; see bench/quality/ablation.py --help.
bench_ablation() {
  cmd_setup bench
  configure_program release
  compile release --target retrograd_cli
  run /usr/bin/python3 bench/quality/ablation.py "$@"
}

bench_python() {
  cmd_setup bench
  configure_program release
  compile release --target retrograd_python_package
  PYTHONPATH=build/release/python run /usr/bin/python3 bench/python/fitting.py "$@"
}

# Steps on several ranks, on this machine and between test hosts (root); what shards cost one process.
bench_distributed() {
  cmd_setup bench
  need "${distributed_packages[@]}"
  configure_program bench
  compile bench --target distributed_steps bench_shards
  run build/bench/bench/bench_shards
  run /usr/bin/python3 bench/distributed/run.py build/bench/bench "$@"
}

cmd_bench() {
  case ${1-} in
    quality | ablation | python | distributed)
      "bench_$1" "${@:2}"
      return
      ;;
  esac
  [[ -f bench/CMakeLists.txt ]] || die "bench: this checkout has no bench/CMakeLists.txt"
  cmd_setup bench
  configure_program bench
  compile bench
  local program found=0
  for program in build/bench/bench/bench_*; do
    [[ -f $program && -x $program ]] || continue
    found=1
    run "$program" "$@"
  done
  ((found)) || die "bench: the build left no program build/bench/bench/bench_*"
}
