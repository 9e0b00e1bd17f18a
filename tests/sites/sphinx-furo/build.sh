#!/bin/sh
set -eu
exec sh "$(dirname "$0")/../sphinx/build.sh" "$1" furo
