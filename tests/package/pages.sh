#!/usr/bin/env bash
# pages.sh MODE PAGES RETROGRAD WORK: what the program writes for man and for the shells.
#   manual          every verb has a page that groff and man read without a warning, and that says what the help says
#   bash zsh fish   the completions, run by their shell
set -euo pipefail
mode=$1 pages=$2 retrograd=$3 work=$4/$1
export LC_ALL=C.UTF-8
rm -rf "$work"
mkdir -p "$work/bin"
ln -s "$(realpath "$retrograd")" "$work/bin/retrograd"
PATH=$work/bin:$PATH
cd "$work"
touch a-table.csv other.txt

fail() { echo "$*" >&2; exit 1; }

# expect WORDS OF…: the answer to a command line, in any order. The shell's own function `complete_line` gives it.
expect() {
  local wanted=$1 found
  shift
  found=$(complete_line "$@" | LC_ALL=C sort | tr '\n' ' ')
  [[ ${found% } == "$wanted" ]] || fail "$mode, '$*': found '${found% }', expected '$wanted'"
}

# What every shell must answer.
lines_of_all_shells() {
  expect "evaluate" retrograd eva
  expect "explain export" retrograd exp
  expect "--hidden" retrograd train --hid
  expect "fail skip" retrograd train --on-bad-row ''
  expect "gelu" retrograd train --activation ge
  expect "adam adamw" retrograd train --optimizer ad
  expect "json" retrograd diagnose run --format j
  expect "bash" retrograd completion b
  expect "predict" retrograd manual pred
  expect "a-table.csv" retrograd train a-t
  expect "other.txt" retrograd evaluate run oth
}

case $mode in
  manual)
    names=(retrograd)
    for verb in $(retrograd --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\+\) .*/\1/p'); do names+=("retrograd-$verb"); done
    ((${#names[@]} > 12)) || fail "the help lists ${#names[@]} verbs"
    [[ $(ls "$pages/man") == "$(printf '%s.1.gz\n' "${names[@]}" | LC_ALL=C sort)" ]] || fail "pages: $(ls "$pages/man")"
    for name in "${names[@]}"; do
      verb=${name#retrograd} verb=${verb#-}
      gzip -dc "$pages/man/$name.1.gz" >"$name.1"
      # shellcheck disable=SC2086  # no verb is no word
      diff "$name.1" <(retrograd manual $verb) || fail "$name is not what the program writes"
      groff -k -man -ww -z -Tutf8 "$name.1" 2>&1 | tee warnings
      MANROFFSEQ='' MANWIDTH=92 man --warnings -E UTF-8 -l "$name.1" 2>>warnings | col -b >"$name.txt"
      [[ ! -s warnings ]] || fail "$name: $(cat warnings)"
      # The words of the help that are no layout are the words of the page, in their order.
      # shellcheck disable=SC2086
      retrograd $verb --help | grep -oE -- '--[a-z-]+' | sort -u >flags
      while IFS= read -r flag; do grep -qF -- "$flag" "$name.txt" || fail "$name lacks $flag"; done <flags
      for section in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES 'SEE ALSO'; do
        grep -q "^$section" "$name.txt" || fail "$name lacks $section"
      done
    done
    grep -q "^EXIT STATUS" retrograd.txt && grep -q "130 interrupted" retrograd.txt || fail "no exit codes"
    lexgrog retrograd.1 retrograd-train.1 >whatis || fail "apropos finds nothing: $(cat whatis)"
    if retrograd manual trian 2>error; then fail "a page of no verb"; fi
    grep -q "did you mean train" error
    ;;
  bash)
    # shellcheck source=/dev/null
    source "$pages/retrograd"
    complete -p retrograd >/dev/null
    complete_line() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _retrograd
      printf '%s\n' "${COMPREPLY[@]}"
    }
    lines_of_all_shells
    expect "a-table.csv bin other.txt" retrograd train --config ''
    expect "" retrograd train --target a
    ;;
  zsh)
    zsh -n "$pages/_retrograd"
    # zsh completes only at a prompt: one in a pseudo-terminal, whose compadd writes down what is offered.
    cat >complete.zsh <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT='' fpath=($PAGES \$fpath); autoload -Uz compinit; compinit -u -d $DUMP"
zpty -w shell 'compadd() {
  [[ ${argv[(I)-[OAD]]} -gt 0 ]] && { builtin compadd "$@"; return }
  local -a offered; builtin compadd -O offered "$@"; print -rl -- $offered >>$ANSWER; builtin compadd "$@"
}
done-completing() { zle complete-word; print -r -- done >$ANSWER.done }
zle -N done-completing; bindkey "^I" done-completing; zstyle ":completion:*" list-prompt ""; LISTMAX=0
print ready >$ANSWER.ready'
while [[ ! -e $ANSWER.ready ]]; do sleep 0.05; zpty -rt shell _ 2>/dev/null; done
zpty -w -n shell "$LINE"$'\t'
while [[ ! -e $ANSWER.done ]]; do sleep 0.05; zpty -rt shell _ 2>/dev/null; done
zpty -d shell
ZSH
    complete_line() {
      rm -f answer answer.*
      ANSWER=$work/answer DUMP=$work/dump LINE="$*" PAGES=$pages zsh -f complete.zsh >/dev/null
      if [[ -e answer ]]; then sort -u answer; fi
    }
    lines_of_all_shells
    ;;
  fish)
    export HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work
    fish --no-execute "$pages/retrograd.fish"
    complete_line() {
      fish --no-config -c "source '$pages/retrograd.fish'; complete -C '$*'" | cut -f1
    }
    lines_of_all_shells
    ;;
esac
