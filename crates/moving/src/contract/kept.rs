//! What holds between records and the ports that keep their rules.

use std::sync::Arc;

use erynoa_access::{
    AccountFilter, AccountKey, AccountStore, AuditFilter, AuditLog, AuditRecord, RefreshHash,
    Rotation, SessionSet, SessionStore, verify_audit_log,
};
use erynoa_notifications::Notifications;
use erynoa_storage::{
    Bin, Entry, FileId, FileIndex, FileQuery, Holder, LinkQuery, Order, OwnerId, Scope, Share,
    Sight, UploadQuery, UsageQuery,
};
use erynoa_sync::WitnessBook;
use erynoa_workflows::{Outbox, RunFilter, Runs};

use super::laws::read_all;
use super::sample::{audit, records};
use crate::{Kind, Record, Records};

/// The ports of one store.
#[derive(Clone)]
pub struct Kept {
    /// Everything as records.
    pub records: Arc<dyn Records>,
    /// Accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// Files.
    pub files: Arc<dyn FileIndex>,
    /// Runs of workflows.
    pub runs: Arc<dyn Runs>,
    /// Starts of workflows that wait.
    pub outbox: Arc<dyn Outbox>,
    /// What people were told.
    pub notifications: Arc<dyn Notifications>,
    /// What a witness must not forget.
    pub book: Arc<dyn WitnessBook>,
}

const NUMBERS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

impl Kept {
    /// Everything that the ports can be asked about the sample, as text.
    pub async fn answers(&self) -> Vec<String> {
        let mut told = self.access_answers().await;
        told.extend(self.file_answers().await);
        told.extend(self.workflow_answers().await);
        told.extend(self.notification_answers().await);
        told.extend(self.book_answers().await);
        told
    }

    async fn workflow_answers(&self) -> Vec<String> {
        let filter = RunFilter::default();
        let mut told =
            vec![format!("{:?}", self.runs.list(&filter, None, 100).await.expect("list"))];
        for record in records(Kind::Run, &NUMBERS, 0) {
            let Record::Run(run) = record else { panic!("a run") };
            told.push(format!("{:?}", self.runs.get(&run.key).await.expect("get")));
        }
        told.push(format!("{:?}", self.runs.due(1 << 60, 100).await.expect("due").keys));
        told.push(format!("{:?}", self.outbox.waiting(100).await.expect("waiting")));
        told
    }

    async fn notification_answers(&self) -> Vec<String> {
        let mut told = Vec::new();
        for record in records(Kind::Inbox, &NUMBERS, 0) {
            let Record::Inbox(inbox) = record else { panic!("an inbox") };
            told.push(format!("{:?}", self.notifications.get(inbox.reader).await.expect("get")));
        }
        told.push(format!("{:?}", self.notifications.due(1 << 60, 100).await.expect("due")));
        told
    }

    async fn book_answers(&self) -> Vec<String> {
        let mut told = Vec::new();
        for record in records(Kind::Promise, &NUMBERS, 0) {
            let Record::Promise(origin, _) = record else { panic!("a promise") };
            told.push(format!("{:?}", self.book.promised(&origin).await.expect("read")));
        }
        for record in records(Kind::Cosigned, &NUMBERS, 0) {
            let Record::Cosigned(origin, ..) = record else { panic!("a note") };
            told.push(format!("{:?}", self.book.cosigned(&origin).await.expect("read")));
        }
        told.push(format!("{:?}", self.book.bans().await.expect("read")));
        told
    }

    async fn access_answers(&self) -> Vec<String> {
        let mut told = Vec::new();
        let filter = AccountFilter::default();
        let listed = self.accounts.list(&filter, None, 100).await.expect("list");
        told.push(format!("{listed:?}"));
        for record in records(Kind::Account, &NUMBERS, 0) {
            let Record::Account(account) = record else { panic!("an account") };
            let keys = [
                Some(AccountKey::Id(account.id)),
                account.identity.map(AccountKey::Identity),
                account.subject.map(AccountKey::Subject),
                account.invitation.map(|open| AccountKey::Invitation(open.token_hash)),
            ];
            for key in keys.into_iter().flatten() {
                told.push(format!("{:?}", self.accounts.find(&key).await.expect("find")));
            }
        }
        told.push(format!("{:?}", self.sessions.list(None, None, 100).await.expect("list")));
        for record in records(Kind::Session, &NUMBERS, 0) {
            let Record::Session(kept) = record else { panic!("a session") };
            let account = Some(kept.session.account);
            let of_account = self.sessions.list(account, None, 100).await.expect("list");
            told.push(format!("{of_account:?}"));
            for (token, _) in &kept.tokens {
                let found = self.sessions.find_by_refresh(token).await.expect("find");
                told.push(format!("{found:?}"));
            }
        }
        told
    }

    async fn file_answers(&self) -> Vec<String> {
        let mut told = Vec::new();
        let query = |scope, order| FileQuery {
            scope,
            bin: Bin::Either,
            sight: Sight::EVERYTHING,
            folder: None,
            name_part: String::new(),
            media: None,
            order,
            after: None,
            limit: 100,
        };
        for order in [Order::Id, Order::Name, Order::Newest, Order::Largest] {
            for scope in [Scope::All, Scope::Public] {
                let page = self.files.list_files(&query(scope, order)).await.expect("list");
                told.push(format!("{page:?}"));
            }
        }
        for record in records(Kind::File, &NUMBERS, 0) {
            let Record::File(entry) = record else { panic!("a file") };
            told.push(format!("{:?}", self.files.find(&entry.id()).await.expect("find")));
            let of_holder = query(Scope::Of(entry.holder()), Order::Id);
            told.push(format!("{:?}", self.files.list_files(&of_holder).await.expect("list")));
            let links = self.files.list_links(LinkQuery::To(entry.id())).await.expect("list");
            told.push(format!("{links:?}"));
            let owner = match entry {
                Entry::File(file) => file.owner,
                Entry::Upload(upload) => upload.owner,
            };
            let of_owner = UploadQuery::Of(owner);
            let uploads = self.files.list_uploads(of_owner, None, 100).await.expect("list");
            told.push(format!("{uploads:?}"));
        }
        for record in records(Kind::Link, &NUMBERS, 0) {
            let Record::Link(link) = record else { panic!("a link") };
            let by_token = LinkQuery::Token(link.token_hash);
            told.push(format!("{:?}", self.files.list_links(by_token).await.expect("list")));
        }
        for query in [LinkQuery::ExpiredBy(u64::MAX), LinkQuery::To(FileId::from_bytes([0; 16]))] {
            told.push(format!("{:?}", self.files.list_links(query).await.expect("list")));
        }
        let somebody = Share::Holder(Holder::Person(OwnerId::from_bytes([1; 16])));
        for query in [UsageQuery::Largest(50), UsageQuery::Of(vec![Share::Everything, somebody])] {
            told.push(format!("{:?}", self.files.usage(query).await.expect("usage")));
        }
        told.push(format!("{:?}", self.files.list_leftovers(None, 100).await.expect("list")));
        told
    }
}

/// Law: every index and list of the ports follows the records.
pub async fn what_is_removed_and_inserted_again_is_for_the_ports_as_before(kept: Kept) {
    let nothing = kept.answers().await;
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Audit).collect();
    for &kind in &kinds {
        kept.records.insert(records(kind, &NUMBERS, 0)).await.expect("insert");
    }
    let everything = kept.answers().await;
    assert!(everything.iter().zip(&nothing).all(|(a, b)| a != b || b.contains("[]")));
    // What a port writes is a record like any other.
    let Record::Session(kept_session) = records(Kind::Session, &[20], 0).remove(0) else {
        panic!("a session")
    };
    let session = kept_session.session.clone();
    let first = RefreshHash::from_bytes([201; 32]);
    let second = RefreshHash::from_bytes([202; 32]);
    kept.sessions.insert(session.clone(), first).await.expect("insert");
    let ends = session.expires_at_us + 1;
    let rotated = kept.sessions.rotate(&first, second, 5, ends).await.expect("rotate");
    assert!(matches!(rotated, Rotation::Rotated(_)));
    let before = kept.answers().await;
    let mut stored = Vec::new();
    for &kind in &kinds {
        stored.push(read_all(&*kept.records, kind, 5).await);
    }
    assert!(stored[1].iter().any(|record| matches!(record, Record::Session(kept)
        if kept.current == second
            && kept.tokens == [(first, session.expires_at_us), (second, ends)])));
    for records in stored.iter().rev() {
        kept.records.remove(records.clone()).await.expect("remove");
    }
    assert_eq!(kept.answers().await, nothing);
    for records in &stored {
        kept.records.insert(records.clone()).await.expect("insert");
    }
    assert_eq!(kept.answers().await, before);
    for (&kind, records) in kinds.iter().zip(&stored) {
        assert_eq!(read_all(&*kept.records, kind, 100).await, *records);
    }
    // A used token that comes again still ends its session.
    let third = RefreshHash::from_bytes([203; 32]);
    let reused = kept.sessions.rotate(&first, third, 6, 10).await.expect("rotate");
    assert!(matches!(reused, Rotation::Reused(_)));
    let ended = kept.sessions.delete(&SessionSet::One(session.id)).await.expect("delete");
    assert_eq!(ended, 0);
}

/// Law.
pub async fn an_audit_log_goes_on_behind_what_was_inserted(kept: Kept) {
    kept.records.insert(audit(4, 0)).await.expect("insert");
    let record = AuditRecord {
        at_us: 9,
        actor: None,
        actor_name: String::new(),
        action: "user.invite".into(),
        target: "somebody".into(),
        details: "{}".into(),
        request_id: String::new(),
        address: String::new(),
    };
    let entry = kept.audit.append(record).await.expect("append");
    assert_eq!(entry.sequence, 4);
    let (chain, fault) = verify_audit_log(kept.audit.as_ref()).await.expect("read");
    assert_eq!((chain.entries, chain.head, fault), (5, entry.hash, None));
    let filter = AuditFilter { target: "somebody".into(), ..AuditFilter::default() };
    let listed = kept.audit.list(&filter, None, 9).await.expect("list");
    assert_eq!(listed, std::slice::from_ref(&entry));
    let all = read_all(&*kept.records, Kind::Audit, 2).await;
    assert_eq!(all.last(), Some(&Record::Audit(entry)));
    assert_eq!(all[..4], audit(4, 0));
}
