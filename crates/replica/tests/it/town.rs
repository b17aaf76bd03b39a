//! A town of six people in which much happens, played from a script.

use erynoa_events::{
    AnomalyClass, AnomalyReported, Attestation, Body, CredentialIssued, Custom, Delegation,
    Dimension, EpochClosed, Event, Finding, IdentityCreated, Judgement, Polarity, Proposal,
    ProposalKind, RECOVERY_DELAY_S, RealmCreated, RealmJoined, RealmLeft, Rule, RuleParameters,
    Severity, SigningKey, VerifiedEvent, Vote, Vouch, sign_event,
};
use erynoa_kernel::{Coordinate, DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_replica::{Batch, Replica};
use erynoa_trust::TrustFold;

/// Seed byte of the log's key.
pub(crate) const LOG: u8 = 200;
const PEOPLE: u8 = 6;
const START_US: u64 = 20_000 * DAY_US;

/// One thing that somebody tries to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) actor: u8,
    pub(crate) action: u8,
    pub(crate) other: u8,
    pub(crate) choice: u8,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed + 1; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    key(seed).public_key()
}

fn person(seed: u8) -> IdentityId {
    IdentityId::of(Namespace::SelfHood, &public(seed))
}

pub(crate) struct Town {
    pub(crate) home: Replica,
    pub(crate) entries: Vec<VerifiedEvent>,
    /// Which actions were admitted at least once.
    pub(crate) succeeded: [bool; 14],
    now_us: u64,
    realms: Vec<RealmId>,
    proposals: Vec<(RealmId, EventId)>,
    attestations: Vec<(RealmId, IdentityId, EventId)>,
}

impl Town {
    pub(crate) fn play(steps: &[Step]) -> Self {
        let home = Replica::new(public(LOG));
        let root = home.root_realm();
        let mut town = Self {
            home,
            entries: Vec::new(),
            succeeded: [false; 14],
            now_us: START_US,
            realms: vec![root],
            proposals: Vec::new(),
            attestations: Vec::new(),
        };
        town.is_born(LOG, Namespace::Craft);
        (0..PEOPLE).for_each(|seed| town.is_born(seed, Namespace::SelfHood));
        let founding = RealmCreated {
            realm: root,
            name: "Town".into(),
            founders: vec![person(0)],
            ..RealmCreated::default()
        };
        assert!(town.says(LOG, root, Body::RealmCreated(founding)).is_some());
        town.close();
        for step in steps {
            let done = town.step(*step);
            town.succeeded[usize::from(step.action)] |= done;
        }
        town.close();
        town
    }

    fn is_born(&mut self, seed: u8, namespace: Namespace) {
        let body = Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        });
        assert!(self.says(seed, RealmId::NULL, body).is_some());
    }

    /// Says something, if the rules allow it.
    fn says(&mut self, seed: u8, realm: RealmId, body: Body) -> Option<EventId> {
        self.now_us += 1_000;
        let key = key(seed);
        let namespace = if seed == LOG { Namespace::Craft } else { Namespace::SelfHood };
        let head = self.home.log.head(&key.public_key());
        let event = Event {
            author: IdentityId::of(namespace, &key.public_key()),
            realm,
            coordinate: Coordinate::next(self.now_us, head.map(|(_, at)| at)),
            prev: head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        let event = sign_event(&event, &key).ok()?;
        Batch::over(&self.home, u64::MAX).judge(&event).ok()?;
        self.home.apply(&event);
        self.entries.push(event.clone());
        Some(event.id())
    }

    fn close(&mut self) {
        let size = self.home.log.size();
        let outcome = self.home.close(self.now_us);
        let closed = Body::EpochClosed(EpochClosed {
            epoch: outcome.epoch,
            closed_at_us: self.now_us,
            size,
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        });
        assert!(self.says(LOG, RealmId::NULL, closed).is_some());
        for (realm, body) in self.home.realms.due() {
            assert!(self.says(LOG, realm, body).is_some(), "a decision can be announced");
        }
    }

    fn step(&mut self, step: Step) -> bool {
        let Step { actor, action, other, choice } = step;
        let realm = self.realms[usize::from(choice) % self.realms.len()];
        let subject = person(other);
        match action {
            0 | 1 => {
                let polarity =
                    if choice.is_multiple_of(4) { Polarity::Negative } else { Polarity::Positive };
                let body = Body::Attestation(Attestation {
                    subject,
                    dimension: Dimension::Reliability,
                    polarity,
                    domain: String::new(),
                    comment: String::new(),
                    expires_at_us: None,
                });
                let said = self.says(actor, realm, body);
                self.attestations.extend(said.map(|id| (realm, person(actor), id)));
                said.is_some()
            }
            2 => {
                let stake_ppm = 1 + u32::from(choice) * 1_000;
                let comment = String::new();
                let vouch = Vouch { member: subject, stake_ppm, comment, expires_at_us: None };
                self.says(actor, realm, Body::Vouch(vouch)).is_some()
            }
            3 => {
                let body = Body::CredentialIssued(CredentialIssued {
                    subject,
                    credential_type: "person".into(),
                    claim: String::new(),
                    content_hash: None,
                    expires_at_us: None,
                });
                self.says(actor, realm, body).is_some()
            }
            4 => self.judges(actor, choice),
            5 => {
                let (name, nonce) = (format!("realm {choice}"), [choice; 16]);
                let author = person(actor);
                let id = RealmId::of(&author, &realm, &name, &nonce);
                let least = RuleParameters::MinTrust { norm_ppm: u32::from(choice % 4) * 20_000 };
                let body = Body::RealmCreated(RealmCreated {
                    realm: id,
                    name,
                    founders: vec![author],
                    parent: Some(realm),
                    nonce: Some(nonce),
                    rules: vec![Rule {
                        id: "least".into(),
                        effective_from_us: 0,
                        parameters: least,
                    }],
                    ..RealmCreated::default()
                });
                let said = self.says(actor, id, body);
                self.realms.extend(said.map(|_| id));
                said.is_some()
            }
            6 => self.says(actor, realm, Body::RealmJoined(RealmJoined::default())).is_some(),
            7 => self.says(actor, realm, Body::RealmLeft(RealmLeft::default())).is_some(),
            8 => {
                let proposal = Proposal {
                    kind: ProposalKind::Treasury,
                    title: "A bench".into(),
                    text: String::new(),
                    set: Vec::new(),
                    removed: Vec::new(),
                    member: None,
                    admit: false,
                };
                let said = self.says(actor, realm, Body::Proposal(proposal));
                self.proposals.extend(said.map(|id| (realm, id)));
                said.is_some()
            }
            9 => {
                let Some(&(realm, proposal)) =
                    self.proposals.get(usize::from(choice) % self.proposals.len().max(1))
                else {
                    return false;
                };
                let votes = 1 + i8::try_from(choice % 10).expect("0 to 9");
                let vote = Vote { proposal, votes, veto: false, comment: String::new() };
                self.says(actor, realm, Body::Vote(vote)).is_some()
            }
            10 => {
                let body = Body::AnomalyReported(AnomalyReported {
                    subjects: vec![subject],
                    class: AnomalyClass::Other,
                    severity: Severity::Low,
                    evidence: Vec::new(),
                    comment: String::new(),
                });
                self.says(actor, realm, body).is_some()
            }
            11 => {
                let body = Body::Delegation(Delegation {
                    delegate: subject,
                    factor_ppm: 500_000,
                    capabilities: vec!["*".into()],
                    not_before_us: 0,
                    expires_at_us: None,
                    max_depth: 2,
                    via: None,
                });
                self.says(actor, realm, body).is_some()
            }
            12 => {
                let word = Custom { type_number: 1, version: 1, data: "a word".into() };
                self.says(actor, realm, Body::Custom(word)).is_some()
            }
            _ => {
                self.now_us += DAY_US * u64::from(1 + choice % 3);
                self.close();
                true
            }
        }
    }

    fn judges(&mut self, actor: u8, choice: u8) -> bool {
        let count = self.attestations.len().max(1);
        let Some(&(realm, subject, target)) = self.attestations.get(usize::from(choice) % count)
        else {
            return false;
        };
        let fault = choice.is_multiple_of(2);
        let body = Body::Judgement(Judgement {
            subject,
            finding: if fault { Finding::MemberAtFault } else { Finding::ClaimFalseMinor },
            target,
            severity_ppm: if fault { 500_000 } else { 0 },
            reason: String::new(),
        });
        self.says(actor, realm, body).is_some()
    }
}
