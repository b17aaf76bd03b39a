#!/usr/bin/env bash
# Every verb of the command line against a fresh server: a small town comes into
# being, governs itself, loses a key and finds it again. What it says is checked
# offline at the end.
#
# ERYNOA_BIN and ERYNOA_CLI name the binaries.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
server_bin=${ERYNOA_BIN:-$target/quick/erynoa-gateway}
cli=${ERYNOA_CLI:-$target/quick/erynoa}
for file in "$server_bin" "$cli"; do
  if [[ ! -x $file ]]; then
    echo "$file is not there: build it, or set ERYNOA_BIN and ERYNOA_CLI" >&2
    exit 1
  fi
done

work=$(mktemp -d)
server=
follower=
stop() {
  if [[ -n $follower ]] && kill -0 "$follower" 2>/dev/null; then
    kill -TERM "$follower"
    wait "$follower" || true
  fi
  if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server"
    wait "$server" || true
  fi
  rm -rf -- "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# Nodes of this machine alone.
export APP_P2P__MDNS=false APP_P2P__UPNP=false APP_P2P__AUTONAT=false
port=$(free_port)
url=http://127.0.0.1:$port
mkdir "$work/data"
APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$work/data APP_LOG__CLOCK=events \
  APP_LIMITS__REQUESTS_PER_SECOND=100000 APP_LIMITS__BURST=100000 \
  APP_P2P__ENABLED=true APP_P2P__PORT=0 \
  "$server_bin" >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 1 300); do
  if [[ -s $work/data/claim-link ]] && "$cli" --server "$url" health >/dev/null 2>&1; then break; fi
  if ! kill -0 "$server" 2>/dev/null; then
    cat -- "$work/server.log" >&2
    exit 1
  fi
  sleep 0.1
done

# Runs the command line as somebody: as NAME VERB…
as() {
  local name=$1
  shift
  "$cli" --server "$url" --key "$work/$name.json" "$@"
}

# One field of the JSON document that a verb prints: field PATH NAME VERB…
field() {
  local path=$1
  shift
  as "$@" --json 2>/dev/null | python3 -c '
import json, sys
value = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    value = value[int(step)] if step.isdigit() else value[step]
print(value)' "$path"
}

# A verb ends with a code and prints what fits a pattern: expect CODE PATTERN NAME VERB…
expect() {
  local code=$1 pattern=$2 got=0
  shift 2
  as "$@" >"$work/out" 2>&1 || got=$?
  if [[ $got != "$code" ]] || ! grep -qE -- "$pattern" "$work/out"; then
    echo "erynoa ${*:2} (as $1): exit code $got, expected $code and /$pattern/" >&2
    cat -- "$work/out" >&2
    exit 1
  fi
}

# Days pass: Cleo says something on each of them.
days() {
  for _ in $(seq 1 "$1"); do
    as cleo attest "$bob" --dimension competence --domain day --positive --at 1d >/dev/null 2>&1
  done
}

# Asks again until the log has closed the epoch: eventually PATTERN NAME VERB…
eventually() {
  local pattern=$1
  shift
  for _ in $(seq 1 100); do
    if as "$@" 2>&1 | grep -qE -- "$pattern"; then return; fi
    sleep 0.3
  done
  expect 0 "$pattern" "$@"
}

echo "-- identities"
# The log takes its time from the events: it begins in the past, so that days can pass.
as ada keygen --name Ada --recovery --recovery-delay 24h --at 2026-01-01 >/dev/null
for name in bob cleo dora; do as "$name" keygen --name "${name^}" >/dev/null; done
ada=$(field did ada whoami)
bob=$(field did bob whoami)
cleo=$(field did cleo whoami)
dora=$(field did dora whoami)
expect 0 "operator and founder" ada claim "$(cat -- "$work/data/claim-link")" --name Town
expect 3 "ALREADY_CLAIMED" bob claim "$(head -c 43 /dev/zero | tr '\0' a)" --name Other
expect 0 '"id": "did:erynoa:self' ada did resolve "$ada"
expect 0 "didResolutionMetadata" ada did resolve "$ada" --result
expect 0 "shared with all newcomers" bob mana

echo "-- agents and delegations"
expect 0 "delegation:" ada agent create Helper --can attest:reliability --factor 0.5 \
  --expires 365d --out "$work/helper.json"
helper=$(field did helper whoami)
expect 0 "attest:reliability" ada agent list
expect 0 "Helper" ada agent show "$helper"
expect 0 "entry" helper attest "$bob" --dimension reliability --positive
expect 3 "DELEGATION_REQUIRED" helper attest "$bob" --dimension integrity --positive
expect 0 "allowed by 1 links" ada delegation check "$helper" attest:reliability
expect 1 "- [A-Z_]+" ada delegation check "$helper" attest:integrity
expect 2 "say what may be done" ada delegation give "$helper"
lent=$(field event ada delegation give "$helper" --can execute:custom --depth 1)
expect 0 "execute:custom" ada delegation list
expect 0 "entry" ada delegation revoke "$lent" --reason "not needed"
expect 0 "is taken back" ada agent revoke "$helper"
expect 3 "DELEGATION_REQUIRED" helper attest "$cleo" --dimension reliability --positive
consent=$(field consent bob controller consent "$helper")
expect 2 "not what" ada controller set "$cleo" --consent "$consent"
expect 0 "entry" ada controller set "$helper" --consent "$consent"
expect 0 "Helper" bob agent list
expect 0 "entry" bob agent deactivate "$helper" --reason "worn out"
expect 0 "deactivated" bob agent list

echo "-- realms"
expect 0 "members-club" ada realm templates
cat >"$work/rules.json" <<JSON
[
  { "id": "least-trust", "category": "min_trust", "parameters": { "norm_ppm": 400000 } },
  { "id": "times", "category": "governance_times",
    "parameters": { "discussion_s": 86400, "voting_s": 172800, "timelock_s": 86400 } }
]
JSON
expect 2 "open-community" ada realm create Bakers --template nothing
expect 0 "^realm 0003" ada realm create Bakers --template members-club --rule "$work/rules.json" \
  --description "Who bakes for the town"
expect 0 "Town" ada realm list
expect 0 "join_policy: invitation" ada realm show Bakers
expect 0 "least-trust +min_trust" ada realm rules Bakers
expect 1 "TRUST_TOO_LOW" bob realm check Bakers
expect 1 "ENDORSEMENTS_MISSING" bob realm check Bakers
expect 3 "REALM_RULES_VIOLATED" bob realm join Bakers
expect 1 "no realm is called" bob realm join Butchers
endorsement=$(field endorsement ada realm endorse Bakers "$bob")
expect 2 "not what" cleo realm join Bakers --endorsement "$endorsement"
expect 3 "TRUST_TOO_LOW" bob realm join Bakers --endorsement "$endorsement"

echo "-- credentials"
issued=$(field event ada credential issue "$cleo" --type person --claim "met in person" --expires 365d)
expect 3 "ISSUER_REQUIRED" bob credential issue "$cleo" --type person
eventually "person +Cleo +Ada +live" ada credential list "$cleo"
expect 0 "entry" ada credential revoke "$issued" --reason "ended"

echo "-- government"
sed 's/400000/0/' "$work/rules.json" >"$work/looser.json"
python3 - "$work/looser.json" <<'PY'
import json, sys
rules = json.load(open(sys.argv[1]))
json.dump([rule for rule in rules if rule["id"] == "least-trust"], open(sys.argv[1], "w"))
PY
expect 1 "PROPOSAL_KIND_MISMATCH" ada --realm Bakers proposal check --kind governance \
  --title "Let newcomers in" --set "$work/looser.json"
draft=(--kind parameter --title "Let newcomers in" --text "We are too few." --set "$work/looser.json")
expect 0 "nothing speaks against it" ada --realm Bakers proposal check "${draft[@]}"
proposal=$(field event ada --realm Bakers proposal create "${draft[@]}")
expect 0 "entry" ada proposal comment "$proposal" "Bread for all." --at 1d
expect 0 "discussion +parameter +Let newcomers in +Bakers +Ada" ada proposal list
expect 1 "PROPOSAL_PHASE" ada vote "$proposal" 3 --dry-run
days 2
expect 0 ": voting$" ada proposal show "$proposal"
expect 2 "say nothing" ada vote "$proposal" 0
expect 0 "costs 25 of the 100 credits" ada vote "$proposal" 5 --dry-run
expect 0 "entry" ada vote "$proposal" 5 --comment "welcome"
expect 3 "VOTE_DUPLICATE" ada vote "$proposal" -5
days 1
expect 0 "timelock" ada proposal list --state timelock
expect 0 "before" ada veto "$proposal" --dry-run
days 3
eventually ": executed$" ada proposal show "$proposal"
expect 0 "Bread for all" ada proposal minutes "$proposal"
expect 0 "\\+5 .*welcome" ada proposal minutes "$proposal"
eventually 'norm_ppm":0' ada realm rules Bakers

echo "-- evidence"
vouch=$(field event ada vouch give "$dora" --stake 0.2 --comment "a neighbour")
eventually "Ada +Dora +live +0.2000" ada vouch list "$dora"
said=$(field event dora attest "$bob" --dimension integrity --negative --comment "he lied")
expect 3 "JUDGE_REQUIRED" bob judge claim "$said" --verdict fraud
expect 0 "entry" ada judge claim "$said" --verdict fraud --reason "he did not"
expect 0 "entry" ada judge breach "$said" --of realm --reason "slander"
expect 0 "entry" ada judge fault "$said" --severity 0.5
expect 0 "entry" ada judge spam "$(field event dora proposal create --kind treasury --title Buy)"
eventually "claim_false_fraud +Dora +Ada" ada judge list --subject "$dora"
expect 0 "entry" ada vouch revoke "$vouch"
offer=$(field code bob receipt offer "$ada" --as performer --description "ten loaves")
expect 0 "ten loaves" ada receipt show "$offer"
expect 2 "RECEIPT_OFFER_INVALID" ada receipt confirm "${offer:1}"
expect 2 "two others" cleo receipt confirm "$offer"
expect 0 "entry" ada receipt confirm "$offer"
expect 0 "kept ten loaves" bob receipt list
report=$(field event bob report file "$dora" --class other --severity high --evidence "$said" \
  --comment "look at this")
expect 0 "other +high +open +Dora +Bob" ada report list --open --subject "$dora"
expect 0 '"reports":\[\]' ada report list --subject "$bob" --json
expect 2 "DID" ada report list --subject nobody
expect 2 "required" ada report judge "$report"
expect 0 "entry" ada report judge "$report" --confirmed medium
expect 0 "confirmed, medium" ada report list
expect 0 "class" ada report findings
expect 3 "FORBIDDEN" bob report findings
expect 0 "normal" ada breaker

echo "-- figures"
days 1
expect 0 "Ada" ada ranking
expect 0 "governance" ada norms
eventually "Gini +of power" ada metrics
expect 0 "reliability" bob trust explain --dimension reliability

echo "-- accounts"
bob_id=$(field id bob user show)
# The first sign-in makes the account.
for name in cleo dora; do as "$name" user show >/dev/null; done
expect 0 "member, operator, admin" ada user show
expect 3 "FORBIDDEN" bob user list
expect 0 "Ada .*admin +active" ada user list
expect 3 "LAST_ADMIN" ada user roles Ada member
expect 0 "roles: member, operator" ada user roles Bob operator
expect 0 "Bob" bob user list --role operator
expect 3 "FORBIDDEN" bob user roles Cleo admin
expect 0 "status: disabled" ada user disable "$cleo"
expect 3 "ACCOUNT_DISABLED" cleo user show
expect 0 "status: active" ada user enable Cleo
invitation=$(field link ada user invite eve@example.org --name Eve --role operator)
expect 0 "Eve +eve@example.org +operator +invited" ada user list eve@
expect 0 "roles: member, operator" cleo user accept "$invitation"
expect 3 "INVITATION_INVALID" dora user accept "$invitation"
expect 0 "device_key .*this one" bob session list
session=$(field sessions.0.id dora session list)
expect 0 "is ended" bob session revoke "$session"
expect 3 "NOT_FOUND" bob session revoke "$session"
expect 0 "Dora" bob session list --all
expect 0 '"status":"active"' dora user export
expect 2 "forever" ada user delete Dora
expect 0 "is deleted" ada user delete Dora --forever
expect 0 "user.delete" bob audit list --action user.
expect 0 "user.roles +$bob_id" bob audit list --target "$bob_id"
expect 0 "entries hold together" bob audit verify

echo "-- files"
head -c 9000000 /dev/urandom >"$work/big.bin"
printf 'minutes of the first meeting\n' >"$work/minutes.txt"
expect 0 "/papers/minutes.txt" ada file put "$work/minutes.txt" "$work/big.bin" --folder /papers
file=$(field files.0.id ada file list minutes)
big=$(field files.0.id ada file list big.bin)
expect 0 "minutes.txt +29 +text/plain +private" ada file list --folder /papers
expect 0 "(29 bytes)" ada file get "$file" --out "$work/copy.txt"
expect 0 "(9000000 bytes)" ada file get "$big" --out "$work/copy.bin"
cmp "$work/big.bin" "$work/copy.bin"
expect 2 "exists; --force" ada file get "$file" --out "$work/copy.txt"
expect 3 "FORBIDDEN" bob file get "$file"
expect 0 "/platform/f/" ada file share "$file" --expires 1h
expect 0 "binned_at_us: [1-9]" ada file remove "$file"
expect 0 "minutes.txt" ada file list --bin
expect 0 "binned_at_us: 0" ada file restore "$file"
expect 0 "is deleted" ada file remove "$big" --forever
expect 0 "bytes: 29" ada file usage

echo "-- moving"
ERYNOA_GATEWAY=$server_bin APP_APPLICATION__DATA_DIR=$work/data \
  expect 3 "COPY_IN_USE" ada admin copy --from fjall --to postgres
echo "-- certificates"
expect 0 "hash +[0-9a-f]{64}" ada certificate request "$bob" --language de --out "$work/of-bob.pdf"
expect 0 "$bob|Bob" ada certificate list
expect 0 "genuine" bob verify "$work/of-bob.pdf"
certificate=$(field 0.id ada certificate list)
expect 0 "of-bob.json +.[0-9]+ bytes" ada certificate download "$certificate" --format json --out "$work/of-bob.json"
expect 2 "exists; --force" ada certificate download "$certificate" --out "$work/of-bob.json"
expect 1 "unattributed" bob verify --offline "$work/of-bob.json"
expect 0 "realm.pdf" ada document realm --language de --out "$work/realm.pdf"
expect 0 "genuine" bob verify "$work/realm.pdf"
expect 0 "audit.pdf" ada document audit --days 1 --out "$work/audit.pdf"
expect 0 "genuine" bob verify "$work/audit.pdf"
expect 2 "exists; --force" ada document realm --out "$work/realm.pdf"
expect 3 "FORBIDDEN" dora document audit --out "$work/foreign.pdf"
log_key=$(field log.public_key ada health)
log_origin=$(field log.origin ada health)
expect 0 "CERTIFICATE_NEEDS_LOG" bob verify --offline "$work/of-bob.json" --log-key "$log_key" --origin "$log_origin"
expect 1 "CERTIFICATE_ISSUER_FOREIGN" bob verify --offline "$work/of-bob.json" --log-key "$log_key" --origin else.example
sed 's/"normPpm":/"normPpm":1/' "$work/of-bob.json" >"$work/forged.json"
expect 1 "CERTIFICATE_SIGNATURE_INVALID" bob verify "$work/forged.json"
expect 1 "CERTIFICATE_MALFORMED" bob verify --offline "$work/ada.json"

key=$(field workflows.0.key ada workflow list --workflow certificate)
expect 0 "store +done" ada workflow show "$key"
expect 3 "WORKFLOW_OVER" ada workflow cancel "$key"
expect 3 "WORKFLOW_NOT_FOUND" dora workflow show "$key"

echo "-- work that goes on"
expect 0 "data_export" ada workflow export
export=$(field workflows.0.key ada workflow list --workflow data_export)
eventually "keep +waiting" ada workflow show "$export"
expect 0 "data_export" ada workflow retry "$export"
expect 0 "data_export" ada workflow cancel "$export"
eventually "cancelled" ada workflow show "$export"

echo "-- nodes"
expect 0 "peer id +12D3KooW" bob node key
expect 0 "role +home" ada node status
expect 3 "FORBIDDEN" dora node status
expect 0 "witnessed: [0-9]+ entries" bob node witnesses
expect 0 "DID +did:erynoa:craft:" bob node key --data-dir "$work/follower"
expect 0 "is registered" bob node register --data-dir "$work/follower" --name "A follower"
expect 0 "was registered already" bob node register --data-dir "$work/follower"
log_key=$(field verifier_key ada node status)
address=$(field addresses.0 ada node status)
expect 2 "verifier key" ada node start --follow nothing --peer "$address" --data-dir "$work/no"
expect 0 "Start it: erynoa-gateway --config" ada node follow --peer "$address" --witness \
  --data-dir "$work/follower" --port "$(free_port)" --peer-port 0 --no-start
"$cli" node start --follow "$log_key" --peer "$address" --witness --data-dir "$work/follower" \
  --port "$(free_port)" --peer-port 0 --server-bin "$server_bin" >"$work/follower.log" 2>&1 &
follower=$!
eventually "12D3KooW[^ ]+ .*connected" ada node peers --state connected
peer=$(field peers.0.peer_id ada node peers --state connected)
expect 3 "PEER_ADDRESS_INVALID" ada node connect /ip4/127.0.0.1/tcp/4001
expect 2 "--for" ada node ban "$peer" --for ever
expect 0 "is banned" ada node ban "$peer" --for 1h --reason "a try"
expect 0 "banned until" ada node peers --state banned
expect 0 "no longer banned" ada node unban "$peer"
expect 3 "PEER_UNKNOWN" ada node unban "$peer"
kill -TERM "$follower"
wait "$follower" || true
follower=

echo "-- recovery"
expect 5 "RECOVERY_CODE_INVALID" ada recovery start "$work/ada.json" --out "$work/no.json"
expect 0 "takes the place of all others 24 h" ada recovery start "$work/ada.json.recovery" \
  --out "$work/new.json" --label "new laptop" --renew
expect 0 "a recovery waits" ada recovery status
expect 0 "entry" ada recovery cancel --reason "found it"
expect 0 "no recovery waits" ada recovery status
expect 0 "entry" ada recovery start "$work/ada.json.recovery" --out "$work/newer.json" --renew
days 3
eventually "no recovery waits" newer recovery status
expect 3 "EVENT_KEY_REVOKED" ada attest "$bob" --dimension prestige --positive
expect 0 "entry" newer attest "$bob" --dimension prestige --positive
expect 1 "knows no identity" newer recovery start "$work/ada.json.recovery" --out "$work/old.json"
expect 2 "forever" bob identity deactivate
expect 0 "entry" bob identity deactivate --forever
expect 3 "DEACTIVATED|INACTIVE" bob attest "$cleo" --dimension prestige --positive

echo "-- the log, without trusting the server"
# Somebody who has never seen the log: as else/eve, whose memory is a folder of its own.
event=$(field id ada events list --limit 1 --oldest-first)
expect 0 "consistency +open +LOG_FIRST_SEEN" ada log prove "$event" --bundle "$work/proof.json"
log_key=$(field log_key ada log head)
size=$(field head.size ada log head)
as ada attest "$cleo" --dimension prestige --positive --at 1d >/dev/null 2>&1 ||
  as newer attest "$cleo" --dimension prestige --positive --at 1d >/dev/null 2>&1
for _ in $(seq 1 100); do
  if [[ $(field head.size ada log head) != "$size" ]]; then break; fi
  sleep 0.3
done
expect 0 "continues what this machine has seen" ada log prove "$event"
expect 0 "remembered since" ada log head
expect 0 "as you have named it" else/eve log prove --from "$work/proof.json" --log-key "$log_key"
expect 1 "anybody can make such a log" else/eve log prove --from "$work/proof.json"
expect 0 "PROOF_NEEDS_LOG" ada log prove --from "$work/proof.json"
expect 1 "CHECKPOINT_SIGNATURE_INVALID" else/eve log head --log-key "$(printf '%064d' 1)"
expect 1 "CHECKPOINT_ORIGIN_FOREIGN" else/eve log head --log-key "$log_key" --origin else.example/log
expect 2 "verifier key" ada log head --witness nobody
witness=$(python3 -c '
import base64, hashlib
key = bytes.fromhex("04d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
print("w.example+%s+%s" % (hashlib.sha256(b"w.example\n" + key).hexdigest()[:8], base64.b64encode(key).decode()))')
expect 1 "QUORUM_MISSING" ada log head --witness "$witness"
python3 - "$work/proof.json" "$work/forged.json" <<'PYTHON'
import base64, json, sys
proof = json.load(open(sys.argv[1]))
entry = bytearray(base64.b64decode(proof["event"]["entry"]))
entry[-1] ^= 1
proof["event"]["entry"] = base64.b64encode(entry).decode()
json.dump(proof, open(sys.argv[2], "w"))
PYTHON
expect 1 "EVENT_SIGNATURE_INVALID" ada log prove --from "$work/forged.json"

echo "-- the log, offline"
# The last epoch closes by itself after ten seconds.
sleep 11
"$cli" --server "$url" log fetch --to "$work/copy" >/dev/null
"$cli" log verify "$work/copy" >"$work/verified"
tail -n 3 "$work/verified"

echo "-- another log in the place of this one"
kill -TERM "$server"
wait "$server" || true
mkdir "$work/other"
APP_APPLICATION__PORT=$port APP_APPLICATION__DATA_DIR=$work/other APP_LOG__CLOCK=events \
  "$server_bin" >"$work/other.log" 2>&1 &
server=$!
eventually "$url" ada health
expect 1 "LOG_KEY_CHANGED" ada log head
