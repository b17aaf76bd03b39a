//! People who say things, and the home that writes them down.

use bytes::Bytes;
use erynoa_events::{
    Admitted, Attestation, Body, Custom, Dimension, EpochClosed, Event, IdentityCreated, Polarity,
    RECOVERY_DELAY_S, RealmCreated, Receipt, ReceiptOutcome, SigningKey, VerifiedEvent, Vouch,
    receipt_message, receipt_terms_hash, sign_event,
};
use erynoa_kernel::{Coordinate, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_replica::{Batch, Replica};
use erynoa_trust::TrustFold;

use crate::dice::Dice;

/// The people of one world.
pub(crate) struct Town {
    pub(crate) log_key: SigningKey,
    people: Vec<SigningKey>,
}

fn namespace_of(is_log: bool) -> Namespace {
    if is_log { Namespace::Craft } else { Namespace::SelfHood }
}

impl Town {
    pub(crate) fn new(dice: &mut Dice, people: usize) -> Self {
        let mut key = || SigningKey::from_seed(dice.seed());
        Self { log_key: key(), people: (0..people).map(|_| key()).collect() }
    }

    pub(crate) fn log_public(&self) -> PublicKey {
        self.log_key.public_key()
    }

    fn event(
        &self,
        replica: &Replica,
        key: &SigningKey,
        realm: RealmId,
        body: Body,
        now_us: u64,
    ) -> VerifiedEvent {
        let public = key.public_key();
        let head = replica.log.head(&public);
        let event = Event {
            author: IdentityId::of(namespace_of(public == self.log_public()), &public),
            realm,
            coordinate: Coordinate::next(now_us, head.map(|(_, at)| at)),
            prev: head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        sign_event(&event, key).expect("the town says well-formed things")
    }

    fn born(&self, replica: &Replica, key: &SigningKey, now_us: u64) -> VerifiedEvent {
        let namespace = namespace_of(key.public_key() == self.log_public());
        let body = Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        });
        self.event(replica, key, RealmId::NULL, body, now_us)
    }

    /// The first entries of the log: its own identity, two people, their realm.
    pub(crate) fn found(&self, replica: &mut Replica, now_us: u64) -> Vec<Bytes> {
        let mut entries = Vec::new();
        let mut take = |replica: &mut Replica, event: VerifiedEvent| {
            let judged = Batch::over(replica, u64::MAX).judge(&event);
            assert!(judged.is_ok(), "the founding is in order: {judged:?}");
            replica.apply(&event);
            entries.push(event.entry().clone());
        };
        let event = self.born(replica, &self.log_key, now_us);
        take(replica, event);
        for key in &self.people[..2] {
            let event = self.born(replica, key, now_us);
            take(replica, event);
        }
        let realm = replica.root_realm();
        let mut founders: Vec<IdentityId> = self.people[..2]
            .iter()
            .map(|key| IdentityId::of(Namespace::SelfHood, &key.public_key()))
            .collect();
        founders.sort();
        let body = RealmCreated { realm, name: "Town".into(), founders, ..RealmCreated::default() };
        let event =
            self.event(replica, &self.log_key, realm, Body::RealmCreated(body), now_us + 1_000);
        take(replica, event);
        entries
    }

    /// What up to `wanted` of the people say now, each one thing that the log
    /// takes.
    pub(crate) fn says(
        &self,
        dice: &mut Dice,
        replica: &Replica,
        wanted: u64,
        now_us: u64,
    ) -> Vec<VerifiedEvent> {
        let mut batch = Batch::over(replica, u64::MAX);
        let mut said: Vec<VerifiedEvent> = Vec::new();
        for _ in 0..wanted {
            let at = dice.index(self.people.len());
            let key = &self.people[at];
            if said.iter().any(|event| event.signer() == key.public_key()) {
                continue;
            }
            let event = if replica.log.head(&key.public_key()).is_none() {
                self.born(replica, key, now_us)
            } else {
                let realm = replica.root_realm();
                let body = self.body(dice, at, realm);
                self.event(replica, key, realm, body, now_us)
            };
            if let Ok(Admitted::New { .. }) = batch.judge(&event) {
                let last = event.event().body.kind().is_structural();
                said.push(event);
                if last {
                    break;
                }
            }
        }
        said
    }

    fn body(&self, dice: &mut Dice, who: usize, realm: RealmId) -> Body {
        // Somebody else.
        let count = self.people.len();
        let other = (who + 1 + dice.index(count - 1)) % count;
        let identity =
            |at: usize| IdentityId::of(Namespace::SelfHood, &self.people[at].public_key());
        match dice.below(8) {
            0 => Body::Vouch(Vouch {
                member: identity(other),
                stake_ppm: 100_000,
                comment: String::new(),
                expires_at_us: None,
            }),
            1 => {
                let (performer, client) = (identity(who), identity(other));
                let outcome = ReceiptOutcome::Kept;
                let mut nonce = [0; 16];
                nonce.copy_from_slice(&dice.bytes(16));
                let terms_hash =
                    receipt_terms_hash(&realm, &performer, &client, outcome, "", &nonce);
                let countersigner = &self.people[other];
                Body::Receipt(Receipt {
                    performer,
                    client,
                    outcome,
                    description: String::new(),
                    nonce,
                    terms_hash,
                    countersigner_key: countersigner.public_key(),
                    countersignature: countersigner.sign(&receipt_message(&terms_hash)),
                })
            }
            2 => {
                let len = dice.index(400);
                Body::Custom(Custom { type_number: 2, version: 1, data: dice.bytes(len).into() })
            }
            _ => Body::Attestation(Attestation {
                subject: identity(other),
                dimension: Dimension::Reliability,
                polarity: if dice.chance(25) { Polarity::Negative } else { Polarity::Positive },
                domain: String::new(),
                comment: String::new(),
                expires_at_us: None,
            }),
        }
    }

    /// Folds the open epoch and says so; `lie` makes the state root a wrong one.
    pub(crate) fn close(&self, replica: &mut Replica, now_us: u64, lie: bool) -> VerifiedEvent {
        let size = replica.log.size();
        let closed_at_us = now_us.max(replica.trust.closed_at_us());
        let outcome = replica.close(closed_at_us);
        let mut state_root = outcome.state_root;
        state_root[0] ^= u8::from(lie);
        let closed = Body::EpochClosed(EpochClosed {
            epoch: outcome.epoch,
            closed_at_us,
            size,
            state_root,
            parameters_hash: TrustFold::parameters_hash(),
        });
        self.event(replica, &self.log_key, RealmId::NULL, closed, now_us)
    }

    /// An event that is genuine and breaks a rule: its `prev` is not the key's
    /// latest.
    pub(crate) fn stale(&self, replica: &Replica, now_us: u64) -> VerifiedEvent {
        let key = &self.people[0];
        let realm = replica.root_realm();
        let word = Body::Custom(Custom { type_number: 2, version: 1, data: "twice".into() });
        let mut event = self.event(replica, key, realm, word, now_us).event().clone();
        event.prev = replica.log.at(0).map(|first| first.id);
        event.coordinate.counter += 1;
        sign_event(&event, key).expect("well-formed")
    }
}
