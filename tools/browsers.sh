#!/bin/sh
# Fill the folder DIR (first argument) with what tests/browsers/package.json pins: Chromium 86, a
# driver of Firefox, esbuild and axe. Without node and npm the tests that need them skip.
set -eu
dir=$1
from=$(dirname "$0")/../tests/browsers

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "No node and npm: the tests in old and other browsers skip" >&2
    echo "(on Debian: apt-get install nodejs npm firefox-esr poppler-utils)." >&2
    exit 0
fi
echo "Installing tests/browsers/package-lock.json (a minute the first time)" >&2
rm -rf "$dir"
mkdir -p "$dir"
cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$dir"
(cd "$dir" && npm ci --silent)
# The package brings the browser packed; the tests start it as it is.
node -e '
const [packed, target] = process.argv.slice(1);
const fs = require("fs");
fs.writeFileSync(target, require("zlib").brotliDecompressSync(fs.readFileSync(packed)), { mode: 0o755 });
fs.unlinkSync(packed);
' "$dir/node_modules/chrome-aws-lambda/bin/chromium.br" "$dir/chromium-86"
