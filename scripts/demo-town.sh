#!/usr/bin/env bash
# Adds to the imported network what people do beyond rating each other, so that
# a visitor sees all of it alive: verified persons, two realms, a proposal under
# discussion, an agent, vouches and a receipt. Every line is an ordinary event,
# at the time of the data's end.
#
# Usage: demo-town.sh CLI URL KEYS
set -euo pipefail
cli=$1
url=$2
keys=$3

# Runs the command line as a person of the data: as NUMBER VERB…
as() {
  local number=$1
  shift
  "$cli" --server "$url" --key "$keys/$number.json" "$@"
}

# The value of a text field in the JSON document that a verb prints.
field() {
  local name=$1
  shift
  as "$@" --json 2>/dev/null | sed -n "s/.*\"$name\":\"\([^\"]*\)\".*/\1/p"
}

declare -A did
for number in 1 7 13 35; do
  did[$number]=$(field did "$number" import person "$number")
done

{
  for number in 7 13 35; do
    as 1 credential issue "${did[$number]}" --type person --claim "met at the exchange"
    as 1 vouch give "${did[$number]}" --stake 0.1 --comment "years of good trades"
  done
  as 1 realm create "Miners" --template open-community \
    --description "Who keeps the machines running"
  as 35 realm create "Traders" --template marketplace \
    --description "Who is known to deliver and to be honest"
  for number in 7 13 35; do as "$number" realm join Miners; done
  as 1 realm join Traders
  printf '%s\n' '{ "id": "least-trust", "category": "min_trust", "parameters": { "norm_ppm": 120000 } }' \
    >"$keys/least-trust.json"
  proposal=$(field event 7 --realm Miners proposal create --kind parameter \
    --title "Ask newcomers for a little trust" --set "$keys/least-trust.json" \
    --text "Three of the last ten machines came broken. Whom nobody knows should start elsewhere.")
  as 35 proposal comment "$proposal" "Everybody was new once. 0.12 is as far as I would go."
  as 13 proposal comment "$proposal" "Agreed, and we look again in a year."
  as 1 agent create "Price watcher" --can attest:reliability --can execute:custom \
    --factor 0.5 --expires 365d --out "$keys/agent.json"
  offer=$(field code 7 receipt offer "${did[35]}" --as performer --description "two used machines")
  # A visitor finds the epoch closed.
  as 35 receipt confirm "$offer" --wait
} >/dev/null 2>"$keys/log" || {
  cat -- "$keys/log" >&2
  exit 1
}
