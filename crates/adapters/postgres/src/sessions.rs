//! Sessions on PostgreSQL.

use async_trait::async_trait;
use erynoa_access::{
    AccountId, Position, RefreshHash, Rotation, Session, SessionId, SessionSet, SessionStore,
    SignInMethod,
};
use erynoa_kernel::StoreError;
use sqlx::{PgConnection, PgPool};

use crate::error::corrupt;
use crate::number::{bound, stored};
use crate::store::answered;
use crate::transaction::{Work, transact};

/// Sessions in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgSessions(PgPool);

impl PgSessions {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

pub(crate) fn read_session(record: &[u8]) -> Result<(Session, RefreshHash), StoreError> {
    Session::from_bytes(record).ok_or_else(|| corrupt("a session is damaged".to_owned()))
}

fn provider_session(session: &Session) -> Option<&str> {
    match &session.method {
        SignInMethod::Oidc { provider_session } => provider_session.as_deref(),
        SignInMethod::DeviceKey(_) => None,
    }
}

struct Insert {
    session: Session,
    refresh: RefreshHash,
    created_at_us: i64,
    expires_at_us: i64,
}

#[async_trait]
impl Work for Insert {
    type Output = ();

    async fn run(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let Self { session, refresh, created_at_us, expires_at_us } = self;
        insert_session(connection, session, refresh, *created_at_us, *expires_at_us).await?;
        insert_token(connection, refresh, session.id.as_bytes(), *expires_at_us).await
    }
}

/// Inserts a session, but none of its tokens.
pub(crate) async fn insert_session(
    connection: &mut PgConnection,
    session: &Session,
    refresh: &RefreshHash,
    created_at_us: i64,
    expires_at_us: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO sessions \
         (id, account, refresh, provider_session, created_at_us, expires_at_us, record) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        session.id.as_bytes().as_slice(),
        session.account.as_bytes().as_slice(),
        refresh.as_bytes().as_slice(),
        provider_session(session),
        created_at_us,
        expires_at_us,
        session.to_bytes(refresh)
    )
    .execute(connection)
    .await
    .map(drop)
}

pub(crate) async fn insert_token(
    connection: &mut PgConnection,
    refresh: &RefreshHash,
    session: &[u8],
    expires_at_us: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO refresh_tokens (hash, session, expires_at_us) VALUES ($1, $2, $3)",
        refresh.as_bytes().as_slice(),
        session,
        expires_at_us
    )
    .execute(connection)
    .await
    .map(drop)
}

struct Rotate {
    old: RefreshHash,
    new: RefreshHash,
    now_us: u64,
    expires_at_us: u64,
    stored_expiry: i64,
}

/// What became of a rotation, before damage is looked at.
enum Turned {
    Unknown,
    Damaged,
    Done(Rotation),
}

#[async_trait]
impl Work for Rotate {
    type Output = Turned;

    async fn run(&self, connection: &mut PgConnection) -> Result<Turned, sqlx::Error> {
        let found = sqlx::query!(
            "SELECT sessions.id, sessions.record FROM refresh_tokens \
             JOIN sessions ON sessions.id = refresh_tokens.session WHERE refresh_tokens.hash = $1",
            self.old.as_bytes().as_slice()
        )
        .fetch_optional(&mut *connection)
        .await?;
        let Some(found) = found else { return Ok(Turned::Unknown) };
        let Some((mut session, current)) = Session::from_bytes(&found.record) else {
            return Ok(Turned::Damaged);
        };
        if current != self.old {
            sqlx::query!("DELETE FROM sessions WHERE id = $1", found.id)
                .execute(connection)
                .await?;
            return Ok(Turned::Done(Rotation::Reused(session)));
        }
        if session.expires_at_us <= self.now_us {
            return Ok(Turned::Unknown);
        }
        session.refreshed_at_us = self.now_us;
        session.expires_at_us = self.expires_at_us;
        insert_token(connection, &self.new, &found.id, self.stored_expiry).await?;
        sqlx::query!(
            "UPDATE sessions SET refresh = $2, expires_at_us = $3, record = $4 WHERE id = $1",
            found.id,
            self.new.as_bytes().as_slice(),
            self.stored_expiry,
            session.to_bytes(&self.new)
        )
        .execute(connection)
        .await?;
        Ok(Turned::Done(Rotation::Rotated(session)))
    }
}

#[async_trait]
impl SessionStore for PgSessions {
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError> {
        let (created_at_us, expires_at_us) =
            (stored(session.created_at_us)?, stored(session.expires_at_us)?);
        let work = Insert { session, refresh, created_at_us, expires_at_us };
        transact(&self.0, "insert a session", &work).await
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let id = id.as_bytes().as_slice();
        let found = sqlx::query_scalar!("SELECT record FROM sessions WHERE id = $1", id)
            .fetch_optional(&self.0);
        let record = answered("find a session", found).await?;
        record.map(|record| read_session(&record).map(|(session, _)| session)).transpose()
    }

    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError> {
        let found = sqlx::query_scalar!(
            "SELECT sessions.record FROM refresh_tokens \
             JOIN sessions ON sessions.id = refresh_tokens.session WHERE refresh_tokens.hash = $1",
            refresh.as_bytes().as_slice()
        )
        .fetch_optional(&self.0);
        let record = answered("find a session by its token", found).await?;
        record.map(|record| read_session(&record).map(|(session, _)| session)).transpose()
    }

    async fn rotate(
        &self,
        old: &RefreshHash,
        new: RefreshHash,
        now_us: u64,
        expires_at_us: u64,
    ) -> Result<Rotation, StoreError> {
        let stored_expiry = stored(expires_at_us)?;
        let work = Rotate { old: *old, new, now_us, expires_at_us, stored_expiry };
        match transact(&self.0, "rotate a refresh token", &work).await? {
            Turned::Unknown => Ok(Rotation::Unknown),
            Turned::Done(rotation) => Ok(rotation),
            Turned::Damaged => Err(corrupt("a session is damaged".to_owned())),
        }
    }

    async fn delete(&self, which: &SessionSet) -> Result<u64, StoreError> {
        let tried = "end sessions";
        let ended = match which {
            SessionSet::One(id) => {
                let id = id.as_bytes().as_slice();
                answered(
                    tried,
                    sqlx::query!("DELETE FROM sessions WHERE id = $1", id).execute(&self.0),
                )
                .await?
            }
            SessionSet::OfAccount(account) => {
                let account = account.as_bytes().as_slice();
                let ended = sqlx::query!("DELETE FROM sessions WHERE account = $1", account);
                answered(tried, ended.execute(&self.0)).await?
            }
            SessionSet::OfProvider(session) => {
                let ended =
                    sqlx::query!("DELETE FROM sessions WHERE provider_session = $1", session);
                answered(tried, ended.execute(&self.0)).await?
            }
            SessionSet::ExpiredAt(now_us) => {
                let now_us = bound(*now_us);
                let tokens =
                    sqlx::query!("DELETE FROM refresh_tokens WHERE expires_at_us <= $1", now_us);
                answered("sweep used tokens", tokens.execute(&self.0)).await?;
                let ended = sqlx::query!("DELETE FROM sessions WHERE expires_at_us <= $1", now_us);
                answered(tried, ended.execute(&self.0)).await?
            }
        };
        Ok(ended.rows_affected())
    }

    async fn list(
        &self,
        of: Option<AccountId>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let listed = sqlx::query_scalar!(
            "SELECT record FROM sessions \
             WHERE ($1::BYTEA IS NULL OR account = $1) \
             AND ($2::BIGINT IS NULL OR (created_at_us, id) < ($2, $3::BYTEA)) \
             ORDER BY created_at_us DESC, id DESC LIMIT $4",
            of.map(|account| account.as_bytes().to_vec()),
            before.map(|before| bound(before.created_at_us)),
            before.map(|before| before.id.to_vec()),
            bound(limit as u64)
        )
        .fetch_all(&self.0);
        let records = answered("list sessions", listed).await?;
        records.iter().map(|record| read_session(record).map(|(session, _)| session)).collect()
    }
}
