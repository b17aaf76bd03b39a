//! Everything beside the log as records, on PostgreSQL.

use async_trait::async_trait;
use erynoa_access::{AuditEntry, AuditLog, RefreshHash};
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_moving::{KeptSession, Kind, Record, Records};
use erynoa_storage::{Entry, FileIndex, Leftover, Link, Usage, Write};
use erynoa_workflows::RunPosition;
use sqlx::{PgConnection, PgPool};

use crate::accounts::{Row, accounts_after, insert_account};
use crate::audit::insert_entry;
use crate::error::corrupt;
use crate::files::{share_in, write};
use crate::notifications::{delete_inbox, inboxes_after, insert_inbox};
use crate::number::{bound, unsigned};
use crate::sessions::{insert_session, insert_token, read_session};
use crate::store::answered;
use crate::witness_book::{
    bans_after, delete_ban, delete_note, delete_promise, insert_promise, notes_after,
    promises_after, put_ban, put_note,
};
use crate::workflows::{
    delete_run, delete_start, insert_run, insert_start, runs_after, starts_after,
};
use crate::{PgAudit, PgFiles};

/// Everything beside the log in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgRecords(PgPool);

fn damaged(kind: Kind) -> StoreError {
    corrupt(format!("one of the {} is damaged", kind.name()))
}

impl PgRecords {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    async fn accounts(&self, after: Option<&[u8]>, limit: i64) -> Result<Vec<Record>, StoreError> {
        let rows = answered("read accounts", accounts_after(&self.0, after, limit)).await?;
        rows.into_iter().map(|row| row.account().map(Record::Account)).collect()
    }

    async fn sessions(&self, after: Option<&[u8]>, limit: i64) -> Result<Vec<Record>, StoreError> {
        let read = sqlx::query_file!("queries/sessions_after.sql", after, limit);
        let rows = answered("read sessions", read.fetch_all(&self.0)).await?;
        rows.into_iter()
            .map(|row| {
                let (session, current) = read_session(&row.record)?;
                let tokens = row.tokens.into_iter().zip(row.lives).map(|(hash, life)| {
                    let hash = hash.try_into().map_err(|_| damaged(Kind::Session))?;
                    Ok((RefreshHash::from_bytes(hash), unsigned(life)?))
                });
                let tokens = tokens.collect::<Result<_, StoreError>>()?;
                Ok(Record::Session(KeptSession { session, current, tokens }))
            })
            .collect()
    }

    async fn entries(&self, after: Option<&[u8]>, limit: i64) -> Result<Vec<Record>, StoreError> {
        let read = sqlx::query_scalar!(
            "SELECT record FROM file_entries WHERE $1::BYTEA IS NULL OR id > $1 \
             ORDER BY id LIMIT $2",
            after,
            limit
        );
        let rows = answered("read files", read.fetch_all(&self.0)).await?;
        let entries = rows.iter().map(|row| Entry::from_record(row).map(Record::File));
        entries.map(|entry| entry.ok_or_else(|| damaged(Kind::File))).collect()
    }

    async fn links(&self, after: Option<&[u8]>, limit: i64) -> Result<Vec<Record>, StoreError> {
        let read = sqlx::query_scalar!(
            "SELECT record FROM file_links WHERE $1::BYTEA IS NULL OR id > $1 \
             ORDER BY id LIMIT $2",
            after,
            limit
        );
        let rows = answered("read links", read.fetch_all(&self.0)).await?;
        let links = rows.iter().map(|row| Link::from_record(row).map(Record::Link));
        links.map(|link| link.ok_or_else(|| damaged(Kind::Link))).collect()
    }

    async fn usage(&self, after: Option<&[u8]>, limit: i64) -> Result<Vec<Record>, StoreError> {
        let read = sqlx::query!(
            "SELECT share, record FROM file_usage WHERE $1::BYTEA IS NULL OR share > $1 \
             ORDER BY share LIMIT $2",
            after,
            limit
        );
        let rows = answered("read usage", read.fetch_all(&self.0)).await?;
        rows.iter()
            .map(|row| {
                let usage = share_in(&row.share).zip(Usage::from_record(&row.record));
                let (share, usage) = usage.ok_or_else(|| damaged(Kind::Usage))?;
                Ok(Record::Usage(share, usage))
            })
            .collect()
    }

    async fn audit(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let entries = PgAudit::new(self.0.clone()).read(from, limit).await?;
        Ok(entries.into_iter().map(Record::Audit).collect())
    }

    async fn leftovers(
        &self,
        after: Option<&Leftover>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let leftovers = PgFiles::new(self.0.clone()).list_leftovers(after, limit).await?;
        Ok(leftovers.into_iter().map(Record::Leftover).collect())
    }
}

async fn insert(connection: &mut PgConnection, record: &Record) -> Result<(), sqlx::Error> {
    match record {
        Record::Account(account) => {
            let row = Row::of(account).map_err(|error| sqlx::Error::Encode(error.into()))?;
            insert_account(connection, &row).await
        }
        Record::Session(kept) => {
            let KeptSession { session, current, tokens } = kept;
            let (created, expires) = (bound(session.created_at_us), bound(session.expires_at_us));
            insert_session(connection, session, current, created, expires).await?;
            for (token, life) in tokens {
                insert_token(connection, token, session.id.as_bytes(), bound(*life)).await?;
            }
            Ok(())
        }
        Record::Audit(entry) => insert_entry(connection, entry).await,
        Record::File(entry) => {
            let entry = Write::Entry { before: None, after: Some(entry.clone()) };
            write(connection, &entry).await
        }
        Record::Link(link) => {
            let link = Write::Link { before: None, after: Some(link.clone()) };
            write(connection, &link).await
        }
        Record::Usage(share, usage) => {
            write(connection, &Write::Usage(share.clone(), *usage)).await
        }
        Record::Leftover(leftover) => write(connection, &Write::Leftover(leftover.clone())).await,
        Record::Run(run) => insert_run(connection, run).await.map(drop),
        Record::Start(posted) => insert_start(connection, &posted.start, posted.at_us).await,
        Record::Inbox(inbox) => insert_inbox(connection, inbox).await,
        Record::Promise(origin, promise) => {
            insert_promise(connection, origin, promise).await.map(drop)
        }
        Record::Cosigned(origin, witness, note) => {
            put_note(connection, origin, witness, note).await
        }
        Record::Ban(ban) => put_ban(connection, ban).await,
    }
}

/// Removes anything but an audit entry.
async fn remove(connection: &mut PgConnection, record: &Record) -> Result<(), sqlx::Error> {
    match record {
        Record::Account(account) => {
            let id = account.id.as_bytes().as_slice();
            let delete = sqlx::query!("DELETE FROM accounts WHERE id = $1", id);
            delete.execute(connection).await.map(drop)
        }
        Record::Session(kept) => {
            let id = kept.session.id.as_bytes().as_slice();
            let delete = sqlx::query!("DELETE FROM sessions WHERE id = $1", id);
            delete.execute(connection).await.map(drop)
        }
        Record::Audit(_) => Ok(()),
        Record::File(entry) => {
            let entry = Write::Entry { before: Some(entry.clone()), after: None };
            write(connection, &entry).await
        }
        Record::Link(link) => {
            let link = Write::Link { before: Some(link.clone()), after: None };
            write(connection, &link).await
        }
        Record::Usage(share, _) => {
            write(connection, &Write::Usage(share.clone(), Usage::default())).await
        }
        Record::Leftover(leftover) => write(connection, &Write::NoLeftover(leftover.clone())).await,
        Record::Run(run) => delete_run(connection, run).await,
        Record::Start(posted) => delete_start(connection, posted).await,
        Record::Inbox(inbox) => delete_inbox(connection, inbox.reader).await,
        Record::Promise(origin, _) => delete_promise(connection, origin).await,
        Record::Cosigned(origin, witness, _) => delete_note(connection, origin, witness).await,
        Record::Ban(ban) => delete_ban(connection, &ban.node).await,
    }
}

#[async_trait]
impl Records for PgRecords {
    async fn read(
        &self,
        kind: Kind,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let key = after.map(Record::key);
        let (key, most) = (key.as_deref(), bound(limit as u64));
        match (kind, after) {
            (Kind::Account, _) => self.accounts(key, most).await,
            (Kind::Session, _) => self.sessions(key, most).await,
            (Kind::File, _) => self.entries(key, most).await,
            (Kind::Link, _) => self.links(key, most).await,
            (Kind::Usage, _) => self.usage(key, most).await,
            (Kind::Audit, Some(Record::Audit(AuditEntry { sequence, .. }))) => {
                self.audit(sequence + 1, limit).await
            }
            (Kind::Audit, _) => self.audit(0, limit).await,
            (Kind::Leftover, Some(Record::Leftover(after))) => {
                self.leftovers(Some(after), limit).await
            }
            (Kind::Leftover, _) => self.leftovers(None, limit).await,
            (Kind::Run, after) => {
                let after = match after {
                    Some(Record::Run(run)) => Some(RunPosition::of(run)),
                    _ => None,
                };
                let runs = runs_after(&self.0, after, most).await?;
                Ok(runs.into_iter().map(Record::Run).collect())
            }
            (Kind::Start, after) => {
                let after = match after {
                    Some(Record::Start(posted)) => Some(posted),
                    _ => None,
                };
                let starts = starts_after(&self.0, after, most).await?;
                Ok(starts.into_iter().map(Record::Start).collect())
            }
            (Kind::Inbox, _) => {
                let inboxes = inboxes_after(&self.0, key, most).await?;
                Ok(inboxes.into_iter().map(Record::Inbox).collect())
            }
            (Kind::Promise, after) => {
                let after = match after {
                    Some(Record::Promise(origin, _)) => Some(origin.as_str()),
                    _ => None,
                };
                let promises = promises_after(&self.0, after, most).await?;
                let record = |(origin, promise)| Record::Promise(origin, promise);
                Ok(promises.into_iter().map(record).collect())
            }
            (Kind::Cosigned, after) => {
                let after = match after {
                    Some(Record::Cosigned(origin, witness, _)) => Some((origin.as_str(), witness)),
                    _ => None,
                };
                let notes = notes_after(&self.0, after, most).await?;
                let record = |(origin, witness, note)| Record::Cosigned(origin, witness, note);
                Ok(notes.into_iter().map(record).collect())
            }
            (Kind::Ban, _) => {
                let bans = bans_after(&self.0, key, most).await?;
                Ok(bans.into_iter().map(Record::Ban).collect())
            }
        }
    }

    async fn insert(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let mut transaction = answered("begin to insert", self.0.begin()).await?;
        for record in &records {
            answered("insert a record", insert(&mut transaction, record)).await?;
        }
        answered("insert records", transaction.commit()).await
    }

    async fn remove(&self, records: Vec<Record>) -> Result<(), StoreError> {
        if records.iter().any(|record| record.kind() == Kind::Audit) {
            let message = "the audit log only grows";
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        let mut transaction = answered("begin to remove", self.0.begin()).await?;
        for record in &records {
            answered("remove a record", remove(&mut transaction, record)).await?;
        }
        answered("remove records", transaction.commit()).await
    }
}
