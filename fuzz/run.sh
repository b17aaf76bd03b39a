#!/bin/sh
# Fuzzes each target for a while, 60 seconds unless given: fuzz/run.sh [SECONDS]
#
# Needs stable Rust, a C++ compiler (libFuzzer is built from source) and Node.
# Ends with an error when a target crashes; the input is then in fuzz/artifacts.
set -eu

seconds=${1:-60}
cd "$(dirname "$0")"
target=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-$PWD/target}

# Coverage by LLVM's own pass, which stable rustc can run; libFuzzer reads it.
# With --target, build scripts and macros are left out.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module \
-Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
cargo build --quiet --locked --release --target "$target" --target-dir "$build"

node seed.mjs corpus
status=0
for name in event_decoder log_reader notes delegation expression realms peer_frames; do
    mkdir -p "artifacts/$name"
    echo "$name: $seconds s"
    if "$build/$target/release/$name" "corpus/$name" \
        -max_total_time="$seconds" -max_len=70000 -timeout=5 -rss_limit_mb=1024 \
        -artifact_prefix="artifacts/$name/" -print_final_stats=1 -verbosity=0 \
        >"artifacts/$name.log" 2>&1
    then
        sed -n 's/^stat::number_of_executed_units: */  inputs: /p; s/^stat::average_exec_per_sec: */  a second: /p' "artifacts/$name.log"
    else
        echo "$name crashed:" >&2
        tail -n 40 "artifacts/$name.log" >&2
        status=1
    fi
done
exit $status
