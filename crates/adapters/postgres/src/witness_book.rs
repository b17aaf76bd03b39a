//! The witness's book on PostgreSQL.

use async_trait::async_trait;
use erynoa_kernel::{PublicKey, StoreError, StoreErrorKind};
use erynoa_sync::{Ban, NodeId, Promise, WitnessBook};
use sqlx::{PgConnection, PgPool};

use crate::error::corrupt;
use crate::store::answered;

/// The witness's book in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgWitnessBook(PgPool);

impl PgWitnessBook {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

fn read_promise(origin: &str, head: &[u8]) -> Result<Promise, StoreError> {
    Promise::from_bytes(head).ok_or_else(|| corrupt(format!("the promise for {origin} is damaged")))
}

fn read_key(bytes: &[u8]) -> Result<PublicKey, StoreError> {
    PublicKey::try_from(bytes).map_err(|_| corrupt("the key of a node is damaged".to_owned()))
}

fn read_ban(node: &[u8], record: &[u8]) -> Result<Ban, StoreError> {
    Ban::from_bytes(NodeId(read_key(node)?), record)
        .ok_or_else(|| corrupt("a ban is damaged".to_owned()))
}

/// Puts a promise that is not there.
pub(crate) async fn insert_promise(
    connection: &mut PgConnection,
    origin: &str,
    promise: &Promise,
) -> Result<bool, sqlx::Error> {
    let insert = sqlx::query!(
        "INSERT INTO witness_promises (origin, head) VALUES ($1, $2) \
         ON CONFLICT (origin) DO NOTHING",
        origin,
        &promise.to_bytes()[..]
    );
    Ok(insert.execute(connection).await?.rows_affected() == 1)
}

pub(crate) async fn delete_promise(
    connection: &mut PgConnection,
    origin: &str,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!("DELETE FROM witness_promises WHERE origin = $1", origin);
    delete.execute(connection).await.map(drop)
}

/// Promises behind an origin, in order.
pub(crate) async fn promises_after(
    pool: &PgPool,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, Promise)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT origin, head FROM witness_promises WHERE $1::TEXT IS NULL OR origin > $1 \
         ORDER BY origin LIMIT $2",
        after,
        limit
    );
    let rows = answered("read promises", rows.fetch_all(pool)).await?;
    rows.into_iter()
        .map(|row| {
            let promise = read_promise(&row.origin, &row.head)?;
            Ok((row.origin, promise))
        })
        .collect()
}

pub(crate) async fn put_note(
    connection: &mut PgConnection,
    origin: &str,
    witness: &PublicKey,
    note: &str,
) -> Result<(), sqlx::Error> {
    let put = sqlx::query!(
        "INSERT INTO witness_notes (origin, witness, note) VALUES ($1, $2, $3) \
         ON CONFLICT (origin, witness) DO UPDATE SET note = EXCLUDED.note",
        origin,
        &witness.as_bytes()[..],
        note
    );
    put.execute(connection).await.map(drop)
}

pub(crate) async fn delete_note(
    connection: &mut PgConnection,
    origin: &str,
    witness: &PublicKey,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!(
        "DELETE FROM witness_notes WHERE origin = $1 AND witness = $2",
        origin,
        &witness.as_bytes()[..]
    );
    delete.execute(connection).await.map(drop)
}

/// Cosigned notes behind that of a witness, in order.
pub(crate) async fn notes_after(
    pool: &PgPool,
    after: Option<(&str, &PublicKey)>,
    limit: i64,
) -> Result<Vec<(String, PublicKey, String)>, StoreError> {
    let rows = sqlx::query!(
        "SELECT origin, witness, note FROM witness_notes \
         WHERE $1::TEXT IS NULL OR (origin, witness) > ($1, $2) \
         ORDER BY origin, witness LIMIT $3",
        after.map(|(origin, _)| origin),
        after.map(|(_, witness)| &witness.as_bytes()[..]),
        limit
    );
    let rows = answered("read cosigned notes", rows.fetch_all(pool)).await?;
    rows.into_iter().map(|row| Ok((row.origin, read_key(&row.witness)?, row.note))).collect()
}

pub(crate) async fn put_ban(connection: &mut PgConnection, ban: &Ban) -> Result<(), sqlx::Error> {
    let put = sqlx::query!(
        "INSERT INTO peer_bans (node, record) VALUES ($1, $2) \
         ON CONFLICT (node) DO UPDATE SET record = EXCLUDED.record",
        &ban.node.0.as_bytes()[..],
        ban.to_bytes()
    );
    put.execute(connection).await.map(drop)
}

pub(crate) async fn delete_ban(
    connection: &mut PgConnection,
    node: &NodeId,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!("DELETE FROM peer_bans WHERE node = $1", &node.0.as_bytes()[..]);
    delete.execute(connection).await.map(drop)
}

/// Bans behind that of a node, in order.
pub(crate) async fn bans_after(
    pool: &PgPool,
    after: Option<&[u8]>,
    limit: i64,
) -> Result<Vec<Ban>, StoreError> {
    let rows = sqlx::query!(
        "SELECT node, record FROM peer_bans WHERE $1::BYTEA IS NULL OR node > $1 \
         ORDER BY node LIMIT $2",
        after,
        limit
    );
    let rows = answered("read bans", rows.fetch_all(pool)).await?;
    rows.iter().map(|row| read_ban(&row.node, &row.record)).collect()
}

#[async_trait]
impl WitnessBook for PgWitnessBook {
    async fn promised(&self, origin: &str) -> Result<Option<Promise>, StoreError> {
        let read =
            sqlx::query_scalar!("SELECT head FROM witness_promises WHERE origin = $1", origin);
        let head = answered("read a promise", read.fetch_optional(&self.0)).await?;
        head.map(|head| read_promise(origin, &head)).transpose()
    }

    async fn promise(
        &self,
        origin: &str,
        last: Option<&Promise>,
        next: &Promise,
    ) -> Result<(), StoreError> {
        let written = answered("note a promise", async {
            let mut connection = self.0.acquire().await?;
            let Some(last) = last else {
                return insert_promise(&mut connection, origin, next).await;
            };
            // Of several at once the row lets one pass; the others then find
            // another head.
            let update = sqlx::query!(
                "UPDATE witness_promises SET head = $3 WHERE origin = $1 AND head = $2",
                origin,
                &last.to_bytes()[..],
                &next.to_bytes()[..]
            );
            Ok(update.execute(&mut *connection).await?.rows_affected() == 1)
        });
        if written.await? {
            return Ok(());
        }
        let message = format!("another head of {origin} has been promised");
        Err(StoreError::new(StoreErrorKind::Conflict, message))
    }

    async fn cosigned(&self, origin: &str) -> Result<Vec<(PublicKey, String)>, StoreError> {
        let read = sqlx::query!(
            "SELECT witness, note FROM witness_notes WHERE origin = $1 ORDER BY witness",
            origin
        );
        let rows = answered("read cosigned notes", read.fetch_all(&self.0)).await?;
        rows.into_iter().map(|row| Ok((read_key(&row.witness)?, row.note))).collect()
    }

    async fn keep(&self, origin: &str, witness: &PublicKey, note: &str) -> Result<(), StoreError> {
        let kept = async {
            let mut connection = self.0.acquire().await?;
            put_note(&mut connection, origin, witness, note).await
        };
        answered("keep a cosigned note", kept).await
    }

    async fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        bans_after(&self.0, None, i64::MAX).await
    }

    async fn set_ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let set = async {
            let mut connection = self.0.acquire().await?;
            if ban.until_us == 0 {
                delete_ban(&mut connection, &ban.node).await
            } else {
                put_ban(&mut connection, ban).await
            }
        };
        answered("set a ban", set).await
    }
}
