#!/usr/bin/env bash
# run_blocks.sh RETROGRAD ROOT PAGE FOLDER: runs a page. In ROOT/PAGE,
#   ```sh            is executed, all blocks of a page one after the other in FOLDER, where docs/*.csv are copied and
#                    `retrograd` is the built command; a command that fails fails the test
#   ```sh node       the same, with examples/serve/serve.js beside; where Node, ONNX Runtime's package (NODE_PATH) or
#                    curl is missing it is passed over, and so is the output that follows it
#   ```sh no-run     is not (commands for the reader alone)
#   ```text output   lines that the block before it must have printed, in this order, numbers and spacing aside;
#                    a line … stands for any lines
#   ```cpp FILE      must be an excerpt of that file of ROOT, lines … standing for what is left out; so ```cmake FILE
#   ```cpp, text, math, toml, csv and no kind are not (of ```cpp, the README's is compiled by another test), nor is
#   ```python, which tests/python runs
set -euo pipefail
export LC_ALL=C.UTF-8
retrograd=$(realpath "$1") root=$(realpath "$2") page=$3 folder=$4

rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/blocks" "$folder/work"
folder=$(realpath "$folder")
ln -s "$retrograd" "$folder/bin/retrograd"
cp "$root"/docs/*.csv "$folder/work/" 2>/dev/null || true
PATH=$folder/bin:$PATH

# blocks/003 holds the text of the third block, blocks/003.kind what follows its ```.
awk -v to="$folder/blocks" '
  /^```/ && !inside { inside = 1; file = sprintf("%s/%03d", to, ++n); print substr($0, 4) > (file ".kind"); printf "" > file; next }
  /^```$/ && inside { inside = 0; next }
  inside { print > file }' "$root/$page"

# What stays of a line when numbers and spacing do not count.
normal() { sed -E 's/[0-9a-f]{32}/HASH/g; s/[-−+]?[0-9][0-9.,]*(e[-+]?[0-9]+)?/#/g; s/[[:space:]]+/ /g; s/^ //; s/ $//' "$1"; }

# contains WANTED TEXT: the lines of WANTED occur in TEXT in this order, and one right after the other unless … is between.
contains() {
  awk -v wanted="$1" '
    { text[++n] = $0 }
    END {
      at = 1
      while ((getline line < wanted) > 0) {
        if (line == "…") { find(); size = 0 } else group[++size] = line
      }
      find()
    }
    # The first place from `at` on where the whole group stands.
    function find(    start, k) {
      for (start = at; start + size - 1 <= n; ++start) {
        for (k = 1; k <= size && text[start + k - 1] == group[k]; ++k);
        if (k > size) { at = start + size; return }
      }
      print "not found, from line " at " on:"
      for (k = 1; k <= size; ++k) print "  " group[k]
      exit 1
    }' "$2"
}

failed() { echo "$page, block $1: $2" >&2; exit 1; }

has_runtime() { command -v curl >/dev/null && node -e 'require.resolve("onnxruntime-node")' 2>/dev/null; }

ran=0 last=
shopt -s nullglob
for kind_file in "$folder"/blocks/*.kind; do
  block=${kind_file%.kind} number=$(basename "${kind_file%.kind}") kind=$(<"$kind_file")
  if [[ $kind == "sh node" ]]; then
    if has_runtime; then
      cp "$root/examples/serve/serve.js" "$folder/work/"
      kind=sh
    else
      echo "$page, block $number: passed over; ./dev test installs Node, ONNX Runtime and curl"
      last=passed_over
      continue
    fi
  fi
  case $kind in
    sh)
      if ! (cd "$folder/work" && bash -euo pipefail "$block") >"$block.out" 2>&1; then
        cat "$block" "$block.out" >&2
        failed "$number" "a command failed"
      fi
      last=$block.out
      ran=$((ran + 1))
      ;;
    "text output")
      [[ -n $last ]] || failed "$number" "output without a block that was run"
      if [[ $last == passed_over ]]; then continue; fi
      normal "$block" >"$block.normal"
      normal "$last" >"$last.normal"
      contains "$block.normal" "$last.normal" >&2 || { cat "$last" >&2; failed "$number" "the output is another"; }
      ran=$((ran + 1))
      ;;
    "cpp "* | "cmake "*)
      file=$root/${kind#* }
      [[ -f $file ]] || failed "$number" "there is no ${kind#* }"
      sed 's/^ *\/\/ …$/…/' "$block" >"$block.excerpt"
      contains "$block.excerpt" "$file" >&2 || failed "$number" "is no longer what ${kind#* } says"
      ran=$((ran + 1))
      ;;
    cpp | python | text | math | "sh no-run" | toml | csv) ;;
    "")
      if grep -qE '^(\$ )?(retrograd|\./dev) ' "$block"; then failed "$number" "a command without a kind: write \`\`\`sh"; fi
      ;;
    *) failed "$number" "unknown kind of block '$kind'" ;;
  esac
done
echo "$page: $ran blocks checked"
