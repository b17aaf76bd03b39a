"""Fetches a log and asks for trust, over plain HTTP."""

import base64
import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import tree
from disagreement import must

TILE = 256


@dataclass(frozen=True)
class Copy:
    """A whole log as it was served: nothing in it has been checked yet."""

    origin: str
    log_key: bytes
    root_realm: bytes
    note: bytes
    entries: list[bytes]


class Server:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(parts.netloc, timeout=30)

    def get(self, path: str) -> bytes:
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        must(response.status == 200, "HTTP", f"{path}: {response.status} {body[:300]!r}")
        return body

    def json(self, path: str):
        return json.loads(self.get(path))

    def post(self, path: str, body) -> tuple[int, dict]:
        self.connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def copy(self) -> Copy:
        info = self.json("/api/v1/info")
        note = self.get("/log/checkpoint")
        key = base64.b64decode(info["log_public_key"], validate=True)
        size = tree.open_checkpoint(note, info["log_origin"], key).size
        entries: list[bytes] = []
        for index, width in tiles(size):
            entries += open_bundle(self.get(tile_path("entries", index, width)), width)
        return Copy(info["log_origin"], key, bytes.fromhex(info["root_realm"]), note, entries)

    def check_tiles(self, levels: list[list[bytes]], size: int) -> int:
        """Compares every hash tile that a log of this size has; gives their number."""
        count, level, hashes = 0, 0, size
        while hashes:
            for index, width in tiles(hashes):
                path = tile_path(str(level), index, width)
                own = levels[level * 8][index * TILE : index * TILE + width]
                must(self.get(path) == b"".join(own), "TILE_DIFFERS", path)
                count += 1
            level, hashes = level + 1, hashes // TILE
        return count


def tiles(hashes: int):
    """Index and width of each tile of a level with so many hashes."""
    for index in range(hashes // TILE):
        yield index, TILE
    if hashes % TILE:
        yield hashes // TILE, hashes % TILE


def tile_path(level: str, index: int, width: int) -> str:
    partial = "" if width == TILE else f".p/{width}"
    return f"/log/tile/{level}/{tree.tile_index(index)}{partial}"


def open_bundle(bundle: bytes, width: int) -> list[bytes]:
    entries, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        entry = bundle[at + 2 : at + 2 + length]
        must(len(entry) == length, "BUNDLE_MALFORMED", "an entry is cut off")
        entries.append(entry)
        at += 2 + length
    must(len(entries) == width, "BUNDLE_MALFORMED", f"{len(entries)} entries instead of {width}")
    return entries
