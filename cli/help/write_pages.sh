#!/usr/bin/env bash
# write_pages.sh RETROGRAD FOLDER: FOLDER/man/*.1.gz, and completions for bash (retrograd), zsh and fish.
set -euo pipefail
retrograd=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder/man"

page() { "$retrograd" manual "${@:2}" | gzip -9n >"$folder/man/$1.1.gz"; }

page retrograd
for verb in $("$retrograd" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\+\) .*/\1/p'); do
  page "retrograd-$verb" "$verb"
done
"$retrograd" completion bash >"$folder/retrograd"
"$retrograd" completion zsh >"$folder/_retrograd"
"$retrograd" completion fish >"$folder/retrograd.fish"
touch "$folder/written"
