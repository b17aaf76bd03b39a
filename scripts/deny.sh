#!/usr/bin/env bash
# The fences of deny.toml: which crate may use which technology, licences,
# sources. Takes cargo-deny from the path, else builds it once into target/tools.
set -euo pipefail
cd "$(dirname "$0")/.."
deny=$(command -v cargo-deny || true)
if [[ -z $deny ]]; then
  tools=${CARGO_TARGET_DIR:-$PWD/target}/tools
  deny=$tools/bin/cargo-deny
  if [[ ! -x $deny ]]; then
    # Unoptimised: it runs for seconds and is built in a fraction of the time.
    CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --debug --root "$tools" cargo-deny@0.20.2
    rm -rf "$tools/build"
  fi
fi
"$deny" --all-features --locked check bans licenses sources
