#!/usr/bin/env bash
# Opens a site of `assay report html` in a real browser: filters, links, errors, two widths.
#   crates/assay-cli/tests/browser.sh SITE [FOLDER FOR SCREENSHOTS]
# Needs Chromium (Debian: chromium), Node.js and the npm registry.
set -euo pipefail
site=$(realpath "$1")
shots=${2:-}
[ -z "$shots" ] || { mkdir -p "$shots" && shots=$(realpath "$shots"); }
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/browser.mjs" "$work/"
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" playwright-core@1.64.1
SITE="$site" SHOTS="$shots" CHROMIUM="$(command -v chromium || command -v chromium-browser)" node --test browser.mjs
