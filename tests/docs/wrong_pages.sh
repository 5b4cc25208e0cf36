#!/usr/bin/env bash
# wrong_pages.sh RETROGRAD FOLDER: pages that are wrong in one way each must fail, and the right one must pass.
set -uo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
rm -rf "$2" && mkdir -p "$2/docs"
bad=0

expect() {  # expect good|bad NAME < page
  cat >"$2.page" && mv "$2.page" "$root/docs/$2.md"
  local found=good
  bash "$here/run_blocks.sh" "$retrograd" "$root" "docs/$2.md" "$root/run" >"$root/log" 2>&1 || found=bad
  if [[ $found != "$1" ]]; then echo "$2: found $found, expected $1" >&2; cat "$root/log" >&2; bad=1; fi
}

retrograd=$(realpath "$1") root=$(realpath "$2")
cd "$root" || exit 1
printf 'a,b\n1,2\n' >docs/table.csv
printf 'int a;\nint b;\nint c;\n' >source.cpp
block() { printf '```%s\n%s\n```\n' "$1" "$2"; }

{ block sh $'retrograd --version\ncat table.csv'; block 'text output' $'a,b'; block 'cpp source.cpp' $'int a;\n// …\nint c;'; } | expect good right
block sh $'false\ntrue' | expect bad failing_command
block sh 'retrograd train no-such.csv --target b' | expect bad failing_retrograd
{ block sh 'cat table.csv'; block 'text output' 'a,c'; } | expect bad other_output
{ block sh $'echo one; echo two; echo three'; block 'text output' $'one\nthree'; } | expect bad gap_in_output
{ block sh $'echo one; echo two'; block 'text output' $'two\n…\none'; } | expect bad output_out_of_order
block 'text output' 'a,b' | expect bad output_without_command
block 'cpp source.cpp' $'int a;\nint c;' | expect bad changed_excerpt
block 'cpp no-such.cpp' 'int a;' | expect bad excerpt_of_nothing
block shell 'true' | expect bad unknown_kind
block '' 'retrograd train table.csv' | expect bad command_without_kind
block '' 'some words' | expect good words_without_kind
exit $bad
