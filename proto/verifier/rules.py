"""What an event must fulfil by itself (details.md, Rules of the fields)."""

import ed25519
import rules_of_realms
import wire
from disagreement import Disagreement, must
from fields import LABEL_LETTERS, PPM, TEXT, ascending, field, identity, ids, label, named, text
from wire import event_pb as pb

REALMLESS = {
    "identity_created",
    "key_added",
    "key_revoked",
    "controller_set",
    "identity_deactivated",
    "identity_recovered",
    "epoch_closed",
}
RELIABILITY, INTEGRITY, COMPETENCE, PRESTIGE, VIGILANCE, FIDELITY = range(1, 7)
SIGN_IN, ASSERTION, RECOVERY = 1, 2, 3
# Public delay of a recovery, seconds.
USUAL_DELAY_S = 259_200
MAX_STAKE_PPM = 300_000


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
    field(ascending(event.parents), "parents")
    kind = event.WhichOneof("body")
    field(kind is not None, "body")
    field((event.realm == wire.NULL) == (kind in REALMLESS), "realm")
    body = getattr(event, kind)
    check = globals().get(f"_{kind}") or getattr(rules_of_realms, kind, None)
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
        case "controller_set":
            body = event.controller_set.controller
            message = b"ERYNOA-CONTROLLER-V1" + event.controller_set.identity
            _countersigned(body.public_key, message, body.signature, "controller")
        case "identity_recovered":
            body = event.identity_recovered
            message = b"ERYNOA-KEY-ADDED-V1" + event.author + body.public_key
            _countersigned(body.public_key, message, body.countersignature, "countersignature")
        case "realm_joined":
            message = b"ERYNOA-ENDORSEMENT-V1" + event.realm + event.author
            for body in event.realm_joined.endorsements:
                _countersigned(body.public_key, message, body.signature, "endorsements")
        case "receipt":
            body = event.receipt
            _countersigned(body.countersigner_key, terms_message(body.terms), body.countersignature, "countersignature")


def _identity_created(body, event, signed) -> None:
    field(1 <= body.namespace <= 10, "namespace")
    field(not event.prev, "prev")
    label(body.display_name, 0, 128, "display_name")
    label(body.key_label, 0, 64, "key_label")
    field(event.author == wire.identity_uid(body.namespace, signed.public_key), "author")
    field(len(body.recovery_key) in (0, 32), "recovery_key")
    field(body.recovery_key != signed.public_key, "recovery_key")
    keys = [signed.public_key] + ([body.recovery_key] if body.recovery_key else [])
    for key in keys:
        must(not ed25519.is_small_order(key), "KEY_SMALL_ORDER", key.hex())
    delay = body.recovery_delay_s
    field(delay == 0 or (3_600 <= delay <= 2_592_000 and delay != USUAL_DELAY_S), "recovery_delay_s")
    if body.namespace in wire.CONTROLLED:
        must(body.HasField("controller"), "CONTROLLER_REQUIRED", "controller")
        field(len(body.controller.identity) == 32, "controller.identity")
    else:
        must(not body.HasField("controller"), "CONTROLLER_INVALID", "controller")


def _key_added(body, event, signed) -> None:
    field(len(body.public_key) == 32, "public_key")
    purposes = list(body.purposes)
    field(bool(purposes) and ascending(purposes), "purposes")
    field(all(SIGN_IN <= purpose <= RECOVERY for purpose in purposes), "purposes")
    field(RECOVERY not in purposes or len(purposes) == 1, "purposes")
    label(body.label, 0, 64, "label")
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
    field(len(body.domain) <= 64 and LABEL_LETTERS.issuperset(body.domain), "domain")
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


def _other(value: bytes, event, name: str) -> None:
    identity(value, name)
    must(value != event.author, "SUBJECT_SELF", name)


def _ends(value: int, event) -> None:
    field(value == 0 or value > event.coordinate.wall_us, "expires_at_us")


def _controller_set(body, event, signed) -> None:
    identity(body.identity, "identity")
    field(body.HasField("controller"), "controller")
    identity(body.controller.identity, "controller.identity")


def _identity_deactivated(body, event, signed) -> None:
    identity(body.identity, "identity")
    text(body.reason, "reason")


def _identity_recovered(body, event, signed) -> None:
    field(len(body.public_key) == 32, "public_key")
    field(len(body.recovery_key) in (0, 32), "recovery_key")
    field(body.recovery_key != body.public_key, "recovery_key")
    label(body.key_label, 0, 64, "key_label")
    for key in [body.public_key] + ([body.recovery_key] if body.recovery_key else []):
        must(not ed25519.is_small_order(key), "KEY_SMALL_ORDER", key.hex())


def _delegation(body, event, signed) -> None:
    _other(body.delegate, event, "delegate")
    field(1 <= body.factor_ppm <= PPM, "factor_ppm")
    field(1 <= len(body.capabilities) <= 16, "capabilities")
    for capability in body.capabilities:
        label(capability, 1, 128, "capabilities")
    field(ascending([capability.encode() for capability in body.capabilities]), "capabilities")
    _ends(body.expires_at_us, event)
    field(body.expires_at_us == 0 or body.expires_at_us > body.not_before_us, "expires_at_us")
    field(body.max_depth <= 5, "max_depth")
    field(len(body.via) in (0, 32), "via")


def _delegation_revoked(body, event, signed) -> None:
    field(len(body.delegation) == 32, "delegation")
    text(body.reason, "reason")


def _vouch(body, event, signed) -> None:
    field(1 <= body.stake_ppm <= MAX_STAKE_PPM, "stake_ppm")
    _other(body.member, event, "member")
    text(body.comment, "comment")
    _ends(body.expires_at_us, event)


def _vouch_revoked(body, event, signed) -> None:
    field(len(body.vouch) == 32, "vouch")
    text(body.reason, "reason")


def _credential_issued(body, event, signed) -> None:
    _other(body.subject, event, "subject")
    named(body.type, "type")
    text(body.claim, "claim")
    field(len(body.content_hash) in (0, 32), "content_hash")
    _ends(body.expires_at_us, event)


def _credential_revoked(body, event, signed) -> None:
    field(len(body.credential) == 32, "credential")
    identity(body.subject, "subject")
    text(body.reason, "reason")


def _judgement(body, event, signed) -> None:
    field(1 <= body.finding <= 9, "finding")
    fault = body.finding == pb.FINDING_MEMBER_AT_FAULT
    field(1 <= body.severity_ppm <= PPM if fault else body.severity_ppm == 0, "severity_ppm")
    _other(body.subject, event, "subject")
    field(len(body.target) == 32, "target")
    text(body.reason, "reason")


def _anomaly_reported(body, event, signed) -> None:
    ids(body.subjects, 1, 8, "subjects")
    must(event.author not in body.subjects, "SUBJECT_SELF", "subjects")
    field(1 <= getattr(body, "class") <= 5, "class")
    field(1 <= body.severity <= 4, "severity")
    ids(body.evidence, 0, 8, "evidence")
    text(body.comment, "comment")


def _anomaly_judged(body, event, signed) -> None:
    field(1 <= body.severity <= 4 if body.confirmed else body.severity == 0, "severity")
    field(len(body.report) == 32, "report")
    identity(body.reporter, "reporter")
    text(body.reason, "reason")


def _epoch_cosigned(body, event, signed) -> None:
    field(body.epoch >= 1, "epoch")
    for name in ("log_key", "root", "state_root"):
        field(len(getattr(body, name)) == 32, name)


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


def _contradict(one, two) -> bool:
    """Two cosignatures of one epoch of one log that say different things."""
    if not (one.WhichOneof("body") == two.WhichOneof("body") == "epoch_cosigned"):
        return False
    a, b = one.epoch_cosigned, two.epoch_cosigned
    for half, body in ((one, a), (two, b)):
        try:
            _epoch_cosigned(body, half, None)
        except Disagreement:
            return False
    return (a.log_key, a.epoch) == (b.log_key, b.epoch) and a != b


def _equivocation_proof(body, event, signed) -> None:
    (a, one), (b, two) = equivocation(body)
    for condition, what in (
        (len(a.public_key) == 32 and a.public_key == b.public_key, "key"),
        (len(one.author) == 32 and one.author == two.author, "author"),
        (all(len(half.prev) in (0, 32) for half in (one, two)), "prev"),
        (one.prev == two.prev or _contradict(one, two), "contradiction"),
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
