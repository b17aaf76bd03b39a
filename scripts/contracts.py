#!/usr/bin/env python3
"""Which laws of which port ran on which adapter.

    scripts/contracts.py BUILD OUTPUT

BUILD is what `cargo test --no-run --message-format=json` has written, OUTPUT
what `cargo test` has said on both of its channels. A contract's macro puts its
laws into a module `contract_of_<port>`, so the names of the tests that ran say
everything. Fails when a law did not pass, when a place in the sources that
hangs a contract on an adapter ran nothing, and when one adapter ran other laws
than another.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HUNG = re.compile(r"^\s*(?!//)(?:\w+::)?(\w+)_contract!\(", re.MULTILINE)
RUNNING = re.compile(r"^\s+Running .*\(([^()]+)\)\s*$")
LAW = re.compile(r"^test (?:(\S+)::)?contract_of_(\w+)::(\w+) \.\.\. (.*)$")


def crates_of_programs(build: Path) -> dict[str, str]:
    """The folder of the crate of each test program, by the program's file name."""
    crates = {}
    for line in build.read_text().splitlines():
        if not line.startswith("{"):
            continue
        message = json.loads(line)
        if message.get("executable"):
            crate = Path(message["manifest_path"]).parent
            crates[Path(message["executable"]).name] = str(crate.relative_to(ROOT))
    return crates


def hung() -> Counter:
    """How often each crate hangs the contract of each port on an adapter."""
    places = Counter()
    for source in [*ROOT.glob("crates/**/tests/**/*.rs"), *ROOT.glob("apps/*/tests/**/*.rs")]:
        crate = str(source.relative_to(ROOT)).split("/tests/")[0]
        for found in HUNG.finditer(source.read_text()):
            places[crate, found[1]] += 1
    return places


def name_of(crate: str) -> str:
    if crate.startswith("crates/adapters/"):
        return crate.removeprefix("crates/adapters/")
    return "memory" if crate.startswith("crates/") else crate.removeprefix("apps/")


def main() -> int:
    build, output = Path(sys.argv[1]), Path(sys.argv[2])
    crates = crates_of_programs(build)
    ran = defaultdict(set)
    wrong = []
    crate = None
    for line in output.read_text(errors="replace").splitlines():
        if running := RUNNING.match(line):
            crate = crates[Path(running[1]).name]
        elif law := LAW.match(line):
            where, port, name, outcome = law.groups()
            ran[port, crate, where or ""].add(name)
            if outcome.strip() != "ok":
                wrong.append(f"{port} on {crate}: {name} is {outcome.strip()}")

    rows = [("port", "adapter", "where", "laws")]
    for port, crate, where in sorted(ran):
        laws = len(ran[port, crate, where])
        rows.append((port, name_of(crate), f"{crate} {where}".strip(), str(laws)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    for (crate, port), places in sorted(hung().items()):
        found = sum(1 for key in ran if key[:2] == (port, crate))
        if found != places:
            wrong.append(f"{port} is hung {places} times in {crate} and ran {found} times")
    for port in sorted({key[0] for key in ran}):
        laws = [names for key, names in ran.items() if key[0] == port]
        if any(names != laws[0] for names in laws):
            wrong.append(f"the adapters of {port} did not run the same laws")
    for line in wrong:
        print(line, file=sys.stderr)
    executed = sum(len(names) for names in ran.values())
    ports, adapters = len({key[0] for key in ran}), len(ran)
    print(f"{executed} laws on {adapters} adapters of {ports} ports, {len(wrong)} wrong")
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
