#!/usr/bin/env bash
# command_line.sh [--check] RETROGRAD PAGE: the reference of the command line, from --help of every verb.
set -euo pipefail
check=0
if [[ $1 == --check ]]; then check=1 && shift; fi
retrograd=$1 page=$2

generate() {
  cat <<'HEAD'
<!-- Written by tests/docs/command_line.sh from --help; change it in cli/. -->
# The command line

What `retrograd --help` and `--help` of every verb print. [Getting started](getting-started.md) shows them at work.

HEAD
  block retrograd --help
  local verb
  for verb in $("$retrograd" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\+\) .*/\1/p'); do
    printf '## %s\n\n' "$verb"
    block "$verb" --help
  done
}

block() {
  if [[ $1 == retrograd ]]; then shift; fi
  printf '```text\n'
  "$retrograd" "$@"
  printf '```\n\n'
}

if ((check)); then
  # At least train, evaluate, predict, show and gradcheck: a help text that changed its layout must not pass unseen.
  (($(grep -c '^## ' "$page") >= 5)) || { echo "$page has fewer verbs than expected" >&2; exit 1; }
  diff "$page" <(generate) || { echo "$page is out of date; to update: build target docs_command_line" >&2; exit 1; }
else
  generate >"$page.new" && mv "$page.new" "$page"
fi
