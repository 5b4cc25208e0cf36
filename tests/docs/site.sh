#!/usr/bin/env bash
# site.sh ROOT PACKAGE FOLDER: builds the site as ./dev docs does and checks it; then breaks it in one way after the
# other, each of which the check must find. Exit code 77 where pandoc or Doxygen is missing.
set -euo pipefail
root=$1 package=$2 folder=$3
for program in pandoc doxygen; do
  command -v "$program" >/dev/null || { echo "skipped: no $program; ./dev test installs it"; exit 77; }
done
/usr/bin/python3 -B "$root/docs/site/build.py" "$package" "$folder/site"
check() { /usr/bin/python3 -B "$root/tests/docs/site.py" "$folder/site"; }
check

breaks() { # NAME SED PAGE: what is done to a page
  cp "$folder/site/$3" "$folder/kept"
  sed -i -E "$2" "$folder/site/$3"
  cmp -s "$folder/site/$3" "$folder/kept" && { echo "$1: nothing was broken"; exit 1; }
  if check >"$folder/log"; then echo "not found: $1"; exit 1; fi
  mv "$folder/kept" "$folder/site/$3"
}
breaks "a link to a page that is not there" '0,/href="python.html"/s//href="pithon.html"/' index.html
breaks "a link to a section that is not there" '0,/href="#train"/s//href="#training-it"/' getting-started.html
breaks "a style from elsewhere" 's|href="site.css"|href="https://example.org/site.css"|' data.html
breaks "a picture from elsewhere" 's/(<img[^>]* src=")[^"]*reverse-network/\1https:\/\/example.org\/reverse-network/' index.html
breaks "an element that stays open" '0,/<\/article>/s///' report.html
breaks "a style sheet that fetches" '1s|^|@import "https://example.org/x.css";|' site.css
check >/dev/null
