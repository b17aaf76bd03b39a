#!/usr/bin/env bash
# The real servers that tests and development need, without containers.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'TEXT'
scripts/services.sh [up] [NAME…]          start, print the variables, stop at Ctrl-C
scripts/services.sh run [NAME…] -- CMD…   run CMD with an instance of its own, which ends with it
scripts/services.sh start|stop [NAME…]    in the background; what runs already is left alone
scripts/services.sh status|env            what runs and where; the variables
scripts/services.sh kill|pause|resume NAME…   SIGKILL, SIGSTOP, SIGCONT: what tests do to servers

NAME: postgres redis s3 oidc smtp restate (all of these when none is named) or caddy.

ERYNOA_SERVICES_DIR      state, logs and pid files (target/services); one instance a folder
ERYNOA_SERVICES_DURABLE  1: data outlives `stop` and the power (fsync on)
ERYNOA_S3_SERVER         a built erynoa-s3-server; else cargo builds it (ERYNOA_PROFILE, dev)
ERYNOA_PROXY_PORT        port of Caddy, else a free one
ERYNOA_BACKEND           what Caddy stands in front of (127.0.0.1:3000)
TEXT
}

fail() {
  printf 'services: %s\n' "$*" >&2
  exit 1
}

dir=${ERYNOA_SERVICES_DIR:-$root/target/services}
[[ $dir == /* ]] || dir=$PWD/$dir
durable=${ERYNOA_SERVICES_DURABLE:-0}
default=(postgres redis s3 oidc smtp restate)

# -- what the machine needs ---------------------------------------------------

# A Debian package for a command that is missing: as root it installs itself.
need() {
  local command=$1 package=$2
  if command -v "$command" >/dev/null; then return; fi
  local advice="apt-get install --no-install-recommends $package"
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$command is missing; install it: sudo $advice"
  fi
  echo "services: $advice" >&2
  # At run level 1 the package does not start a server of its own.
  if ! { apt-get -o DPkg::Lock::Timeout=300 update -qq &&
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
      install -y -qq --no-install-recommends "$package"; } >"$dir/apt.log" 2>&1; then
    tail -n 20 -- "$dir/apt.log" >&2
    fail "$package could not be installed; try: $advice"
  fi
  command -v "$command" >/dev/null || fail "$package is installed but has no $command"
}

need_node_packages() {
  local folder=$1
  need node nodejs
  need npm npm
  if [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]]; then return; fi
  # Instances that start at once install once.
  (
    flock 9
    if [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]]; then exit 0; fi
    npm ci --prefix "$folder" --no-audit --no-fund
    touch "$folder/node_modules/.package-lock.json"
  ) >"$dir/npm.log" 2>&1 9>"$folder/.install.lock" && return
  tail -n 20 -- "$dir/npm.log" >&2
  fail "the packages of $folder are missing; try: npm ci --prefix $folder"
}

# A port that keeps its number for as long as the folder lives. Below 32768, so
# that no outgoing connection takes it while the server is down. Scripts that run
# at the same time have different numbers and so begin to look at different ports.
port() {
  local name=$1 file=$dir/$1.port first port step
  if [[ -s $file ]]; then
    cat -- "$file"
    return
  fi
  first=$(($$ % 1596 * 8))
  for step in $(seq 0 999); do
    port=$((20000 + (first + step) % 12768))
    if ! listens "$port" && ! grep -qsx "$port" "$dir"/*.port; then
      echo "$port" | tee -- "$file"
      return
    fi
  done
  fail "no free port was found for $name"
}

# A secret that keeps its value for as long as the folder lives.
secret() {
  local file=$dir/$1.secret
  [[ -s $file ]] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$file")
  cat -- "$file"
}

# -- processes ----------------------------------------------------------------

# When a process began, in ticks since boot; nothing when it is gone.
began() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The name, in brackets, may hold anything.
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] || return 1
  echo "${stat[19]}"
}

# The process of a service, if it lives. The pid file holds when it began, so
# that one that has inherited the number is left alone.
pid_of() {
  local pid birth
  [[ -f $dir/$1.pid ]] && read -r pid birth <"$dir/$1.pid" || return 1
  [[ $(began "$pid") == "$birth" ]] || return 1
  echo "$pid"
}

is_paused() {
  local stat
  stat=$(cat "/proc/$1/stat") && [[ ${stat##*) } == T* ]]
}

# A process with all its descendants.
tree() {
  local pid
  for pid in "$@"; do
    echo "$pid"
    # shellcheck disable=SC2046 # Numbers, to be split.
    tree $(ps -o pid= --ppid "$pid" || true)
  done
}

launch() {
  local name=$1 pid
  shift
  # In a session of its own: Ctrl-C reaches this script alone, which stops it in order.
  setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(began "$pid" || true)" >"$dir/$name.pid"
  # Its end is no news of ours to print.
  disown "$pid"
}

# Waits for a command to succeed: await NAME SECONDS COMMAND…
await() {
  local name=$1 seconds=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if ! pid_of "$name" >/dev/null; then
      tail -n 20 -- "$dir/$name.log" >&2
      fail "$name has ended while it started; its log is $dir/$name.log"
    fi
    if ((SECONDS >= end)); then
      tail -n 20 -- "$dir/$name.log" >&2
      fail "$name was not ready within $seconds s; its log is $dir/$name.log"
    fi
    sleep 0.05
  done
}

signal() {
  local signal=$1 name=$2 pid pids
  pid=$(pid_of "$name") || fail "$name does not run: scripts/services.sh start $name"
  mapfile -t pids < <(tree "$pid")
  kill "-$signal" "${pids[@]}" 2>/dev/null || true
  if [[ $signal != KILL ]]; then return; fi
  # PostgreSQL does not start again before its last process is gone.
  for _ in $(seq 1 200); do
    for pid in "${pids[@]}"; do
      if began "$pid" >/dev/null; then
        sleep 0.05
        continue 2
      fi
    done
    rm -f -- "$dir/$name.pid"
    # Nobody may have fetched its exit code yet; PostgreSQL would think that it lives.
    if [[ $name == postgres ]]; then rm -f -- "$(<"$dir/postgres.home")/data/postmaster.pid"; fi
    return
  done
  fail "$name has not ended within 10 s of SIGKILL"
}

stop() {
  local name=$1 pid pids
  if pid=$(pid_of "$name"); then
    mapfile -t pids < <(tree "$pid")
    # SIGINT is PostgreSQL's fast shutdown: SIGTERM waits for its clients.
    kill "-$([[ $name == postgres ]] && echo INT || echo TERM)" "$pid" 2>/dev/null || true
    kill -CONT "${pids[@]}" 2>/dev/null || true
    for _ in $(seq 1 200); do
      began "$pid" >/dev/null || break
      sleep 0.05
    done
    if began "$pid" >/dev/null; then signal KILL "$name"; fi
  fi
  rm -f -- "$dir/$name.pid"
  if [[ $durable == 1 ]]; then return; fi
  if [[ $name == postgres && -s $dir/postgres.home ]]; then
    rm -rf -- "$(<"$dir/postgres.home")"
    rm -f -- "$dir/postgres.home"
  elif [[ $name == s3 || $name == restate ]]; then
    rm -rf -- "${dir:?}/$name"
  fi
}

# -- the services -------------------------------------------------------------

postgres_tool() {
  local newest
  # Debian keeps the tools out of the path.
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  if [[ -x $newest/$1 ]]; then echo "$newest/$1"; else command -v "$1"; fi
}

start_postgres() {
  local home port tune=() as_owner=() data
  postgres_tool initdb >/dev/null || {
    need pg_lsclusters postgresql
    postgres_tool initdb >/dev/null || fail "PostgreSQL is installed but has no initdb"
  }
  port=$(port postgres)
  if [[ $(id -u) == 0 ]]; then
    # PostgreSQL refuses to run as root.
    getent passwd postgres >/dev/null || fail "there is no user postgres: useradd --system postgres"
    as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  fi
  if [[ ! -s $dir/postgres.home ]]; then
    home=$dir/postgres
    mkdir -p -- "$home"
    # The folder may lie where that user cannot go, as in /root.
    if ! "${as_owner[@]}" test -x "$home"; then
      rmdir -- "$home"
      home=$(mktemp -d /var/tmp/erynoa-postgres.XXXXXX)
    fi
    echo "$home" >"$dir/postgres.home"
  fi
  home=$(<"$dir/postgres.home")
  data=$home/data
  if [[ $durable != 1 ]]; then
    # Survives a killed server but not the power: writes reach the kernel.
    tune=(-c fsync=off)
  fi
  if [[ ! -s $data/PG_VERSION ]]; then
    mkdir -p -- "$home"
    rm -rf -- "$data"
    (umask 077 && secret postgres >"$home/password")
    if ((${#as_owner[@]})); then chown -R postgres: "$home"; fi
    (cd / && "${as_owner[@]}" "$(postgres_tool initdb)" -D "$data" -U erynoa --pwfile="$home/password" \
      --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync) >>"$dir/postgres.log" 2>&1 || {
      tail -n 20 -- "$dir/postgres.log" >&2
      fail "initdb has failed; its log is $dir/postgres.log"
    }
  fi
  cd /
  launch postgres "${as_owner[@]}" "$(postgres_tool postgres)" -D "$data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 "${tune[@]}"
  await postgres 30 "$(postgres_tool pg_isready)" -q -h 127.0.0.1 -p "$port" -d postgres -U erynoa
  PGPASSWORD=$(secret postgres) "$(postgres_tool psql)" -X -q -h 127.0.0.1 -p "$port" -U erynoa -d postgres \
    >>"$dir/postgres.log" 2>&1 <<'SQL'
SELECT 'CREATE DATABASE erynoa' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'erynoa') \gexec
SQL
}
env_postgres() {
  variable ERYNOA_TEST_POSTGRES_URL "postgres://erynoa:$(secret postgres)@127.0.0.1:$(port postgres)/erynoa"
}

start_redis() {
  local port
  need redis-server redis-server
  port=$(port redis)
  launch redis redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$dir"
  await redis 10 redis_answers "$port"
}
redis_answers() {
  [[ $(redis-cli -p "$1" ping) == PONG ]]
}
env_redis() {
  variable ERYNOA_TEST_REDIS_URL "redis://127.0.0.1:$(port redis)"
}

start_s3() {
  local port binary=${ERYNOA_S3_SERVER:-} profile=${ERYNOA_PROFILE:-dev}
  need curl curl
  port=$(port s3)
  if [[ -z $binary ]]; then
    command -v cargo >/dev/null || fail "cargo is missing: https://rustup.rs, or set ERYNOA_S3_SERVER"
    (cd "$root" && cargo build --locked --quiet --profile "$profile" -p erynoa-s3-server) ||
      fail "the S3 server does not build; try: cargo build -p erynoa-s3-server"
    binary=${CARGO_TARGET_DIR:-$root/target}/${profile/#dev/debug}/erynoa-s3-server
  fi
  [[ -x $binary ]] || fail "$binary is not there: cargo build -p erynoa-s3-server"
  mkdir -p -- "$dir/s3"
  S3_ACCESS_KEY=erynoa S3_SECRET_KEY=$(secret s3) launch s3 "$binary" "127.0.0.1:$port" "$dir/s3"
  await s3 10 curl -s -o /dev/null "http://127.0.0.1:$port/"
}
env_s3() {
  variable ERYNOA_TEST_S3_URL "http://127.0.0.1:$(port s3)"
  variable ERYNOA_TEST_S3_KEY erynoa
  variable ERYNOA_TEST_S3_SECRET "$(secret s3)"
}

start_oidc() {
  local port admin
  need curl curl
  need_node_packages "$root/deploy/services/oidc"
  port=$(port oidc)
  admin=$(port oidc-admin)
  OIDC_PORT=$port OIDC_ADMIN_PORT=$admin launch oidc node "$root/deploy/services/oidc/server.js"
  await oidc 20 curl -sf -o /dev/null "http://127.0.0.1:$port/.well-known/openid-configuration"
}
env_oidc() {
  variable ERYNOA_TEST_OIDC_ISSUER "http://127.0.0.1:$(port oidc)"
  variable ERYNOA_TEST_OIDC_ADMIN "http://127.0.0.1:$(port oidc-admin)"
}

start_smtp() {
  local port api
  need openssl openssl
  need curl curl
  need_node_packages "$root/deploy/services/smtp"
  port=$(port smtp)
  api=$(port smtp-api)
  SMTP_PORT=$port SMTP_API_PORT=$api launch smtp node "$root/deploy/services/smtp/server.js"
  await smtp 20 curl -sf -o /dev/null "http://127.0.0.1:$api/info"
}
env_smtp() {
  variable ERYNOA_TEST_SMTP_URL "smtp://127.0.0.1:$(port smtp)"
  variable ERYNOA_TEST_SMTP_API "http://127.0.0.1:$(port smtp-api)"
}

start_restate() {
  local ingress admin node
  need curl curl
  need_node_packages "$root/deploy/services/restate"
  ingress=$(port restate)
  admin=$(port restate-admin)
  node=$(port restate-node)
  RESTATE_DISABLE_TELEMETRY=true RESTATE_BIND_IP=127.0.0.1 RESTATE_BASE_DIR=$dir/restate \
    RESTATE_NODE_NAME=erynoa RESTATE_BIND_ADDRESS=127.0.0.1:$node \
    RESTATE_ADVERTISED_ADDRESS=http://127.0.0.1:$node \
    RESTATE_INGRESS__BIND_ADDRESS=127.0.0.1:$ingress RESTATE_ADMIN__BIND_ADDRESS=127.0.0.1:$admin \
    RESTATE_DEFAULT_NUM_PARTITIONS=4 RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE=128MB \
    launch restate "$root"/deploy/services/restate/node_modules/@restatedev/restate-server-*/bin/restate-server
  await restate 60 curl -sf -o /dev/null "http://127.0.0.1:$admin/health"
  await restate 60 curl -sf -o /dev/null "http://127.0.0.1:$ingress/restate/health"
}
env_restate() {
  variable ERYNOA_TEST_RESTATE_INGRESS "http://127.0.0.1:$(port restate)"
  variable ERYNOA_TEST_RESTATE_ADMIN "http://127.0.0.1:$(port restate-admin)"
}

listens() {
  (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

start_caddy() {
  local port
  need caddy caddy
  if [[ -n ${ERYNOA_PROXY_PORT:-} ]]; then echo "$ERYNOA_PROXY_PORT" >"$dir/caddy.port"; fi
  port=$(port caddy)
  XDG_DATA_HOME=$dir/caddy XDG_CONFIG_HOME=$dir/caddy \
    ERYNOA_SITE=http://:$port ERYNOA_BACKEND=${ERYNOA_BACKEND:-127.0.0.1:3000} \
    launch caddy caddy run --config "$root/deploy/Caddyfile" --adapter caddyfile
  await caddy 10 listens "$port"
}
env_caddy() {
  variable ERYNOA_TEST_PROXY_URL "http://127.0.0.1:$(port caddy)"
}

# -- commands -----------------------------------------------------------------

variable() {
  printf 'export %s=%q\n' "$1" "$2"
}

known() {
  local name
  for name in "$@"; do
    [[ $name =~ ^(postgres|redis|s3|oidc|smtp|restate|caddy)$ ]] ||
      fail "there is no service $name; there are: ${default[*]} caddy"
  done
}

start_all() {
  local name pid
  mkdir -p -- "$dir"
  for name in "$@"; do
    if pid=$(pid_of "$name"); then
      if is_paused "$pid"; then signal CONT "$name"; fi
      continue
    fi
    # A port that another program has taken meanwhile is given up. The threads of
    # one that was killed may hold it a moment longer than the process is seen.
    if [[ -s $dir/$name.port ]]; then
      for _ in $(seq 1 40); do
        if ! listens "$(<"$dir/$name.port")"; then break; fi
        sleep 0.05
      done
      if listens "$(<"$dir/$name.port")"; then rm -f -- "$dir/$name.port"; fi
    fi
    "start_$name"
  done
  variables >"$dir/env.new"
  mv -- "$dir/env.new" "$dir/env"
}

variables() {
  local name
  variable ERYNOA_SERVICES_DIR "$dir"
  for name in "${default[@]}" caddy; do
    if pid_of "$name" >/dev/null; then "env_$name"; fi
  done
}

stop_all() {
  local name
  for name in "$@"; do stop "$name"; done
}

status() {
  local name pid state
  for name in "${default[@]}" caddy; do
    state=stopped
    if pid=$(pid_of "$name"); then
      state="running as $pid on port $(port "$name")"
      if is_paused "$pid"; then state="paused as $pid"; fi
    fi
    printf '%-9s %s\n' "$name" "$state"
  done
}

end_with_us() {
  # shellcheck disable=SC2064 # The folder of now.
  trap "trap - EXIT; kill \${sleeper:-} 2>/dev/null || true; stop_all caddy restate smtp oidc s3 redis postgres${1:+; rm -rf -- '$1'}" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

command=${1:-up}
(($# == 0)) || shift
case $command in
up)
  known "$@"
  end_with_us
  start_all "${@:-${default[@]}}"
  cat -- "$dir/env"
  echo "# Everything runs. Logs: $dir/*.log. Ctrl-C stops it." >&2
  while true; do
    sleep 3600 &
    sleeper=$!
    wait "$sleeper"
  done
  ;;
run)
  names=()
  while (($#)) && [[ $1 != -- ]]; do
    names+=("$1")
    shift
  done
  (($# > 1)) || { usage >&2; exit 2; }
  shift
  known "${names[@]}"
  from=$PWD
  dir=$(mktemp -d "${TMPDIR:-/tmp}/erynoa-services.XXXXXX")
  # The user postgres has to get through.
  chmod 711 "$dir"
  durable=0
  end_with_us "$dir"
  start_all "${names[@]:-${default[@]}}"
  # shellcheck disable=SC1091 # Written above.
  source "$dir/env"
  cd -- "$from"
  "$@"
  ;;
start)
  known "$@"
  start_all "${@:-${default[@]}}"
  cat -- "$dir/env"
  ;;
stop)
  known "$@"
  if (($#)); then stop_all "$@"; else stop_all caddy restate smtp oidc s3 redis postgres; fi
  ;;
status) status ;;
env) variables ;;
kill | pause | resume)
  (($#)) || { usage >&2; exit 2; }
  known "$@"
  declare -A signals=([kill]=KILL [pause]=STOP [resume]=CONT)
  for name in "$@"; do signal "${signals[$command]}" "$name"; done
  ;;
help | -h | --help) usage ;;
*)
  usage >&2
  exit 2
  ;;
esac
