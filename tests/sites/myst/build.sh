#!/bin/sh
# Builds the site with mystmd from npm. What is rendered of a page is mystmd's own tree, ids and addresses; the theme is
# the bare one beside this file, because mystmd's own is fetched from elsewhere than a registry.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
cache="$SITES_CACHE/myst"
[ -d "$cache/node_modules/mystmd" ] || npm install --prefix "$cache" --silent --no-audit --no-fund mystmd@1.8.3
rm -rf "$cache/work"
mkdir -p "$cache/work/theme/public"
cp -r "$here/source/." "$cache/work"
cp "$here"/theme/* "$cache/work/theme"
cd "$cache/work"
BASE_URL=/handbook "$cache/node_modules/.bin/myst" build --html >"$cache/build.log" 2>&1 || { cat "$cache/build.log"; exit 1; }
mkdir -p "$1"
cp -r _build/html/. "$1"
rm -f "$1"/sitemap.xml
