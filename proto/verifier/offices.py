"""What the village of scenario.py does beyond praise and receipts: it vouches,
certifies, judges, votes, founds realms, and hands agents over."""

from author import Author, Signer
from trust import DAY_US
from wire import NULL, event_id, event_pb as pb, realm_uid

CLAIMS = (
    pb.FINDING_CLAIM_TRUE,
    pb.FINDING_CLAIM_FALSE_MINOR,
    pb.FINDING_CLAIM_FALSE_SIGNIFICANT,
    pb.FINDING_CLAIM_FALSE_FRAUD,
)
BREACHES = (pb.FINDING_BREACH_CONTRACT, pb.FINDING_BREACH_REALM, pb.FINDING_BREACH_AXIOM)
FINDINGS = {"claim": CLAIMS, "breach": BREACHES, "fault": (pb.FINDING_MEMBER_AT_FAULT,)}


class Offices:
    """Needs rng, realm, people, founder, attestations, now, submit, _attest."""

    def open_offices(self) -> None:
        # (author, member, event)
        self.vouches: list[tuple[Author, Author, bytes]] = []
        # (subject, event)
        self.credentials: list[tuple[Author, bytes]] = []
        # (reporter, event)
        self.reports: list[tuple[Author, bytes]] = []
        self.judged: set[tuple[bytes, str]] = set()
        # Whose fidelity has suffered: no gate lets them through.
        self.tainted: set[bytes] = set()
        self.members: dict[bytes, list[Author]] = {}

    def say(self, author: Author, realm: bytes, **body) -> bytes:
        """Signs with the first key, submits, and gives the event's id."""
        key = author.keys[0]
        self.submit(key.entry(author.uid, realm, self.now, **body))
        return key.head

    def step(self, days: int) -> None:
        """A later day: what the founder says on it ends the epoch before."""
        self.now += days * DAY_US
        self._attest(self.founder, self.people[1])

    def _end(self, author: Author, likely: float) -> int:
        """An end after the author's next event, or none."""
        if self.rng.random() >= likely:
            return 0
        return max(self.now, author.keys[0].coordinate[0]) + self.rng.randrange(1, 200 * DAY_US)

    def lend(self, owner: Author, agent: Author) -> None:
        """An agent does nothing without a delegation of its person."""
        body = pb.Delegation(delegate=agent.uid, factor_ppm=900_000, capabilities=["*"])
        self.say(owner, self.realm, delegation=body)

    def verify_people(self) -> None:
        for number in (1, 2, 3, 5, 6):
            body = pb.CredentialIssued(subject=self.people[number].uid, type="person")
            self.say(self.founder, self.realm, credential_issued=body)

    def found_realms(self) -> None:
        """A guild whose members bring trust along, a shard of it, and a smithy
        below it that trusts the guild fully from some day on."""
        head = self.people[1]
        door = [
            pb.Rule(id="door", join=pb.Join(policy=pb.JOIN_POLICY_OPEN)),
            pb.Rule(id="least-trust", min_trust=pb.MinTrust(norm_ppm=0)),
        ]
        witnesses = pb.Witnesses(members=[pb.Witness(identity=head.uid, weight=1)])
        near = pb.Rule(id="neighbours", effective_from_us=self.now + 40 * DAY_US)
        self.guild = self._found(head, self.realm, "Guild", [*door, pb.Rule(id="witnesses", witnesses=witnesses)])
        near.crossings.allowed.append(self.guild)
        self.shard = self._found(head, self.guild, "Shard", [], partition=True)
        self.smithy = self._found(head, self.guild, "Smithy", [near])
        for realm in (self.guild, self.smithy):
            self.members[realm] = [head]

    def _found(self, head: Author, parent: bytes, name: str, rules, partition: bool = False) -> bytes:
        body = pb.RealmCreated(
            name=name,
            founders=[head.uid],
            parent=parent,
            nonce=self.rng.randbytes(16),
            partition=partition,
            rules=rules,
        )
        body.realm = realm_uid(head.uid, body)
        self.say(head, body.realm, realm_created=body)
        return body.realm

    def join(self) -> None:
        realm = self.rng.choice((self.guild, self.guild, self.smithy))
        near = self.people[1:25] if realm == self.guild else self.members[self.guild]
        outside = [p for p in near if p not in self.members[realm] and p.uid not in self.tainted]
        if outside:
            person = self.rng.choice(outside)
            origin = self.realm if self.rng.random() < 0.3 else b""
            self.say(person, realm, realm_joined=pb.RealmJoined(**{"from": origin}))
            self.members[realm].append(person)

    def praise_in_realm(self) -> None:
        realm = self.rng.choice((self.guild, self.shard, self.smithy))
        members = self.members[self.guild if realm == self.shard else realm]
        author, subject = self.rng.choice(members), self.rng.choice(self.people)
        if author is not subject:
            self._attest(author, subject, realm)

    def vouch(self) -> None:
        author, member = self.rng.sample(self.people, 2)
        if self.rng.random() < 0.4:
            author = self.founder
        if author is not member:
            body = pb.Vouch(
                member=member.uid,
                stake_ppm=self.rng.randrange(1, 300_001),
                expires_at_us=self._end(author, 0.3),
            )
            self.vouches.append((author, member, self.say(author, self.realm, vouch=body)))

    def unvouch(self) -> None:
        if self.vouches:
            author, _, vouch = self.rng.choice(self.vouches)
            self.say(author, self.realm, vouch_revoked=pb.VouchRevoked(vouch=vouch))

    def certify(self) -> None:
        subject = self.rng.choice(self.people[1:25])
        body = pb.CredentialIssued(
            subject=subject.uid,
            type=self.rng.choice(("medic", "pilot", "rust")),
            expires_at_us=self._end(self.founder, 0.3),
        )
        self.credentials.append((subject, self.say(self.founder, self.realm, credential_issued=body)))

    def discredit(self) -> None:
        if self.credentials:
            subject, credential = self.rng.choice(self.credentials)
            fraud = self.rng.random() < 0.4
            body = pb.CredentialRevoked(credential=credential, subject=subject.uid, fraud=fraud)
            self.say(self.founder, self.realm, credential_revoked=body)

    def judge(self) -> None:
        """The founder finds something about what somebody has said."""
        said = [
            (author, event)
            for author, event, realm in self.attestations
            if realm == self.realm and author.root is not self.founder and event not in self.about_the_judge
        ]
        kind = self.rng.choice(list(FINDINGS))
        if kind == "fault":
            # Somebody for whom others answer.
            members = [member for _, member, _ in self.vouches]
            said = [(a, e) for a, e in said if a in members]
        if said:
            author, target = self.rng.choice(said)
            self._judge(author, target, kind, self.rng.choice(FINDINGS[kind]))

    def _judge(self, subject: Author, target: bytes, kind: str, finding: int) -> None:
        if (target, kind) in self.judged:
            return
        self.judged.add((target, kind))
        if kind in ("breach", "spam"):
            self.tainted.add(subject.uid)
        severity = self.rng.randrange(1, 1_000_001) if kind == "fault" else 0
        body = pb.Judgement(subject=subject.uid, finding=finding, target=target, severity_ppm=severity)
        self.say(self.founder, self.realm, judgement=body)

    def report(self) -> None:
        reporter, subject = self.rng.sample(self.people[1:25], 2)
        body = pb.AnomalyReported(
            subjects=[subject.uid], severity=self.rng.randrange(1, 5), **{"class": self.rng.randrange(1, 6)}
        )
        self.reports.append((reporter, self.say(reporter, self.realm, anomaly_reported=body)))

    def judge_report(self) -> None:
        if self.reports:
            reporter, report = self.reports.pop(self.rng.randrange(len(self.reports)))
            confirmed = self.rng.random() < 0.7
            body = pb.AnomalyJudged(
                report=report,
                reporter=reporter.uid,
                confirmed=confirmed,
                severity=self.rng.randrange(1, 5) if confirmed else 0,
            )
            self.say(self.founder, self.realm, anomaly_judged=body)

    def contradict(self) -> None:
        """Two cosignatures of one epoch, brought by somebody else."""
        accused, bringer = self.rng.sample(self.people[1:25], 2)
        key, head = accused.keys[0], accused.keys[0].head
        epoch, pair = self.rng.randrange(1, 4), []
        for root in (1, 2):
            said = pb.EpochCosigned(
                log_key=bytes([3]) * 32,
                epoch=epoch,
                size=9,
                root=bytes([root]) * 32,
                state_root=bytes(32),
            )
            # Not on one prev: that would be another proof.
            key.head = head if root == 1 else event_id(b"elsewhere")
            pair.append(key.entry(accused.uid, self.realm, self.now, advance=False, epoch_cosigned=said))
        key.head = head
        pair.sort(key=lambda entry: event_id(pb.SignedEvent.FromString(entry).event))
        self.tainted.add(accused.uid)
        body = pb.EquivocationProof(first=pair[0], second=pair[1])
        self.say(bringer, self.realm, equivocation_proof=body)

    def govern(self, decide) -> None:
        """One proposal that is accepted, and one that is defeated and spam.
        `decide` is told of both when their time has come."""
        proposals = []
        for number, title in ((2, "Mend the well"), (3, "Buy my soap")):
            body = pb.Proposal(kind=pb.PROPOSAL_KIND_TREASURY, title=title)
            author = self.people[number]
            proposals.append((author, self.say(author, self.realm, proposal=body)))
        # Draft, 48 hours of discussion, 72 of voting, 48 of timelock; an epoch
        # ends with the first event of a later day, at the time of the last.
        for days in (1, 3, 1):
            self.step(days)
        for number in (1, 2, 3, 5):
            for (_, proposal), votes in zip(proposals, (5, -3)):
                body = pb.Vote(proposal=proposal, votes=votes)
                self.say(self.people[number], self.realm, vote=body)
        for days in (4, 1, 3, 1, 1):
            self.step(days)
        outcomes = (pb.PROPOSAL_OUTCOME_EXECUTED, pb.PROPOSAL_OUTCOME_DEFEATED)
        for (author, proposal), outcome in zip(proposals, outcomes):
            decide(self.realm, proposal, author.uid, outcome)
        self._judge(*proposals[1], "spam", pb.FINDING_PROPOSAL_SPAM)
        self.step(1)

    def hand_over(self) -> None:
        """The first agent, and with it its own agent, gets another person."""
        giver, taker, agent = self.people[1], self.people[2], self.people[25]
        self._attest(taker, agent)
        key = taker.keys[0]
        consent = key.sign(b"ERYNOA-CONTROLLER-V1" + agent.uid)
        controller = pb.Controller(identity=taker.uid, public_key=key.key, signature=consent)
        body = pb.ControllerSet(identity=agent.uid, controller=controller)
        self.say(giver, NULL, controller_set=body)
        # Those who lent to it lend no more.
        for other in (agent, self.people[28]):
            self.lend(taker, other)

    def recover(self) -> None:
        """Somebody has lost their devices and has a recovery key."""
        person = self.people[23]
        device = Signer(self.rng.randbytes(32))
        proof = device.sign(b"ERYNOA-KEY-ADDED-V1" + person.uid + device.key)
        body = pb.IdentityRecovered(public_key=device.key, countersignature=proof)
        self.submit(self.recovery.entry(person.uid, NULL, self.now, identity_recovered=body))
        for days in (1, 4, 1, 1):
            self.step(days)
        person.keys = [device]
        self._attest(person, self.people[1])

    def leave(self) -> None:
        """Somebody leaves the guild, and somebody is no more."""
        self.say(self.people[1], self.guild, realm_left=pb.RealmLeft())
        gone = self.people.pop(24)
        self.say(gone, NULL, identity_deactivated=pb.IdentityDeactivated(identity=gone.uid))
        self.gone = gone

    def cosign(self, ledger) -> None:
        """The witness of the guild cosigns the last epoch of the log."""
        epoch = ledger.epoch
        closed = ledger.epochs[epoch - 1]
        body = pb.EpochCosigned(
            log_key=ledger.log_key,
            epoch=epoch,
            size=closed.size,
            root=ledger.tree_root(closed.size),
            state_root=closed.state_root,
        )
        self.say(self.people[1], self.guild, epoch_cosigned=body)
