# Renders the book by HonKit from npm.
set -eu
cd "$SITES_CACHE/honkit"
[ -x node_modules/.bin/honkit ] || npm install --silent --no-audit --no-fund honkit@6
rm -rf source && cp -r "$(dirname "$0")/source" source
node_modules/.bin/honkit build source "$1" > /dev/null
rm -rf "$1/gitbook" "$1/search_index.json"
