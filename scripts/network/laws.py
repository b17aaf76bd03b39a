"""The laws, each a function whose name says it. It returns its figures."""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import wires
from nodes import PEER_PORT, wait

MOST_GROWTH_KIB = 64 * 1024
CHANCE = random.Random(3)


def followers_from_empty_folders_reach_the_homes_state_and_witnesses_cosign(town):
    began = time.monotonic()
    town.all_join(town.followers)
    found = town.agree()
    took = time.monotonic() - began
    wanted = {town.dids[node.name] for node in town.witnesses}
    for node in town.five:
        def cosigned(node=node):
            size, _, lines = node.checkpoint() or (0, "", [])
            return size == found["log_size"] and wanted <= {name for name, _ in lines}
        wait(f"the cosignatures of all witnesses at {node.name}", cosigned, 30)
    return f"{found['log_size']} entries in {took:.1f} s, 3 cosignatures at 5 nodes"


def a_partition_stops_nobody_shows_no_second_state_and_heals(town):
    near = [town.home, town.witnesses[0]]
    far = [*town.witnesses[1:], town.follower]
    town.submitter.go()
    town.more(5)
    before = town.home.must("node", "witnesses")["witnessed_size"]
    reads = 0
    try:
        wires.cut([node.address for node in near], [node.address for node in far])
        # What is said from now on does not get through.
        said = town.acknowledged() + 1
        # Longer than the time after which a connection that is silent ends.
        end = time.monotonic() + 12
        while time.monotonic() < end:
            for node in far:
                for path in ("/log/checkpoint", "/api/v1/events", "/api/v1/health"):
                    assert node.get(path) is not None, f"{node.name} does not serve {path}"
                    reads += 1
            time.sleep(0.3)
        town.more(5)
        final = wait("finality goes on at the home",
                     lambda: (size := town.home.must("node", "witnesses")["witnessed_size"])
                     > before + 10 and size, 20)
        through = [event for event in town.submitter.acknowledged[said:] for node in far
                   if node.get(f"/api/v1/events/{event}") is not None]
        assert not through, f"{len(through)} events got through the cut"
    finally:
        wires.heal()
    said = town.acknowledged() - said
    began = time.monotonic()
    town.agree(seconds=120)
    healed = time.monotonic() - began
    town.nothing_lost()
    return (f"{said} events and finality {before} to {final} while cut, {reads} reads at the cut "
            f"off, together again after {healed:.1f} s")


def killed_nodes_lose_nothing_that_was_acknowledged_and_come_back(town):
    town.submitter.go()
    kills, amid = 0, 0
    # Witnesses, each killed in the middle of what it missed.
    for node in town.witnesses:
        node.kill()
        town.more(8)
        node.start()
        time.sleep(CHANCE.uniform(0.2, 0.8))
        node.kill()
        kills += 2
        node.start()
        node.ready()
    # The follower begins again on a slow link, so that it can be caught on its way.
    town.follower.kill()
    town.follower.claimed = False
    shutil.rmtree(town.follower.folder)
    town.watch.finality.pop(town.follower.name, None)
    town.link.set(delay_ms=20, rate_bit=200_000)
    town.follower.start()
    for _ in range(3):
        town.follower.ready()

        def on_its_way():
            figures = town.follower.metrics()
            return figures["erynoa_log_entries"] > 0 or figures["erynoa_sync_held_bytes"] > 0
        wait("the follower has begun", on_its_way, 30)
        if town.follower.entries() < town.home.entries():
            amid += 1
        town.follower.kill()
        kills += 1
        town.follower.start()
    town.link.set()
    town.follower.ready()
    town.follower.claim()
    # The home, as soon as it has said yes.
    town.submitter.pause()
    for _ in range(5):
        for _ in range(3):
            event = town.submitter.say()
            assert event is not None, town.submitter.last_refusal
        town.home.kill()
        kills += 1
        town.home.start()
        town.home.ready()
        assert town.home.get(f"/api/v1/events/{event}") is not None, f"{event} is lost"
    town.agree(seconds=120)
    town.nothing_lost()
    return f"{kills} kills, {amid} of 3 on the way, {town.acknowledged()} acknowledged events kept"


def a_follower_on_a_bad_link_converges_and_slows_nobody(town):
    entries = town.home.entries()
    town.follower.stop()
    town.follower.claimed = False
    shutil.rmtree(town.follower.folder)
    town.watch.finality.pop(town.follower.name, None)
    town.link.set(delay_ms=200, jitter_ms=50, loss=0.05, duplicate=0.01, rate_bit=1_000_000)
    began = time.monotonic()
    lags, caught_up = [], None
    try:
        town.follower.start()
        town.submitter.go()
        town.follower.ready()
        # The others are looked at as long as the slow one catches up, and a while.
        while True:
            first = town.home.status()
            for node in town.witnesses:
                other = node.status()
                if first and other:
                    lags.append(max(0, first["epoch"] - other["epoch"]))
            has = town.follower.entries()
            passed = time.monotonic() - began
            if has >= entries and caught_up is None:
                caught_up = passed
            if caught_up is not None and passed > 10:
                break
            assert passed < 90, f"{has} of {entries} entries after {passed:.0f} s"
            time.sleep(0.3)
        town.follower.claim(90)
        town.agree(seconds=90)
        together = time.monotonic() - began
    finally:
        town.link.set()
    assert lags and max(lags) <= 1, f"a witness was {max(lags, default='?')} epochs behind"
    town.nothing_lost()
    return (f"{entries} entries in {caught_up:.1f} s, with what was said meanwhile in "
            f"{together:.1f} s; the others at most {max(lags)} epochs behind in {len(lags)} looks")


def nodes_behind_routers_follow_cosign_and_reach_each_other_through_a_relay(town):
    shy, shyer = town.shy, town.shyer
    circuit = f"{town.home.peer_address(town.home_id)}/p2p-circuit"
    town.join(shy, listen=[circuit])
    shy.claim()
    town.submitter.go()
    town.more(8)
    town.agree([shy])

    def cosigned():
        _, _, lines = town.home.checkpoint()
        return town.dids["shy"] in {name for name, _ in lines}
    wait("the hidden witness's cosignature at the home", cosigned, 30)
    outside = f"{wires.PEERS}.101"
    assert wires.reaches("witness-1", town.home.address, PEER_PORT)
    assert not wires.reaches("witness-1", outside, PEER_PORT), "the router lets strangers in"
    drops = wires.unasked("router-1")
    assert drops > 0, "the router has dropped nothing"
    # The second one knows nobody but the first, by its place at the relay.
    shy_id = shy.must("node", "key")["peer_id"]
    town.join(shyer, peers=[f"{circuit}/p2p/{shy_id}"])
    shyer.claim(90)
    town.agree([shy, shyer], 90)
    ways = []

    def way():
        peers = shyer.must("node", "peers", key=shyer.operator)["peers"]
        mine = [peer for peer in peers if peer["peer_id"] == shy_id and peer["connected"]]
        if mine:
            ways.append(mine[0]["relayed"])
        return mine and not mine[0]["relayed"]
    try:
        wait("a direct connection", way, 15)
    except AssertionError:
        # Routers may not let a hole be punched; the relay is enough to follow.
        pass
    assert ways, "the hidden nodes are not connected"
    how = "a hole was punched: relayed=false" if not ways[-1] else "no hole: relayed=true"
    shyer.stop()
    shy.stop()
    heads = len(town.watch.heads_of(town.dids["shy"]))
    return (f"the hidden witness cosigned {heads} heads, nobody gets in unasked; its peer, which "
            f"knew it by the relay alone, follows; {how}")


def a_rolling_restart_under_load_loses_nothing(town):
    town.submitter.go()
    town.more(5)
    said, refused = town.acknowledged(), town.submitter.refused
    for node in (*town.followers, town.home):
        node.stop()
        node.start()
        node.ready()
    town.more(5)
    said, refused = town.acknowledged() - said, town.submitter.refused - refused
    town.agree(seconds=120)
    town.nothing_lost()
    return f"5 restarts, {said} events acknowledged meanwhile, {refused} tried again"


def strangers_neither_stop_honest_service_nor_fill_the_homes_memory(town):
    town.fake.configure(
        f"listen_addresses = {town.fake.listening()}\n"
        f"bootstrap_peers = {json.dumps([town.home.peer_address(town.home_id)])}",
        f'origin = "{town.log_key.split("+")[0]}"')
    town.submitter.go()
    town.more(5)
    before = town.home.rss_kib()
    most = before
    said = town.acknowledged()
    town.fake.start()
    town.fake.ready()
    program = str(Path(__file__).with_name("strangers.py"))
    words = ["ip", "netns", "exec", town.fake.name, sys.executable, program,
             town.home.address, str(PEER_PORT), "600", "8"]
    fake_id = town.fake.must("node", "key")["peer_id"]
    wait("the fake node is connected", lambda: any(
        peer["peer_id"] == fake_id and peer["connected"]
        for peer in town.home.must("node", "peers", "--limit", "0", key=town.home.operator)["peers"]
    ), 20)
    flood = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while flood.poll() is None:
        # The fake log moves on as well, and says so to the home.
        town.fake.cli("keygen", "--name", "Nobody",
                      key=f"{town.work}/fake-{time.monotonic_ns()}.json")
        for node in town.five:
            assert node.get("/api/v1/health") is not None, f"{node.name} does not answer"
        most = max(most, town.home.rss_kib())
        assert time.monotonic() < end, "the flood does not end"
        time.sleep(0.2)
    assert flood.returncode == 0, f"the flood ended with {flood.returncode}"
    figures = json.loads(flood.stdout.read())
    assert figures["made"] + figures["refused"] >= 300, f"a small flood: {figures}"
    town.more(5)
    said = town.acknowledged() - said
    town.agree()
    most = max(most, town.home.rss_kib())
    town.nothing_lost()
    lies = town.fake.checkpoint()[0]
    assert lies > 5, f"the fake log has {lies} entries only"
    town.fake.stop()
    growth = most - before
    assert growth < MOST_GROWTH_KIB, f"the home grew by {growth / 1024:.0f} MiB"
    return (f"{figures['made']} connections, {figures['closed']} closed by the home, "
            f"{figures['refused']} refused, {figures['datagrams']} datagrams, a false log of "
            f"{lies} entries; {said} events meanwhile; VmRSS {before / 1024:.0f} MiB, at most {growth / 1024:.1f} MiB more")


ALL = [
    followers_from_empty_folders_reach_the_homes_state_and_witnesses_cosign,
    a_partition_stops_nobody_shows_no_second_state_and_heals,
    killed_nodes_lose_nothing_that_was_acknowledged_and_come_back,
    a_follower_on_a_bad_link_converges_and_slows_nobody,
    nodes_behind_routers_follow_cosign_and_reach_each_other_through_a_relay,
    a_rolling_restart_under_load_loses_nothing,
    strangers_neither_stop_honest_service_nor_fill_the_homes_memory,
]
