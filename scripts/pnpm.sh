#!/usr/bin/env bash
# pnpm of the major version that web/ is written for, installed or not.
set -euo pipefail
if command -v pnpm >/dev/null && [[ $(pnpm --version 2>/dev/null) == 12.* ]]; then
  exec pnpm "$@"
fi
exec npm exec --yes --package=pnpm@12 -- pnpm "$@"
