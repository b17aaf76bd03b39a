"""RFC 6962 tree, RFC 9162 proofs, C2SP checkpoint and tile paths."""

import base64
import hashlib
from dataclasses import dataclass

import ed25519
from disagreement import must


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def levels(leaves: list[bytes]) -> list[list[bytes]]:
    """All complete subtrees: level L, index i covers leaves i·2^L to (i+1)·2^L."""
    result = [leaves]
    while len(result[-1]) > 1:
        below = result[-1]
        result.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return result


def root_of(tree: list[list[bytes]], size: int) -> bytes:
    """Root of the first `size` leaves, from the complete subtrees."""
    if size == 0:
        return hashlib.sha256(b"").digest()
    root = None
    for level in range(size.bit_length()):
        if size >> level & 1:
            peak = tree[level][(size >> level) - 1]
            root = peak if root is None else node_hash(peak, root)
    return root


def inclusion_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return None
    fn, sn, root = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node_hash(step, root)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, step)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None


def consistency_roots(old: int, new: int, old_root: bytes, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Both roots that a consistency proof leads to (RFC 9162, 2.1.4.2)."""
    if old == new:
        return (old_root, old_root) if not path else None
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return None
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def key_id(origin: str, key: bytes, kind: int = 1) -> bytes:
    """1 is the key of a log, 4 that of a witness."""
    return hashlib.sha256(origin.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def cosigned_at(note: bytes, name: str, key: bytes) -> int | None:
    """The greatest time, in seconds, of the cosignatures of a witness that hold."""
    text, _, signatures = note.partition(b"\n\n")
    times = []
    for line in signatures.decode().splitlines():
        _, signer, blob = line.split(" ")
        raw = base64.b64decode(blob, validate=True)
        if signer != name or raw[:4] != key_id(name, key, 4) or len(raw) != 76:
            continue
        time = int.from_bytes(raw[4:12])
        message = f"cosignature/v1\ntime {time}\n".encode() + text + b"\n"
        if time < 1 << 63 and ed25519.verify(key, message, raw[12:]):
            times.append(time)
    return max(times, default=None)


def open_checkpoint(note: bytes, origin: str, key: bytes) -> Checkpoint:
    """Reads a checkpoint and checks the signature of its own log."""
    text, gap, signatures = note.partition(b"\n\n")
    text += b"\n"
    must(bool(gap), "CHECKPOINT_MALFORMED", "no empty line before the signatures")
    lines = text.decode().split("\n")
    must(len(lines) == 4 and lines[3] == "", "CHECKPOINT_MALFORMED", "not three lines")
    must(lines[0] == origin, "CHECKPOINT_ORIGIN_FOREIGN", f"{lines[0]!r} is not {origin!r}")
    must(lines[1].isascii() and lines[1].isdigit() and str(int(lines[1])) == lines[1], "CHECKPOINT_MALFORMED", "size")
    root = base64.b64decode(lines[2], validate=True)
    must(len(root) == 32, "CHECKPOINT_MALFORMED", "root")
    good = 0
    for line in signatures.decode().splitlines():
        dash, name, blob = line.split(" ")
        must(dash == "—", "CHECKPOINT_MALFORMED", "signature line")
        raw = base64.b64decode(blob, validate=True)
        if name == origin and raw[:4] == key_id(origin, key):
            must(ed25519.verify(key, text, raw[4:]), "CHECKPOINT_SIGNATURE_INVALID", line)
            good += 1
    must(good == 1, "CHECKPOINT_SIGNATURE_INVALID", f"{good} signatures of the log's key")
    return Checkpoint(origin, int(lines[1]), root)


def tile_index(index: int) -> str:
    """1234067 is x001/x234/067."""
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)
