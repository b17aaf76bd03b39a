"""The fold of a log into trust records, epoch by epoch (details.md, Evidence).

Nothing is kept incrementally but the live parts: the sums of a subject that an
epoch touches are made anew from them.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import rules
import wire
from ledger import Ledger
from rules import COMPETENCE, FIDELITY, RELIABILITY
from trust import DAY_US, PARAMETERS, Sums, decayed, LAMBDA, voice_weight
from wire import event_pb, record_pb

POSITIVE, NEGATIVE, UNVOICED = range(3)
# Dimension and domain; None is the standing.
Where = tuple[int, str] | None
Subject = tuple[bytes, bytes]


@dataclass(frozen=True)
class Part:
    """Weight of one event, on the day of its own epoch."""

    day: int
    sign: int
    weight: int


@dataclass(frozen=True)
class Attested(Part):
    order: tuple[int, int, bytes]
    attester: bytes
    dimension: int
    domain: str
    expires_at: int

    @property
    def event_id(self) -> bytes:
        return self.order[2]

    @property
    def slot(self) -> tuple[bytes, int, str]:
        return (self.attester, self.dimension, self.domain)


@dataclass
class Evidence:
    """All that counts about one subject in one realm."""

    slots: dict[tuple[bytes, int, str], Attested] = field(default_factory=dict)
    # Receipts and proofs: (dimension, part).
    others: list[tuple[int, Part]] = field(default_factory=list)

    def sums(self) -> dict[Where, dict[int, Sums]]:
        days: dict[Where, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))

        def count(where: Where, part: Part) -> None:
            days[where][part.day][part.sign] += part.weight

        newest: dict[bytes, Attested] = {}
        newest_competence: dict[bytes, Attested] = {}
        for part in self.slots.values():
            if part.dimension != COMPETENCE:
                count((part.dimension, ""), part)
            else:
                if part.domain:
                    count((COMPETENCE, part.domain), part)
                _keep_newest(newest_competence, part)
            _keep_newest(newest, part)
        for part in newest_competence.values():
            count((COMPETENCE, ""), part)
        for part in newest.values():
            count(None, part)
        for dimension, part in self.others:
            count((dimension, ""), part)
            count(None, part)
        return {
            where: kept
            for where, by_day in days.items()
            if (kept := {day: tuple(sums) for day, sums in by_day.items() if any(sums)})
        }


def _keep_newest(newest: dict[bytes, Attested], part: Attested) -> None:
    held = newest.get(part.attester)
    if held is None or part.order > held.order:
        newest[part.attester] = part


def _days(days: dict[int, Sums]):
    return [
        record_pb.EvidenceDay(day=day, positive=p, negative=n, unvoiced=u)
        for day, (p, n, u) in sorted(days.items())
    ]


class Fold:
    """Trust of everybody at the last closed epoch."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.state_root = bytes(32)
        self.day = 0
        self.founders: dict[bytes, set[bytes]] = defaultdict(set)
        self.evidence: dict[Subject, Evidence] = defaultdict(Evidence)
        self.records: dict[Subject, dict[Where, dict[int, Sums]]] = {}
        self.changed = 0
        # (realm, author) -> day -> attestations.
        self.counts: dict[Subject, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        # Attestation event id -> its subject and slot.
        self.slots: dict[bytes, tuple[Subject, tuple[bytes, int, str]]] = {}
        # When a live attestation ends: event id -> µs.
        self.expiries: dict[bytes, int] = {}
        self.seen_terms: set[bytes] = set()
        self.seen_proofs: set[tuple[bytes, bytes]] = set()
        self.open: list[tuple[bytes, object]] = []

    def add(self, event_id: bytes, event) -> None:
        """An entry of the open epoch."""
        self.open.append((event_id, event))

    def close(self, closed_at: int) -> None:
        """Closes the open epoch."""
        before = self.day
        today = closed_at // DAY_US
        by_kind: dict[str, list] = defaultdict(list)
        for event_id, event in self.open:
            by_kind[event.WhichOneof("body")].append((event_id, event))
        self.open = []
        for _, event in by_kind["realm_created"]:
            self.founders[event.realm].update(event.realm_created.founders)
        touched: set[Subject] = set()
        for _, event in by_kind["attestation"]:
            self.counts[event.realm, event.author][today] += 1
        voices: dict[Subject, tuple[bool, int]] = {}

        def voice(realm: bytes, source: bytes) -> tuple[bool, int]:
            if (realm, source) not in voices:
                voices[realm, source] = self.voice(realm, source, before)
            return voices[realm, source]

        entered = [self._attested(i, e, today, voice) for i, e in by_kind["attestation"]]
        for subject, part in entered:
            self.slots[part.event_id] = (subject, part.slot)
            held = self.evidence[subject].slots.get(part.slot)
            if held is None or part.order > held.order:
                if held:
                    self.expiries.pop(held.event_id, None)
                self.evidence[subject].slots[part.slot] = part
                if part.expires_at:
                    self.expiries[part.event_id] = part.expires_at
                touched.add(subject)
        for _, event in by_kind["receipt"]:
            touched |= self._receipt(event, today, voice)
        for _, event in by_kind["equivocation_proof"]:
            touched |= self._equivocation(event, today)
        for _, event in by_kind["attestation_revoked"]:
            touched |= self._end(event.attestation_revoked.attestation)
        for event_id in [i for i, end in self.expiries.items() if end <= closed_at]:
            touched |= self._end(event_id)
        self.day = today
        self._chain_root(touched)

    def _attested(self, event_id: bytes, event, today: int, voice) -> tuple[Subject, Attested]:
        body = event.attestation
        has_voice, nu = voice(event.realm, event.author)
        if body.polarity == event_pb.POLARITY_POSITIVE:
            sign, weight = POSITIVE, nu if has_voice else 0
        else:
            sign, weight = NEGATIVE if has_voice else UNVOICED, 1_000_000
        first = today - PARAMETERS.budget_days + 1
        counted = self.counts[event.realm, event.author]
        k = sum(n for day, n in counted.items() if first <= day <= today)
        if k > PARAMETERS.budget:
            weight = weight * PARAMETERS.budget // k
        if self._same_root(event.author, body.subject):
            weight = 0
        return (event.realm, body.subject), Attested(
            day=today,
            sign=sign,
            weight=weight,
            order=(event.coordinate.wall_us, event.coordinate.counter, event_id),
            attester=event.author,
            dimension=body.dimension,
            domain=body.domain,
            expires_at=body.expires_at_us,
        )

    def _same_root(self, a: bytes, b: bytes) -> bool:
        return self.ledger.root(a) == self.ledger.root(b)

    def _receipt(self, event, today: int, voice) -> set[Subject]:
        terms = event.receipt.terms
        name = wire.hash32(wire.encode(terms))
        if name in self.seen_terms:
            return set()
        self.seen_terms.add(name)
        match terms.outcome:
            case event_pb.RECEIPT_OUTCOME_KEPT:
                part = Part(today, POSITIVE, voice(event.realm, terms.client)[1])
            case event_pb.RECEIPT_OUTCOME_BROKEN:
                part = Part(today, NEGATIVE, PARAMETERS.receipt_broken)
            case event_pb.RECEIPT_OUTCOME_ABORTED_BY_PERFORMER:
                part = Part(today, NEGATIVE, PARAMETERS.receipt_aborted)
            case _:
                return set()
        if self._same_root(terms.client, terms.performer):
            return set()
        subject = (event.realm, terms.performer)
        self.evidence[subject].others.append((RELIABILITY, part))
        return {subject}

    def _equivocation(self, event, today: int) -> set[Subject]:
        accused, said = rules.equivocation(event.equivocation_proof)[0]
        name = (accused.public_key, said.prev)
        if name in self.seen_proofs:
            return set()
        self.seen_proofs.add(name)
        subject = (event.realm, said.author)
        self.evidence[subject].others.append((FIDELITY, Part(today, NEGATIVE, PARAMETERS.equivocation)))
        return {subject}

    def _end(self, event_id: bytes) -> set[Subject]:
        subject, slot = self.slots[event_id]
        held = self.evidence[subject].slots.get(slot)
        if held is None or held.event_id != event_id:
            return set()
        del self.evidence[subject].slots[slot]
        self.expiries.pop(event_id, None)
        return {subject}

    def _chain_root(self, touched: set[Subject]) -> None:
        changed = {}
        for subject in touched:
            sums = self.evidence[subject].sums()
            if sums != self.records.get(subject, {}):
                self.records[subject] = sums
                realm, identity = subject
                changed[wire.uid(wire.TAG_RECORD, 1, realm + identity)] = self.record(subject)
        self.changed = len(changed)
        chained = self.state_root
        for _, record in sorted(changed.items()):
            chained += len(record).to_bytes(4, "big") + record
        self.state_root = wire.hash32(chained)

    def record(self, subject: Subject) -> bytes:
        """Canonical bytes of a subject's TrustRecord."""
        realm, identity = subject
        sums = self.records.get(subject, {})
        places = sorted((w for w in sums if w is not None), key=lambda w: (w[0], w[1].encode()))
        return wire.encode(
            record_pb.TrustRecord(
                realm=realm,
                subject=identity,
                founder=identity in self.founders[realm],
                dimensions=[
                    record_pb.DimensionEvidence(dimension=d, domain=name, days=_days(sums[d, name]))
                    for d, name in places
                ],
                standing=_days(sums.get(None, {})),
            )
        )

    def voice(self, realm: bytes, source: bytes, day: int) -> tuple[bool, int]:
        """Whether somebody has a voice, and its weight."""
        founder = source in self.founders[realm]
        standing = self.standing(realm, source, day)
        return founder or standing >= PARAMETERS.voice_threshold_ppm, voice_weight(standing, founder)

    def standing(self, realm: bytes, source: bytes, day: int) -> int:
        founder = source in self.founders[realm]
        days = self.records.get((realm, source), {}).get(None, {})
        return decayed(days, day, founder).trust_ppm(LAMBDA)
