"""Namespaces, wires, firewalls and routers.

Nodes speak with each other in 10.77.0.0/24 over a bridge in the namespace `switch`.
They serve HTTP on their own loopback, which is asked from inside, so that a node can
be read and written to whatever becomes of its peers.
"""

import ctypes
import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

SWITCH = "switch"
PEERS = "10.77.0"
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*words, text=None):
    """Runs a program that must succeed."""
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def ip(*words, space=None):
    run("ip", *(("-n", space) if space else ()), *words)


def nft(space, rules):
    run("ip", "netns", "exec", space, "nft", "-f", "-", text=rules)


def prepare():
    """The network, without anybody in it."""
    # Named namespaces live in /run/netns: here, ours only.
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    space(SWITCH)
    ip("link", "add", "peers", "type", "bridge", space=SWITCH)
    ip("link", "set", "peers", "up", space=SWITCH)


def space(name):
    ip("netns", "add", name)
    ip("link", "set", "lo", "up", space=name)


class Inside(http.client.HTTPConnection):
    """A connection that begins in a namespace."""

    def __init__(self, name, port):
        super().__init__("127.0.0.1", port, timeout=5)
        self.name = name

    def connect(self):
        self.sock = socket_in(self.name, self.timeout)
        self.sock.connect((self.host, self.port))


def socket_in(name, timeout):
    """A TCP socket of a namespace. It stays in the one in which it was made; only
    this thread moves."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{name}") as there:
        enter(there)
        try:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            enter(home)
    made.settimeout(timeout)
    return made


def reaches(name, address, port):
    """Whether TCP gets from a namespace to an address within a second."""
    with socket_in(name, 1) as link:
        try:
            link.connect((address, port))
        except OSError:
            return False
    return True


def enter(handle):
    if LIBC.setns(handle.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def up(name, device, address):
    ip("addr", "add", f"{address}/24", "dev", device, space=name)
    ip("link", "set", device, "up", space=name)


def plug(name, number):
    """A wire from a namespace to the bridge of the peers."""
    ip("link", "add", "eth0", "type", "veth", "peer", "name", f"p-{name}", "netns", SWITCH,
       space=name)
    ip("link", "set", f"p-{name}", "master", "peers", "up", space=SWITCH)
    up(name, "eth0", f"{PEERS}.{number}")


class Link:
    """A wire to the bridge whose quality can be set."""

    def __init__(self, name, number):
        ip("tuntap", "add", "dev", "eth0", "mode", "tap", space=name)
        ip("tuntap", "add", "dev", f"p-{name}", "mode", "tap", space=SWITCH)
        program = Path(__file__).with_name("link.py")
        words = [sys.executable, str(program), name, "eth0", SWITCH, f"p-{name}"]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, text=True)
        ip("link", "set", f"p-{name}", "master", "peers", "up", space=SWITCH)
        up(name, "eth0", f"{PEERS}.{number}")

    def set(self, delay_ms=0, jitter_ms=0, loss=0, duplicate=0, rate_bit=0):
        if self.process.poll() is not None:
            raise RuntimeError("the link has ended")
        wanted = {"delay_ms": delay_ms, "jitter_ms": jitter_ms, "loss": loss,
                  "duplicate": duplicate, "rate_bit": rate_bit}
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()


def cut(one, other):
    """Drops every packet between two groups of addresses, both ways."""
    one, other = ", ".join(one), ", ".join(other)
    nft(SWITCH, f"""
table bridge cut {{
  chain forward {{
    type filter hook forward priority 0; policy accept;
    ip saddr {{ {one} }} ip daddr {{ {other} }} drop
    ip saddr {{ {other} }} ip daddr {{ {one} }} drop
  }}
}}
""")


def heal():
    # Adding first makes it right where nothing is cut.
    nft(SWITCH, "add table bridge cut\ndelete table bridge cut\n")


def router(name, number, inside, network):
    """A router with address PEERS.number that hides the namespace `inside`, which
    gets the address 2 of a network such as 10.77.1. From outside nothing comes in
    that was not asked for."""
    space(name)
    plug(name, number)
    ip("link", "add", "inner", "type", "veth", "peer", "name", "eth0", "netns", inside,
       space=name)
    up(name, "inner", f"{network}.1")
    up(inside, "eth0", f"{network}.2")
    ip("route", "add", "default", "via", f"{network}.1", space=inside)
    run("ip", "netns", "exec", name, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    nft(name, """
table ip home {
  counter unasked { }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "inner" accept
    iifname "eth0" counter name unasked drop
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname "eth0" ct state new counter name unasked drop
  }
  chain out {
    type nat hook postrouting priority 100;
    oifname "eth0" masquerade
  }
}
""")


def unasked(name):
    """Packets from outside that a router has dropped because nobody asked for them."""
    words = ("ip", "netns", "exec", name, "nft", "-j", "list", "counter", "ip", "home", "unasked")
    found = json.loads(run(*words))["nftables"]
    return next(part["counter"]["packets"] for part in found if "counter" in part)
