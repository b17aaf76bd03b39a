#!/usr/bin/env bash
# Starts a fresh server, imports the Bitcoin OTC web of trust through its public
# API, adds realms and the like (demo-town.sh), then keeps serving until Ctrl-C.
#
# PORT (3000), DEMO_DATA (data/demo), RATINGS (the file), SERVER_BIN and CLI_BIN
# (built with the profile "quick" unless given) can be set in the environment.
set -euo pipefail
# Background jobs get a process group of their own, so that Ctrl-C reaches this
# script alone, which then stops the server once and in order.
set -m
cd "$(dirname "$0")/.."

port=${PORT:-3000}
data=${DEMO_DATA:-data/demo}
ratings=${RATINGS:-testdata/bitcoin-otc/soc-sign-bitcoinotc.csv}
target=${CARGO_TARGET_DIR:-target}
url=http://127.0.0.1:$port

if [[ -z ${SERVER_BIN:-} || -z ${CLI_BIN:-} ]]; then
  cargo build --profile quick -p erynoa-api-gateway -p erynoa-cli
fi
server_bin=${SERVER_BIN:-$target/quick/erynoa-gateway}
cli=${CLI_BIN:-$target/quick/erynoa}

# Only a folder that an earlier demonstration made is emptied.
if [[ -e $data ]]; then
  if [[ ! -e $data/.demo ]]; then
    echo "$data exists and is not of an earlier demonstration; set DEMO_DATA or remove it" >&2
    exit 1
  fi
  rm -rf -- "$data"
fi
mkdir -p -- "$data"
touch -- "$data/.demo"

server=
stop() {
  trap - INT TERM EXIT
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server"
    wait "$server" || true
  fi
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM
trap stop EXIT

APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$data \
  APP_LOG__CLOCK=events APP_FEATURES__DEMO_DATA=true "$server_bin" &
server=$!

ready=
for _ in $(seq 1 100); do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "the server did not start (is port $port taken?)" >&2
    exit 1
  fi
  if [[ -s $data/claim-link ]] && "$cli" --server "$url" health >/dev/null 2>&1; then
    ready=yes
    break
  fi
  sleep 0.1
done
if [[ -z $ready ]]; then
  echo "the server was not ready within 10 seconds" >&2
  exit 1
fi

"$cli" --server "$url" import ratings "$ratings" --claim "$(cat -- "$data/claim-link")"
mkdir -p -- "$data/people"
scripts/demo-town.sh "$cli" "$url" "$data/people"

cat <<TEXT

The imported network is at http://localhost:$port/platform
To act as its founder: erynoa --server $url --key $data/people/1.json
Ctrl-C stops the server; the data stay in $data until the next demonstration.
TEXT
wait "$server"
