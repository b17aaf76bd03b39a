//! Writes a log as its events' bytes, with the state root of each epoch.

use std::collections::BTreeMap;

use erynoa_events::{
    AnomalyJudged, Attestation, Body, Contradiction, Controller, ControllerSet, CredentialIssued,
    CredentialRevoked, Custom, Dimension, EpochCosigned, EquivocationProof, Event, EventError,
    Finding, Judgement, KeyDirectory, Polarity, ProposalClosed, ProposalOutcome, RealmCreated,
    RealmRules, Receipt, ReceiptOutcome, Severity, SigningKey, Vote, Vouch, decode_event,
    encode_event, receipt_terms_hash, sign_event,
};
use erynoa_kernel::{
    Coordinate, DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId, Signature,
};
use erynoa_trust::TrustFold;
use serde_json::{Value, json};

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
pub(crate) struct Story {
    fold: TrustFold,
    controllers: Controllers,
    pub(crate) root: RealmId,
    pub(crate) partition: RealmId,
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
    pub(crate) fn new(founders: &[u8], people: &[u8]) -> Self {
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

    pub(crate) fn say(&mut self, author: u8, body: Body) -> EventId {
        self.say_in(self.root, author, body)
    }

    pub(crate) fn say_in(&mut self, realm: RealmId, author: u8, body: Body) -> EventId {
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

    pub(crate) fn join(&mut self, subject: u8, means_ppm: [u32; 6]) {
        self.fold.stage_join(&self.root, &person(subject), means_ppm);
        let (realm, subject) = (hex(self.root.as_bytes()), hex(person(subject).as_bytes()));
        self.joins.push(json!({ "realm": realm, "subject": subject, "means_ppm": means_ppm }));
    }

    /// Closes the epoch so many days later.
    pub(crate) fn close(&mut self, days: u64) {
        self.now_us += days * DAY_US + 60_000_000;
        let outcome = self.fold.close(self.now_us);
        self.epochs.push(json!({
            "events": std::mem::take(&mut self.events),
            "joins": std::mem::take(&mut self.joins),
            "closed_at_us": self.now_us.to_string(),
            "state_root": hex(&outcome.state_root),
        }));
    }

    pub(crate) fn told(mut self, name: &str) -> Value {
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

    pub(crate) fn vouch(
        &mut self,
        voucher: u8,
        member: u8,
        stake_ppm: u32,
        days: Option<u64>,
    ) -> EventId {
        let expires_at_us = days.map(|days| self.now_us + 1 + days * DAY_US);
        let (member, comment) = (person(member), String::new());
        self.say(voucher, Body::Vouch(Vouch { member, stake_ppm, comment, expires_at_us }))
    }

    pub(crate) fn judge(
        &mut self,
        subject: u8,
        finding: Finding,
        target: u8,
        severity_ppm: u32,
    ) -> EventId {
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

    pub(crate) fn credential(&mut self, subject: u8, name: &str, days: Option<u64>) -> EventId {
        let body = CredentialIssued {
            subject: person(subject),
            credential_type: name.into(),
            claim: String::new(),
            content_hash: None,
            expires_at_us: days.map(|days| self.now_us + 1 + days * DAY_US),
        };
        self.say(8, Body::CredentialIssued(body))
    }

    pub(crate) fn take_credential(&mut self, credential: EventId, subject: u8, fraud: bool) {
        let (subject, reason) = (person(subject), String::new());
        let body = CredentialRevoked { credential, subject, fraud, reason };
        self.say(8, Body::CredentialRevoked(body));
    }

    pub(crate) fn attest(
        &mut self,
        author: u8,
        subject: u8,
        dimension: Dimension,
        positive: bool,
    ) -> EventId {
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

    pub(crate) fn receipt(
        &mut self,
        realm: RealmId,
        sides: (u8, u8),
        outcome: ReceiptOutcome,
        nonce: u8,
    ) {
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

    pub(crate) fn cosign(&mut self, witness: u8, epoch: u64) {
        self.say(witness, Body::EpochCosigned(cosignature(epoch, 1)));
    }

    pub(crate) fn vote(&mut self, voter: u8, proposal: u8) {
        let (proposal, comment) = (named(proposal), String::new());
        self.say(voter, Body::Vote(Vote { proposal, votes: 2, veto: false, comment }));
    }

    pub(crate) fn close_proposal(&mut self, proposer: u8, proposal: u8, outcome: ProposalOutcome) {
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

    pub(crate) fn report(&mut self, reporter: u8, report: u8, confirmed: Option<Severity>) {
        let (report, reporter, reason) = (named(report), person(reporter), String::new());
        self.say(8, Body::AnomalyJudged(AnomalyJudged { report, reporter, confirmed, reason }));
    }

    /// `bringer` proves that `accused` signed two events on one prev.
    pub(crate) fn prove_equivocation(&mut self, bringer: u8, accused: u8, prev: u8) {
        let prev = Some(named(prev));
        let custom = |data: u8| {
            let data = vec![data].into();
            Body::Custom(Custom { type_number: 7, version: 1, data })
        };
        let halves = [(prev, custom(1)), (prev, custom(2))];
        self.prove(bringer, accused, halves, Contradiction::Prev(prev));
    }

    /// `bringer` proves that `accused` cosigned two roots of one epoch.
    pub(crate) fn prove_contradiction(&mut self, bringer: u8, accused: u8, epoch: u64) {
        let half = |root: u8| (Some(named(root)), Body::EpochCosigned(cosignature(epoch, root)));
        let about = Contradiction::Cosignature { log_key: PublicKey::from_bytes([3; 32]), epoch };
        self.prove(bringer, accused, [half(1), half(2)], about);
    }

    pub(crate) fn prove(
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

    pub(crate) fn hand_agent_to(&mut self, author: u8, controller: u8) {
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
