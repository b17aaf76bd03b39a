"""Admission: what an event must fulfil against the log so far (details.md).

Rules of realms (who is a member, who may judge, issue, vote, how a proposal
ends) and delegations are not looked at.
"""

from dataclasses import dataclass

import rules
import tree
import wire
from disagreement import must
from identities import Identities
from realms import Realms

CRAFT = 7
# Bodies that only the log's own key signs.
BY_LOG = {"realm_rules_changed", "member_banned", "proposal_closed", "epoch_closed"}
# What the event that a body names must be: field, kind.
TARGETS = {
    "vouch_revoked": ("vouch", "vouch"),
    "credential_revoked": ("credential", "credential_issued"),
    "realm_rules_changed": ("proposal", "proposal"),
    "member_banned": ("proposal", "proposal"),
    "proposal_closed": ("proposal", "proposal"),
    "vote": ("proposal", "proposal"),
    "anomaly_judged": ("report", "anomaly_reported"),
}
CLAIMS = range(1, 5)
SPAM = 5
# Whom a body speaks about: they exist.
SUBJECTS = {
    "attestation": "subject",
    "delegation": "delegate",
    "vouch": "member",
    "credential_issued": "subject",
    "judgement": "subject",
}


@dataclass(frozen=True)
class Known:
    """An event of the log that others can name."""

    kind: str
    author: bytes
    realm: bytes
    coordinate: tuple[int, int]
    subject: bytes | None


@dataclass(frozen=True)
class Closed:
    size: int
    state_root: bytes


class Ledger:
    """Identities, keys, heads and realms after the entries seen so far."""

    def __init__(self, log_key: bytes) -> None:
        self.log_key = log_key
        # The key that speaks for the log now, the one that follows when the epoch
        # ends, and from which size on each key signs heads.
        self.current_key = log_key
        self.next_key: bytes | None = None
        self.keys: list[tuple[int, bytes]] = [(0, log_key)]
        self.log_identity = wire.identity_uid(CRAFT, log_key)
        self.root_realm = wire.root_realm(log_key)
        self.people = Identities()
        self.realms = Realms()
        self.events: dict[bytes, Known] = {}
        self.heads: dict[bytes, bytes] = {}
        self.leaves: list[bytes] = []
        self.epochs: list[Closed] = []
        self.closed_at = 0
        # Of the last event, if it was a join: the realm that it comes from.
        self.comes_from: bytes | None = None

    @property
    def identities(self):
        return self.people.all

    @property
    def size(self) -> int:
        return len(self.leaves)

    @property
    def epoch(self) -> int:
        return len(self.epochs)

    def root(self, identity: bytes) -> bytes:
        """End of the chain of controllers."""
        return self.people.root(identity)

    def tree_root(self, size: int) -> bytes:
        return tree.root_of(tree.levels(self.leaves[:size]), size)

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
        must(event_id not in self.events, "EVENT_DUPLICATE", "the event is in the log already")
        self.people.check_author(signed, event, kind)
        self._causes(signed, event)
        if kind not in rules.REALMLESS and kind != "realm_created":
            must(event.realm in self.realms.all, "REALM_UNKNOWN", event.realm.hex())
        if kind in BY_LOG or event.author == self.log_identity:
            self._by_log(event, signed)
        if kind in SUBJECTS:
            self.people.must_know(getattr(body, SUBJECTS[kind]))
        if kind in TARGETS:
            name, of_kind = TARGETS[kind]
            self._target(event, getattr(body, name), of_kind)
        self.comes_from = None
        if hasattr(self.people, kind):
            getattr(self.people, kind)(body, event, signed)
        elif check := getattr(self, f"_{kind}", None):
            check(body, event, signed)
        subject = getattr(body, SUBJECTS[kind]) if kind in SUBJECTS else None
        self.events[event_id] = Known(kind, event.author, event.realm, _coordinate(event), subject)
        if kind == "key_added" and event.author == self.log_identity:
            self.next_key = body.public_key
        self.heads[signed.public_key] = event_id
        self.leaves.append(tree.leaf_hash(wire.encode(signed)))

    def _causes(self, signed, event) -> None:
        head = self.heads.get(signed.public_key, b"")
        if event.prev != head:
            known = not event.prev or event.prev in self.events
            must(not known, "EVENT_PREV_STALE", "prev is not the latest event of the key")
            must(known, "EVENT_PREV_UNKNOWN", event.prev.hex())
        for parent in event.parents:
            must(parent in self.events, "EVENT_PARENT_UNKNOWN", parent.hex())
        for cause in [event.prev, *event.parents] if event.prev else event.parents:
            after = _coordinate(event) > self.events[cause].coordinate
            must(after, "EVENT_COORDINATE_NOT_AFTER", cause.hex())

    def _target(self, event, target: bytes, kind: str | None) -> Known:
        known = self.events.get(target)
        there = known is not None and known.realm == event.realm and kind in (None, known.kind)
        must(there, "TARGET_UNKNOWN", f"no {kind or 'event'} in this realm: {target.hex()}")
        return known

    def _attestation_revoked(self, body, event, signed) -> None:
        named = self.events.get(body.attestation)
        own = named and (named.kind, named.author, named.realm) == ("attestation", event.author, event.realm)
        must(own, "ATTESTATION_UNKNOWN", body.attestation.hex())

    def _vouch_revoked(self, body, event, signed) -> None:
        _by(self.events[body.vouch], event.author)

    def _credential_revoked(self, body, event, signed) -> None:
        named = self.events[body.credential]
        _by(named, event.author)
        must(named.subject == body.subject, "TARGET_UNKNOWN", "not the credential's subject")

    def _judgement(self, body, event, signed) -> None:
        kind = "attestation" if body.finding in CLAIMS else "proposal" if body.finding == SPAM else None
        _by(self._target(event, body.target, kind), body.subject)

    def _anomaly_reported(self, body, event, signed) -> None:
        for subject in body.subjects:
            self.people.must_know(subject)
        for evidence in body.evidence:
            must(evidence in self.events, "TARGET_UNKNOWN", evidence.hex())

    def _anomaly_judged(self, body, event, signed) -> None:
        _by(self.events[body.report], body.reporter)

    def _proposal(self, body, event, signed) -> None:
        if body.member:
            self.people.must_know(body.member)

    def _proposal_closed(self, body, event, signed) -> None:
        _by(self.events[body.proposal], body.proposer)

    def _receipt(self, body, event, signed) -> None:
        terms = body.terms
        other = terms.client if event.author == terms.performer else terms.performer
        self.people.must_know(other)
        held = self.people.asserts(other, body.countersigner_key)
        must(held, "EVENT_COUNTERSIGNATURE_INVALID", "key of the other side")

    def _realm_created(self, body, event, signed) -> None:
        if not body.parent:
            self._by_log(event, signed)
            must(event.realm == self.root_realm, "EVENT_FIELD_INVALID", "not the root realm of this log")
        for founder in body.founders:
            self.people.must_know(founder)
        self.realms.create(body)

    def _realm_rules_changed(self, body, event, signed) -> None:
        self.realms.change(event.realm, body)

    def _realm_joined(self, body, event, signed) -> None:
        for endorsement in body.endorsements:
            held = self.people.asserts(endorsement.identity, endorsement.public_key)
            must(held, "ENDORSEMENT_INVALID", "key of who endorses")
        origin = getattr(body, "from")
        must(not origin or origin in self.realms.all, "REALM_UNKNOWN", origin.hex())
        self.comes_from = self.realms.join(event)

    def _equivocation_proof(self, body, event, signed) -> None:
        accused, said = rules.equivocation(body)[0]
        self.people.must_know(said.author)
        owned = self.people.ever_owned(said.author, accused.public_key)
        must(owned, "EQUIVOCATION_INVALID", "key of the accused")

    def _epoch_cosigned(self, body, event, signed) -> None:
        must(body.log_key == self.log_key, "COSIGNATURE_MISMATCH", "log_key")
        must(body.epoch <= self.epoch, "COSIGNATURE_MISMATCH", "epoch")
        closed = self.epochs[body.epoch - 1]
        told = (closed.size, self.tree_root(closed.size), closed.state_root)
        same = (body.size, body.root, body.state_root) == told
        must(same, "COSIGNATURE_MISMATCH", f"epoch {body.epoch}")

    def _epoch_closed(self, body, event, signed) -> None:
        must(body.epoch == self.epoch + 1, "EPOCH_INVALID", f"epoch {body.epoch} after {self.epoch}")
        must(body.closed_at_us >= self.closed_at, "EPOCH_INVALID", "closed_at decreases")
        must(body.size == self.size, "EPOCH_INVALID", f"size {body.size} at {self.size} entries")
        self.closed_at = body.closed_at_us
        self.epochs.append(Closed(self.size + 1, body.state_root))
        self.people.close(self.closed_at)
        self.realms.close(self.closed_at)
        if self.next_key:
            self.current_key, self.next_key = self.next_key, None
            self.keys.append((self.size + 1, self.current_key))

    def key_at(self, size: int) -> bytes:
        """The key that signs heads of this size."""
        return next(key for start, key in reversed(self.keys) if start < size or start == 0)

    def _by_log(self, event, signed) -> None:
        own = event.author == self.log_identity and signed.public_key == self.current_key
        must(own, "EVENT_KEY_PURPOSE", "not signed by the log itself")


def _by(known: Known, author: bytes) -> None:
    must(known.author == author, "TARGET_UNKNOWN", f"the event is by {known.author.hex()}")


def _coordinate(event) -> tuple[int, int]:
    return (event.coordinate.wall_us, event.coordinate.counter)
