#!/usr/bin/env python3
"""Fetches a whole log, checks all of it, and compares every trust value.

    verify.py http://127.0.0.1:3000 [--sample N] [--tamper]
    verify.py --self-test

Exit codes: 0 everything agrees, 1 the first disagreement is printed, 2 the
command line is wrong.
"""

import argparse
import sys
import time

import selftest
import wire
from answers import compare, expected
from disagreement import Disagreement
from replay import Replayed, replay
from source import Server


def sample(replayed: Replayed, count: int | None) -> list[bytes]:
    """Everybody, or so many of them, chosen by the state root."""
    identities = list(replayed.ledger.identities)
    if count is None or count >= len(identities):
        return identities
    salt = replayed.fold.state_root
    return sorted(identities, key=lambda identity: wire.hash32(salt + identity))[:count]


def check_server(url: str, count: int | None, tamper: bool) -> None:
    server = Server(url)
    began = time.monotonic()
    copy = server.copy()
    fetched = time.monotonic()
    replayed = replay(copy)
    done = time.monotonic()
    size = len(copy.entries)
    print(f"log {copy.origin}: checkpoint signed, {size} entries fetched in {fetched - began:.1f} s")
    print("tree: the root of the checkpoint")
    print(f"hash tiles: {server.check_tiles(replayed.levels, size)} the same")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(replayed.kinds.items()))
    print(f"entries: {kinds}")
    print(
        f"bytes, ids, signatures, chains, parents, coordinates, keys: all hold "
        f"({size / (done - fetched):.0f} entries/s with the fold)"
    )
    ledger, fold = replayed.ledger, replayed.fold
    print(f"epochs: {ledger.epoch} state roots and parameters hashes the same, the last {fold.state_root.hex()}")
    chosen = sample(replayed, count)
    for identity in chosen:
        mine = expected(replayed, identity)
        compare(mine, server.json(f"/api/v1/trust/{mine['subject']}"))
    print(f"trust: {len(chosen)} of {len(ledger.identities)} identities the same to the last digit")
    if tamper:
        print(f"tampering: {selftest.tampered_copies(copy)} changed copies, all found")


def main() -> int:
    parser = argparse.ArgumentParser(description="Independent verifier of an Erynoa log.")
    parser.add_argument("url", nargs="?", help="address of the server, such as http://127.0.0.1:3000")
    parser.add_argument("--sample", type=int, metavar="N", help="compare the trust of N identities instead of all")
    parser.add_argument("--tamper", action="store_true", help="also change copies of entries; each must be found")
    parser.add_argument("--self-test", action="store_true", help="check the verifier against the known answers")
    options = parser.parse_args()
    if not options.self_test and not options.url:
        parser.error("name a server, or --self-test")
    try:
        if options.self_test:
            for line in selftest.run():
                print(line)
        if options.url:
            check_server(options.url, options.sample, options.tamper)
    except Disagreement as error:
        print(f"DISAGREEMENT {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
