#!/bin/sh
# Builds the site with Sphinx from PyPI; `$2` is another theme than the basic one.
set -eu
cache="$SITES_CACHE/sphinx"
[ -x "$cache/bin/sphinx-build" ] || { python3 -m venv "$cache" && "$cache/bin/pip" install --quiet Sphinx==9.0.4 furo==2025.12.19 myst-parser==5.2.0; }
"$cache/bin/sphinx-build" -q -E -d "$cache/doctrees" -D "html_theme=${2:-basic}" "$(dirname "$0")/source" "$1"
