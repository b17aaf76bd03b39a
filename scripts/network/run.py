"""Runs the laws of the network one after the other on one town of nodes.

usage: run.py SERVER CLI FOLDER [WORD…] (as the first process of its namespaces)
"""

import sys
import time
import traceback
from pathlib import Path

import laws
import run_long
from nodes import Node
from town import Town

RATINGS = Path(__file__).parents[2] / "testdata/bitcoin-otc/soc-sign-bitcoinotc.csv"


def main():
    server_bin, cli_bin, work, *words = sys.argv[1:]
    began = time.monotonic()
    town = Town(server_bin, cli_bin, work)
    try:
        town.found()
        town.settle(RATINGS)
    except Exception:
        print(f"--- home\n{town.home.tail()}", flush=True)
        raise
    town.watch.start()
    town.submitter.start()
    passed = failed = 0
    # The others need the nodes that the first one starts.
    first, *rest = laws.ALL
    wanted = [law for law in rest if not words or any(word in law.__name__ for word in words)]
    for law in (first, *wanted, *run_long.ALL):
        start = time.monotonic()
        name = law.__name__.replace("_", " ")
        try:
            figures = law(town)
            passed += 1
            print(f"ok      {name} ({figures}; {time.monotonic() - start:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"failed  {name}: {error} ({time.monotonic() - start:.1f} s)", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()
            for node in Node.all:
                if node.log.exists():
                    print(f"--- {node.name}\n{node.tail()}", flush=True)
            if law is first:
                break
            town.restore()
    town.end()
    print(f"{passed} passed, {failed} failed in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


sys.exit(main())
