#!/bin/bash
# Build the site into the folder $1 by VitePress from npm, which is installed below $SITES_CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$SITES_CACHE/vitepress"
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent --no-audit --no-fund vitepress@1.6.4
rm -rf source && cp -r "$here/source" source
NODE_OPTIONS=--max-old-space-size=1024 npx vitepress build source --outDir "$1"
