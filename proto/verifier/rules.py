"""What an event must fulfil by itself (details.md, Rules of the fields)."""

import string
import unicodedata

import ed25519
import wire
from disagreement import Disagreement, must
from wire import event_pb as pb

REALMLESS = {"identity_created", "key_added", "key_revoked", "epoch_closed"}
RELIABILITY, INTEGRITY, COMPETENCE, PRESTIGE, VIGILANCE, FIDELITY = range(1, 7)
SIGN_IN, ASSERTION, RECOVERY = 1, 2, 3
DOMAIN_LETTERS = frozenset(string.ascii_lowercase + string.digits + "-")
TEXT = 4096


def field(condition: bool, name: str) -> None:
    must(condition, "EVENT_FIELD_INVALID", name)


def _ascending(items) -> bool:
    return all(a < b for a, b in zip(items, items[1:]))


def _name(value: str, least: int, most: int, name: str) -> None:
    field(least <= len(value.encode()) <= most, name)
    field(all(unicodedata.category(c) != "Cc" for c in value), name)


def _countersigned(key: bytes, message: bytes, signature: bytes, what: str) -> None:
    field(len(key) == 32 and len(signature) == 64, what)
    must(ed25519.verify(key, message, signature), "EVENT_COUNTERSIGNATURE_INVALID", what)


def terms_message(terms) -> bytes:
    return b"ERYNOA-RECEIPT-V1" + wire.hash32(wire.encode(terms))


def check_entry(entry: bytes):
    """Canonical bytes, fields and signatures; gives (signed, event, id)."""
    signed, event = wire.decode_entry(entry)
    check_fields(signed, event)
    check_signatures(signed, event)
    return signed, event, wire.event_id(signed.event)


def check_fields(signed, event) -> None:
    field(len(signed.public_key) == 32, "public_key")
    field(len(signed.signature) == 64, "signature")
    field(event.version == 1, "version")
    field(len(event.author) == 32, "author")
    field(len(event.realm) == 32, "realm")
    field(event.HasField("coordinate"), "coordinate")
    field(len(event.prev) in (0, 32), "prev")
    field(len(event.parents) <= 9, "parents")
    field(all(len(parent) == 32 for parent in event.parents), "parents")
    field(_ascending(event.parents), "parents")
    kind = event.WhichOneof("body")
    field(kind is not None, "body")
    field((event.realm == wire.NULL) == (kind in REALMLESS), "realm")
    body = getattr(event, kind)
    check = globals().get(f"_{kind}")
    if check is None:
        raise Disagreement("EVENT_KIND_RESERVED", kind)
    check(body, event, signed)


def check_signatures(signed, event) -> None:
    message = wire.event_message(signed.event)
    must(ed25519.verify(signed.public_key, message, signed.signature), "EVENT_SIGNATURE_INVALID", "signature")
    match event.WhichOneof("body"):
        case "identity_created" if event.identity_created.HasField("controller"):
            body = event.identity_created.controller
            _countersigned(body.public_key, b"ERYNOA-CONTROLLER-V1" + event.author, body.signature, "controller")
        case "key_added":
            body = event.key_added
            message = b"ERYNOA-KEY-ADDED-V1" + event.author + body.public_key
            _countersigned(body.public_key, message, body.countersignature, "countersignature")
        case "receipt":
            body = event.receipt
            _countersigned(body.countersigner_key, terms_message(body.terms), body.countersignature, "countersignature")


def _identity_created(body, event, signed) -> None:
    field(1 <= body.namespace <= 10, "namespace")
    field(not event.prev, "prev")
    _name(body.display_name, 0, 128, "display_name")
    _name(body.key_label, 0, 64, "key_label")
    field(event.author == wire.identity_uid(body.namespace, signed.public_key), "author")
    field(len(body.recovery_key) in (0, 32), "recovery_key")
    field(body.recovery_key != signed.public_key, "recovery_key")
    keys = [signed.public_key] + ([body.recovery_key] if body.recovery_key else [])
    for key in keys:
        must(not ed25519.is_small_order(key), "KEY_SMALL_ORDER", key.hex())
    if body.namespace in wire.CONTROLLED:
        must(body.HasField("controller"), "CONTROLLER_REQUIRED", "controller")
        field(len(body.controller.identity) == 32, "controller.identity")
    else:
        must(not body.HasField("controller"), "CONTROLLER_INVALID", "controller")


def _key_added(body, event, signed) -> None:
    field(len(body.public_key) == 32, "public_key")
    purposes = list(body.purposes)
    field(bool(purposes) and _ascending(purposes), "purposes")
    field(all(SIGN_IN <= purpose <= RECOVERY for purpose in purposes), "purposes")
    field(RECOVERY not in purposes or len(purposes) == 1, "purposes")
    _name(body.label, 0, 64, "label")
    must(not ed25519.is_small_order(body.public_key), "KEY_SMALL_ORDER", body.public_key.hex())


def _key_revoked(body, event, signed) -> None:
    field(len(body.public_key) == 32, "public_key")
    field(len(body.reason.encode()) <= TEXT, "reason")


def _attestation(body, event, signed) -> None:
    field(len(body.subject) == 32, "subject")
    must(body.subject != event.author, "ATTESTATION_SELF", "subject")
    field(RELIABILITY <= body.dimension <= PRESTIGE, "dimension")
    field(body.polarity in (pb.POLARITY_POSITIVE, pb.POLARITY_NEGATIVE), "polarity")
    field(not body.domain or body.dimension == COMPETENCE, "domain")
    field(len(body.domain) <= 64 and DOMAIN_LETTERS.issuperset(body.domain), "domain")
    field(len(body.comment.encode()) <= TEXT, "comment")
    field(body.expires_at_us == 0 or body.expires_at_us > event.coordinate.wall_us, "expires_at_us")


def _attestation_revoked(body, event, signed) -> None:
    field(len(body.attestation) == 32, "attestation")
    field(len(body.reason.encode()) <= TEXT, "reason")


def _receipt(body, event, signed) -> None:
    field(body.HasField("terms"), "terms")
    terms = body.terms
    field(terms.realm == event.realm, "terms.realm")
    field(len(terms.performer) == 32 and len(terms.client) == 32, "terms")
    field(terms.performer != terms.client, "terms")
    field(event.author in (terms.performer, terms.client), "terms")
    field(1 <= terms.outcome <= 4, "terms.outcome")
    field(len(terms.description.encode()) <= TEXT, "terms.description")
    field(len(terms.nonce) == 16, "terms.nonce")


def _realm_created(body, event, signed) -> None:
    field(body.realm == event.realm, "realm")
    _name(body.name, 1, 128, "name")
    field(1 <= len(body.founders) <= 7, "founders")
    field(all(len(founder) == 32 for founder in body.founders), "founders")
    field(_ascending(body.founders), "founders")


def equivocation(body):
    """Both events of a proof, each as (signed, event)."""
    proof = []
    for entry in (body.first, body.second):
        try:
            signed = wire.decode(pb.SignedEvent, entry)
            proof.append((signed, wire.decode(pb.Event, signed.event)))
        except Disagreement as error:
            raise Disagreement("EQUIVOCATION_INVALID", str(error)) from error
    return proof


def _equivocation_proof(body, event, signed) -> None:
    (a, one), (b, two) = equivocation(body)
    for condition, what in (
        (len(a.public_key) == 32 and a.public_key == b.public_key, "key"),
        (len(one.author) == 32 and one.author == two.author, "author"),
        (len(one.prev) in (0, 32) and one.prev == two.prev, "prev"),
        (wire.event_id(a.event) < wire.event_id(b.event), "order"),
    ):
        must(condition, "EQUIVOCATION_INVALID", what)
    for half in (a, b):
        good = ed25519.verify(half.public_key, wire.event_message(half.event), half.signature)
        must(good, "EQUIVOCATION_INVALID", "signature")


def _epoch_closed(body, event, signed) -> None:
    field(body.epoch >= 1, "epoch")
    field(len(body.state_root) == 32, "state_root")
    field(len(body.parameters_hash) == 32, "parameters_hash")


def _custom(body, event, signed) -> None:
    field(body.type <= 65_535, "type")
