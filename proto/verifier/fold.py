"""The fold of a log into trust records, epoch by epoch (details.md, Evidence).

Nothing is kept incrementally but the live parts: the sums of a subject that an
epoch touches are made anew from them.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import rows
import wire
from rows import NEGATIVE, POSITIVE, UNVOICED
from rules import COMPETENCE, INTEGRITY, PRESTIGE, RELIABILITY
from trust import DAY_US, LAMBDA, LAMBDAS, PARAMETERS, PPM, Sums, decayed, prior, voice_weight
from wire import event_pb, record_pb

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
class Held(Part):
    """An attestation, a vouch or a credential: one is live in each slot."""

    order: tuple[int, int, bytes]
    source: bytes
    # "attestation" with dimension and domain, "vouch", or "credential" with type.
    kind: tuple
    dimension: int
    expires_at: int
    # Of a vouch whose author answers.
    stake: int = 0

    @property
    def event_id(self) -> bytes:
        return self.order[2]

    @property
    def slot(self) -> tuple:
        return (self.source, self.kind)

    @property
    def is_word(self) -> bool:
        return self.kind[0] == "attestation"


@dataclass
class Evidence:
    """All that counts about one subject in one realm."""

    slots: dict[tuple, Held] = field(default_factory=dict)
    # Everything that counts once: (dimension, part), and what of it one's own
    # act brings about, which the standing leaves out.
    others: list[tuple[int, Part]] = field(default_factory=list)
    own_acts: list[tuple[int, Part]] = field(default_factory=list)
    # Kept receipts of each client: (order, part).
    kept: dict[bytes, list[tuple[tuple, Part]]] = field(default_factory=lambda: defaultdict(list))

    def sums(self) -> dict[Where, dict[int, Sums]]:
        days: dict[Where, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))

        def count(where: Where, part: Part) -> None:
            days[where][part.day][part.sign] += part.weight

        newest: dict[bytes, Held] = {}
        newest_competence: dict[bytes, Held] = {}
        newest_credential: dict[bytes, Held] = {}
        for part in self.slots.values():
            if not part.is_word:
                count((part.dimension, ""), part)
                if part.kind[0] == "credential_issued":
                    _keep_newest(newest_credential, part)
                else:
                    count(None, part)
                continue
            domain = part.kind[2]
            if part.dimension != COMPETENCE:
                count((part.dimension, ""), part)
            else:
                if domain:
                    count((COMPETENCE, domain), part)
                _keep_newest(newest_competence, part)
            _keep_newest(newest, part)
        for part in newest_competence.values():
            count((COMPETENCE, ""), part)
        for part in (*newest.values(), *newest_credential.values()):
            count(None, part)
        for client, receipts in self.kept.items():
            for _, part in receipts:
                count((RELIABILITY, ""), part)
            if client not in newest:
                count(None, max(receipts, key=lambda receipt: receipt[0])[1])
        for dimension, part in self.others:
            count((dimension, ""), part)
            count(None, part)
        for dimension, part in self.own_acts:
            count((dimension, ""), part)
        return {
            where: kept
            for where, by_day in days.items()
            if (kept := {day: tuple(sums) for day, sums in by_day.items() if any(sums)})
        }


def _keep_newest(newest: dict[bytes, Held], part: Held) -> None:
    held = newest.get(part.source)
    if held is None or part.order > held.order:
        newest[part.source] = part


def _days(days: dict[int, Sums]):
    return [
        record_pb.EvidenceDay(day=day, positive=p, negative=n, unvoiced=u)
        for day, (p, n, u) in sorted(days.items())
    ]


def _order(event_id: bytes, event) -> tuple[int, int, bytes]:
    return (event.coordinate.wall_us, event.coordinate.counter, event_id)


class Fold:
    """Trust of everybody at the last closed epoch.

    `ledger` knows the end of everybody's chain of controllers: `root(uid)`.
    """

    def __init__(self, ledger) -> None:
        self.ledger = ledger
        self.state_root = bytes(32)
        self.day = 0
        self.founders: dict[bytes, set[bytes]] = defaultdict(set)
        # Partitions and the realm whose trust they share.
        self.homes: dict[bytes, bytes] = {}
        self.evidence: dict[Subject, Evidence] = defaultdict(Evidence)
        self.records: dict[Subject, dict[Where, dict[int, Sums]]] = {}
        self.crossed: dict[Subject, tuple[int, ...]] = {}
        self.changed = 0
        # (realm, source) -> day -> statements that share the budget.
        self.counts: dict[Subject, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        # Attestation, vouch or credential event id -> its subject and slot.
        self.slots: dict[bytes, tuple[Subject, tuple]] = {}
        # When what is live ends: event id -> µs.
        self.expiries: dict[bytes, int] = {}
        # Names of what has counted.
        self.seen: set[tuple] = set()
        self.open: list[tuple[bytes, object]] = []
        self.joins: dict[Subject, tuple[int, ...]] = {}

    def add(self, event_id: bytes, event) -> None:
        """An entry of the open epoch."""
        self.open.append((event_id, event))
        if event.WhichOneof("body") == "realm_created" and event.realm_created.partition:
            self.homes[event.realm] = self.home(event.realm_created.parent)

    def join(self, realm: bytes, subject: bytes, means) -> None:
        """What somebody brings along into a realm in the open epoch, in ppm."""
        if realm in self.homes:
            return
        means = tuple(max(PARAMETERS.crossed_floor_ppm, mean) for mean in means)
        held = self.joins.get((realm, subject), means)
        self.joins[realm, subject] = tuple(map(min, held, means))

    def home(self, realm: bytes) -> bytes:
        """The realm whose trust counts in this one."""
        return self.homes.get(realm, realm)

    def close(self, closed_at: int) -> None:
        """Closes the open epoch."""
        before = self.day
        today = closed_at // DAY_US
        events, self.open = sorted(self.open, key=lambda entry: _order(*entry)), []
        for _, event in events:
            if event.WhichOneof("body") == "realm_created" and event.realm not in self.homes:
                self.founders[event.realm].update(event.realm_created.founders)
        touched: set[Subject] = set()
        for subject, means in self.joins.items():
            if self.crossed.get(subject) != means:
                self.crossed[subject] = means
                touched.add(subject)
        crossed, self.joins = set(touched), {}
        touched |= self._answer(events, today)
        counting = self._first(events, today)
        self._spend(events, counting, today)
        voices: dict[Subject, tuple[bool, int]] = {}

        def voice(realm: bytes, source: bytes) -> tuple[bool, int]:
            if (realm, source) not in voices:
                voices[realm, source] = self.voice(realm, source, before)
            return voices[realm, source]

        for subject, part in [held for entry in events if (held := self._held(*entry, today, voice))]:
            self.slots[part.event_id] = (subject, part.slot)
            held = self.evidence[subject].slots.get(part.slot)
            if held is None or part.order > held.order:
                if held:
                    self.expiries.pop(held.event_id, None)
                self.evidence[subject].slots[part.slot] = part
                if part.expires_at:
                    self.expiries[part.event_id] = part.expires_at
                touched.add(subject)
        # All weights are known by standings before this epoch: records are made
        # anew only at its end.
        for event_id, event, row in counting:
            touched |= self._count(event_id, event, row, today, voice)
        for _, event in events:
            match event.WhichOneof("body"):
                case "attestation_revoked":
                    touched |= self._end(event.attestation_revoked.attestation)
                case "vouch_revoked":
                    touched |= self._end(event.vouch_revoked.vouch)
                case "credential_revoked":
                    touched |= self._end(event.credential_revoked.credential)
        for event_id in [i for i, end in self.expiries.items() if end <= closed_at]:
            touched |= self._end(event_id)
        self.day = today
        self._chain_root(touched, crossed)

    def _answer(self, events, today: int) -> set[Subject]:
        """Vouches live before the epoch answer for members judged at fault."""
        touched = set()
        for _, event in events:
            body = event.judgement
            fault = event.WhichOneof("body") == "judgement" and body.finding == event_pb.FINDING_MEMBER_AT_FAULT
            if not fault or ("fault", body.target) in self.seen:
                continue
            self.seen.add(("fault", body.target))
            realm = self.home(event.realm)
            for vouch in list(self.evidence[realm, body.subject].slots.values()):
                if vouch.stake:
                    weight = PARAMETERS.vouch_answer * body.severity_ppm * vouch.stake // (PPM * PPM)
                    answer = (INTEGRITY, Part(today, NEGATIVE, weight))
                    self.evidence[realm, vouch.source].others.append(answer)
                    touched.add((realm, vouch.source))
        return touched

    def _first(self, events, today: int) -> list[tuple[bytes, object, rows.Row]]:
        """The rows whose names nobody has taken; `events` ascend by order."""
        first = []
        for event_id, event in events:
            for row in rows.of(event, self.home(event.realm), today):
                name = (row.name, row.dimension)
                if name not in self.seen:
                    self.seen.add(name)
                    first.append((event_id, event, row))
        return first

    def _spend(self, events, counting, today: int) -> None:
        """Counts what shares the budgets of its sources."""
        for _, event in events:
            if event.WhichOneof("body") in ("attestation", "vouch"):
                self.counts[self.home(event.realm), event.author][today] += 1
        for _, event, row in counting:
            if row.kept:
                self.counts[self.home(event.realm), row.client][today] += 1

    def _within_budget(self, weight: int, realm: bytes, source: bytes, today: int) -> int:
        first = today - PARAMETERS.budget_days + 1
        counted = self.counts[realm, source]
        k = sum(n for day, n in counted.items() if first <= day <= today)
        return weight * PARAMETERS.budget // k if k > PARAMETERS.budget else weight

    def _held(self, event_id: bytes, event, today: int, voice) -> tuple[Subject, Held] | None:
        """What enters a slot, with its weight."""
        realm, author = self.home(event.realm), event.author
        name = event.WhichOneof("body")
        body = getattr(event, name)
        sign, stake = POSITIVE, 0
        match name:
            case "attestation":
                has_voice, nu = voice(realm, author)
                subject, dimension = body.subject, body.dimension
                kind = (name, dimension, body.domain)
                weight = nu if has_voice else 0
                if body.polarity != event_pb.POLARITY_POSITIVE:
                    sign, weight = NEGATIVE if has_voice else UNVOICED, PARAMETERS.negative_attestation
                weight = self._within_budget(weight, realm, author, today)
            case "vouch":
                has_voice, nu = voice(realm, author)
                subject, dimension, kind = body.member, PRESTIGE, (name,)
                share = nu * body.stake_ppm // PPM if has_voice else 0
                weight = self._within_budget(share, realm, author, today)
                if has_voice and not self._same_root(author, subject):
                    stake = body.stake_ppm
            case "credential_issued":
                subject, dimension, kind = body.subject, COMPETENCE, (name, body.type)
                weight = PARAMETERS.credential_issued
            case _:
                return None
        if self._same_root(author, subject):
            weight = 0
        return (realm, subject), Held(
            day=today,
            sign=sign,
            weight=weight,
            order=_order(event_id, event),
            source=author,
            kind=kind,
            dimension=dimension,
            expires_at=body.expires_at_us,
            stake=stake,
        )

    def _same_root(self, a: bytes, b: bytes) -> bool:
        return self.ledger.root(a) == self.ledger.root(b)

    def _count(self, event_id: bytes, event, row: rows.Row, today: int, voice) -> set[Subject]:
        realm = self.home(event.realm)
        subject = (realm, row.subject)
        weight = row.weight
        if row.kept:
            has_voice, nu = voice(realm, row.client)
            weight = self._within_budget(nu if has_voice else 0, realm, row.client, today)
        if row.client and self._same_root(row.client, row.subject):
            weight = 0
        part = Part(today, row.sign, weight)
        if row.kept:
            self.evidence[subject].kept[row.client].append((_order(event_id, event), part))
        elif row.own_act:
            self.evidence[subject].own_acts.append((row.dimension, part))
        else:
            self.evidence[subject].others.append((row.dimension, part))
        return {subject}

    def _end(self, event_id: bytes) -> set[Subject]:
        subject, slot = self.slots[event_id]
        held = self.evidence[subject].slots.get(slot)
        if held is None or held.event_id != event_id:
            return set()
        del self.evidence[subject].slots[slot]
        self.expiries.pop(event_id, None)
        return {subject}

    def _chain_root(self, touched: set[Subject], crossed: set[Subject]) -> None:
        changed = {}
        for subject in touched:
            sums = self.evidence[subject].sums()
            if sums != self.records.get(subject, {}) or subject in crossed:
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
                crossed_prior_ppm=self.crossed.get(subject, ()),
            )
        )

    def prior(self, subject: Subject, dimension: int) -> tuple[int, int]:
        """Alpha and beta of a dimension, 1 to 6."""
        realm, identity = subject
        means = self.crossed.get(subject)
        return prior(identity in self.founders[realm], means and means[dimension - 1])

    def values(self, realm: bytes, identity: bytes) -> list[int]:
        """R, I, C, P, V and fidelity in ppm at the last closed epoch."""
        subject = (realm, identity)
        sums = self.records.get(subject, {})
        return [
            decayed(sums.get((d, ""), {}), self.day, self.prior(subject, d)).trust_ppm(LAMBDAS[d - 1])
            for d in range(1, 7)
        ]

    def voice(self, realm: bytes, source: bytes, day: int) -> tuple[bool, int]:
        """Whether somebody has a voice, and its weight."""
        founder = source in self.founders[realm]
        standing = self.standing(realm, source, day)
        return founder or standing >= PARAMETERS.voice_threshold_ppm, voice_weight(standing, founder)

    def standing(self, realm: bytes, source: bytes, day: int) -> int:
        founder = source in self.founders[realm]
        days = self.records.get((realm, source), {}).get(None, {})
        return decayed(days, day, prior(founder)).trust_ppm(LAMBDA)
