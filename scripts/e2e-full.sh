#!/usr/bin/env bash
# The main paths of the three apps in Chromium, each gateway on PostgreSQL, Redis,
# S3, an OIDC provider and a mail server, behind Caddy on http://localhost:3001.
# Arguments go to Playwright: scripts/e2e-full.sh --project=docs
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${ERYNOA_PROFILE:-quick}
target=${CARGO_TARGET_DIR:-$PWD/target}
folder=$target/${profile/#dev/debug}
export ERYNOA_PROFILE=$profile ERYNOA_E2E_FULL=1
export ERYNOA_BIN=${ERYNOA_BIN:-$folder/erynoa-gateway} ERYNOA_CLI=${ERYNOA_CLI:-$folder/erynoa}
exec scripts/services.sh run -- "$PWD/scripts/pnpm.sh" --dir web e2e "$@"
