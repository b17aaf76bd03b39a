//! Small logs with the state root of each epoch and the trust at the end: one
//! for each row of evidence, and one in which all rows happen many times.

use std::collections::BTreeMap;

use erynoa_events::{
    AnomalyJudged, Attestation, AttestationRevoked, Body, Contradiction, Controller, ControllerSet,
    CredentialIssued, CredentialRevoked, Custom, Dimension, EpochCosigned, EquivocationProof,
    Event, EventError, Finding, Judgement, KeyDirectory, Polarity, ProposalClosed, ProposalOutcome,
    RealmCreated, RealmRules, Receipt, ReceiptOutcome, Severity, SigningKey, Vote, Vouch,
    VouchRevoked, decode_event, encode_event, receipt_terms_hash, sign_event,
};
use erynoa_kernel::{
    Coordinate, DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature,
};
use erynoa_trust::TrustFold;
use serde_json::{Value, json};

use super::Scatter;

const R: Dimension = Dimension::Reliability;
const I: Dimension = Dimension::Integrity;

fn person(number: u8) -> IdentityId {
    IdentityId::of(Namespace::SelfHood, &SigningKey::from_seed([number; 32]).public_key())
}

/// Who controls whom.
struct Controllers(BTreeMap<IdentityId, IdentityId>);

impl KeyDirectory for Controllers {
    fn check_author(&self, _: &Event, _: &PublicKey) -> Result<(), EventError> {
        Ok(())
    }

    fn is_live(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn ever_owned(&self, _: &IdentityId, _: &PublicKey) -> bool {
        true
    }

    fn knows(&self, _: &IdentityId) -> bool {
        true
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        let mut root = *identity;
        while let Some(controller) = self.0.get(&root) {
            root = *controller;
        }
        root
    }

    fn check_delegation(&self, _: &Event, _: &dyn RealmRules) -> Result<(), EventError> {
        Ok(())
    }
}

/// A log in the making. Person 100 is controlled by person 0.
struct Story {
    fold: TrustFold,
    controllers: Controllers,
    root: RealmId,
    partition: RealmId,
    now_us: u64,
    counter: u32,
    people: Vec<u8>,
    epochs: Vec<Value>,
    events: Vec<String>,
    joins: Vec<Value>,
}

impl Story {
    /// A realm with these founders, and a partition of it; everybody whose
    /// trust is told at the end.
    fn new(founders: &[u8], people: &[u8]) -> Self {
        let root = RealmId::root_of(&SigningKey::from_seed([200; 32]).public_key());
        let partition = RealmId::of(&person(9), &root, "shard", &[1; 16]);
        let mut story = Self {
            fold: TrustFold::new(),
            controllers: Controllers(BTreeMap::from([(person(100), person(0))])),
            root,
            partition,
            now_us: 20_000 * DAY_US,
            counter: 0,
            people: people.to_vec(),
            epochs: Vec::new(),
            events: Vec::new(),
            joins: Vec::new(),
        };
        let mut founders: Vec<IdentityId> = founders.iter().map(|&n| person(n)).collect();
        founders.sort_unstable();
        let created =
            RealmCreated { realm: root, name: "root".into(), founders, ..RealmCreated::default() };
        story.say(9, Body::RealmCreated(created));
        let created = RealmCreated {
            realm: partition,
            name: "shard".into(),
            founders: vec![person(9)],
            parent: Some(root),
            nonce: Some([1; 16]),
            partition: true,
            ..RealmCreated::default()
        };
        story.say_in(partition, 9, Body::RealmCreated(created));
        story
    }

    fn say(&mut self, author: u8, body: Body) -> EventId {
        self.say_in(self.root, author, body)
    }

    fn say_in(&mut self, realm: RealmId, author: u8, body: Body) -> EventId {
        self.counter += 1;
        let event = Event {
            author: person(author),
            realm: if body.kind().is_realmless() { RealmId::NULL } else { realm },
            coordinate: Coordinate { wall_us: self.now_us, counter: self.counter },
            prev: None,
            parents: Vec::new(),
            body,
        };
        let bytes = encode_event(&event);
        let event = decode_event(&bytes).expect("the fields keep the rules");
        let id = EventId::of(&bytes);
        if let Body::ControllerSet(set) = &event.body {
            self.controllers.0.insert(set.identity, set.controller.identity);
        }
        self.fold.stage(u64::from(self.counter), id, &event, &self.controllers);
        self.events.push(hex::encode(bytes));
        id
    }

    fn join(&mut self, subject: u8, means_ppm: [u32; 6]) {
        self.fold.stage_join(&self.root, &person(subject), means_ppm);
        let (realm, subject) = (hex(self.root.as_bytes()), hex(person(subject).as_bytes()));
        self.joins.push(json!({ "realm": realm, "subject": subject, "means_ppm": means_ppm }));
    }

    /// Closes the epoch so many days later.
    fn close(&mut self, days: u64) {
        self.now_us += days * DAY_US + 60_000_000;
        let outcome = self.fold.close(self.now_us);
        self.epochs.push(json!({
            "events": std::mem::take(&mut self.events),
            "joins": std::mem::take(&mut self.joins),
            "closed_at_us": self.now_us.to_string(),
            "state_root": hex(&outcome.state_root),
        }));
    }

    fn told(mut self, name: &str) -> Value {
        self.close(0);
        let trust: Vec<Value> = self
            .people
            .iter()
            .map(|&number| {
                let trust = self.fold.trust(&self.root, &person(number));
                json!({
                    "subject": hex(person(number).as_bytes()),
                    "values_ppm": trust.values_ppm(),
                    "standing_ppm": trust.standing_ppm,
                    "has_voice": trust.has_voice,
                    "record": hex(&self.fold.record_bytes(&self.root, &person(number))),
                })
            })
            .collect();
        let controlled = [[hex(person(100).as_bytes()), hex(person(0).as_bytes())]];
        json!({
            "name": name,
            "realm": hex(self.root.as_bytes()),
            "controllers": controlled,
            "epochs": self.epochs,
            "trust": trust,
        })
    }

    fn vouch(&mut self, voucher: u8, member: u8, stake_ppm: u32, days: Option<u64>) -> EventId {
        let expires_at_us = days.map(|days| self.now_us + 1 + days * DAY_US);
        let (member, comment) = (person(member), String::new());
        self.say(voucher, Body::Vouch(Vouch { member, stake_ppm, comment, expires_at_us }))
    }

    fn judge(&mut self, subject: u8, finding: Finding, target: u8, severity_ppm: u32) -> EventId {
        let severity_ppm = if finding == Finding::MemberAtFault { severity_ppm } else { 0 };
        self.say(
            8,
            Body::Judgement(Judgement {
                subject: person(subject),
                finding,
                target: named(target),
                severity_ppm,
                reason: String::new(),
            }),
        )
    }

    fn credential(&mut self, subject: u8, name: &str, days: Option<u64>) -> EventId {
        let body = CredentialIssued {
            subject: person(subject),
            credential_type: name.into(),
            claim: String::new(),
            content_hash: None,
            expires_at_us: days.map(|days| self.now_us + 1 + days * DAY_US),
        };
        self.say(8, Body::CredentialIssued(body))
    }

    fn take_credential(&mut self, credential: EventId, subject: u8, fraud: bool) {
        let (subject, reason) = (person(subject), String::new());
        let body = CredentialRevoked { credential, subject, fraud, reason };
        self.say(8, Body::CredentialRevoked(body));
    }

    fn attest(&mut self, author: u8, subject: u8, dimension: Dimension, positive: bool) -> EventId {
        let polarity = if positive { Polarity::Positive } else { Polarity::Negative };
        let body = Attestation {
            subject: person(subject),
            dimension,
            polarity,
            domain: String::new(),
            comment: String::new(),
            expires_at_us: None,
        };
        self.say(author, Body::Attestation(body))
    }

    fn receipt(&mut self, realm: RealmId, sides: (u8, u8), outcome: ReceiptOutcome, nonce: u8) {
        let (performer, client) = (person(sides.0), person(sides.1));
        let nonce = [nonce; 16];
        let body = Receipt {
            performer,
            client,
            outcome,
            description: String::new(),
            nonce,
            terms_hash: receipt_terms_hash(&realm, &performer, &client, outcome, "", &nonce),
            countersigner_key: PublicKey::from_bytes([9; 32]),
            countersignature: Signature::from_bytes([0; 64]),
        };
        self.say_in(realm, sides.0, Body::Receipt(body));
    }

    fn cosign(&mut self, witness: u8, epoch: u64) {
        self.say(witness, Body::EpochCosigned(cosignature(epoch, 1)));
    }

    fn vote(&mut self, voter: u8, proposal: u8) {
        let (proposal, comment) = (named(proposal), String::new());
        self.say(voter, Body::Vote(Vote { proposal, votes: 2, veto: false, comment }));
    }

    fn close_proposal(&mut self, proposer: u8, proposal: u8, outcome: ProposalOutcome) {
        let body = ProposalClosed {
            proposal: named(proposal),
            proposer: person(proposer),
            outcome,
            tally_for: 7,
            tally_against: 3,
            voters: 2,
            eligible: 4,
            veto_weight: 0,
            eligible_weight: 9,
        };
        self.say(9, Body::ProposalClosed(body));
    }

    fn report(&mut self, reporter: u8, report: u8, confirmed: Option<Severity>) {
        let (report, reporter, reason) = (named(report), person(reporter), String::new());
        self.say(8, Body::AnomalyJudged(AnomalyJudged { report, reporter, confirmed, reason }));
    }

    /// `bringer` proves that `accused` signed two events on one prev.
    fn prove_equivocation(&mut self, bringer: u8, accused: u8, prev: u8) {
        let prev = Some(named(prev));
        let custom = |data: u8| {
            let data = vec![data].into();
            Body::Custom(Custom { type_number: 7, version: 1, data })
        };
        let halves = [(prev, custom(1)), (prev, custom(2))];
        self.prove(bringer, accused, halves, Contradiction::Prev(prev));
    }

    /// `bringer` proves that `accused` cosigned two roots of one epoch.
    fn prove_contradiction(&mut self, bringer: u8, accused: u8, epoch: u64) {
        let half = |root: u8| (Some(named(root)), Body::EpochCosigned(cosignature(epoch, root)));
        let about = Contradiction::Cosignature { log_key: PublicKey::from_bytes([3; 32]), epoch };
        self.prove(bringer, accused, [half(1), half(2)], about);
    }

    fn prove(
        &mut self,
        bringer: u8,
        accused: u8,
        halves: [(Option<EventId>, Body); 2],
        about: Contradiction,
    ) {
        let key = SigningKey::from_seed([accused; 32]);
        let mut halves = halves.map(|(prev, body)| {
            let event = Event {
                author: person(accused),
                realm: self.root,
                coordinate: Coordinate { wall_us: 1, counter: 0 },
                prev,
                parents: Vec::new(),
                body,
            };
            sign_event(&event, &key).expect("the fields keep the rules")
        });
        halves.sort_by_key(erynoa_events::VerifiedEvent::id);
        let body = EquivocationProof {
            first: halves[0].entry().clone(),
            second: halves[1].entry().clone(),
            accused: person(accused),
            key: key.public_key(),
            about,
        };
        self.say(bringer, Body::EquivocationProof(body));
    }

    fn hand_agent_to(&mut self, author: u8, controller: u8) {
        let body = ControllerSet {
            identity: person(100),
            controller: Controller {
                identity: person(controller),
                public_key: PublicKey::from_bytes([9; 32]),
                signature: Signature::from_bytes([0; 64]),
            },
        };
        self.say(author, Body::ControllerSet(body));
    }
}

fn cosignature(epoch: u64, root: u8) -> EpochCosigned {
    EpochCosigned {
        log_key: PublicKey::from_bytes([3; 32]),
        epoch,
        size: 10,
        root: [root; 32],
        state_root: [4; 32],
    }
}

/// An event that others speak about.
fn named(number: u8) -> EventId {
    EventId::of(&[number])
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// All logs.
pub(crate) fn logs() -> Vec<Value> {
    vec![
        receipts(),
        vouches(),
        answers(),
        credentials(),
        claims(),
        breaches(),
        reports(),
        cosignatures(),
        governance(),
        crossings(),
        controllers(),
        everything(),
    ]
}

fn receipts() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2, 3]);
    let root = story.root;
    story.receipt(root, (1, 0), ReceiptOutcome::Kept, 1);
    story.receipt(story.partition, (2, 0), ReceiptOutcome::Kept, 1);
    story.receipt(root, (3, 5), ReceiptOutcome::Broken, 1);
    story.close(0);
    for nonce in 2..60 {
        story.receipt(root, (1, 0), ReceiptOutcome::Kept, nonce);
    }
    story.receipt(root, (1, 0), ReceiptOutcome::Kept, 1);
    story.receipt(root, (3, 6), ReceiptOutcome::Kept, 2);
    story.receipt(root, (3, 5), ReceiptOutcome::AbortedByPerformer, 3);
    story.receipt(root, (3, 5), ReceiptOutcome::AbortedByClient, 4);
    story.told("receipt: kept with a voice and within the budget, broken, aborted, repeated")
}

fn vouches() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2, 3]);
    let first = story.vouch(0, 1, 300_000, None);
    story.vouch(0, 2, 250_000, Some(3));
    story.vouch(6, 3, 300_000, None);
    story.close(0);
    story.vouch(0, 1, 100_000, None);
    story.say(0, Body::VouchRevoked(VouchRevoked { vouch: first, reason: String::new() }));
    story.close(5);
    story.told("vouch: with and without a voice, replaced, expired, a replaced one revoked")
}

fn answers() -> Value {
    let mut story = Story::new(&[0, 1, 2], &[0, 1, 2, 5]);
    story.vouch(0, 5, 300_000, None);
    let left = story.vouch(1, 5, 123_456, None);
    story.vouch(6, 5, 300_000, None);
    story.close(1);
    story.say(1, Body::VouchRevoked(VouchRevoked { vouch: left, reason: String::new() }));
    story.vouch(2, 5, 200_000, None);
    story.judge(5, Finding::MemberAtFault, 1, 654_321);
    story.judge(5, Finding::MemberAtFault, 1, 100_000);
    story.close(1);
    story.judge(5, Finding::MemberAtFault, 1, 1_000_000);
    story.judge(5, Finding::MemberAtFault, 2, 500_000);
    story.told("vouch_answered: those who vouched when the epoch began, once for each event")
}

fn credentials() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3]);
    let medic = story.credential(1, "medic", None);
    story.credential(1, "pilot", Some(2));
    let second = story.credential(2, "medic", Some(1));
    story.credential(3, "medic", None);
    story.close(0);
    story.take_credential(medic, 1, false);
    story.credential(3, "medic", None);
    story.close(4);
    story.take_credential(second, 2, true);
    story.take_credential(second, 2, true);
    story.told("credential: issued, renewed, revoked, expired, fraud found after the end")
}

fn claims() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4]);
    story.judge(1, Finding::ClaimTrue, 1, 0);
    story.judge(2, Finding::ClaimFalseMinor, 2, 0);
    story.judge(3, Finding::ClaimFalseSignificant, 3, 0);
    story.judge(4, Finding::ClaimFalseFraud, 4, 0);
    story.close(30);
    story.judge(1, Finding::ClaimFalseFraud, 1, 0);
    story.told("claim_judged: true, minor, significant, fraud; the first finding counts")
}

fn breaches() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4, 5]);
    story.judge(1, Finding::BreachContract, 1, 0);
    story.judge(2, Finding::BreachRealm, 2, 0);
    story.judge(3, Finding::BreachAxiom, 3, 0);
    story.judge(4, Finding::ProposalSpam, 4, 0);
    story.prove_equivocation(1, 5, 1);
    story.close(0);
    story.prove_equivocation(2, 5, 1);
    story.prove_equivocation(2, 5, 2);
    story.judge(1, Finding::BreachAxiom, 1, 0);
    story.told("breach, spam, equivocation: once for each event, key and prev")
}

fn reports() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3, 4, 5]);
    for (reporter, severity) in (1..).zip(Severity::ALL) {
        story.report(reporter, reporter, Some(severity));
    }
    story.report(5, 5, None);
    story.close(0);
    story.report(5, 5, Some(Severity::Critical));
    story.told("anomaly_judged: low, medium, high, critical, false")
}

fn cosignatures() -> Value {
    let mut story = Story::new(&[0], &[1, 2]);
    story.cosign(1, 1);
    story.cosign(1, 2);
    story.close(0);
    story.cosign(1, 3);
    story.close(0);
    story.cosign(1, 4);
    story.prove_contradiction(3, 2, 5);
    story.prove_contradiction(4, 2, 5);
    story.close(1);
    story.prove_contradiction(4, 2, 5);
    story.prove_contradiction(4, 2, 6);
    story.told("cosignature and contradiction: once a day, once for each key, log and epoch")
}

fn governance() -> Value {
    let mut story = Story::new(&[0], &[1, 2, 3]);
    story.vote(1, 1);
    story.vote(1, 2);
    story.vote(2, 1);
    story.close(1);
    story.vote(1, 1);
    story.close_proposal(3, 1, ProposalOutcome::Executed);
    story.close_proposal(3, 2, ProposalOutcome::Defeated);
    story.close_proposal(2, 3, ProposalOutcome::Vetoed);
    story.told("vote and proposal_accepted")
}

fn crossings() -> Value {
    let mut story = Story::new(&[0], &[0, 1, 2]);
    story.join(1, [800_000, 50_000, 576_000, 1_000_000, 123_457, 100_000]);
    story.join(2, [500_000, 400_000, 300_000, 200_000, 900_000, 900_000]);
    story.join(2, [400_000, 500_000, 300_000, 200_000, 900_000, 800_000]);
    story.close(0);
    story.attest(0, 1, R, true);
    story.attest(0, 2, I, false);
    story.join(2, [700_000; 6]);
    story.told("joined: the prior that was brought along")
}

fn controllers() -> Value {
    let mut story = Story::new(&[0, 1], &[0, 1, 100]);
    story.attest(0, 100, R, true);
    story.attest(1, 100, R, true);
    story.close(0);
    story.attest(0, 100, I, true);
    story.attest(1, 100, I, true);
    story.hand_agent_to(0, 1);
    story.told("same root: that of the end of the epoch")
}

/// Many events of all rows among few, by numbers without a pattern.
fn everything() -> Value {
    let mut scatter = Scatter(41);
    let mut below = move |limit: u64| u8::try_from(scatter.below(limit)).expect("a small limit");
    let mut story = Story::new(&[0], &[0, 1, 2, 3, 4, 100]);
    let (mut vouches, mut credentials, mut attestations) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..14 {
        for _ in 0..18 {
            let mut who = || match below(6) {
                5 => 100,
                number => number,
            };
            let (author, mut other) = (who(), who());
            if author == other {
                other = 7;
            }
            let realm = if below(5) == 0 { story.partition } else { story.root };
            let days = (below(3) == 0).then(|| u64::from(below(40)));
            match below(15) {
                0..=2 => {
                    let dimension = Dimension::ALL[usize::from(below(4))];
                    attestations
                        .push((author, story.attest(author, other, dimension, below(4) > 0)));
                }
                3 if !attestations.is_empty() => {
                    let (author, attestation) =
                        attestations[usize::from(below(attestations.len() as u64))];
                    let reason = String::new();
                    let body = AttestationRevoked { attestation, reason };
                    story.say(author, Body::AttestationRevoked(body));
                }
                4 => {
                    let outcome = [
                        ReceiptOutcome::Kept,
                        ReceiptOutcome::Kept,
                        ReceiptOutcome::Broken,
                        ReceiptOutcome::AbortedByPerformer,
                    ][usize::from(below(4))];
                    story.receipt(realm, (author, other), outcome, below(3));
                }
                5 | 6 => {
                    let stake_ppm = 1_000 * u32::from(below(255)) + 1;
                    vouches.push((author, story.vouch(author, other, stake_ppm, days)));
                }
                7 if !vouches.is_empty() => {
                    let (author, vouch) = vouches[usize::from(below(vouches.len() as u64))];
                    let reason = String::new();
                    story.say(author, Body::VouchRevoked(VouchRevoked { vouch, reason }));
                }
                8 => {
                    let name = ["person", "medic"][usize::from(below(2))];
                    credentials.push((other, story.credential(other, name, days)));
                }
                9 if !credentials.is_empty() => {
                    let (subject, credential) =
                        credentials[usize::from(below(credentials.len() as u64))];
                    story.take_credential(credential, subject, below(2) == 0);
                }
                10 | 11 => {
                    let finding = Finding::ALL[usize::from(below(9))];
                    let severity_ppm = 3_000 * u32::from(below(255)) + 1;
                    story.judge(other, finding, below(12), severity_ppm);
                }
                12 => {
                    let severity = Severity::ALL.get(usize::from(below(5))).copied();
                    story.report(other, below(8), severity);
                }
                13 => match below(4) {
                    0 => story.cosign(author, 1 + u64::from(below(5))),
                    1 => story.vote(author, below(4)),
                    2 => story.close_proposal(other, below(8), ProposalOutcome::Executed),
                    _ => {
                        let means = std::array::from_fn(|_| 4_000 * u32::from(below(250)));
                        story.join(other, means);
                    }
                },
                _ => match below(6) {
                    0 => story.prove_equivocation(author, other, below(2)),
                    1 => story.prove_contradiction(author, other, 1 + u64::from(below(2))),
                    2 => story.hand_agent_to(0, below(3)),
                    _ => story.cosign(author, 1 + u64::from(below(5))),
                },
            }
        }
        let days = [0, 0, 1, 3, 20, 200][usize::from(below(6))];
        story.close(days);
    }
    story.told("everything at once")
}
