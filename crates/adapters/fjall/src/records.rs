//! Everything beside the log as records, on Fjall.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{Account, Session};
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_moving::{KeptSession, Kind, Record, Records};
use erynoa_notifications::Inbox;
use erynoa_storage::{Entry, Link, Usage, Write};
use erynoa_sync::{Ban, Promise};
use erynoa_workflows::RunPosition;
use fjall::{OwnedWriteBatch, Slice};

use crate::audit::read_entry;
use crate::error::{corrupt, driver};
use crate::keys;
use crate::store::Inner;
use crate::witness_book::read_note;
use crate::workflows::posted;

/// Everything beside the log in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallRecords(Arc<Inner>);

impl std::fmt::Debug for FjallRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallRecords").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write a record", error)
}

fn refused(message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, message)
}

fn prefix(kind: Kind) -> u8 {
    match kind {
        Kind::Account => keys::ACCOUNTS,
        Kind::Session => keys::SESSIONS,
        Kind::Audit => keys::AUDIT,
        Kind::File => keys::files::ENTRIES,
        Kind::Link => keys::files::LINKS,
        Kind::Usage => keys::files::USAGE,
        Kind::Leftover => keys::files::LEFTOVERS,
        // The list by time leads to the runs.
        Kind::Run => keys::workflows::BY_TIME,
        Kind::Start => keys::workflows::OUTBOX,
        Kind::Inbox => keys::notifications::INBOXES,
        Kind::Promise => keys::book::PROMISES,
        Kind::Cosigned => keys::book::NOTES,
        Kind::Ban => keys::book::BANS,
    }
}

fn key(record: &Record) -> Vec<u8> {
    match record {
        Record::Account(account) => keys::account(&account.id),
        Record::Session(kept) => keys::session(&kept.session.id),
        Record::Audit(entry) => keys::audit(entry.sequence),
        Record::File(entry) => keys::files::entry(&entry.id()),
        Record::Link(link) => keys::files::link(&link.id),
        Record::Usage(share, _) => keys::files::usage(share),
        Record::Leftover(leftover) => keys::files::leftover(leftover),
        Record::Run(run) => keys::workflows::by_time(&RunPosition::of(run)),
        Record::Start(posted) => keys::workflows::posted(posted.at_us, &posted.start.key),
        Record::Inbox(inbox) => keys::notifications::inbox(inbox.reader),
        Record::Promise(origin, _) => keys::book::promise(origin),
        Record::Cosigned(origin, witness, _) => keys::book::note(origin, witness),
        Record::Ban(ban) => keys::book::ban(&ban.node),
    }
}

impl Inner {
    fn record(&self, kind: Kind, at: &Slice, value: &Slice) -> Result<Record, StoreError> {
        let record =
            match kind {
                Kind::Account => Account::from_bytes(value).map(Record::Account),
                Kind::Session => self.kept_session(value)?,
                Kind::Audit => Some(Record::Audit(read_entry(at, value)?)),
                Kind::File => Entry::from_record(value).map(Record::File),
                Kind::Link => Link::from_record(value).map(Record::Link),
                Kind::Usage => {
                    let share = keys::files::share_in(at);
                    share
                        .zip(Usage::from_record(value))
                        .map(|(share, usage)| Record::Usage(share, usage))
                }
                Kind::Leftover => keys::files::leftover_in(at).map(Record::Leftover),
                Kind::Run => Some(Record::Run(self.run_listed(at)?)),
                Kind::Start => Some(Record::Start(posted(at, value)?)),
                Kind::Inbox => Inbox::from_bytes(value).map(Record::Inbox),
                Kind::Promise => keys::book::promise_in(at)
                    .zip(Promise::from_bytes(value))
                    .map(|(origin, promise)| Record::Promise(origin.to_owned(), promise)),
                Kind::Cosigned => keys::book::note_in(at).zip(read_note(value)).map(
                    |((origin, witness), note)| Record::Cosigned(origin.to_owned(), witness, note),
                ),
                Kind::Ban => keys::book::ban_in(at)
                    .and_then(|node| Ban::from_bytes(node, value))
                    .map(Record::Ban),
            };
        record
            .filter(|record| key(record) == **at)
            .ok_or_else(|| corrupt(format!("one of the {} is damaged: {at:02x?}", kind.name())))
    }

    fn kept_session(&self, value: &Slice) -> Result<Option<Record>, StoreError> {
        let Some((session, current)) = Session::from_bytes(value) else { return Ok(None) };
        let damaged = || corrupt(format!("a token of session {} is damaged", session.id));
        let mut tokens = Vec::new();
        for item in self.state.prefix(keys::tokens_of(&session.id)) {
            let at = item.key().map_err(failed)?;
            let token = keys::token_of_in(&at).ok_or_else(damaged)?;
            let life = self.state.get(keys::token(&token)).map_err(failed)?;
            let (_, expires_at_us) =
                life.and_then(|life| keys::read_token(&life)).ok_or_else(damaged)?;
            tokens.push((token, expires_at_us));
        }
        Ok(Some(Record::Session(KeptSession { session, current, tokens })))
    }

    fn put_record(&self, batch: &mut OwnedWriteBatch, record: Record) -> Result<(), StoreError> {
        let at = key(&record);
        match record {
            Record::Account(account) => self.put_account(batch, &account, None),
            Record::Session(kept) => {
                let KeptSession { session, current, tokens } = kept;
                self.put_session(batch, &session, &current);
                for (token, expires_at_us) in tokens.iter().filter(|(token, _)| *token != current) {
                    self.put_token(batch, &session.id, token, *expires_at_us);
                }
            }
            Record::Audit(entry) => {
                if self.state.contains_key(&at).map_err(failed)? {
                    return Err(refused("the number of the audit entry is taken"));
                }
                batch.insert(&self.state, at, entry.to_bytes());
            }
            Record::File(entry) => {
                self.write_files(batch, &Write::Entry { before: None, after: Some(entry) });
            }
            Record::Link(link) => {
                self.write_files(batch, &Write::Link { before: None, after: Some(link) });
            }
            Record::Usage(share, usage) => self.write_files(batch, &Write::Usage(share, usage)),
            Record::Leftover(leftover) => self.write_files(batch, &Write::Leftover(leftover)),
            Record::Run(run) => self.write_run(batch, None, &run),
            Record::Start(posted) => self.write_start(batch, posted.at_us, &posted.start),
            Record::Inbox(inbox) => self.write_inbox(batch, None, &inbox),
            Record::Promise(_, promise) => batch.insert(&self.state, at, promise.to_bytes()),
            Record::Cosigned(_, _, note) => batch.insert(&self.state, at, note.as_bytes()),
            Record::Ban(ban) => batch.insert(&self.state, at, ban.to_bytes()),
        }
        Ok(())
    }

    fn take_record(&self, batch: &mut OwnedWriteBatch, record: Record) -> Result<(), StoreError> {
        match record {
            Record::Account(account) => self.remove_account(batch, &account),
            Record::Session(kept) => self.remove_session(batch, &kept.session)?,
            Record::Audit(_) => return Err(refused("the audit log only grows")),
            Record::File(entry) => {
                self.write_files(batch, &Write::Entry { before: Some(entry), after: None });
            }
            Record::Link(link) => {
                self.write_files(batch, &Write::Link { before: Some(link), after: None });
            }
            Record::Usage(share, _) => {
                self.write_files(batch, &Write::Usage(share, Usage::default()));
            }
            Record::Leftover(leftover) => self.write_files(batch, &Write::NoLeftover(leftover)),
            Record::Run(run) => self.remove_run(batch, &run),
            Record::Start(posted) => self.remove_start(batch, &posted),
            Record::Inbox(inbox) => self.remove_inbox(batch, &inbox),
            Record::Promise(..) | Record::Cosigned(..) | Record::Ban(_) => {
                batch.remove(&self.state, key(&record));
            }
        }
        Ok(())
    }
}

type Step = fn(&Inner, &mut OwnedWriteBatch, Record) -> Result<(), StoreError>;

impl FjallRecords {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }

    async fn write(&self, records: Vec<Record>, step: Step) -> Result<(), StoreError> {
        self.0
            .run(move |store| {
                let _writers = (
                    store.access_writer(),
                    store.files_writer(),
                    store.audit_writer(),
                    store.workflows_writer(),
                    store.notifications_writer(),
                    store.book_writer(),
                );
                let mut batch = store.batch();
                for record in records {
                    step(store, &mut batch, record)?;
                }
                batch.commit().map_err(failed)
            })
            .await
    }
}

#[async_trait]
impl Records for FjallRecords {
    async fn read(
        &self,
        kind: Kind,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let from =
            after.map_or(Bound::Included(vec![prefix(kind)]), |after| Bound::Excluded(key(after)));
        let to = Bound::Excluded(vec![prefix(kind) + 1]);
        self.0
            .run(move |store| {
                let items = store.state.range((from, to)).take(limit);
                items
                    .map(|item| {
                        let (at, value) = item.into_inner().map_err(failed)?;
                        store.record(kind, &at, &value)
                    })
                    .collect()
            })
            .await
    }

    async fn insert(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.write(records, Inner::put_record).await
    }

    async fn remove(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.write(records, Inner::take_record).await
    }
}
