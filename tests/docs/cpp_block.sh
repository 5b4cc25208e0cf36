#!/usr/bin/env bash
# cpp_block.sh PAGE.md OUT.cpp: the first ```cpp block of a page.
set -euo pipefail
awk '/^```cpp$/ { inside = 1; next } /^```/ && inside { exit } inside' "$1" >"$2"
[[ -s $2 ]] || { echo "$1 has no \`\`\`cpp block" >&2; exit 1; }
