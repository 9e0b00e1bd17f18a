#!/bin/bash
# Build the site into the folder $1 by Docusaurus from npm, which is installed below $SITES_CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$SITES_CACHE/docusaurus"
[ -f package.json ] || npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @docusaurus/core@3.10.2 @docusaurus/preset-classic@3.10.2 raw-loader@4 react@19 react-dom@19
rm -rf source && cp -r "$here/source" source
cd source/website
NODE_OPTIONS=--max-old-space-size=1024 npx docusaurus build --out-dir "$1"
