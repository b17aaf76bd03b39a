#!/usr/bin/env bash
# The network of nodes between real processes: a home, witnesses and followers in
# network namespaces of their own, with partitions, crashes, a slow link, NAT and
# strangers. Every line names the law that it proves; the last one counts them.
#
# The namespaces live inside one network, process and mount namespace, so that
# everything is gone as soon as this script is. Nothing leaves the machine.
#
# ERYNOA_BIN and ERYNOA_CLI name the binaries. Arguments are words; a test runs if
# its name has one of them (all of them without arguments). NETWORK_KEEP=1 keeps
# the nodes' folders and logs.
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

if [[ $(id -u) != 0 ]]; then
  echo "The network tests make network namespaces: run them as root, such as sudo -E scripts/network.sh." >&2
  exit 1
fi
if ! command -v ip >/dev/null || ! command -v nft >/dev/null; then
  if ! command -v apt-get >/dev/null; then
    echo "The network tests need ip and nft: install iproute2 and nftables." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 nftables >/dev/null
fi
if ! problem=$(unshare --net --mount --pid --fork true 2>&1); then
  echo "No namespaces here: $problem" >&2
  echo "In a container they need the right to make them: docker run --privileged." >&2
  exit 1
fi
if [[ ! -c /dev/net/tun ]]; then
  echo "The slow link needs /dev/net/tun: modprobe tun, or docker run --device /dev/net/tun." >&2
  exit 1
fi

work=$(mktemp -d)
lab=
stop() {
  trap - INT TERM EXIT
  if [[ -n $lab ]]; then
    # Its first process takes all others with it.
    kill -KILL "$lab" 2>/dev/null || true
    wait "$lab" 2>/dev/null || true
  fi
  if [[ -n ${NETWORK_KEEP:-} ]]; then
    echo "kept: $work" >&2
  else
    rm -rf -- "$work"
  fi
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

unshare --net --mount --pid --fork --kill-child=KILL --mount-proc \
  python3 -B scripts/network/run.py "$(realpath -- "$server_bin")" "$(realpath -- "$cli")" "$work" "$@" &
lab=$!
code=0
wait "$lab" || code=$?
lab=
exit "$code"
