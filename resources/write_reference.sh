#!/bin/sh
# usage: write_reference.sh PATH-OF-athanor-cli FILE
# Writes the reference page whole or not at all.
set -eu
program=$1
file=$2
trap 'rm -f "$file.part"' EXIT
"$program" plugin reference >"$file.part"
[ -s "$file.part" ] || { echo "write_reference.sh: the page is empty; $file stays as it was." >&2; exit 1; }
mv "$file.part" "$file"
