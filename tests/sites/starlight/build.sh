#!/bin/bash
# Build the site into the folder $1 by Astro and Starlight from npm, which are installed below $SITES_CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$SITES_CACHE/starlight"
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent --no-audit --no-fund astro@5.18.2 @astrojs/starlight@0.37.7
rm -rf source && cp -r "$here/source" source
cd source
ASTRO_TELEMETRY_DISABLED=1 NODE_OPTIONS=--max-old-space-size=1024 npx astro build --outDir "$1"
