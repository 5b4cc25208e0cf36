#!/usr/bin/env bash
# run_readme.sh PROGRAM TABLE FOLDER: runs the README's C++ program in a folder that holds its table.
set -euo pipefail
rm -rf "$3" && mkdir -p "$3" && cp "$2" "$3/" && cd "$3"
"$1"
[[ -s guests.onnx ]] || { echo "the program wrote no guests.onnx" >&2; exit 1; }
