"""A year of a small village: every rule of the fold happens, many at once.

The same seed gives the same events. Who judges them (a server, or a log in
memory) is the caller's affair: `submit` takes an entry and says whether it was
accepted.
"""

import random
from collections.abc import Callable

import wire
from author import Author, Signer, receipt
from offices import Offices
from rules import COMPETENCE, INTEGRITY, PRESTIGE, RELIABILITY
from trust import DAY_US
from wire import event_id, event_pb as pb

START_US = 1_290_000_000_000_000
DOMAINS = ("", "law", "rust", "go-karts")


class Village(Offices):
    def __init__(self, seed: int, realm: bytes, submit: Callable[[bytes], bool]) -> None:
        self.rng = random.Random(seed)
        self.realm, self.submit = realm, submit
        self.now = START_US
        seed = self.rng.randbytes(32)
        self.founder = Author(seed)
        # Somebody who lost their head and begins again with the same key.
        self.forgetful = Author(seed)
        self.people = [self.founder]
        # (author, event, realm)
        self.attestations: list[tuple[Author, bytes, bytes]] = []
        # Nobody judges what is said about themselves.
        self.about_the_judge: set[bytes] = set()
        # Of somebody who will lose their devices.
        self.recovery = Signer(self.rng.randbytes(32))
        self.open_offices()
        self.nonces: list[tuple] = []

    def _author(self, namespace: int = 1, controller: Author | None = None) -> Author:
        return Author(self.rng.randbytes(32), namespace, controller)

    def found(self) -> None:
        """The founder's identity: what comes before the realm."""
        self.submit(self.founder.created(self.now, "Founder"))

    def settle(self) -> None:
        """People, a guild, agents of theirs and an agent's agent."""
        for number in range(24):
            self.people.append(self._author(2 if number == 3 else 1))
        for owner in (1, 1, 2, 25):
            self.people.append(self._author(3, self.people[owner]))
        for number, person in enumerate(self.people[1:]):
            self.now += 1_000
            recovery = self.recovery.key if person is self.people[23] else b""
            self.submit(person.created(self.now, f"Villager {number}", recovery))
        for agent, person in ((25, 1), (26, 1), (27, 2), (28, 1)):
            self.lend(self.people[person], self.people[agent])
        self.verify_people()
        self.found_realms()
        for person in self.people[5:9]:
            device = Signer(self.rng.randbytes(32))
            self.submit(person.key_added(self.now, device))
            person.keys.append(device)

    def live(self, days: int) -> None:
        acts = {
            self.attest: 60,
            self.revoke: 12,
            self.receipt: 14,
            self.equivocate: 1,
            self.change_keys: 2,
            self.zeal: 3,
            self.vouch: 10,
            self.unvouch: 3,
            self.certify: 5,
            self.discredit: 3,
            self.judge: 8,
            self.report: 3,
            self.judge_report: 3,
            self.contradict: 1,
            self.join: 6,
            self.praise_in_realm: 12,
        }
        for _ in range(days):
            self.now += DAY_US * self.rng.choice((0, 0, 1, 1, 1, 2, 5, 40)) + self.rng.randrange(1, 60_000_000)
            for _ in range(self.rng.randrange(1, 14)):
                act = self.rng.choices(list(acts), list(acts.values()))[0]
                act()

    def _attest(self, author: Author, subject: Author, realm: bytes = b"") -> None:
        rng, realm = self.rng, realm or self.realm
        key = rng.choice(author.keys)
        # A second device may have been offline for days.
        late = rng.randrange(20 * DAY_US) if key is not author.keys[0] else 0
        wall = max(START_US, self.now - late)
        wall = max(wall, key.coordinate[0])
        dimension = rng.choice((RELIABILITY, INTEGRITY, COMPETENCE, COMPETENCE, PRESTIGE))
        body = pb.Attestation(
            subject=subject.uid,
            dimension=dimension,
            polarity=pb.POLARITY_POSITIVE if rng.random() < 0.75 else pb.POLARITY_NEGATIVE,
            domain=rng.choice(DOMAINS) if dimension == COMPETENCE else "",
            comment="" if rng.random() < 0.8 else "Grüße ✓",
            expires_at_us=wall + rng.randrange(1, 90 * DAY_US) if rng.random() < 0.25 else 0,
        )
        entry = key.entry(author.uid, realm, wall, attestation=body)
        if self.submit(entry):
            self.attestations.append((author, key.head, realm))
            if subject.root is self.founder:
                self.about_the_judge.add(key.head)

    def end_epoch(self) -> None:
        """An event of a much later day: with log.clock = "events" it closes the epoch."""
        self.now += 400 * DAY_US
        self._attest(self.founder, self.people[1])

    def attest(self) -> None:
        author, subject = self.rng.sample(self.people, 2)
        if self.rng.random() < 0.25:
            author = self.founder
        if author is not subject:
            self._attest(author, subject)

    def zeal(self) -> None:
        """Somebody goes far beyond the budget, mostly about the same few."""
        author = self.rng.choice(self.people[:4])
        for _ in range(self.rng.randrange(15, 30)):
            subject = self.rng.choice(self.people[4:])
            self._attest(author, subject)

    def revoke(self) -> None:
        if self.attestations:
            author, attestation, realm = self.rng.choice(self.attestations)
            body = pb.AttestationRevoked(attestation=attestation)
            self.submit(author.keys[0].entry(author.uid, realm, self.now, attestation_revoked=body))

    def receipt(self) -> None:
        rng = self.rng
        performer, client = rng.sample(self.people, 2)
        terms = (performer, client, rng.randrange(1, 5), rng.randbytes(16))
        if self.nonces and rng.random() < 0.2:
            terms = rng.choice(self.nonces)
        self.nonces.append(terms)
        performer, client, outcome, nonce = terms
        author = rng.choice((performer, client))
        self.submit(receipt(author, performer, client, self.realm, self.now, outcome, nonce))

    def equivocate(self) -> None:
        """Two events on one prev, brought by somebody else, sometimes twice."""
        accused, bringer = self.rng.sample(self.people, 2)
        self.tainted.add(accused.uid)
        key = accused.keys[0]
        pair = [
            key.entry(accused.uid, self.realm, self.now, advance=False, custom=pb.Custom(data=bytes([n])))
            for n in range(2)
        ]
        pair.sort(key=lambda entry: event_id(pb.SignedEvent.FromString(entry).event))
        for _ in range(self.rng.randrange(1, 3)):
            body = pb.EquivocationProof(first=pair[0], second=pair[1])
            self.submit(bringer.keys[0].entry(bringer.uid, self.realm, self.now, equivocation_proof=body))

    def change_keys(self) -> None:
        person = self.rng.choice(self.people)
        if len(person.keys) > 1:
            device = person.keys.pop()
            self.submit(person.key_revoked(self.now, device.key))
        else:
            device = Signer(self.rng.randbytes(32))
            self.submit(person.key_added(self.now, device))
            person.keys.append(device)

    def broken(self) -> list[tuple[str, bytes]]:
        """Entries that are genuine by themselves and break a rule of admission."""
        person, other, stranger = self.people[10], self.people[11], self._author()
        while len(person.keys) > 1:
            self.submit(person.key_revoked(self.now, person.keys.pop().key))
        device, service = Signer(self.rng.randbytes(32)), self._author(7)
        self.submit(service.created(self.now, "Service"))
        self.submit(person.key_added(self.now, device))
        self.submit(person.key_revoked(self.now, device.key))
        key, early = person.keys[0], Signer(self.rng.randbytes(32))
        about = pb.Attestation(subject=other.uid, dimension=RELIABILITY, polarity=pb.POLARITY_POSITIVE)
        nobody = pb.Attestation(subject=stranger.uid, dimension=RELIABILITY, polarity=pb.POLARITY_POSITIVE)
        absent = bytes.fromhex("00020001") + bytes(28)

        def said(signer: Signer, author: Author, realm: bytes = self.realm, **body) -> bytes:
            return signer.entry(author.uid, realm, self.now, advance=False, **body)

        def added(new: Signer) -> pb.KeyAdded:
            proof = new.sign(b"ERYNOA-KEY-ADDED-V1" + person.uid + new.key)
            return pb.KeyAdded(public_key=new.key, purposes=[2], countersignature=proof)

        def framed(signer: Signer) -> pb.EquivocationProof:
            """Two events in somebody's name by a key that was never theirs."""
            pair = sorted(
                (said(signer, other, custom=pb.Custom(data=bytes([n]))) for n in range(2)),
                key=lambda entry: event_id(pb.SignedEvent.FromString(entry).event),
            )
            return pb.EquivocationProof(first=pair[0], second=pair[1])

        def begun(namespace: int, controller: Author | None = None, recovery: bytes = b"") -> bytes:
            return self._author(namespace, controller).created(self.now, "Newcomer", recovery)

        head, key.head = key.head, b""
        first = said(key, person, attestation=about)
        key.head = absent
        unknown = said(key, person, attestation=about)
        key.head = other.keys[0].head
        stale = said(key, person, attestation=about)
        key.head, coordinate, key.coordinate = head, key.coordinate, (0, 0)
        before = key.entry(person.uid, self.realm, START_US, advance=False, attestation=about)
        key.coordinate = coordinate
        vouch = next(event for author, _, event in self.vouches if author is not person)
        word = next(event for author, event, realm in self.attestations if author is other and realm == self.realm)
        claim = pb.Judgement(subject=stranger.uid, finding=pb.FINDING_CLAIM_TRUE, target=word)
        claim_of_another = pb.Judgement(subject=self.founder.uid, finding=pb.FINDING_CLAIM_TRUE, target=word)
        agent = self.people[25]

        def handed(to: Author, identity: Author) -> pb.ControllerSet:
            consent = to.keys[0].sign(b"ERYNOA-CONTROLLER-V1" + identity.uid)
            controller = pb.Controller(identity=to.uid, public_key=to.keys[0].key, signature=consent)
            return pb.ControllerSet(identity=identity.uid, controller=controller)

        def recovered(signer: Signer) -> pb.IdentityRecovered:
            proof = signer.sign(b"ERYNOA-KEY-ADDED-V1" + person.uid + signer.key)
            return pb.IdentityRecovered(public_key=signer.key, countersignature=proof)

        nowhere = pb.RealmCreated(name="x", founders=[person.uid], parent=absent, nonce=bytes(16))
        nowhere.realm = wire.realm_uid(person.uid, nowhere)
        cosigned = pb.EpochCosigned(log_key=bytes(32), epoch=1, size=1, root=bytes(32), state_root=bytes(32))
        return [
            ("somebody who is no more", said(self.gone.keys[0], self.gone, attestation=about)),
            ("a vouch for nobody", said(key, person, vouch=pb.Vouch(member=stranger.uid, stake_ppm=1))),
            ("a vouch of somebody else taken back", said(key, person, vouch_revoked=pb.VouchRevoked(vouch=vouch))),
            ("a vouch taken back that is none", said(key, person, vouch_revoked=pb.VouchRevoked(vouch=word))),
            ("a credential taken back that is none", said(key, person, credential_revoked=pb.CredentialRevoked(credential=word, subject=other.uid))),
            ("a judgement of nobody", said(key, person, judgement=claim)),
            ("a judgement of another's claim", said(key, person, judgement=claim_of_another)),
            ("a report about nobody", said(key, person, anomaly_reported=pb.AnomalyReported(subjects=[stranger.uid], severity=1, **{"class": 1}))),
            ("a vote on what is no proposal", said(key, person, vote=pb.Vote(proposal=word, votes=1))),
            ("a judged report that is none", said(key, person, anomaly_judged=pb.AnomalyJudged(report=word, reporter=other.uid))),
            ("a proposal closed by somebody", said(key, person, proposal_closed=pb.ProposalClosed(proposal=word, proposer=other.uid, outcome=1))),
            ("rules changed by somebody", said(key, person, realm_rules_changed=pb.RealmRulesChanged(proposal=word))),
            ("somebody excluded by somebody", said(key, person, member_banned=pb.MemberBanned(member=other.uid, proposal=word))),
            ("a cosignature of another log", said(key, person, epoch_cosigned=cosigned)),
            ("a realm below nothing", said(key, person, realm=nowhere.realm, realm_created=nowhere)),
            ("somebody else's agent handed over", said(key, person, wire.NULL, controller_set=handed(person, agent))),
            ("somebody else ended", said(key, person, wire.NULL, identity_deactivated=pb.IdentityDeactivated(identity=other.uid))),
            ("a recovery without a recovery key", said(key, person, wire.NULL, identity_recovered=recovered(early))),
            ("no prev", first),
            ("a prev that is not there", unknown),
            ("a prev of another key", stale),
            ("a coordinate before prev", before),
            ("a parent that is not there", said(key, person, parents=[absent], attestation=about)),
            ("a subject that is not there", said(key, person, attestation=nobody)),
            ("a key that is not there", said(early, person, attestation=about)),
            ("a key of somebody else", said(key, self.people[12], attestation=about)),
            ("a revoked key", said(device, person, attestation=about)),
            ("an author who is not there", said(stranger.keys[0], stranger, attestation=about)),
            ("a realm that is not there", said(key, person, realm=absent, attestation=about)),
            ("the last key revoked", said(key, person, wire.NULL, key_revoked=pb.KeyRevoked(public_key=key.key))),
            ("a key revoked twice", said(key, person, wire.NULL, key_revoked=pb.KeyRevoked(public_key=device.key))),
            ("a key revoked that is not there", said(key, person, wire.NULL, key_revoked=pb.KeyRevoked(public_key=early.key))),
            ("a revoked key added again", said(key, person, wire.NULL, key_added=added(device))),
            ("a key of somebody else added", said(key, person, wire.NULL, key_added=added(other.keys[0]))),
            ("an attestation of nobody revoked", said(key, person, attestation_revoked=pb.AttestationRevoked(attestation=absent))),
            ("an agent of a service", begun(3, service)),
            ("an agent of nobody", begun(3, stranger)),
            ("a recovery key in use", begun(1, recovery=other.keys[0].key)),
            ("two events by a key that was never theirs", said(key, person, equivocation_proof=framed(device))),
            ("two events by a stranger's key", said(key, person, equivocation_proof=framed(early))),
            ("an identity created twice", self.forgetful.created(self.now, "Again")),
            ("an epoch closed by somebody", said(key, person, wire.NULL, epoch_closed=pb.EpochClosed(epoch=1, state_root=bytes(32), parameters_hash=bytes(32)))),
            ("a realm created by somebody", said(key, person, realm_created=pb.RealmCreated(realm=self.realm, name="x", founders=[person.uid]))),
        ]
