#!/bin/sh
# Builds the site with Sphinx from PyPI; `$2` is another theme than the basic one.
set -eu
cache="$SITES_CACHE/sphinx"
[ -x "$cache/bin/sphinx-build" ] || { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet sphinx furo myst-parser; }
"$cache/bin/sphinx-build" -q -E -d "$cache/doctrees" -D "html_theme=${2:-basic}" "$(dirname "$0")/source" "$1"
