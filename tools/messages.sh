#!/bin/sh
# Renew the catalogue of sentences: collect from the code, merge into the Chinese one, compile.
# Usage: tools/messages.sh [PYTHON]
set -eu
cd "$(dirname "$0")/.."
babel="${1:-.venv/bin/python} -m babel.messages.frontend"
po=layout/text/locale/zh/LC_MESSAGES/layout.po
template=$(mktemp)
trap 'rm -f "$template"' EXIT
$babel -q extract --no-default-keywords -k tr --omit-header --sort-output --no-location \
    --no-wrap -o "$template" layout
$babel -q update -D layout -i "$template" -o "$po" -l zh --no-wrap --no-fuzzy-matching \
    --ignore-obsolete --omit-header
$babel -q compile -i "$po" -o "${po%.po}.mo" -l zh
