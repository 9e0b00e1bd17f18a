#!/bin/bash
# Build the site into the folder $1 by Nextra from npm, which is installed below $SITES_CACHE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$SITES_CACHE/nextra"
[ -f package.json ] || npm init --yes >/dev/null
npm pkg set type=module
npm install --silent --no-audit --no-fund nextra@4.6.1 nextra-theme-docs@4.6.1 next@15 react@19 react-dom@19 next-sitemap@4 zod@4.1.12
rm -rf app content parts .next out && cp -r "$here/source/." .
NEXT_TELEMETRY_DISABLED=1 NODE_OPTIONS=--max-old-space-size=2048 npx next build
npx next-sitemap --config next-sitemap.config.cjs
rm -rf "$1" && cp -r out "$1"
