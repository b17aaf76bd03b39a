//! What an installation keeps beside its log, in and out of a backup.

use erynoa_access::{Account, AuditEntry, Roles};
use erynoa_kernel::{IdentityId, PublicKey};
use erynoa_moving::{Kind, Record as Kept};
use erynoa_notifications::Inbox;
use erynoa_storage::{BucketName, Entry, Holder, Leftover, Link, ObjectKey, Share, Usage};
use erynoa_sync::{Ban, NodeId, Promise};

use crate::archive::Record;

/// Kinds that a backup has, in the order in which they are restored. Sessions
/// are left out: whoever finds a backup shall not be signed in. So are runs of
/// workflows and what an inbox would mail: a backup of last month shall not tell
/// anew what was told last month. Mail that was written waits among the files.
pub(crate) const KINDS: [Kind; 10] = [
    Kind::Account,
    Kind::Audit,
    Kind::File,
    Kind::Link,
    Kind::Usage,
    Kind::Leftover,
    Kind::Inbox,
    Kind::Promise,
    Kind::Cosigned,
    Kind::Ban,
];

/// The record as a backup has it; `None` for what it leaves out.
pub(crate) fn archived(kept: &Kept) -> Option<Record> {
    Some(match kept {
        Kept::Account(account) => Record::Account(account.to_bytes()),
        Kept::Session(_) | Kept::Run(_) | Kept::Start(_) => return None,
        Kept::Audit(entry) => Record::Audit(entry.to_bytes()),
        Kept::File(entry) => Record::Stored(entry.to_record()),
        Kept::Link(link) => Record::Link(link.to_record()),
        Kept::Usage(share, usage) => {
            Record::Usage { share: text_of(share), usage: usage.to_record() }
        }
        Kept::Leftover(leftover) => Record::Leftover {
            object: format!("{}/{}", leftover.bucket, leftover.key),
            since_us: leftover.since_us,
        },
        Kept::Inbox(inbox) => Record::Inbox(inbox.without_mail().to_bytes()),
        Kept::Promise(origin, promise) => {
            Record::Promise { origin: origin.clone(), promise: promise.to_bytes().to_vec() }
        }
        Kept::Cosigned(origin, witness, note) => {
            let (witness, note) = (witness.as_bytes().as_slice(), note.as_bytes());
            Record::Cosigned { origin: origin.clone(), note: [witness, note].concat() }
        }
        Kept::Ban(ban) => Record::Ban([ban.node.0.as_bytes().as_slice(), &ban.to_bytes()].concat()),
    })
}

/// The record that a backup has; `None` when it is damaged, or belongs to the
/// log or the data folder.
pub(crate) fn kept(record: &Record) -> Option<Kept> {
    match record {
        Record::Account(bytes) => Account::from_bytes(bytes).map(Kept::Account),
        Record::OldAccount { identity, roles } => {
            let identity = IdentityId::from_bytes(*identity);
            Some(Kept::Account(Account::of_identity(identity, Roles::from_bits(*roles)?)))
        }
        Record::Audit(bytes) => AuditEntry::from_bytes(bytes).map(Kept::Audit),
        Record::Stored(bytes) => Entry::from_record(bytes).map(Kept::File),
        Record::Link(bytes) => Link::from_record(bytes).map(Kept::Link),
        Record::Usage { share, usage } => {
            Some(Kept::Usage(share_in(share)?, Usage::from_record(usage)?))
        }
        Record::Leftover { object, since_us } => {
            let (bucket, key) = object.split_once('/')?;
            Some(Kept::Leftover(Leftover {
                bucket: BucketName::new(bucket).ok()?,
                key: ObjectKey::new(key).ok()?,
                since_us: *since_us,
            }))
        }
        Record::Inbox(bytes) => Inbox::from_bytes(bytes).map(Kept::Inbox),
        Record::Promise { origin, promise } => {
            Some(Kept::Promise(origin.clone(), Promise::from_bytes(promise)?))
        }
        Record::Cosigned { origin, note } => {
            let (witness, note) = note.split_first_chunk()?;
            let note = str::from_utf8(note).ok()?.to_owned();
            Some(Kept::Cosigned(origin.clone(), PublicKey::from_bytes(*witness), note))
        }
        Record::Ban(bytes) => {
            let (node, ban) = bytes.split_first_chunk()?;
            Ban::from_bytes(NodeId(PublicKey::from_bytes(*node)), ban).map(Kept::Ban)
        }
        Record::File { .. } | Record::More(_) | Record::Entry(_) | Record::Checkpoint(_) => None,
    }
}

fn text_of(share: &Share) -> String {
    match share {
        Share::Everything => "everything".to_owned(),
        Share::Holder(Holder::Person(owner)) => format!("person {owner}"),
        Share::Holder(Holder::Realm(realm)) => format!("realm {realm}"),
        Share::Bucket(bucket) => format!("bucket {bucket}"),
    }
}

fn share_in(text: &str) -> Option<Share> {
    match text.split_once(' ') {
        None if text == "everything" => Some(Share::Everything),
        Some(("person", owner)) => Some(Share::Holder(Holder::Person(owner.parse().ok()?))),
        Some(("realm", realm)) => Some(Share::Holder(Holder::Realm(realm.parse().ok()?))),
        Some(("bucket", bucket)) => Some(Share::Bucket(BucketName::new(bucket).ok()?)),
        _ => None,
    }
}
