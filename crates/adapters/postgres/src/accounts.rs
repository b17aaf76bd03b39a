//! Accounts on PostgreSQL.

use async_trait::async_trait;
use erynoa_access::{
    Account, AccountFilter, AccountId, AccountKey, AccountStatus, AccountStore, Change, Invitation,
    Position, ProviderSubject, Role, Roles,
};
use erynoa_kernel::{IdentityId, StoreError};
use sqlx::{PgConnection, PgExecutor, PgPool};

use crate::error::corrupt;
use crate::number::{bound, stored, unsigned};
use crate::store::answered;
use crate::transaction::{Work, transact};

/// Accounts in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgAccounts(PgPool);

/// An account as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: Vec<u8>,
    identity: Option<Vec<u8>>,
    issuer: Option<String>,
    subject: Option<String>,
    email: String,
    name: String,
    language: String,
    roles: i16,
    status: i16,
    invitation_hash: Option<Vec<u8>>,
    invitation_expires_at_us: Option<i64>,
    created_at_us: i64,
    updated_at_us: i64,
    last_seen_at_us: i64,
    version: i64,
}

impl PgAccounts {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

impl Row {
    pub(crate) fn of(account: &Account) -> Result<Self, StoreError> {
        let invitation = account.invitation.as_ref();
        Ok(Self {
            id: account.id.as_bytes().to_vec(),
            identity: account.identity.map(|identity| identity.as_bytes().to_vec()),
            issuer: account.subject.as_ref().map(|subject| subject.issuer.clone()),
            subject: account.subject.as_ref().map(|subject| subject.subject.clone()),
            email: account.email.clone(),
            name: account.name.clone(),
            language: account.language.clone(),
            roles: account.roles.bits().into(),
            status: i16::from(account.status as u8),
            invitation_hash: invitation.map(|open| open.token_hash.to_vec()),
            invitation_expires_at_us: invitation
                .map(|open| stored(open.expires_at_us))
                .transpose()?,
            created_at_us: stored(account.created_at_us)?,
            updated_at_us: stored(account.updated_at_us)?,
            last_seen_at_us: stored(account.last_seen_at_us)?,
            version: stored(account.version)?,
        })
    }

    pub(crate) fn account(self) -> Result<Account, StoreError> {
        let damaged = || corrupt("an account is damaged".to_owned());
        let array = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| damaged());
        let id = <[u8; 16]>::try_from(self.id).map_err(|_| damaged())?;
        let subject = self
            .issuer
            .zip(self.subject)
            .map(|(issuer, subject)| ProviderSubject { issuer, subject });
        let invitation = match self.invitation_hash.zip(self.invitation_expires_at_us) {
            Some((hash, expires)) => {
                Some(Invitation { token_hash: array(hash)?, expires_at_us: unsigned(expires)? })
            }
            None => None,
        };
        Ok(Account {
            id: AccountId::from_bytes(id),
            identity: self.identity.map(array).transpose()?.map(IdentityId::from_bytes),
            subject,
            email: self.email,
            name: self.name,
            language: self.language,
            roles: u8::try_from(self.roles).ok().and_then(Roles::from_bits).ok_or_else(damaged)?,
            status: AccountStatus::ALL
                .into_iter()
                .find(|status| i16::from(*status as u8) == self.status)
                .ok_or_else(damaged)?,
            invitation,
            created_at_us: unsigned(self.created_at_us)?,
            updated_at_us: unsigned(self.updated_at_us)?,
            last_seen_at_us: unsigned(self.last_seen_at_us)?,
            version: unsigned(self.version)?,
        })
    }

    /// What lists are searched in: as [`AccountFilter::matches`] looks.
    fn search(&self) -> String {
        let identity = self.identity.as_deref().and_then(|bytes| bytes.try_into().ok());
        let identity = identity.map(|bytes| IdentityId::from_bytes(bytes).to_string());
        [&self.name.to_lowercase(), &self.email.to_lowercase(), &identity.unwrap_or_default()]
            .map(String::as_str)
            .join("\n")
    }
}

/// Accounts in ascending order of id, after one.
pub(crate) async fn accounts_after(
    executor: impl PgExecutor<'_>,
    id: Option<&[u8]>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_file_as!(Row, "queries/accounts_after.sql", id, limit).fetch_all(executor).await
}

pub(crate) async fn insert_account(
    executor: impl PgExecutor<'_>,
    new: &Row,
) -> Result<(), sqlx::Error> {
    sqlx::query_file!(
        "queries/account_insert.sql",
        new.id,
        new.identity.as_deref(),
        new.issuer.as_deref(),
        new.subject.as_deref(),
        new.email,
        new.name,
        new.language,
        new.roles,
        new.status,
        new.invitation_hash.as_deref(),
        new.invitation_expires_at_us,
        new.created_at_us,
        new.updated_at_us,
        new.last_seen_at_us,
        new.version,
        new.search(),
        new.email.to_lowercase()
    )
    .execute(executor)
    .await
    .map(drop)
}

async fn by_id(connection: &mut PgConnection, id: &[u8]) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_file_as!(Row, "queries/account_by_id.sql", id).fetch_optional(connection).await
}

/// Whether nobody but this account can act as an admin.
async fn alone_is_admin(connection: &mut PgConnection, id: &[u8]) -> Result<bool, sqlx::Error> {
    let admin = i16::from(Roles::NONE.with(Role::Admin).bits());
    let active = i16::from(AccountStatus::Active as u8);
    let another = sqlx::query_scalar!(
        r#"SELECT EXISTS (
            SELECT FROM accounts WHERE id <> $1 AND roles & $2 <> 0 AND status = $3
        ) AS "another!""#,
        id,
        admin,
        active
    )
    .fetch_one(connection)
    .await?;
    Ok(!another)
}

struct Update {
    account: Row,
    acts_as_admin: bool,
    expected_version: i64,
}

#[async_trait]
impl Work for Update {
    type Output = Change;

    async fn run(&self, connection: &mut PgConnection) -> Result<Change, sqlx::Error> {
        let new = &self.account;
        let Some(before) = by_id(connection, &new.id).await? else { return Ok(Change::Missing) };
        if before.version != self.expected_version {
            return Ok(Change::Stale);
        }
        let taken = sqlx::query_file_scalar!(
            "queries/account_clashes.sql",
            new.id,
            new.identity.as_deref(),
            new.issuer.as_deref(),
            new.subject.as_deref(),
            new.invitation_hash.as_deref()
        )
        .fetch_one(&mut *connection)
        .await?;
        if taken {
            return Ok(Change::Taken);
        }
        if !self.acts_as_admin
            && acts_as_admin(&before)
            && alone_is_admin(&mut *connection, &new.id).await?
        {
            return Ok(Change::LastAdmin);
        }
        sqlx::query_file!(
            "queries/account_update.sql",
            new.id,
            new.identity.as_deref(),
            new.issuer.as_deref(),
            new.subject.as_deref(),
            new.email,
            new.name,
            new.language,
            new.roles,
            new.status,
            new.invitation_hash.as_deref(),
            new.invitation_expires_at_us,
            new.updated_at_us,
            new.last_seen_at_us,
            new.search(),
            new.email.to_lowercase()
        )
        .execute(connection)
        .await?;
        Ok(Change::Done)
    }
}

fn acts_as_admin(row: &Row) -> bool {
    row.status == i16::from(AccountStatus::Active as u8)
        && row.roles & i16::from(Roles::NONE.with(Role::Admin).bits()) != 0
}

struct Delete {
    id: AccountId,
    expected_version: i64,
}

#[async_trait]
impl Work for Delete {
    type Output = Change;

    async fn run(&self, connection: &mut PgConnection) -> Result<Change, sqlx::Error> {
        let id = self.id.as_bytes().as_slice();
        let Some(before) = by_id(connection, id).await? else { return Ok(Change::Missing) };
        if before.version != self.expected_version {
            return Ok(Change::Stale);
        }
        if acts_as_admin(&before) && alone_is_admin(&mut *connection, id).await? {
            return Ok(Change::LastAdmin);
        }
        sqlx::query!("DELETE FROM accounts WHERE id = $1", id).execute(connection).await?;
        Ok(Change::Done)
    }
}

struct Claim(AccountId);

#[async_trait]
impl Work for Claim {
    type Output = bool;

    async fn run(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let operator = i16::from(Roles::NONE.with(Role::Operator).bits());
        let both = i16::from(Roles::NONE.with(Role::Operator).with(Role::Admin).bits());
        let done = sqlx::query!(
            "UPDATE accounts SET roles = roles | $2, version = version + 1 WHERE id = $1 \
             AND NOT EXISTS (SELECT FROM accounts WHERE roles & $3 <> 0)",
            self.0.as_bytes().as_slice(),
            both,
            operator
        )
        .execute(connection)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

#[async_trait]
impl AccountStore for PgAccounts {
    async fn insert(&self, account: Account) -> Result<(), StoreError> {
        let new = Row::of(&account)?;
        answered("insert an account", insert_account(&self.0, &new)).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let (mut id, mut identity, mut subject, mut invitation) = (None, None, None, None);
        match key {
            AccountKey::Id(key) => id = Some(key.as_bytes().as_slice()),
            AccountKey::Identity(key) => identity = Some(key.as_bytes().as_slice()),
            AccountKey::Subject(key) => subject = Some(key),
            AccountKey::Invitation(key) => invitation = Some(key.as_slice()),
        }
        let found = sqlx::query_file_as!(
            Row,
            "queries/account_find.sql",
            id,
            identity,
            subject.map(|subject| subject.issuer.as_str()),
            subject.map(|subject| subject.subject.as_str()),
            invitation
        )
        .fetch_optional(&self.0);
        answered("find an account", found).await?.map(Row::account).transpose()
    }

    async fn update(&self, account: Account, expected_version: u64) -> Result<Change, StoreError> {
        let Ok(expected_version) = stored(expected_version) else { return Ok(Change::Stale) };
        let acts_as_admin = account.is_acting_admin();
        let work = Update { account: Row::of(&account)?, acts_as_admin, expected_version };
        transact(&self.0, "update an account", &work).await
    }

    async fn delete(&self, id: &AccountId, expected_version: u64) -> Result<Change, StoreError> {
        let Ok(expected_version) = stored(expected_version) else { return Ok(Change::Stale) };
        transact(&self.0, "delete an account", &Delete { id: *id, expected_version }).await
    }

    async fn list(
        &self,
        filter: &AccountFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let needle = if filter.query.is_empty() { String::new() } else { filter.needle() };
        let role = filter.role.map(|role| i16::from(Roles::NONE.with(role).bits()));
        let listed = sqlx::query_file_as!(
            Row,
            "queries/account_list.sql",
            needle,
            filter.email.as_ref().map(|email| email.to_lowercase()),
            role,
            filter.status.map(|status| i16::from(status as u8)),
            before.map(|before| bound(before.created_at_us)),
            before.map(|before| before.id.to_vec()),
            bound(limit as u64)
        )
        .fetch_all(&self.0);
        answered("list accounts", listed).await?.into_iter().map(Row::account).collect()
    }

    async fn claim_first_operator(&self, id: &AccountId) -> Result<bool, StoreError> {
        transact(&self.0, "claim the installation", &Claim(*id)).await
    }

    async fn touch(&self, id: &AccountId, at_us: u64) -> Result<(), StoreError> {
        let touched = sqlx::query!(
            "UPDATE accounts SET last_seen_at_us = greatest(last_seen_at_us, $2) WHERE id = $1",
            id.as_bytes().as_slice(),
            stored(at_us)?
        )
        .execute(&self.0);
        answered("note that an account was seen", touched).await.map(drop)
    }
}
