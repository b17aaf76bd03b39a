#!/usr/bin/env bash
# An independent program (proto/verifier) checks what the server says: a log of
# imported ratings, and one in which every rule of the fold happens.
#
# ERYNOA_BIN and ERYNOA_CLI name the binaries; PYTHON (python3) needs venv.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
server_bin=${ERYNOA_BIN:-$target/quick/erynoa-gateway}
cli=${ERYNOA_CLI:-$target/quick/erynoa}
verifier=proto/verifier
env=$target/tools/verifier
python=$env/bin/python
export PYTHONDONTWRITEBYTECODE=1
for file in "$server_bin" "$cli"; do
  if [[ ! -x $file ]]; then
    echo "$file is not there: build it, or set ERYNOA_BIN and ERYNOA_CLI" >&2
    exit 1
  fi
done

if ! cmp -s "$verifier/requirements.txt" "$env/installed.txt"; then
  rm -rf -- "$env"
  if ! "${PYTHON:-python3}" -m venv "$env"; then
    echo "The verifier needs Python with venv (on Debian: apt-get install python3-venv)." >&2
    exit 1
  fi
  "$env/bin/pip" install --quiet --disable-pip-version-check -r "$verifier/requirements.txt"
  cp "$verifier/requirements.txt" "$env/installed.txt"
fi

work=$(mktemp -d)
server=
stop() {
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server"
    wait "$server" || true
  fi
  server=
}
trap 'stop; rm -rf -- "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a fresh server on a free port; sets url and link.
start() {
  local data=$work/$1 port
  mkdir "$data"
  port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  url=http://127.0.0.1:$port
  APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$data APP_LOG__CLOCK=events \
    APP_LIMITS__REQUESTS_PER_SECOND=100000 APP_LIMITS__BURST=100000 \
    "$server_bin" >"$work/$1.log" 2>&1 &
  server=$!
  for _ in $(seq 1 300); do
    if [[ -s $data/claim-link ]] && "$cli" --server "$url" health >/dev/null 2>&1; then
      link=$(cat -- "$data/claim-link")
      return
    fi
    if ! kill -0 "$server" 2>/dev/null; then
      break
    fi
    sleep 0.1
  done
  echo "the server did not start:" >&2
  cat -- "$work/$1.log" >&2
  exit 1
}

echo "-- the verifier by itself"
"$python" "$verifier/verify.py" --self-test

echo "-- 3 000 imported ratings"
start ratings
head -n 3000 testdata/bitcoin-otc/soc-sign-bitcoinotc.csv >"$work/ratings.csv"
"$cli" --server "$url" import ratings "$work/ratings.csv" --claim "$link" >"$work/import.log" 2>&1 || {
  cat -- "$work/import.log" >&2
  exit 1
}
"$python" "$verifier/verify.py" "$url" --tamper
stop

echo "-- every rule of the fold"
start village
"$python" "$verifier/exercise.py" "$url" "$link"
"$python" "$verifier/verify.py" "$url" --tamper
stop
