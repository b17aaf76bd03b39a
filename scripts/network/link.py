"""A link with delay, loss, reordering, duplicates and a rate, between two TAP
devices: what the kernel's netem does, for kernels that have none.

usage: link.py NAMESPACE DEVICE NAMESPACE DEVICE

Both devices are there already. Lines on the standard input set what the link does
from then on, in both directions:
{"delay_ms": 200, "jitter_ms": 50, "loss": 0.05, "duplicate": 0.01, "rate_bit": 1000000}
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import selectors
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
MOST_WAITING = 1000
"""Frames that wait in one direction; what comes on top is dropped."""


def attach(namespace, device):
    """A file for the frames of a TAP device in a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"namespace {namespace}")
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI))
    return tap


class Direction:
    """Frames on their way to one device."""

    def __init__(self, to, chance):
        self.to = to
        self.chance = chance
        self.waiting = []
        self.number = 0
        self.free_at = 0.0

    def take(self, frame, link, now):
        if self.chance.random() < link["loss"] or len(self.waiting) >= MOST_WAITING:
            return
        copies = 2 if self.chance.random() < link["duplicate"] else 1
        for _ in range(copies):
            at = now
            if link["rate_bit"]:
                self.free_at = max(now, self.free_at) + len(frame) * 8 / link["rate_bit"]
                at = self.free_at
            # Every frame has a delay of its own, so they overtake each other.
            jitter = self.chance.uniform(-1, 1) * link["jitter_ms"]
            at += (link["delay_ms"] + jitter) / 1000
            self.number += 1
            heapq.heappush(self.waiting, (at, self.number, frame))

    def deliver(self, now):
        while self.waiting and self.waiting[0][0] <= now:
            frame = heapq.heappop(self.waiting)[2]
            try:
                os.write(self.to, frame)
            except OSError:
                # The device is down or full: lost, as on a wire.
                pass


def main():
    left = attach(sys.argv[1], sys.argv[2])
    right = attach(sys.argv[3], sys.argv[4])
    link = {"delay_ms": 0, "jitter_ms": 0, "loss": 0, "duplicate": 0, "rate_bit": 0}
    chance = random.Random(6)
    ways = {left: Direction(right, chance), right: Direction(left, chance)}
    files = selectors.DefaultSelector()
    for source in (left, right, sys.stdin.fileno()):
        files.register(source, selectors.EVENT_READ)
    while True:
        due = min((way.waiting[0][0] for way in ways.values() if way.waiting), default=None)
        wait = None if due is None else max(0.0, due - time.monotonic())
        for key, _ in files.select(wait):
            if key.fd == sys.stdin.fileno():
                line = sys.stdin.readline()
                if not line:
                    return
                link.update(json.loads(line))
                continue
            try:
                frame = os.read(key.fd, 65536)
            except OSError:
                continue
            ways[key.fd].take(frame, link, time.monotonic())
        now = time.monotonic()
        for way in ways.values():
            way.deliver(now)


main()
