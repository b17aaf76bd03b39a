#!/usr/bin/env bash
# Checks the deployment files with what can check them without containers.
set -euo pipefail
cd "$(dirname "$0")/.."

# A Debian package for a command: as root it installs itself.
need() {
  if command -v "$1" >/dev/null; then return; fi
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "$1 is missing; install it: sudo apt-get install --no-install-recommends $2" >&2
    exit 1
  fi
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
    install -y -qq --no-install-recommends "$2" >/dev/null
}
need caddy caddy
need shellcheck shellcheck
need jq jq
need curl curl

compose=(docker compose)
if ! docker compose version >/dev/null 2>&1; then
  need docker-compose docker-compose
  compose=(docker-compose)
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

echo "shell scripts"
shellcheck --severity=warning scripts/*.sh deploy/*.sh deploy/zitadel/*.sh fuzz/run.sh

echo "Caddyfiles"
for file in deploy/Caddyfile deploy/Caddyfile.production; do
  caddy fmt "$file" >"$work/formatted" || true
  diff -u "$file" "$work/formatted"
  if ! XDG_DATA_HOME=$work/xdg XDG_CONFIG_HOME=$work/xdg caddy validate --config "$file" --adapter caddyfile >"$work/said" 2>&1; then
    cat -- "$work/said" >&2
    exit 1
  fi
done

echo "compose files"
# Placeholders for the secrets, so that the files that are named exist.
cp -r deploy "$work/deploy"
rm -rf "$work/deploy/secrets" "$work/deploy/.env"
"$work/deploy/secrets.sh" example.org >/dev/null 2>&1
(
  cd "$work/deploy"
  "${compose[@]}" -f compose.yaml --profile identity --profile workflows config >"$work/production.yaml"
  "${compose[@]}" -f compose.dev.yaml --profile identity --profile workflows config >"$work/development.yaml"
)
# What no container of production goes without.
python3 - "$work" deploy/compose.yaml <<'PY'
import re
import sys

work, source = sys.argv[1:]
text = open(source, encoding="utf-8").read()
services = re.split(r"^  (?=[a-z-]+:\n)", text.split("\nservices:\n", 1)[1].split("\nnetworks:\n", 1)[0], flags=re.M)[1:]
assert len(services) >= 8, "compose.yaml has lost its services"
for service in services:
    name = service.split(":", 1)[0]
    if "<<: *service" not in service and name != "ownership":
        sys.exit(f"compose.yaml: {name} runs without the limits of all services")
    ends = 'restart: "no"' in service
    for what in () if ends else ("healthcheck:", "memory:", "cpus:"):
        if what not in service:
            sys.exit(f"compose.yaml: {name} has no {what.rstrip(':')}")
    if re.search(r"(PASSWORD|SECRET|MASTERKEY)(?!_FILE): ", service):
        sys.exit(f"compose.yaml: {name} has a secret in its environment")
PY

echo "systemd unit"
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$work/units"
  # The binary is not installed here; everything else is looked at.
  sed 's|/usr/local/bin/erynoa-gateway|/bin/true|' deploy/systemd/erynoa.service >"$work/units/erynoa.service"
  systemd-analyze verify --man=no "$work/units/erynoa.service"
else
  echo "  systemd-analyze is not here: not checked"
fi

echo "dev container"
jq -e .build.dockerfile .devcontainer/devcontainer.json >/dev/null

echo "ZITADEL's set-up"
node --test deploy/zitadel/setup.test.js >"$work/zitadel" || { cat -- "$work/zitadel" >&2; exit 1; }
