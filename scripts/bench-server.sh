#!/usr/bin/env bash
# Load against a running server: the server on one core, the clients on another.
# PROFILE (release) chooses the build.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-release}
port=${PORT:-3990}
target=${CARGO_TARGET_DIR:-target}
cargo build --locked --profile "$profile" -p erynoa-api-gateway -p erynoa-cli
server=$target/$profile/erynoa-gateway
cli=$target/$profile/erynoa
data=$(mktemp -d)

first=0
last=$(($(nproc) - 1))
pid=
stop() {
  [[ -z $pid ]] || kill "$pid" 2>/dev/null || true
  [[ -z $pid ]] || wait "$pid" 2>/dev/null || true
  rm -rf -- "$data"
}
trap stop EXIT

start() {
  : >"$data/out"
  APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$data \
    APP_LIMITS__REQUESTS_PER_SECOND=1000000 APP_LIMITS__BURST=1000000 \
    APP_LIMITS__MANA=false \
    taskset -c "$first" "$server" >"$data/out" 2>&1 &
  pid=$!
  for _ in $(seq 1 400); do
    if grep -q "is ready" "$data/out"; then return; fi
    kill -0 "$pid" || { cat "$data/out"; exit 1; }
    sleep 0.01
  done
  echo "the server was not ready within 4 seconds" >&2
  exit 1
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores; server on core $first, clients on core $last"
echo "binary: $(stat -c %s "$server") bytes"
began=$(milliseconds)
start
echo "cold start, empty: $(($(milliseconds) - began)) ms"
sleep 1
echo "idle memory: $(ps -o rss= -p "$pid") KiB"
link=$(cat "$data/claim-link")
taskset -c "$last" "$cli" --server "http://127.0.0.1:$port" load --claim "$link" --clients 1 --mode submit --events 5000 --seconds 5
taskset -c "$last" "$cli" --server "http://127.0.0.1:$port" load --clients 64
kill "$pid" && wait "$pid" || true
began=$(milliseconds)
start
echo "cold start with what the load has written: $(($(milliseconds) - began)) ms"
