#!/usr/bin/env bash
# Installs what is missing and runs every check and test. One failure ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
pnpm=$PWD/scripts/pnpm.sh
profile=dev
folder=debug
if [[ ${CI:-} == true ]]; then
  profile=ci
  folder=ci
fi
target=${CARGO_TARGET_DIR:-$PWD/target}
began=$SECONDS

step() {
  printf '\n== %s (%d s)\n' "$1" "$((SECONDS - began))"
}

step "what the tests need"
if [[ ! -x ${ERYNOA_CHROMIUM:-/usr/bin/chromium} ]]; then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The end-to-end tests need Chromium: install the package chromium, or set ERYNOA_CHROMIUM." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The independent verifier needs Python 3.11 with venv: install the package python3-venv." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi
(cd web && "$pnpm" install --frozen-lockfile --prefer-offline)

step "formatting, fences, protos"
cargo fmt --all --check
scripts/deny.sh
scripts/proto.sh

step "web: generate, lint, check, unit tests, build"
(cd web && "$pnpm" exec biome ci . && "$pnpm" check && "$pnpm" test && "$pnpm" build)

step "clippy"
cargo clippy --locked --profile "$profile" --workspace --all-targets -- -D warnings

step "unit, property, contract, crash and simulation tests, on real servers"
cargo test --locked --profile "$profile" --workspace --no-run --message-format=json >"$target/tests.json"
ERYNOA_PROFILE=$profile scripts/services.sh run -- cargo test --locked --profile "$profile" --workspace 2>&1 |
  tee "$target/tests.log"

step "the contracts: port, adapter, laws that ran"
scripts/contracts.py "$target/tests.json" "$target/tests.log"

step "fuzzing, half a minute a target"
fuzz/run.sh "${FUZZ_SECONDS:-30}"

step "end to end in Chromium"
cargo build --locked --profile "$profile" -p erynoa-api-gateway -p erynoa-cli
ERYNOA_BIN=$target/$folder/erynoa-gateway ERYNOA_CLI=$target/$folder/erynoa \
  scripts/services.sh run oidc -- "$pnpm" --dir web e2e

step "every verb of the command line"
ERYNOA_BIN=$target/$folder/erynoa-gateway ERYNOA_CLI=$target/$folder/erynoa scripts/cli.sh

step "the network: partitions, crashes, bad links, routers, strangers"
ERYNOA_BIN=$target/$folder/erynoa-gateway ERYNOA_CLI=$target/$folder/erynoa scripts/network.sh

step "an independent program agrees to the last bit"
ERYNOA_BIN=$target/$folder/erynoa-gateway ERYNOA_CLI=$target/$folder/erynoa scripts/independent.sh

step "transparency tools that are not ours read, witness and are witnessed"
ERYNOA_BIN=$target/$folder/erynoa-gateway ERYNOA_CLI=$target/$folder/erynoa scripts/transparency.sh

step "deployment files, the development's sign-in provider"
deploy/check.sh
npm test --prefix deploy/services/oidc --silent

step "done"
