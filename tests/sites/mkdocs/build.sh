# Renders the site by Material for MkDocs and its plugins, from PyPI.
set -eu
venv="$SITES_CACHE/mkdocs/venv"
[ -x "$venv/bin/mkdocs" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet "mkdocs-material>=9.5,<10" "mkdocs-static-i18n[material]>=1.2,<2"
cd "$(dirname "$0")/source"
"$venv/bin/mkdocs" build --quiet --site-dir "$1"
rm -rf "$1/assets"
