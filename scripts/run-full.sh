#!/usr/bin/env bash
# Everything on real parts: PostgreSQL, Redis, S3, an OIDC provider and a mail
# server, GATEWAYS gateways (1) from port 3000 on, and Caddy on 3001 in front.
# What is written stays in data/full (ERYNOA_FULL_DIR). Ctrl-C ends all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${ERYNOA_PROFILE:-quick}
target=${CARGO_TARGET_DIR:-$PWD/target}
server=${ERYNOA_BIN:-$target/${profile/#dev/debug}/erynoa-gateway}
dir=${ERYNOA_FULL_DIR:-$PWD/data/full}
[[ $dir == /* ]] || dir=$PWD/$dir
proxy=${ERYNOA_PROXY_PORT:-3001}
first=${ERYNOA_GATEWAY_PORT:-3000}
gateways=${GATEWAYS:-1}
public=http://localhost:$proxy
[[ -x $server ]] || { echo "$server is not there: make run-full builds it" >&2; exit 1; }

ports=()
port=$first
while ((${#ports[@]} < gateways)); do
  if [[ $port != "$proxy" ]]; then ports+=("$port"); fi
  port=$((port + 1))
done
for port in "${ports[@]}" "$proxy"; do
  if (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "port $port is taken: stop what listens there, or set ERYNOA_GATEWAY_PORT and ERYNOA_PROXY_PORT" >&2
    exit 1
  fi
done

mkdir -p -- "$dir"
export ERYNOA_SERVICES_DIR=$dir/services ERYNOA_SERVICES_DURABLE=1
export ERYNOA_PROXY_PORT=$proxy ERYNOA_PROFILE=$profile
ERYNOA_BACKEND=$(printf '127.0.0.1:%s ' "${ports[@]}")
export ERYNOA_BACKEND
for app in platform console docs; do
  export "OIDC_${app^^}_REDIRECTS=$public/$app/callback,http://localhost:$first/$app/callback"
done

pids=()
stop() {
  trap - EXIT
  if ((${#pids[@]})); then
    kill "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" 2>/dev/null || true
  fi
  scripts/services.sh stop
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

scripts/services.sh start >/dev/null
# shellcheck disable=SC1091 # Written by services.sh.
source "$ERYNOA_SERVICES_DIR/env"

export APP_APPLICATION__PUBLIC_URL=$public APP_APPLICATION__DATA_DIR=$dir/gateway
export APP_DATABASE__BACKEND=postgres APP_DATABASE__URL=$ERYNOA_TEST_POSTGRES_URL
export APP_CACHE__BACKEND=redis APP_CACHE__URL=$ERYNOA_TEST_REDIS_URL
export APP_STORAGE__BACKEND=s3 APP_STORAGE__ENDPOINT=$ERYNOA_TEST_S3_URL
export APP_STORAGE__PUBLIC_ENDPOINT=$ERYNOA_TEST_S3_URL
export APP_STORAGE__ACCESS_KEY_ID=$ERYNOA_TEST_S3_KEY
export APP_STORAGE__SECRET_ACCESS_KEY=$ERYNOA_TEST_S3_SECRET
export APP_AUTH__MODE=oidc APP_AUTH__ISSUER=$ERYNOA_TEST_OIDC_ISSUER
export APP_AUTH__PLATFORM_CLIENT_ID=platform APP_AUTH__CONSOLE_CLIENT_ID=console
export APP_AUTH__DOCS_CLIENT_ID=docs APP_AUTH__AUDIENCES='["erynoa"]'
export APP_MAIL__BACKEND=smtp APP_MAIL__URL=$ERYNOA_TEST_SMTP_URL
export APP_MAIL__FROM='Erynoa <erynoa@localhost>'

for port in "${ports[@]}"; do
  log=$dir/gateway-$port.log
  APP_APPLICATION__PORT=$port setsid "$server" >"$log" 2>&1 &
  pids+=("$!")
  for _ in $(seq 1 300); do
    if curl -sf -o /dev/null "http://127.0.0.1:$port/api/v1/ready"; then continue 2; fi
    if ! kill -0 "${pids[-1]}" 2>/dev/null; then
      cat -- "$log" >&2
      exit 1
    fi
    sleep 0.2
  done
  cat -- "$log" >&2
  echo "the gateway on port $port was not ready within a minute; what is missing:" >&2
  curl -s "http://127.0.0.1:$port/api/v1/ready" >&2 || true
  exit 1
done
scripts/services.sh start caddy >/dev/null

claim=
if [[ -s $dir/gateway/claim-link ]]; then claim="
claim it     $(<"$dir/gateway/claim-link")"; fi
cat <<TEXT

platform     $public/platform
console      $public/console
docs         $public/docs
gateways     ${ports[*]} behind Caddy on $proxy
sign-in      $ERYNOA_TEST_OIDC_ISSUER (deploy/services/oidc/README.md has the people)
mail         $ERYNOA_TEST_SMTP_API/messages
logs         $dir/*.log $ERYNOA_SERVICES_DIR/*.log$claim

Ctrl-C ends all of it. Everything that was written stays in $dir.
TEXT
# One gateway that ends is news; the others go on behind Caddy.
while ((${#pids[@]})); do
  gone=
  wait -n -p gone "${pids[@]}" || true
  for index in "${!pids[@]}"; do
    if [[ ${pids[index]} == "${gone:-}" ]]; then
      echo "the gateway on port ${ports[index]} has ended: $dir/gateway-${ports[index]}.log" >&2
      unset "pids[index]"
    fi
  done
done
exit 1
