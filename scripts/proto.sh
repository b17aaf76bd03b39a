#!/usr/bin/env bash
# Lints the protos and refuses changes that break what main has published.
set -euo pipefail
cd "$(dirname "$0")/.."
buf=web/node_modules/.bin/buf
"$buf" lint
"$buf" format --diff --exit-code proto
published=${ERYNOA_PUBLISHED:-$(git rev-parse --verify --quiet origin/main || git rev-parse --verify --quiet main || git rev-parse HEAD)}
if git cat-file -e "$published:proto" 2>/dev/null; then
  "$buf" breaking --against ".git#ref=$published"
fi
