#!/usr/bin/env bash
# Measures a fresh server with `erynoa load`: single submits with 64 in flight
# and alone, batches, unary reads over gRPC and gRPC-Web, beside an empty tonic
# service. Server and clients get a core each where `taskset` is there.
#
# PORT (3999), SECONDS_EACH (10), EVENTS (50000), SERVER_BIN and CLI_BIN (built
# with the profile "quick" unless given) can be set in the environment.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PORT:-3999}
each=${SECONDS_EACH:-10}
events=${EVENTS:-50000}
target=${CARGO_TARGET_DIR:-target}
url=http://127.0.0.1:$port

if [[ -z ${SERVER_BIN:-} || -z ${CLI_BIN:-} ]]; then
  cargo build --locked --profile quick -p erynoa-api-gateway -p erynoa-cli
fi
server_bin=${SERVER_BIN:-$target/quick/erynoa-gateway}
cli=${CLI_BIN:-$target/quick/erynoa}

on_core() {
  local core=$1
  shift
  if command -v taskset >/dev/null && (($(nproc) > 1)); then
    exec taskset -c "$core" "$@"
  fi
  exec "$@"
}

data=$(mktemp -d)
server=
stop() {
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server"
    wait "$server" || true
  fi
  rm -rf -- "$data"
}
trap stop EXIT

(
  export APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$data
  export APP_LIMITS__REQUESTS_PER_SECOND=1000000 APP_LIMITS__BURST=1000000
  on_core 0 "$server_bin"
) >"$data/server.log" 2>&1 &
server=$!

for _ in $(seq 1 100); do
  kill -0 "$server" 2>/dev/null || break
  if [[ -s $data/claim-link ]] && "$cli" --server "$url" health >/dev/null 2>&1; then
    link=$(cat -- "$data/claim-link")
    (on_core 1 "$cli" --server "$url" load --seconds "$each" --events "$events" --claim "$link")
    echo "one request at a time:"
    (on_core 1 "$cli" --server "$url" load --mode submit --clients 1 --seconds "$each" --events 5000)
    exit 0
  fi
  sleep 0.1
done
cat -- "$data/server.log" >&2
echo "the server did not become ready on port $port" >&2
exit 1
