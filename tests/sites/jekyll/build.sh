# Renders the site by Debian's Jekyll 4, which a machine with Ruby has as `gem install jekyll` too.
set -eu
command -v jekyll > /dev/null || { echo "Install Jekyll first: apt-get install jekyll" >&2; exit 1; }
cd "$(dirname "$0")/source"
JEKYLL_ENV=production jekyll build --quiet --disable-disk-cache --destination "$1"
