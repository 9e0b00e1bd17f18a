#!/bin/sh
# Builds the book with Jupyter Book 1 from PyPI, which has Sphinx render it.
set -eu
cache="$SITES_CACHE/jupyter-book"
[ -x "$cache/bin/jupyter-book" ] || { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet jupyter-book==1.0.4.post1 sphinx-exercise==1.2.1; }
rm -rf "$cache/work"
cp -r "$(dirname "$0")/source" "$cache/work"
"$cache/bin/jupyter-book" build -q "$cache/work" >"$cache/build.log" 2>&1 || { cat "$cache/build.log"; exit 1; }
mkdir -p "$1"
cp -r "$cache/work/_build/html/." "$1"
