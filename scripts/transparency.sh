#!/usr/bin/env bash
# Implementations of the C2SP specifications that are not ours (proto/transparency)
# read the log of a real server, cosign it, and have a log of their own cosigned.
#
# ERYNOA_BIN and ERYNOA_CLI name the binaries.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
server_bin=${ERYNOA_BIN:-$target/debug/erynoa-gateway}
cli=${ERYNOA_CLI:-$target/debug/erynoa}
for file in "$server_bin" "$cli"; do
  if [[ ! -x $file ]]; then
    echo "$file is not there: build it, or set ERYNOA_BIN and ERYNOA_CLI" >&2
    exit 1
  fi
done
tools=$target/tools/transparency
cargo build --locked --quiet --manifest-path proto/transparency/Cargo.toml --target-dir "$tools"
check=$tools/debug/transparency-check

work=$(mktemp -d)
server=
witness=
end() {
  local process=$1
  if [[ -n $process ]] && kill -0 "$process" 2>/dev/null; then
    kill -TERM "$process"
    wait "$process" 2>/dev/null || true
  fi
}
trap 'end "$server"; end "$witness"; rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf 'transparency: %s\n' "$*" >&2
  cat -- "$work/server.log" >&2
  exit 1
}

# Tries a command for half a minute; says in the end why it does not succeed.
eventually() {
  for _ in $(seq 1 150); do
    if "$@" >"$work/said" 2>&1; then
      cat -- "$work/said"
      return
    fi
    sleep 0.2
  done
  fail "$* does not succeed: $(cat -- "$work/said")"
}

mkdir "$work/data"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
# The log's time is that of its events: their days close epochs at once.
start() {
  APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$work/data APP_LOG__CLOCK=events \
    APP_LOG__ORIGIN=transparency.example/log APP_LIMITS__REQUESTS_PER_SECOND=100000 \
    APP_LIMITS__BURST=100000 APP_LOG__WITNESS_FOR="[\"$foreign\"]" \
    APP_LOG__WITNESSES="$1" "$server_bin" >>"$work/server.log" 2>&1 &
  server=$!
  eventually "$cli" --server "$url" health >/dev/null
}
restart() {
  end "$server"
  start "$1"
}
import() {
  "$cli" --server "$url" import ratings "$work/$1.csv" --claim "$(cat -- "$work/data/claim-link" 2>/dev/null || true)" \
    >"$work/import.log" 2>&1 || fail "import: $(cat -- "$work/import.log")"
}

"$check" keys foreign.example/log "$work/foreign"
foreign=$(sed -n 2p "$work/foreign")
head -n 400 testdata/bitcoin-otc/soc-sign-bitcoinotc.csv >"$work/first.csv"
head -n 900 testdata/bitcoin-otc/soc-sign-bitcoinotc.csv >"$work/second.csv"

start '[]'
log_key=$(curl -sf "$url/log/keys" | sed -n 1p)
own_key=$(curl -sf "$url/log/keys" | sed -n 2p)

echo "-- the server cosigns a log that is not its own, and nothing else"
"$check" ask "$url" "$own_key" "$work/foreign" first

echo "-- its own log, read by others"
import first
eventually "$check" read "$url" "$log_key" "$work/head"

echo "-- a witness that is not ours cosigns it"
"$check" witness witness.example/independent "$log_key" "$work/witness" &
witness=$!
eventually test -s "$work/witness"
witness_url=$(sed -n 1p "$work/witness")
witness_key=$(sed -n 2p "$work/witness")
restart "[{url=\"$witness_url\",verifier_key=\"$witness_key\"}]"
eventually "$check" read "$url" "$log_key" "$work/head" "$witness_key"
import second
eventually "$check" read "$url" "$log_key" "$work/head" "$witness_key"

echo "-- after the restart the server stands where it stood"
"$check" ask "$url" "$own_key" "$work/foreign" again

echo "-- somebody else's key is not believed"
if "$check" read "$url" "$log_key" "$work/head" "$own_key" 2>/dev/null; then
  fail "a witness that has not signed is believed"
fi
if "$check" read "$url" "$foreign" "$work/head" 2>/dev/null; then
  fail "the key of another log is believed"
fi
