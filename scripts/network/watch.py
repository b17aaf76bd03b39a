"""What is looked at the whole time: what every node shows, and that events go on."""

import base64
import hashlib
import threading
import time
from pathlib import Path

from nodes import figures_of


class Watch(threading.Thread):
    """Reads heads, cosignatures, finality and state roots of all nodes that run."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.samples = 0
        # Root by size, state root by epoch, with who showed it first.
        self.roots = {}
        self.states = {}
        # Per node: the greatest finality that it has shown.
        self.finality = {}
        # Per witness: the heads that it has signed, as (time, size, root).
        self.signed = {}
        self.broken = []

    def run(self):
        while not self.over.wait(0.25):
            for node in self.nodes:
                if node.running():
                    self.look(node)

    def look(self, node):
        try:
            head = node.checkpoint()
            body = node.get("/metrics")
            figures = figures_of(body) if body else {}
            status = node.status() if node.claimed else None
        except Exception as error:  # A reader that cannot read must not end in silence.
            with self.lock:
                self.broken.append(f"{node.name}: {error!r}")
            return
        with self.lock:
            self.samples += 1
            if head is not None:
                self.head(node.name, *head)
            if "erynoa_witnessed_size" in figures:
                self.final(node.name, int(figures["erynoa_witnessed_size"]), "metrics")
            if figures.get("erynoa_sync_halted"):
                self.broken.append(f"{node.name} stands still")
            if status is not None:
                epoch, state = status["epoch"], status["state_root"]
                self.one(self.states, "state root", epoch, state, node.name)

    def head(self, name, size, root, lines):
        self.one(self.roots, "root", size, root, name)
        for signer, text in lines:
            bytes_ = base64.b64decode(text)
            # Key id (4 bytes), then for a cosignature the time (8 bytes) and 64 more.
            if len(bytes_) == 4 + 8 + 64:
                at = int.from_bytes(bytes_[4:12], "big")
                self.signed.setdefault(signer, set()).add((at, size, root))

    def one(self, known, what, key, value, name):
        first, who = known.setdefault(key, (value, name))
        if first != value:
            self.broken.append(f"{what} at {key}: {value} at {name}, {first} at {who}")

    def final(self, name, size, where):
        if size < self.finality.get(name, 0):
            self.broken.append(f"{name}: {size} after {self.finality[name]} is final ({where})")
        self.finality[name] = max(size, self.finality.get(name, 0))

    def seen(self):
        """What contradicted itself so far."""
        with self.lock:
            return list(self.broken)

    def heads_of(self, witness):
        with self.lock:
            return sorted(self.signed.get(witness, ()))


def retreats(heads):
    """Heads of one witness, by time, that are smaller than one signed in an earlier
    second, and sizes with two roots."""
    wrong, greatest, at_greatest = [], 0, 0
    before, roots = 0, {}
    for at, size, root in heads:
        if at > at_greatest:
            before, at_greatest = greatest, at
        if size < before:
            wrong.append(f"size {size} at {at} after {before}")
        greatest = max(greatest, size)
        if roots.setdefault(size, root) != root:
            wrong.append(f"two roots at size {size}")
    return wrong


def roots_of_log(node, size):
    """The RFC 6962 root of every size up to this one, in base64, from the tiles of
    leaf hashes that a node serves."""
    leaves = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        name = f"{number % 1000:03}"
        if number >= 1000:
            name = f"x{number // 1000:03}/{name}"
        path = f"/log/tile/0/{name}" + ("" if width == 256 else f".p/{width}")
        body = node.get(path)
        assert body is not None and len(body) == width * 32, f"{path} at {node.name}"
        leaves += [body[at:at + 32] for at in range(0, len(body), 32)]
    roots, peaks = {}, []
    for index, leaf in enumerate(leaves):
        peaks.append(leaf)
        # As many whole trees close as the number of leaves ends in zero bits.
        size = index + 1
        while size % 2 == 0:
            right, left = peaks.pop(), peaks.pop()
            peaks.append(hashlib.sha256(b"\1" + left + right).digest())
            size //= 2
        root = peaks[-1]
        for left in reversed(peaks[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        roots[index + 1] = base64.b64encode(root).decode()
    return roots


class Submitter(threading.Thread):
    """New identities at the home, one after the other, by the command line. What it
    did not acknowledge is tried again as something new."""

    def __init__(self, home, work):
        super().__init__(daemon=True)
        self.home = home
        self.folder = Path(work) / "said"
        self.folder.mkdir(exist_ok=True)
        self.over = threading.Event()
        self.paused = threading.Event()
        self.idle = threading.Event()
        self.paused.set()
        self.acknowledged = []
        self.refused = 0
        self.last_refusal = ""
        self.tried = 0

    def run(self):
        while not self.over.is_set():
            if self.paused.is_set():
                self.idle.set()
                time.sleep(0.05)
                continue
            self.idle.clear()
            self.say()
            time.sleep(0.15)

    def say(self):
        """Submits one event; its id if the home has acknowledged it."""
        self.tried += 1
        key = self.folder / f"{self.tried}.json"
        found, said = self.home.said("keygen", "--name", f"Someone {self.tried}", key=key,
                                     seconds=10)
        if found is not None and found.get("event"):
            self.acknowledged.append(found["event"])
            return found["event"]
        self.refused += 1
        self.last_refusal = said
        return None

    def go(self):
        self.paused.clear()

    def pause(self):
        self.paused.set()
        if not self.idle.wait(20):
            raise AssertionError("the submitter does not stop")

    def missing(self, nodes):
        """Acknowledged events that a node does not have."""
        return [f"{event} at {node.name}" for node in nodes for event in self.acknowledged
                if node.get(f"/api/v1/events/{event}") is None]
