//! A small town with a log, some of it said over several days.

use bytes::Bytes;
use erynoa_documents::{Credential, Head, Topic, draft};
use erynoa_events::{
    Attestation, AttestationRevoked, Body, Checkpoint, Dimension, EpochClosed, Event,
    IdentityCreated, Polarity, RECOVERY_DELAY_S, RealmCreated, SigningKey, VerifiedEvent,
    sign_event,
};
use erynoa_kernel::{Coordinate, DAY_US, EventId, IdentityId, Namespace, RealmId};
use erynoa_replica::{Batch, Replica};
use erynoa_trust::{Context, TrustFold};

/// Seed of the log's key.
pub const LOG: u8 = 200;
/// Name of the log.
pub const ORIGIN: &str = "town.example/log";
const START_US: u64 = 20_400 * DAY_US;

/// The key of a seed.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed + 1; 32])
}

/// The person of a seed.
pub fn person(seed: u8) -> IdentityId {
    IdentityId::of(Namespace::SelfHood, &key(seed).public_key())
}

/// A log under a signed checkpoint.
pub struct Town {
    pub home: Replica,
    pub entries: Vec<VerifiedEvent>,
    pub note: String,
    now_us: u64,
}

impl Town {
    /// Ada founds it; the others come, and nothing has been said yet.
    pub fn found(names: &[&str]) -> Self {
        let home = Replica::new(key(LOG).public_key());
        let root = home.root_realm();
        let mut town = Self { home, entries: Vec::new(), note: String::new(), now_us: START_US };
        town.is_born(LOG, Namespace::Craft, "");
        for (seed, name) in names.iter().enumerate() {
            town.is_born(u8::try_from(seed).unwrap(), Namespace::SelfHood, name);
        }
        let founding = RealmCreated {
            realm: root,
            name: "Hafenstadt".into(),
            founders: vec![person(0)],
            ..RealmCreated::default()
        };
        town.says(LOG, root, Body::RealmCreated(founding));
        town.close();
        town
    }

    /// The town of the test vectors: Bram is attested by Ada and Chloé, also
    /// against, and something is taken back.
    pub fn sample() -> Self {
        let mut town = Self::found(&["Ada Hafen", "Bram Øster", "Chloé Świt", "דנה כהן"]);
        town.attests(0, 2, Dimension::Integrity, Polarity::Positive, "Says what is.");
        town.attests(0, 3, Dimension::Competence, Polarity::Positive, "");
        town.passes_days(20);
        town.attests(0, 1, Dimension::Reliability, Polarity::Positive, "Kam jedes Mal pünktlich.");
        town.attests(2, 1, Dimension::Competence, Polarity::Positive, "Builds boats that float.");
        town.passes_days(30);
        let wrong = town.attests(3, 1, Dimension::Prestige, Polarity::Positive, "ידוע בכל הנמל");
        town.attests(2, 1, Dimension::Integrity, Polarity::Negative, "Kept the change.");
        town.passes_days(9);
        let back = AttestationRevoked { attestation: wrong, reason: String::new() };
        town.says(3, town.home.root_realm(), Body::AttestationRevoked(back));
        town.attests(
            3,
            1,
            Dimension::Reliability,
            Polarity::Positive,
            "Bringt zurück, was er leiht.",
        );
        town.passes_days(1);
        town
    }

    /// Somebody's first event.
    pub fn is_born(&mut self, seed: u8, namespace: Namespace, name: &str) {
        let body = Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: name.to_owned(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        });
        self.says(seed, RealmId::NULL, body);
    }

    /// An attestation in the root realm.
    pub fn attests(
        &mut self,
        by: u8,
        about: u8,
        dimension: Dimension,
        polarity: Polarity,
        comment: &str,
    ) -> EventId {
        let body = Body::Attestation(Attestation {
            subject: person(about),
            dimension,
            polarity,
            domain: String::new(),
            comment: comment.to_owned(),
            expires_at_us: None,
        });
        self.says(by, self.home.root_realm(), body)
    }

    /// Takes an attestation back.
    pub fn revokes(&mut self, by: u8, attestation: EventId) {
        let back = AttestationRevoked { attestation, reason: String::new() };
        self.says(by, self.home.root_realm(), Body::AttestationRevoked(back));
    }

    /// Says something that the rules allow.
    pub fn says(&mut self, seed: u8, realm: RealmId, body: Body) -> EventId {
        self.now_us += 1_000_000;
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
        let event = sign_event(&event, &key).unwrap();
        Batch::over(&self.home, u64::MAX).judge(&event).unwrap();
        self.home.apply(&event);
        self.entries.push(event.clone());
        event.id()
    }

    /// Closes an epoch after some days.
    pub fn passes_days(&mut self, days: u64) {
        self.now_us += days * DAY_US;
        self.close();
    }

    /// Closes an epoch and signs a checkpoint over it.
    pub fn close(&mut self) {
        let size = self.home.log.size();
        let outcome = self.home.close(self.now_us);
        let closed = Body::EpochClosed(EpochClosed {
            epoch: outcome.epoch,
            closed_at_us: self.now_us,
            size,
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        });
        self.says(LOG, RealmId::NULL, closed);
        self.note = self.checkpoint().sign(&key(LOG));
    }

    fn checkpoint(&self) -> Checkpoint {
        let size = self.home.log.size();
        let root = self.home.log.tree().root_at(size).unwrap();
        Checkpoint { origin: ORIGIN.to_owned(), size, root }
    }

    /// The newest signed tree head.
    pub fn head(&self) -> Head<'_> {
        let Checkpoint { size, root, .. } = self.checkpoint();
        Head { size, root, witnessed: size, note: &self.note }
    }

    /// The certificate of a person in the root realm.
    pub fn certifies(&self, seed: u8) -> (Credential, Vec<u8>) {
        let topic = Topic {
            subject: person(seed),
            realm: self.home.root_realm(),
            context: Context::Default,
        };
        let draft = draft(&self.home, &self.head(), topic).unwrap();
        let at = |sequence: &u64| self.entries[usize::try_from(*sequence).unwrap()].entry().clone();
        let entries: Vec<Bytes> = draft.sequences().iter().map(at).collect();
        draft.issue(entries, ORIGIN, &key(LOG), self.now_us).unwrap()
    }
}
