"""Admission: what an event must fulfil against the log so far (details.md)."""

from dataclasses import dataclass

import rules
import wire
from disagreement import must
from rules import ASSERTION, RECOVERY, SIGN_IN

CRAFT = 7
SELF, GUILD = 1, 2


@dataclass
class Key:
    owner: bytes
    purposes: frozenset[int]
    live: bool = True

    def asserts_for(self, identity: bytes) -> bool:
        return self.owner == identity and self.live and ASSERTION in self.purposes


@dataclass
class Identity:
    namespace: int
    controller: bytes | None


class Ledger:
    """Identities, keys, heads and realms after the entries seen so far."""

    def __init__(self, log_key: bytes) -> None:
        self.log_key = log_key
        self.log_identity = wire.identity_uid(CRAFT, log_key)
        self.root_realm = wire.root_realm(log_key)
        self.size = 0
        self.identities: dict[bytes, Identity] = {}
        self.keys: dict[bytes, Key] = {}
        self.heads: dict[bytes, bytes] = {}
        self.coordinates: dict[bytes, tuple[int, int]] = {}
        # Attestation event id -> (author, realm).
        self.attestations: dict[bytes, tuple[bytes, bytes]] = {}
        self.realms: set[bytes] = set()
        self.epoch = 0
        self.closed_at = 0

    def root(self, identity: bytes) -> bytes:
        """End of the chain of controllers."""
        while controller := self.identities[identity].controller:
            identity = controller
        return identity

    def append(self, signed, event, event_id: bytes) -> None:
        """Admits the next entry, or says which rule it breaks."""
        kind = event.WhichOneof("body")
        body = getattr(event, kind)
        if self.size == 0:
            must(
                kind == "identity_created" and event.author == self.log_identity,
                "LOG_IDENTITY_MISSING",
                "entry 0 is not the log's own identity",
            )
        must(event_id not in self.coordinates, "EVENT_DUPLICATE", "the event is in the log already")
        self._key(signed, event, kind)
        self._causes(signed, event)
        if kind not in rules.REALMLESS and kind != "realm_created":
            must(event.realm in self.realms, "REALM_UNKNOWN", event.realm.hex())
        getattr(self, f"_{kind}")(body, event, signed, event_id)
        self.coordinates[event_id] = _coordinate(event)
        self.heads[signed.public_key] = event_id
        self.size += 1

    def _key(self, signed, event, kind: str) -> None:
        if kind == "identity_created":
            must(event.author not in self.identities, "IDENTITY_EXISTS", event.author.hex())
            return
        must(event.author in self.identities, "EVENT_KEY_UNKNOWN", event.author.hex())
        key = self.keys.get(signed.public_key)
        must(key is not None and key.owner == event.author, "EVENT_KEY_UNKNOWN", signed.public_key.hex())
        must(key.live, "EVENT_KEY_REVOKED", signed.public_key.hex())
        must(ASSERTION in key.purposes, "EVENT_KEY_PURPOSE", signed.public_key.hex())

    def _causes(self, signed, event) -> None:
        head = self.heads.get(signed.public_key, b"")
        if event.prev != head:
            known = not event.prev or event.prev in self.coordinates
            must(not known, "EVENT_PREV_STALE", "prev is not the latest event of the key")
            must(known, "EVENT_PREV_UNKNOWN", event.prev.hex())
        for parent in event.parents:
            must(parent in self.coordinates, "EVENT_PARENT_UNKNOWN", parent.hex())
        for cause in [event.prev, *event.parents] if event.prev else event.parents:
            must(_coordinate(event) > self.coordinates[cause], "EVENT_COORDINATE_NOT_AFTER", cause.hex())

    def _exists(self, identity: bytes) -> None:
        must(identity in self.identities, "IDENTITY_UNKNOWN", identity.hex())

    def _identity_created(self, body, event, signed, event_id) -> None:
        recovery = [body.recovery_key] if body.recovery_key else []
        for key in [signed.public_key, *recovery]:
            must(key not in self.keys, "KEY_IN_USE", key.hex())
        controller = body.controller.identity or None
        if controller:
            key = self.keys.get(body.controller.public_key)
            must(key is not None and key.asserts_for(controller), "CONTROLLER_INVALID", "key of the controller")
            end = self.identities[self.root(controller)].namespace
            must(end in (SELF, GUILD), "CONTROLLER_INVALID", "the chain does not end in a self or guild")
        self.identities[event.author] = Identity(body.namespace, controller)
        self.keys[signed.public_key] = Key(event.author, frozenset((SIGN_IN, ASSERTION)))
        for key in recovery:
            self.keys[key] = Key(event.author, frozenset((RECOVERY,)))

    def _key_added(self, body, event, signed, event_id) -> None:
        must(body.public_key not in self.keys, "KEY_IN_USE", body.public_key.hex())
        self.keys[body.public_key] = Key(event.author, frozenset(body.purposes))

    def _key_revoked(self, body, event, signed, event_id) -> None:
        key = self.keys.get(body.public_key)
        must(key is not None and key.owner == event.author and key.live, "KEY_UNKNOWN", body.public_key.hex())
        left = any(other.asserts_for(event.author) for other in self.keys.values() if other is not key)
        must(left, "KEY_LAST", "the last live assertion key")
        key.live = False

    def _attestation(self, body, event, signed, event_id) -> None:
        self._exists(body.subject)
        self.attestations[event_id] = (event.author, event.realm)

    def _attestation_revoked(self, body, event, signed, event_id) -> None:
        named = self.attestations.get(body.attestation)
        must(named == (event.author, event.realm), "ATTESTATION_UNKNOWN", body.attestation.hex())

    def _receipt(self, body, event, signed, event_id) -> None:
        terms = body.terms
        other = terms.client if event.author == terms.performer else terms.performer
        self._exists(other)
        key = self.keys.get(body.countersigner_key)
        must(key is not None and key.asserts_for(other), "EVENT_COUNTERSIGNATURE_INVALID", "key of the other side")

    def _realm_created(self, body, event, signed, event_id) -> None:
        self._by_log(event, signed)
        must(event.realm == self.root_realm and not self.realms, "REALM_NOT_ROOT", "not the root realm of this log, once")
        for founder in body.founders:
            self._exists(founder)
        self.realms.add(event.realm)

    def _equivocation_proof(self, body, event, signed, event_id) -> None:
        accused, said = rules.equivocation(body)[0]
        self._exists(said.author)
        key = self.keys.get(accused.public_key)
        must(key is not None and key.owner == said.author, "EQUIVOCATION_INVALID", "key of the accused")

    def _epoch_closed(self, body, event, signed, event_id) -> None:
        self._by_log(event, signed)
        must(body.epoch == self.epoch + 1, "EPOCH_INVALID", f"epoch {body.epoch} after {self.epoch}")
        must(body.closed_at_us >= self.closed_at, "EPOCH_INVALID", "closed_at decreases")
        must(body.size == self.size, "EPOCH_INVALID", f"size {body.size} at {self.size} entries")
        self.epoch, self.closed_at = body.epoch, body.closed_at_us

    def _custom(self, body, event, signed, event_id) -> None:
        """Content that the protocol does not judge."""

    def _by_log(self, event, signed) -> None:
        own = event.author == self.log_identity and signed.public_key == self.log_key
        must(own, "EVENT_KEY_PURPOSE", "not signed by the log itself")


def _coordinate(event) -> tuple[int, int]:
    return (event.coordinate.wall_us, event.coordinate.counter)
