"""Nodes: their configuration, processes, and what is asked of them."""

import http.client
import json
import os
import subprocess
import time
from pathlib import Path

import wires

PORT = 3000
PEER_PORT = 4001
ORIGIN = "network.test/log"


def wait(what, condition, seconds):
    """Asks again and again; the value of the condition as soon as it is true."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.2)


class Node:
    """One node. `address` is where its peers reach it."""

    server_bin = None
    cli_bin = None
    work = None
    operator = None
    all = []

    def __init__(self, name, address):
        self.name = name
        self.address = address
        self.folder = Path(self.work) / name
        self.file = Path(self.work) / f"{name}.toml"
        self.log = Path(self.work) / f"{name}.log"
        self.process = None
        self.claimed = False
        self.witnessed = False
        Node.all.append(self)

    def peer_address(self, peer_id):
        return f"/ip4/{self.address}/tcp/{PEER_PORT}/p2p/{peer_id}"

    def configure(self, p2p, log=""):
        """Writes its configuration; both are further lines of TOML."""
        self.file.write_text(f"""
[application]
host = "127.0.0.1"
port = {PORT}
data_dir = "{self.folder}"

[log]
epoch_max_seconds = 1
{log}

[features]
demo_data = true

[limits]
requests_per_second = 100000
burst = 100000

[p2p]
enabled = true
port = {PEER_PORT}
mdns = false
upnp = false
autonat = false
{p2p}
""")

    def follow(self, key, peers, witness, listen=()):
        self.witnessed = witness
        self.configure(f"""
listen_addresses = {json.dumps([*self.listening(), *listen])}
bootstrap_peers = {json.dumps(peers)}
follow = "{key}"
witness = {str(witness).lower()}
""")

    def listening(self):
        return [f"/ip4/{self.address}/tcp/{PEER_PORT}",
                f"/ip4/{self.address}/udp/{PEER_PORT}/quic-v1"]

    def start(self):
        with open(self.log, "ab") as log:
            words = ["ip", "netns", "exec", self.name, self.server_bin, "--config", str(self.file)]
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=bare())

    def ready(self, seconds=60):
        def healthy():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}")
            return self.get("/api/v1/health") is not None
        wait(f"{self.name} answers", healthy, seconds)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        """Ends it in order; its exit code must say so."""
        self.process.terminate()
        code = self.process.wait(40)
        assert code == 0, f"{self.name} ended with {code}"

    def get(self, path):
        """The body of an answer 200, else `None`."""
        connection = wires.Inside(self.name, PORT)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return body if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def cli(self, *words, key=None, seconds=30):
        """What a verb of the command line answers as JSON; `None` if it failed."""
        return self.said(*words, key=key, seconds=seconds)[0]

    def said(self, *words, key=None, seconds=30):
        """The same, and what it said on the way."""
        line = ["ip", "netns", "exec", self.name, self.cli_bin,
                "--server", f"http://127.0.0.1:{PORT}", "--json"]
        if key is not None:
            line += ["--key", str(key)]
        try:
            done = subprocess.run([*line, *words], capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return None, f"{' '.join(words)}: no answer within {seconds} s"
        if done.returncode != 0:
            return None, f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}"
        try:
            return json.loads(done.stdout.splitlines()[-1]), done.stderr
        except (json.JSONDecodeError, IndexError):
            return {}, done.stdout

    def must(self, *words, key=None, seconds=30):
        found, said = self.said(*words, key=key, seconds=seconds)
        if found is None:
            raise AssertionError(f"{self.name}: {said}")
        return found

    def claim(self, seconds=60):
        """The operator signs in at a copy; the log must have got there."""
        def tried():
            link = self.folder / "claim-link"
            if not link.exists():
                return False
            words = ("claim", link.read_text().strip(), "--name", "copy")
            return self.cli(*words, key=self.operator) is not None
        wait(f"the operator signs in at {self.name}", tried, seconds)
        self.claimed = True

    def status(self):
        return self.cli("node", "status", key=self.operator)

    def rss_kib(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    def metrics(self):
        """Figures by name, without those that have labels."""
        body = self.get("/metrics")
        assert body is not None, f"{self.name} shows no metrics"
        return figures_of(body)

    def entries(self):
        return int(self.metrics()["erynoa_log_entries"])

    def checkpoint(self):
        """Size, root and cosignatures of the newest head it shows; `None` if none."""
        body = self.get("/log/checkpoint")
        return None if body is None else read_checkpoint(body.decode())

    def tail(self, lines=25):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def bare():
    """The environment without what would configure a node."""
    return {name: value for name, value in os.environ.items() if not name.startswith("APP_")}


def figures_of(body):
    """What a page of metrics says."""
    lines = body.decode().splitlines()
    pairs = (line.split(" ") for line in lines if not line.startswith("#") and "{" not in line)
    return {pair[0]: float(pair[1]) for pair in pairs if len(pair) == 2}


def read_checkpoint(text):
    """(size, root, lines of signatures as (name, base64)) of a signed checkpoint."""
    head, _, signatures = text.partition("\n\n")
    origin, size, root = head.splitlines()[:3]
    assert origin == ORIGIN, f"a checkpoint of {origin}"
    lines = [line.split(" ") for line in signatures.splitlines() if line.startswith("— ")]
    return int(size), root, [(line[1], line[2]) for line in lines]


def agree(home, nodes, seconds=90):
    """Waits until the nodes have the home's whole log, its state root and its
    finality; what they agree on."""
    seen = {}

    def same():
        first = home.status()
        seen["home"] = first
        if first is None or first["log_size"] != first["checkpoint_size"]:
            return None
        if first["log_size"] != first["witnessed_size"]:
            return None
        names = ("log_size", "checkpoint_size", "state_root", "epoch", "witnessed_size")
        for node in nodes:
            other = seen[node.name] = node.status()
            if other is None or any(first[name] != other[name] for name in names):
                return None
        return first

    try:
        return wait("the nodes agree", same, seconds)
    except AssertionError as error:
        names = ("log_size", "checkpoint_size", "epoch", "witnessed_size", "halted")
        lines = [f"{name}: {[found and found[key] for key in names]}"
                 for name, found in seen.items()]
        raise AssertionError(f"{error}\n{names}\n" + "\n".join(lines)) from error
