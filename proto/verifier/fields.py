"""Rules that fields of many bodies share (details.md, Rules of the fields)."""

import string
import unicodedata

from disagreement import must

LABEL_LETTERS = frozenset(string.ascii_lowercase + string.digits + "-")
TEXT = 4096
PPM = 1_000_000


def field(condition: bool, name: str) -> None:
    must(condition, "EVENT_FIELD_INVALID", name)


def ascending(items) -> bool:
    return all(a < b for a, b in zip(items, items[1:]))


def label(value: str, least: int, most: int, name: str) -> None:
    field(least <= len(value.encode()) <= most, name)
    field(all(unicodedata.category(c) != "Cc" for c in value), name)


def identity(value: bytes, name: str) -> None:
    field(len(value) == 32, name)


def text(value: str, name: str) -> None:
    field(len(value.encode()) <= TEXT, name)


def named(value: str, name: str) -> None:
    field(1 <= len(value) <= 64 and LABEL_LETTERS.issuperset(value), name)


def ids(values, least: int, most: int, name: str) -> None:
    field(least <= len(values) <= most, name)
    field(all(len(value) == 32 for value in values) and ascending(values), name)
