"""The five nodes, the two behind routers and the stranger, and how they begin."""

import threading

import wires
from nodes import ORIGIN, PEER_PORT, Node, agree, wait
from watch import Submitter, Watch

ROUTERS = {"shy": ("router-1", 101, "10.77.1"), "shyer": ("router-2", 102, "10.77.2")}
IMPORTED = 250
"""Ratings that the home begins with."""


class Town:
    """All nodes. `home`, three witnesses, a follower on a link whose quality can be
    set; `shy`, a witness, and `shyer`, a follower, behind routers of their own; and
    `fake`, a stranger's node."""

    def __init__(self, server_bin, cli_bin, work):
        Node.server_bin, Node.cli_bin, Node.work = server_bin, cli_bin, work
        Node.operator = f"{work}/operator.json"
        self.work = work
        wires.prepare()
        self.home = self.plugged("home", 10)
        self.witnesses = [self.plugged(f"witness-{n}", 10 + n) for n in (1, 2, 3)]
        wires.space("follower")
        self.link = wires.Link("follower", 14)
        self.follower = Node("follower", f"{wires.PEERS}.14")
        self.followers = [*self.witnesses, self.follower]
        self.five = [self.home, *self.followers]
        self.shy, self.shyer = (self.hidden(name) for name in ROUTERS)
        self.fake = self.plugged("fake", 66)
        self.log_key = self.home_id = None
        self.watch = Watch([*self.five, self.shy, self.shyer])
        self.submitter = Submitter(self.home, work)

    def plugged(self, name, number):
        wires.space(name)
        wires.plug(name, number)
        return Node(name, f"{wires.PEERS}.{number}")

    def hidden(self, name):
        router, outside, network = ROUTERS[name]
        wires.space(name)
        wires.router(router, outside, name, network)
        return Node(name, f"{network}.2")

    def found(self):
        """Makes the keys, and starts the home with the rule that names the witnesses:
        the home and any one of four are more than 2/3 of 10."""
        named = [*self.witnesses, self.shy]
        dids = {node.name: node.must("node", "key", "--data-dir", str(node.folder))["did"]
                for node in named}
        rule = ", ".join(f'{{ did = "{did}", weight = 1 }}' for did in dids.values())
        relayed = [f"/ip4/{self.home.address}/tcp/{PEER_PORT}",
                   f"/ip4/{self.home.address}/udp/{PEER_PORT}/quic-v1"]
        self.home.configure(
            f"listen_addresses = {relayed}\nexternal_addresses = {relayed}\nrelay_server = true",
            f'origin = "{ORIGIN}"\n'
            f'founding_witnesses = [{{ did = "self", weight = 6 }}, {rule}]')
        self.home.start()
        self.home.ready()
        keys = self.home.must("node", "key")
        self.log_key, self.home_id = keys["log_verifier_key"], keys["peer_id"]
        self.dids = dids
        return keys

    def settle(self, ratings):
        """What the home has before anybody follows it."""
        some = f"{self.work}/ratings.csv"
        with open(ratings, encoding="utf-8") as all_, open(some, "w", encoding="utf-8") as file:
            file.writelines(line for _, line in zip(range(IMPORTED), all_))
        link = (self.home.folder / "claim-link").read_text().strip()
        self.home.must("import", "ratings", some, "--claim", link, seconds=60)
        self.home.must("import", "person", "1", "--out", Node.operator)
        for node in (*self.witnesses, self.shy):
            self.home.must("node", "register", "--data-dir", str(node.folder), "--name", node.name)
        self.home.claimed = True

    def join(self, node, peers=None, listen=()):
        """Starts a follower of the home, and the operator signs in there."""
        peers = peers or [self.home.peer_address(self.home_id)]
        node.follow(self.log_key, peers, node.name in self.dids, listen)
        node.start()
        node.ready()

    def all_join(self, nodes):
        for node in nodes:
            self.join(node)
        for node in nodes:
            node.claim()

    def agree(self, nodes=None, seconds=90):
        """Stops what is being said until the nodes and the home agree."""
        self.submitter.pause()
        return agree(self.home, self.followers if nodes is None else nodes, seconds)

    def nothing_lost(self, nodes=None):
        missing = self.submitter.missing(self.five if nodes is None else nodes)
        assert not missing, f"{len(missing)} acknowledged events are missing: {missing[:5]}"

    def acknowledged(self):
        return len(self.submitter.acknowledged)

    def more(self, count, seconds=30):
        """Waits until so many further events are acknowledged."""
        target = self.acknowledged() + count
        try:
            wait(f"{count} further events", lambda: self.acknowledged() >= target, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.submitter.last_refusal}") from error

    def in_background(self, nodes, task):
        """Runs something for every node at once; raises what one of them raised."""
        failures = []

        def guarded(node):
            try:
                task(node)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=guarded, args=(node,)) for node in nodes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def restore(self):
        """After a law that failed: so that the next one begins with whole wires and
        five nodes."""
        wires.heal()
        self.link.set()
        self.submitter.pause()
        for node in self.five:
            if not node.running():
                node.start()
                node.ready()

    def end(self):
        self.submitter.over.set()
        self.watch.over.set()
        self.watch.join(20)
