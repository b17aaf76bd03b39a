//! A small honest log, and ways to spoil it.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use erynoa_events::{
    Admitted, Attestation, Body, Checkpoint, Dimension, EpochClosed, Event, IdentityCreated,
    Polarity, RECOVERY_DELAY_S, RealmCreated, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, DAY_US, EventId, IdentityId, Namespace, RealmId};
use erynoa_proto::protocol::v1::SignedEvent;
use erynoa_replica::{Batch, Replica};
use erynoa_trust::TrustFold;
use prost::Message;

pub(crate) const ORIGIN: &str = "log.example/test";

/// Somebody with a key and the end of their chain.
pub(crate) struct Author {
    pub(crate) key: SigningKey,
    pub(crate) identity: IdentityId,
    pub(crate) head: Option<(EventId, Coordinate)>,
}

impl Author {
    pub(crate) fn new(namespace: Namespace, seed: u8) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let identity = IdentityId::of(namespace, &key.public_key());
        Self { key, identity, head: None }
    }

    /// The next event of the chain, not said yet.
    pub(crate) fn draft(&self, realm: RealmId, wall_us: u64, body: Body) -> Event {
        Event {
            author: self.identity,
            realm,
            coordinate: Coordinate::next(wall_us, self.head.map(|head| head.1)),
            prev: self.head.map(|head| head.0),
            parents: Vec::new(),
            body,
        }
    }

    pub(crate) fn sign(&self, event: &Event) -> VerifiedEvent {
        sign_event(event, &self.key).expect("the draft keeps the field rules")
    }
}

/// A log that is appended to by its rules.
pub(crate) struct GeneratedLog {
    pub(crate) entries: Vec<Bytes>,
    pub(crate) log_author: Author,
    pub(crate) people: Vec<Author>,
    pub(crate) realm: RealmId,
    pub(crate) now_us: u64,
    replica: Replica,
}

fn created(namespace: Namespace, name: &str) -> Body {
    Body::IdentityCreated(IdentityCreated {
        namespace,
        display_name: name.to_owned(),
        key_label: String::new(),
        recovery_key: None,
        recovery_delay_s: RECOVERY_DELAY_S.1,
        controller: None,
    })
}

pub(crate) fn attestation(subject: IdentityId, polarity: Polarity, comment: &str) -> Body {
    Body::Attestation(Attestation {
        subject,
        dimension: Dimension::Reliability,
        polarity,
        domain: String::new(),
        comment: comment.to_owned(),
        expires_at_us: None,
    })
}

impl GeneratedLog {
    /// A founder, four others, and `epochs` days of them attesting each other.
    pub(crate) fn new(epochs: u64) -> Self {
        let log_author = Author::new(Namespace::Craft, 100);
        let log_key = log_author.key.public_key();
        let mut this = Self {
            entries: Vec::new(),
            realm: RealmId::root_of(&log_key),
            now_us: 20_000 * DAY_US,
            replica: Replica::new(log_key),
            log_author,
            people: (1..=5).map(|seed| Author::new(Namespace::SelfHood, seed)).collect(),
        };
        this.say_as_log(RealmId::NULL, created(Namespace::Craft, "the log"));
        for person in 0..this.people.len() {
            this.say(person, RealmId::NULL, created(Namespace::SelfHood, &format!("P{person}")));
        }
        let realm = this.realm;
        let founders = vec![this.people[0].identity];
        let body = Body::RealmCreated(RealmCreated {
            realm,
            name: "Root".to_owned(),
            founders,
            ..RealmCreated::default()
        });
        this.say_as_log(realm, body);
        this.close();
        for epoch in 0..epochs {
            for (attester, subject) in [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (4, 0)] {
                let polarity = if (epoch + subject) % 5 == 4 {
                    Polarity::Negative
                } else {
                    Polarity::Positive
                };
                let subject = this.people[usize::try_from(subject).unwrap()].identity;
                let body = attestation(subject, polarity, &format!("day {epoch}"));
                this.say(attester, realm, body);
            }
            this.now_us += DAY_US;
            this.close();
        }
        this
    }

    fn append(&mut self, event: &VerifiedEvent) {
        let admitted = Batch::over(&self.replica, u64::MAX).judge(event).expect("admitted");
        assert!(matches!(admitted, Admitted::New { .. }));
        self.replica.apply(event);
        self.entries.push(event.entry().clone());
        self.now_us += 1000;
    }

    pub(crate) fn say(&mut self, person: usize, realm: RealmId, body: Body) {
        let author = &self.people[person];
        let event = author.sign(&author.draft(realm, self.now_us, body));
        self.append(&event);
        self.people[person].head = Some((event.id(), event.event().coordinate));
    }

    fn say_as_log(&mut self, realm: RealmId, body: Body) {
        let event = self.log_author.sign(&self.log_author.draft(realm, self.now_us, body));
        self.append(&event);
        self.log_author.head = Some((event.id(), event.event().coordinate));
    }

    /// The `epoch_closed` that would be right now.
    pub(crate) fn epoch_closed(&mut self) -> EpochClosed {
        let outcome = self.replica.close(self.now_us);
        EpochClosed {
            epoch: outcome.epoch,
            closed_at_us: self.now_us,
            size: self.replica.log.size(),
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        }
    }

    fn close(&mut self) {
        let closed = self.epoch_closed();
        self.say_as_log(RealmId::NULL, Body::EpochClosed(closed));
    }

    /// Appends what the rules forbid.
    pub(crate) fn forge(&mut self, event: &Event, key: &SigningKey) {
        self.entries.push(sign_event(event, key).expect("field rules").entry().clone());
    }

    pub(crate) fn state_root(&self) -> String {
        hex::encode(self.replica.trust.state_root())
    }

    pub(crate) fn log_key(&self) -> String {
        self.log_author.key.public_key().to_string()
    }

    /// Changes an entry's parts without signing again.
    pub(crate) fn spoil(&mut self, position: usize, change: impl FnOnce(&mut SignedEvent)) {
        let mut signed = SignedEvent::decode(self.entries[position].clone()).unwrap();
        change(&mut signed);
        self.entries[position] = signed.encode_to_vec().into();
    }

    /// The checkpoint that the log's own key signs over the entries as they are.
    pub(crate) fn note(&self) -> String {
        let tree = self.tree();
        let size = tree.size();
        let root = tree.root_at(size).unwrap();
        Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(&self.log_author.key)
    }

    fn tree(&self) -> erynoa_events::Tree {
        let mut tree = erynoa_events::Tree::new();
        for entry in &self.entries {
            tree.push(erynoa_events::leaf_hash(entry));
        }
        tree
    }

    /// Writes the folder that `log fetch` would have written.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder.join("tile/entries")).unwrap();
        fs::write(folder.join("checkpoint"), self.note()).unwrap();
        for (index, entries) in self.entries.chunks(256).enumerate() {
            let mut bundle = Vec::new();
            for entry in entries {
                bundle.extend_from_slice(&u16::try_from(entry.len()).unwrap().to_be_bytes());
                bundle.extend_from_slice(entry);
            }
            write_tile(folder, "entries", index, entries.len(), &bundle);
        }
        let tree = self.tree();
        let mut count = self.entries.len();
        for level in 0_u8..8 {
            for index in 0..count.div_ceil(256) {
                let width = (count - index * 256).min(256);
                let tile = tree
                    .tile(level, index as u64, u16::try_from(width).unwrap())
                    .expect("the tree has it");
                write_tile(folder, &level.to_string(), index, width, &tile);
            }
            count /= 256;
        }
    }
}

fn write_tile(folder: &Path, level: &str, index: usize, width: usize, bytes: &[u8]) {
    assert!(index < 1000, "the test's log has no longer paths");
    let mut path = format!("tile/{level}/{index:03}");
    if width < 256 {
        path.push_str(&format!(".p/{width}"));
    }
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
