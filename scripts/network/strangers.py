"""Somebody who connects to the peer port and does not speak as nodes do.

usage: strangers.py ADDRESS PORT COUNT SECONDS

Prints as JSON how many connections were made, refused and closed by the other side.
"""

import json
import random
import socket
import sys
import time


def main():
    address, port = sys.argv[1], int(sys.argv[2])
    count, seconds = int(sys.argv[3]), float(sys.argv[4])
    chance = random.Random(66)
    end = time.monotonic() + seconds
    # The first bytes of what nodes say, so that some garbage gets past the first step.
    hello = b"\x13/multistream/1.0.0\n"
    made = refused = closed = datagrams = 0
    held = []
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(count):
        if time.monotonic() > end:
            break
        for _ in range(10):
            udp.sendto(chance.randbytes(chance.randint(1, 1350)), (address, port))
            datagrams += 1
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        link.settimeout(1)
        try:
            link.connect((address, port))
            made += 1
            if number % 3 == 0:
                link.sendall(chance.randbytes(16384))
            elif number % 3 == 1:
                link.sendall(hello + b"\x07/noise\n" + b"\xff\xff" + chance.randbytes(65535))
            # The others say nothing at all and stay.
            link.setblocking(False)
            held.append(link)
        except OSError:
            refused += 1
            link.close()
        if len(held) > 300:
            held.pop(0).close()
    while time.monotonic() < end:
        time.sleep(0.1)
    for link in held:
        try:
            # What it may still have said comes before the end.
            while link.recv(65536):
                pass
            closed += 1
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
        link.close()
    print(json.dumps({"made": made, "refused": refused, "closed": closed, "datagrams": datagrams}))


main()
