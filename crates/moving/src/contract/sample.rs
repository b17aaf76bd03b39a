//! An installation to move: a log by the rules, and records of every kind.

use std::collections::BTreeMap;

use bytes::Bytes;
use erynoa_access::{
    Account, AccountId, AccountStatus, AuditEntry, AuditRecord, Invitation, ProviderSubject,
    RefreshHash, Role, Roles, Session, SessionId, SignInMethod,
};
use erynoa_events::{
    Attestation, Body, Checkpoint, Dimension, EpochClosed, Event, IdentityCreated, Polarity,
    RECOVERY_DELAY_S, RealmCreated, SigningKey, sign_event,
};
use erynoa_kernel::{Coordinate, DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_notifications::{Inbox, Kind as Told, MailMode, News, Reader, Setting};
use erynoa_replica::Replica;
use erynoa_storage::{
    BucketName, Entry, File, FileAccess, FileId, FileName, Folder, Leftover, Link, LinkId,
    MediaType, ObjectKey, OwnerId, Share, Upload, Usage,
};
use erynoa_sync::{Ban, NodeId, Promise};
use erynoa_trust::TrustFold;
use erynoa_workflows::{Definition, Next, Past, Posted, Run, Start};
use serde_json::{Value, json};

use crate::{KeptSession, Kind, Record};

/// Origin of the sample's checkpoints.
pub const ORIGIN: &str = "log.example/sample";
/// People in the sample's log.
const PEOPLE: u8 = 40;

/// A log that keeps the rules.
pub struct SampleLog {
    /// Its entries.
    pub entries: Vec<Bytes>,
    /// State root after its last epoch.
    pub state_root: [u8; 32],
    key: SigningKey,
}

struct Author {
    key: SigningKey,
    identity: IdentityId,
    head: Option<(EventId, Coordinate)>,
}

struct Writer {
    replica: Replica,
    entries: Vec<Bytes>,
    now_us: u64,
}

impl Author {
    fn new(namespace: Namespace, seed: u8) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let identity = IdentityId::of(namespace, &key.public_key());
        Self { key, identity, head: None }
    }
}

impl Writer {
    fn say(&mut self, author: &mut Author, realm: RealmId, body: Body) {
        self.now_us += 1_000;
        let event = Event {
            author: author.identity,
            realm,
            coordinate: Coordinate::next(self.now_us, author.head.map(|head| head.1)),
            prev: author.head.map(|head| head.0),
            parents: Vec::new(),
            body,
        };
        let event = sign_event(&event, &author.key).expect("the event keeps the rules of fields");
        self.replica.apply(&event);
        self.entries.push(event.entry().clone());
        author.head = Some((event.id(), event.event().coordinate));
    }

    fn is_born(&mut self, author: &mut Author, namespace: Namespace, name: &str) {
        let body = Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: name.to_owned(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        });
        self.say(author, RealmId::NULL, body);
    }

    fn close(&mut self, log: &mut Author) {
        let size = self.replica.log.size();
        let outcome = self.replica.close(self.now_us);
        let closed = EpochClosed {
            epoch: outcome.epoch,
            closed_at_us: self.now_us,
            size,
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        };
        self.say(log, RealmId::NULL, Body::EpochClosed(closed));
    }
}

impl SampleLog {
    /// The log of a town that attests `each` times in each of `epochs` epochs.
    /// Logs of one `seed` begin alike.
    #[must_use]
    pub fn new(seed: u8, epochs: u64, each: usize) -> Self {
        let mut log = Author::new(Namespace::Craft, 100_u8.wrapping_add(seed));
        let key = log.key.public_key();
        let mut writer =
            Writer { replica: Replica::new(key), entries: Vec::new(), now_us: 20_000 * DAY_US };
        writer.is_born(&mut log, Namespace::Craft, "the log");
        let mut people: Vec<Author> =
            (1..=PEOPLE).map(|seed| Author::new(Namespace::SelfHood, seed)).collect();
        for person in &mut people {
            writer.is_born(person, Namespace::SelfHood, "somebody");
        }
        let realm = RealmId::root_of(&key);
        let founding = RealmCreated {
            realm,
            name: "Root".to_owned(),
            founders: vec![people[0].identity],
            ..RealmCreated::default()
        };
        writer.say(&mut log, realm, Body::RealmCreated(founding));
        writer.close(&mut log);
        for epoch in 0..epochs {
            for number in 0..each {
                let (attester, other) = (number % people.len(), (number * 7 + 3) % people.len());
                let subject = people[if other == attester { 0 } else { other }].identity;
                if subject == people[attester].identity {
                    continue;
                }
                let comment = format!("epoch {epoch}");
                let polarity = Polarity::Positive;
                let attestation = Attestation {
                    subject,
                    dimension: Dimension::Reliability,
                    polarity,
                    domain: String::new(),
                    comment,
                    expires_at_us: None,
                };
                writer.say(&mut people[attester], realm, Body::Attestation(attestation));
            }
            writer.now_us += DAY_US;
            writer.close(&mut log);
        }
        let state_root = writer.replica.trust.state_root();
        Self { entries: writer.entries, state_root, key: log.key }
    }

    /// The checkpoint of its first `size` entries.
    #[must_use]
    pub fn note(&self, size: usize) -> String {
        let mut tree = erynoa_events::Tree::new();
        self.entries[..size].iter().for_each(|entry| tree.push(erynoa_events::leaf_hash(entry)));
        let size = tree.size();
        let root = tree.root_at(size).expect("the tree has that size");
        Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(&self.key)
    }
}

/// The records of a kind with these numbers, in the order of keys. Another
/// `variant` is another record under the same key, where the kind has any.
#[must_use]
pub fn records(kind: Kind, numbers: &[u8], variant: u8) -> Vec<Record> {
    if kind == Kind::Audit {
        return audit(u8::try_from(numbers.len()).expect("there are at most 256 numbers"), variant);
    }
    let mut all: Vec<Record> =
        numbers.iter().map(|number| record(kind, *number, variant)).collect();
    all.sort_by_key(Record::key);
    all
}

/// The first `count` entries of an audit log.
#[must_use]
pub fn audit(count: u8, variant: u8) -> Vec<Record> {
    let mut previous = [0; 32];
    (0..count)
        .map(|number| {
            let record = AuditRecord {
                at_us: 1_000 + u64::from(number),
                actor: number.is_multiple_of(3).then(|| account_id(number)),
                actor_name: "somebody".into(),
                action: "user.disable".into(),
                target: format!("{number}"),
                details: format!("{{\"variant\":{variant}}}"),
                request_id: String::new(),
                address: "127.0.0.1".into(),
            };
            let entry = AuditEntry::seal(number.into(), previous, record);
            previous = entry.hash;
            Record::Audit(entry)
        })
        .collect()
}

/// One record; of the audit log the first.
#[must_use]
pub fn record(kind: Kind, number: u8, variant: u8) -> Record {
    match kind {
        Kind::Account => Record::Account(account(number, variant)),
        Kind::Session => Record::Session(session(number, variant)),
        Kind::Audit => audit(1, variant).remove(0),
        Kind::File => Record::File(file(number, variant)),
        Kind::Link => Record::Link(link(number, variant)),
        Kind::Usage => usage(number, variant),
        Kind::Leftover => Record::Leftover(Leftover {
            bucket: bucket(number),
            key: key(number),
            since_us: 7 + u64::from(number % 3),
        }),
        Kind::Run => {
            let started_at_us = 40 + u64::from(number % 4);
            let mut run = Run::begin(start(number, variant), &Sample, started_at_us);
            if number.is_multiple_of(3) {
                run.stick("somebody has to look at it", 50);
            }
            Record::Run(run)
        }
        Kind::Start => {
            let at_us = 60 + u64::from(number % 4);
            Record::Start(Posted { at_us, start: start(number, variant) })
        }
        Kind::Inbox => Record::Inbox(inbox(number, variant)),
        Kind::Promise => Record::Promise(origin(number), promise(number, variant)),
        Kind::Cosigned => {
            let witness = PublicKey::from_bytes([number.wrapping_mul(77); 32]);
            let note = format!("{ORIGIN}\n{variant}\n\n\u{2014} Zeuge Ä\n");
            Record::Cosigned(origin(number % 5), witness, note)
        }
        Kind::Ban => Record::Ban(Ban {
            node: NodeId(PublicKey::from_bytes([number.wrapping_mul(77); 32])),
            until_us: u64::MAX - u64::from(variant),
            reason: "sends what is no event \u{5d0}".to_owned(),
        }),
    }
}

/// Origins of which some begin like others.
fn origin(number: u8) -> String {
    format!("log.example/{}", "Zä.1".repeat(usize::from(number % 7)) + &number.to_string())
}

/// A greater one in the first variant.
fn promise(number: u8, variant: u8) -> Promise {
    Promise { size: 1_000 - u64::from(variant), root: [number; 32] }
}

fn inbox(number: u8, variant: u8) -> Inbox {
    let reader = Reader::from_bytes(scattered(number));
    let mut inbox = Inbox::new(reader);
    let silent = Setting { shown: number.is_multiple_of(2), mail: MailMode::Never };
    inbox.settings.choose(Told::ProposalOpened, silent).expect("it may be silent");
    let news = News {
        reader,
        id: format!("e{number}"),
        kind: if number.is_multiple_of(3) { Told::Attestation } else { Told::ProposalOpened },
        at_us: 70 + u64::from(number % 4),
        words: BTreeMap::from([("author".to_owned(), format!("Ä {variant}"))]),
        link: "/activity".to_owned(),
    };
    inbox.add(news, 5);
    inbox.written()
}

struct Sample;

impl Definition for Sample {
    fn name(&self) -> &'static str {
        "sample"
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, _: &[Past]) -> Next {
        Next::Wait { step: "wait", for_us: 100 }
    }
}

fn start(number: u8, variant: u8) -> Start {
    Start {
        key: format!("sample:{}", number.wrapping_mul(77)),
        workflow: "sample".into(),
        owner: account_id(number % 3).to_string(),
        input: json!({ "variant": variant }),
    }
}

/// Sixteen bytes of a number, whose order is another than that of numbers.
fn scattered(number: u8) -> [u8; 16] {
    let mut bytes = [number; 16];
    bytes[0] = number.wrapping_mul(77);
    bytes
}

fn account_id(number: u8) -> AccountId {
    AccountId::from_bytes(scattered(number))
}

fn account(number: u8, variant: u8) -> Account {
    let roles = if number == 0 { Roles::NONE.with(Role::Admin) } else { Roles::NONE };
    let of = |issuer: &str| ProviderSubject {
        issuer: issuer.to_owned(),
        subject: format!("subject {number}"),
    };
    Account {
        identity: number.is_multiple_of(2).then(|| IdentityId::from_bytes([number; 32])),
        subject: (number % 3 == 1).then(|| of("https://id.example")),
        email: format!("{number}@example.org"),
        name: format!("Ä {number} {variant}"),
        language: "de".into(),
        status: if number % 5 == 4 { AccountStatus::Invited } else { AccountStatus::Active },
        invitation: (number % 5 == 4)
            .then_some(Invitation { token_hash: [number; 32], expires_at_us: 99 }),
        updated_at_us: 20 + u64::from(variant),
        last_seen_at_us: 30,
        version: 1 + u64::from(variant),
        ..Account::new(account_id(number), roles.with(Role::Member), 10 + u64::from(number % 4))
    }
}

fn session(number: u8, variant: u8) -> KeptSession {
    let token = |turn: u8| {
        let mut bytes = [number; 32];
        bytes[31] = turn;
        RefreshHash::from_bytes(bytes)
    };
    let method = if number.is_multiple_of(2) {
        SignInMethod::DeviceKey(PublicKey::from_bytes([number; 32]))
    } else {
        SignInMethod::Oidc { provider_session: Some(format!("sid {number}")) }
    };
    let session = Session {
        id: SessionId::from_bytes(scattered(number)),
        account: account_id(number % 5),
        identity: None,
        method,
        user_agent: format!("agent {variant}"),
        address: "::1".into(),
        created_at_us: 100 + u64::from(number % 4),
        refreshed_at_us: 200,
        expires_at_us: 300 + u64::from(number),
    };
    let expires = session.expires_at_us;
    let tokens = vec![(token(1), 250), (token(2), 260 + u64::from(variant)), (token(3), expires)];
    KeptSession { session, current: token(3), tokens }
}

fn bucket(number: u8) -> BucketName {
    let name = if number.is_multiple_of(2) { "files" } else { "files-2" };
    BucketName::new(name).expect("a name of a bucket")
}

fn key(number: u8) -> ObjectKey {
    ObjectKey::new(&format!("2026/01/02/{number}")).expect("a name of an object")
}

fn file(number: u8, variant: u8) -> Entry {
    let id = FileId::from_bytes(scattered(number));
    let owner = OwnerId::from_bytes([number % 3; 16]);
    let realm = (number % 4 == 1).then(|| RealmId::from_bytes([7; 32]));
    let access = FileAccess::from_number(1 + number % 4).expect("one of four");
    let name = FileName::new(&format!("Ünï {variant} {number}.txt")).expect("a name");
    let folder = Folder::new("/a/b").expect("a folder");
    let size = 1_000 + u64::from(number);
    let created_at_us = 50 + u64::from(number % 6);
    let (bucket, key) = (bucket(number), key(number));
    if number % 4 == 3 {
        return Entry::Upload(Upload {
            id,
            owner,
            realm,
            access,
            name,
            folder,
            media_type: None,
            size,
            hash: Some([number; 32]),
            bucket,
            key,
            attempt: variant.into(),
            created_at_us,
            expires_at_us: 500,
        });
    }
    Entry::File(File {
        id,
        owner,
        realm,
        access,
        name,
        folder,
        media_type: MediaType::new("text/plain").expect("a type"),
        size,
        hash: [number; 32],
        bucket,
        key,
        created_at_us,
        updated_at_us: 60,
        binned_at_us: (number % 5 == 2).then_some(70),
        version: 1 + u64::from(variant),
        links: 1,
    })
}

fn link(number: u8, variant: u8) -> Link {
    Link {
        id: LinkId::from_bytes(scattered(number)),
        file: FileId::from_bytes(scattered(number)),
        token_hash: [number; 32],
        created_at_us: 80,
        expires_at_us: (number % 2 == 1).then_some(900),
        opened: variant.into(),
    }
}

fn usage(number: u8, variant: u8) -> Record {
    let person = OwnerId::from_bytes([number; 16]);
    let share = match number {
        0 => Share::Everything,
        _ if number % 3 == 1 => Share::Holder(erynoa_storage::Holder::Person(person)),
        _ if number % 3 == 2 => {
            Share::Holder(erynoa_storage::Holder::Realm(RealmId::from_bytes([number; 32])))
        }
        _ => Share::Bucket(BucketName::new(&format!("bucket-{number}")).expect("a name")),
    };
    let bytes = 10 * u64::from(number) + u64::from(variant);
    Record::Usage(share, Usage { files: 1, bytes, ..Usage::default() })
}
