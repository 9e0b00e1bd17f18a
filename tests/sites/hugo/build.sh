#!/bin/sh
# Builds the site with Hugo, which is Debian's, or whichever stands in the path.
set -eu
hugo --quiet --source "$(dirname "$0")/source" --destination "$1" --cacheDir "$SITES_CACHE/hugo"
rm -rf "$(dirname "$0")/source/.hugo_build.lock" "$(dirname "$0")/source/resources"
