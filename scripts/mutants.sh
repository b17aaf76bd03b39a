#!/usr/bin/env bash
# Changes the modules of .cargo/mutants.toml one place at a time and runs the
# tests of the crate; whatever no test notices is listed. Takes cargo-mutants
# from the path, else builds it once into target/tools. Arguments go to
# cargo-mutants, such as --shard 0/8 or --re realms/src/guard.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v cargo-mutants >/dev/null; then
  tools=${CARGO_TARGET_DIR:-$PWD/target}/tools
  if [[ ! -x $tools/bin/cargo-mutants ]]; then
    CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --debug --root "$tools" cargo-mutants@27.1.0
    rm -rf "$tools/build"
  fi
  PATH=$tools/bin:$PATH
fi
# A failure is enough; its smallest case, and to try that again, is not needed.
export PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_DISABLE_FAILURE_PERSISTENCE=1 RUST_BACKTRACE=0
mkdir -p target
exec cargo mutants --output target "$@"
