//! What an installation keeps beside its log.

use erynoa_access::{Account, AuditEntry, RefreshHash, Session};
use erynoa_kernel::PublicKey;
use erynoa_notifications::Inbox;
use erynoa_storage::{Entry, Holder, Leftover, Link, Share, Usage};
use erynoa_sync::{Ban, Promise};
use erynoa_workflows::{Posted, Run, RunPosition};

/// Kinds of records, in the order in which they are moved: what others refer to
/// comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Accounts with their roles and invitations.
    Account,
    /// Sessions with their refresh tokens, present and used.
    Session,
    /// The audit log.
    Audit,
    /// Files and uploads.
    File,
    /// Links to files.
    Link,
    /// How much is stored.
    Usage,
    /// Objects whose files are gone.
    Leftover,
    /// Runs of workflows.
    Run,
    /// Starts of workflows that wait for their engine.
    Start,
    /// What people were told, and how they want to be told.
    Inbox,
    /// The greatest heads of logs that this node has cosigned.
    Promise,
    /// The newest notes that witnesses have cosigned.
    Cosigned,
    /// Nodes that are refused.
    Ban,
}

impl Kind {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::Account,
        Self::Session,
        Self::Audit,
        Self::File,
        Self::Link,
        Self::Usage,
        Self::Leftover,
        Self::Run,
        Self::Start,
        Self::Inbox,
        Self::Promise,
        Self::Cosigned,
        Self::Ban,
    ];

    /// What several of them are called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "accounts",
            Self::Session => "sessions",
            Self::Audit => "audit_entries",
            Self::File => "files",
            Self::Link => "links",
            Self::Usage => "usage",
            Self::Leftover => "leftovers",
            Self::Run => "workflows",
            Self::Start => "workflow_starts",
            Self::Inbox => "inboxes",
            Self::Promise => "promises",
            Self::Cosigned => "cosigned_notes",
            Self::Ban => "bans",
        }
    }
}

/// A session with everything that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// The session.
    pub session: Session,
    /// Hash of its present refresh token.
    pub current: RefreshHash,
    /// All of its tokens, the present one among them, ascending, each with the
    /// end of its own life, µs since the Unix epoch.
    pub tokens: Vec<(RefreshHash, u64)>,
}

/// One record as every store understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An account.
    Account(Account),
    /// A session.
    Session(KeptSession),
    /// An entry of the audit log.
    Audit(AuditEntry),
    /// A file or an upload.
    File(Entry),
    /// A link.
    Link(Link),
    /// What a share takes; never empty.
    Usage(Share, Usage),
    /// An object whose file is gone.
    Leftover(Leftover),
    /// A run of a workflow.
    Run(Run),
    /// A start that waits.
    Start(Posted),
    /// What somebody was told.
    Inbox(Inbox),
    /// The greatest head of the log with this origin that this node has
    /// cosigned.
    Promise(String, Promise),
    /// The newest note of the log with this origin that a witness has cosigned.
    Cosigned(String, PublicKey, String),
    /// A node that is refused.
    Ban(Ban),
}

impl Record {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Account(_) => Kind::Account,
            Self::Session(_) => Kind::Session,
            Self::Audit(_) => Kind::Audit,
            Self::File(_) => Kind::File,
            Self::Link(_) => Kind::Link,
            Self::Usage(..) => Kind::Usage,
            Self::Leftover(_) => Kind::Leftover,
            Self::Run(_) => Kind::Run,
            Self::Start(_) => Kind::Start,
            Self::Inbox(_) => Kind::Inbox,
            Self::Promise(..) => Kind::Promise,
            Self::Cosigned(..) => Kind::Cosigned,
            Self::Ban(_) => Kind::Ban,
        }
    }

    /// What it is known by: no other record of its kind has it. Every store
    /// gives records in the ascending order of these bytes.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Account(account) => account.id.as_bytes().to_vec(),
            Self::Session(kept) => kept.session.id.as_bytes().to_vec(),
            Self::Audit(entry) => entry.sequence.to_be_bytes().to_vec(),
            Self::File(entry) => entry.id().as_bytes().to_vec(),
            Self::Link(link) => link.id.as_bytes().to_vec(),
            Self::Usage(share, _) => share_key(share),
            // Names hold no zero byte.
            Self::Leftover(leftover) => [
                leftover.bucket.as_str().as_bytes(),
                &[0],
                leftover.key.as_str().as_bytes(),
                &[0],
                &leftover.since_us.to_be_bytes(),
            ]
            .concat(),
            Self::Run(run) => {
                let RunPosition { started_at_us, key } = RunPosition::of(run);
                [&started_at_us.to_be_bytes(), key.as_bytes()].concat()
            }
            Self::Start(posted) => {
                [&posted.at_us.to_be_bytes(), posted.start.key.as_bytes()].concat()
            }
            Self::Inbox(inbox) => inbox.reader.as_bytes().to_vec(),
            Self::Promise(origin, _) => origin.as_bytes().to_vec(),
            // Origins hold no zero byte either.
            Self::Cosigned(origin, witness, _) => {
                [origin.as_bytes(), &[0], witness.as_bytes()].concat()
            }
            Self::Ban(ban) => ban.node.0.as_bytes().to_vec(),
        }
    }
}

fn share_key(share: &Share) -> Vec<u8> {
    match share {
        Share::Everything => vec![0],
        Share::Holder(Holder::Person(owner)) => [&[1, 1], owner.as_bytes().as_slice()].concat(),
        Share::Holder(Holder::Realm(realm)) => [&[1, 2], realm.as_bytes().as_slice()].concat(),
        Share::Bucket(bucket) => [&[2], bucket.as_str().as_bytes()].concat(),
    }
}
