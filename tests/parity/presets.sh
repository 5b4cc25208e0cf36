#!/usr/bin/env bash
# presets.sh RETROGRAD ONNXRUNTIME WORK EPOCHS DATA…: models of the presets that are defaults, or close to it, are the same
# in ONNX Runtime on all rows of real data: labels, and probabilities to 1e-5. EPOCHS: a number, or "all".
# DATA: idx:DIR, a table whose target is its last column, or a folder of train.csv.gz, valid.csv.gz and test.csv.gz.
# ONNXRUNTIME: the folder of its Node package. Exit code 77, skipped, where that or the data are missing.
set -euo pipefail
retrograd=$1 runtime=$2 work=$3 epochs=$4
shift 4
if [[ ! -d $runtime/node_modules/onnxruntime-node ]]; then
  echo "skipped: $runtime has no onnxruntime-node; ./dev test installs it"
  exit 77
fi
mkdir -p "$work"
options=(--quiet --no-report --checkpoint-every none)
if [[ $epochs != all ]]; then options+=(--epochs "$epochs"); fi

# compare MODEL DATA
compare() {
  echo "-- $2"
  "$retrograd" parity "$1" "$2" --onnxruntime "$runtime" >"$work/table" || { cat "$work/table"; echo "not the same: $2" >&2; exit 2; }
  grep '^ONNX Runtime' "$work/table"
}

for data in "$@"; do
  if [[ $data == idx:* ]]; then
    folder=${data#idx:}
    if [[ ! -d $folder ]]; then
      echo "skipped: $folder is missing; ./dev test installs it"
      exit 77
    fi
    echo "== $data, preset fast"
    "$retrograd" train "$data" --preset fast "${options[@]}" --out "$work/run"
    compare "$work/run" "$data"
    if [[ $epochs == all ]]; then compare "$work/run" "idx:$(echo "$folder"/train-images*),$(echo "$folder"/train-labels*)"; fi
    continue
  fi
  parts=("$data")
  if [[ -d $data ]]; then parts=("$data"/{train,valid,test}.csv.gz); fi
  target=$(zcat -f "${parts[0]}" | awk -F, 'NR == 1 { gsub(/[\r"]/, ""); name = $NF } END { print name }')
  for preset in table tabm fast; do
    echo "== $data, preset $preset"
    "$retrograd" train "${parts[0]}" --target "$target" --preset "$preset" "${options[@]}" --out "$work/run"
    for part in "${parts[@]}"; do compare "$work/run" "$part"; done
  done
done
