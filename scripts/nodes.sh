#!/usr/bin/env bash
# Five nodes on this machine: a home with the Bitcoin OTC web of trust, imported
# through its public API, and four followers, three of which are witnesses. Waits
# until all of them have the same state root, prints a table, then keeps them
# running until Ctrl-C.
#
# The root realm is founded with the rule that the home has weight 5 and each
# witness weight 1: a quorum, more than 2/3 of 8, needs the home and any one
# witness. So any two followers may die, and finality goes on. Without the home
# nothing is written, and a quorum without it would let two halves decide
# differently: of five equal nodes more than 2/3 is four, so no more than one of
# them may die.
#
# --check  kill -9 every pair of followers in turn, show that finality goes on
#          and that they catch up when they are back; exit 0 or 1.
#
# NODES_DATA (data/nodes), RATINGS (the file), NODES_PORT (3100: home, then 3101…)
# and NODES_PEER_PORT (4100, likewise), SERVER_BIN and CLI_BIN (built with the
# profile "quick" unless given) can be set in the environment.
set -euo pipefail
# Background jobs get a process group of their own, so that Ctrl-C reaches this
# script alone, which then stops the nodes in order.
set -m
cd "$(dirname "$0")/.."

check=
case ${1:-} in
  --check) check=yes ;;
  '') ;;
  *)
    echo "usage: nodes.sh [--check]" >&2
    exit 2
    ;;
esac

data=${NODES_DATA:-data/nodes}
ratings=${RATINGS:-testdata/bitcoin-otc/soc-sign-bitcoinotc.csv}
port=${NODES_PORT:-3100}
peer_port=${NODES_PEER_PORT:-4100}
target=${CARGO_TARGET_DIR:-target}
if [[ -z ${SERVER_BIN:-} || -z ${CLI_BIN:-} ]]; then
  cargo build --locked --profile quick -p erynoa-api-gateway -p erynoa-cli
fi
server_bin=${SERVER_BIN:-$target/quick/erynoa-gateway}
cli=${CLI_BIN:-$target/quick/erynoa}

# Only a folder that an earlier run made is emptied.
if [[ -e $data ]]; then
  if [[ ! -e $data/.nodes ]]; then
    echo "$data exists and is not of an earlier run; set NODES_DATA or remove it" >&2
    exit 1
  fi
  rm -rf -- "$data"
fi
mkdir -p -- "$data"
touch -- "$data/.nodes"
data=$(cd -- "$data" && pwd)

# Of every node: on this machine alone, epochs of one second.
export APP_P2P__MDNS=false APP_P2P__UPNP=false APP_P2P__AUTONAT=false
export APP_LOG__EPOCH_MAX_SECONDS=1 APP_FEATURES__DEMO_DATA=true
export APP_LIMITS__REQUESTS_PER_SECOND=100000 APP_LIMITS__BURST=100000

pids=()
names=(home witness-1 witness-2 witness-3 follower)
stop() {
  trap - INT TERM EXIT
  for pid in "${pids[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
  done
  for pid in "${pids[@]}"; do
    wait "$pid" 2>/dev/null || true
  done
}
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM
trap stop EXIT

url() { echo "http://127.0.0.1:$((port + $1))"; }

# The value at a key of a JSON document.
value() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# Starts node NUMBER; a follower goes on where it was.
start() {
  local number=$1 name=${names[$1]}
  if [[ $number == 0 ]]; then
    "$server_bin" --config "$data/home.toml" >>"$data/home.log" 2>&1 &
  else
    local part=(--witness)
    [[ $name == follower ]] && part=()
    "$cli" node start --follow "$log_key" --peer "$home_address" "${part[@]}" \
      --data-dir "$data/$name" --port $((port + number)) --peer-port $((peer_port + number)) \
      --server-bin "$server_bin" >>"$data/$name.log" 2>&1 &
  fi
  pids[number]=$!
}

await_health() {
  local number=$1
  for _ in $(seq 1 600); do
    if ! kill -0 "${pids[$number]}" 2>/dev/null; then
      tail -n 5 "$data/${names[$number]}.log" >&2
      return 1
    fi
    "$cli" --server "$(url "$number")" health >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  echo "${names[$number]} was not ready within a minute" >&2
  return 1
}

# What node NUMBER says about itself, as JSON.
status() { "$cli" --server "$(url "$1")" --key "$data/operator.json" node status --json; }

# size, root, witnessed size of node NUMBER; `-` while it does not answer.
brief() {
  status "$1" 2>/dev/null | python3 -c '
import json, sys
node = json.load(sys.stdin)
print(node["log_size"], node["checkpoint_size"], node["state_root"], node["witnessed_size"])
' 2>/dev/null || echo -
}

# Waits until the nodes NUMBER… and the home have one state, all of it witnessed.
await_agreement() {
  local size checkpoint root witnessed other
  for _ in $(seq 1 1200); do
    read -r size checkpoint root witnessed <<<"$(brief 0)"
    if [[ $size != - && $size == "$checkpoint" && $size == "$witnessed" ]]; then
      other=
      for number in "$@"; do
        [[ $(brief "$number") == "$size $checkpoint $root $witnessed" ]] || other=yes
      done
      [[ -z $other ]] && return 0
    fi
    sleep 0.25
  done
  echo "the nodes do not agree" >&2
  return 1
}

table() {
  for number in 0 1 2 3 4; do
    status "$number"
  done | python3 -c '
import json, sys
rows = [("node", "role", "entries", "epoch", "state root", "witnessed", "lag")]
for line, name in zip(sys.stdin, sys.argv[1:]):
    node = json.loads(line)
    rows.append((name, node["role"], str(node["log_size"]), str(node["epoch"]),
                 node["state_root"][:16], str(node["witnessed_size"]), str(node["lag"])))
for row in rows:
    print("{:<10} {:<9} {:>8} {:>6} {:<17} {:>9} {:>4}".format(*row))
' "${names[@]}"
}

# Processor time that node NUMBER has used, seconds.
cpu_seconds() { awk '{ print ($14 + $15) / 100 }' "/proc/${pids[$1]}/stat"; }

echo "Keys of the nodes"
witnesses='{ did = "self", weight = 5 }'
for number in 1 2 3; do
  did=$("$cli" node key --data-dir "$data/${names[$number]}" --json | value did)
  echo "  ${names[$number]}  $did"
  witnesses+=", { did = \"$did\", weight = 1 }"
done
cat >"$data/home.toml" <<TOML
[application]
port = $port
data_dir = "$data/home"

[log]
clock = "events"
founding_witnesses = [$witnesses]

[p2p]
enabled = true
port = $peer_port
TOML

start 0
await_health 0
keys=$("$cli" --server "$(url 0)" node key --json)
log_key=$(value log_verifier_key <<<"$keys")
home_address=/ip4/127.0.0.1/tcp/$peer_port/p2p/$(value peer_id <<<"$keys")
echo "The home follows nobody: $log_key"
for number in 1 2 3; do start "$number"; done

echo "Import at the home, while the witnesses follow"
began=$(date +%s.%N)
"$cli" --server "$(url 0)" import ratings "$ratings" \
  --claim "$(cat -- "$data/home/claim-link")" >"$data/import.log"
"$cli" --server "$(url 0)" import person 1 --out "$data/operator.json" >/dev/null
for number in 1 2 3; do
  "$cli" --server "$(url 0)" node register --data-dir "$data/${names[$number]}" \
    --name "${names[$number]}" >/dev/null
done
for number in 1 2 3; do await_health "$number"; done
# Who has an identity in the log signs in at every copy of it.
claim() {
  for _ in $(seq 1 600); do
    "$cli" --server "$(url "$1")" --key "$data/operator.json" \
      claim "$(cat -- "$data/${names[$1]}/claim-link")" --name copy >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "the operator cannot sign in at ${names[$1]}" >&2
  return 1
}
for number in 1 2 3; do claim "$number"; done
await_agreement 1 2 3
echo "The witnesses agree with the home $(python3 -c "import time; print(f'{time.time() - $began:.1f}')") s after the import began"

echo "A newcomer"
began=$(date +%s.%N)
start 4
await_health 4
claim 4
await_agreement 1 2 3 4
used=$(cpu_seconds 4)
entries=$(status 4 | value events_taken)
echo "It has everything $(python3 -c "import time; print(f'{time.time() - $began:.1f}')") s after its start:" \
  "$entries entries in $used s of processor time," \
  "$(python3 -c "print(round($entries / $used))") for each second of a core"
echo
table

if [[ -n $check ]]; then
  count=0
  for pair in '1 2' '1 3' '1 4' '2 3' '2 4' '3 4'; do
    read -r first second <<<"$pair"
    for number in "$first" "$second"; do
      kill -KILL "${pids[$number]}"
      wait "${pids[$number]}" 2>/dev/null || true
    done
    count=$((count + 1))
    "$cli" --server "$(url 0)" --key "$data/after-$count.json" keygen --name "After $count" >/dev/null
    alive=()
    for number in 1 2 3 4; do
      [[ $number == "$first" || $number == "$second" ]] || alive+=("$number")
    done
    await_agreement "${alive[@]}"
    echo "Without ${names[$first]} and ${names[$second]} what is said becomes final"
    start "$first"
    start "$second"
    await_health "$first"
    await_health "$second"
    await_agreement 1 2 3 4
  done
  echo
  table
  echo "Five nodes agree; killing any two followers has not stopped finality."
  exit 0
fi

cat <<TEXT

  $(url 0)/console   home, with its peers
  $(url 1)/platform  a copy of it, and so on to port $((port + 4))

To act as the operator: erynoa --server $(url 0) --key $data/operator.json node peers
Ctrl-C stops the nodes; the data stay in $data until the next run.
TEXT
wait "${pids[0]}"
