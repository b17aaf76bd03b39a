"""Canonical bytes, ids and names (specification.md, sections 0 to 2)."""

import functools
import importlib
import sys
import tempfile
from pathlib import Path

from blake3 import blake3
from google.protobuf.message import DecodeError, Message
from grpc_tools import protoc

from disagreement import Disagreement, must

PROTO = Path(__file__).resolve().parent.parent


@functools.cache
def _compiled() -> str:
    folder = tempfile.TemporaryDirectory(prefix="erynoa-protocol-")
    # Kept alive as long as the process: the modules are loaded from it.
    _compiled.folder = folder
    sources = sorted((PROTO / "erynoa/protocol/v1").glob("*.proto"))
    code = protoc.main(
        ["protoc", f"-I{PROTO}", f"--python_out={folder.name}", *map(str, sources)]
    )
    if code != 0:
        raise RuntimeError("the .proto files do not compile")
    sys.path.insert(0, folder.name)
    return folder.name


_compiled()
event_pb = importlib.import_module("erynoa.protocol.v1.event_pb2")
record_pb = importlib.import_module("erynoa.protocol.v1.trust_record_pb2")

MAX_ENTRY = 65_535
NULL = bytes(32)
TAG_DID, TAG_EVENT, TAG_REALM, TAG_RECORD = 1, 2, 3, 4
NAMESPACES = (
    "self guild spirit thing vessel source craft vault pact circle".split()
)
# Namespaces of identities that name a controller: spirit, thing, vessel, source.
CONTROLLED = range(3, 7)
# Fields of Event that hold a body now, and the range kept for later ones.
BODIES = {
    field.number: field.name
    for field in event_pb.Event.DESCRIPTOR.oneofs_by_name["body"].fields
}
RESERVED = set(range(16, 128)) - BODIES.keys()


def hash32(data: bytes) -> bytes:
    return blake3(data).digest()


def uid(tag: int, version: int, content: bytes) -> bytes:
    return tag.to_bytes(2, "big") + version.to_bytes(2, "big") + hash32(content)[:28]


def identity_uid(namespace: int, key: bytes) -> bytes:
    return uid(TAG_DID, 1, bytes([namespace]) + key)


def did(namespace: int, identity: bytes) -> str:
    return f"did:erynoa:{NAMESPACES[namespace - 1]}:{identity.hex()}"


def event_id(event: bytes) -> bytes:
    return uid(TAG_EVENT, 1, event)


def root_realm(log_key: bytes) -> bytes:
    return uid(TAG_REALM, 1, b"erynoa:root:v1" + log_key)


def realm_uid(author: bytes, created) -> bytes:
    """Name of a realm below a root."""
    return uid(TAG_REALM, 1, author + created.parent + created.name.encode() + created.nonce)


def event_message(event: bytes) -> bytes:
    """The bytes that an event's signature covers."""
    return b"ERYNOA-EVENT-V1" + hash32(event)


def encode(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Disagreement("EVENT_NOT_CANONICAL", "a varint does not end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _field_numbers(data: bytes) -> set[int]:
    """Field numbers at the top level of a message."""
    found, at = set(), 0
    while at < len(data):
        tag, at = _varint(data, at)
        found.add(tag >> 3)
        match tag & 7:
            case 0:
                _, at = _varint(data, at)
            case 1:
                at += 8
            case 2:
                length, at = _varint(data, at)
                at += length
            case 5:
                at += 4
            case _:
                raise Disagreement("EVENT_NOT_CANONICAL", "a wire type that is not used")
    return found


def decode(kind: type[Message], data: bytes) -> Message:
    """Decodes canonical bytes: decode and encode must give them back."""
    message = kind()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Disagreement("EVENT_NOT_CANONICAL", str(error)) from error
    # Python keeps unknown fields and would write them again.
    message.DiscardUnknownFields()
    must(encode(message) == data, "EVENT_NOT_CANONICAL", f"{kind.DESCRIPTOR.name} changes when encoded again")
    return message


def decode_entry(entry: bytes) -> tuple[Message, Message]:
    """The SignedEvent of an entry and the Event inside it."""
    must(len(entry) <= MAX_ENTRY, "EVENT_TOO_LARGE", f"{len(entry)} bytes")
    signed = decode(event_pb.SignedEvent, entry)
    reserved = _field_numbers(signed.event) & RESERVED
    must(not reserved, "EVENT_KIND_RESERVED", f"fields {sorted(reserved)}")
    return signed, decode(event_pb.Event, signed.event)
