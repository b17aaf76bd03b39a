//! The layout of keys and values: all of it, and nowhere else.
//!
//! | Keyspace | Key | Value |
//! |---|---|---|
//! | `log` | position u64 BE | leaf hash 32 ‖ entry |
//! | `state` | `format` | [`FORMAT`] u32 BE |
//! | `state` | `checkpoint` | SHA-256 of the note 32 ‖ note |
//! | `state` | 1 ‖ account 32 | roles, one byte of bits |
//! | `state` | 2 | account of the first operator 32 |
//! | `state` | 16 ‖ session 16 | session record, 120 bytes |
//! | `state` | 17 ‖ refresh hash 32 | session 16 ‖ expiry µs u64 BE |
//! | `state` | 18 ‖ identity 32 ‖ session 16 | nothing |
//! | `state` | 19 ‖ session 16 ‖ refresh hash 32 | nothing |
//!
//! Every part has a fixed length, so no key can be forged by what it names. Two
//! keyspaces and not more, because each costs a dozen fsyncs at the first start.

pub(crate) mod files;

use erynoa_access::{AccountId, RefreshHash, Session, SessionId};
use erynoa_kernel::{IdentityId, PublicKey};

/// Version of this layout. A change of it needs a migration.
pub(crate) const FORMAT: u32 = 1;

/// Keyspace of the entries.
pub(crate) const LOG: &str = "log";
/// Keyspace of everything else.
pub(crate) const STATE: &str = "state";

/// Key of the layout's version.
pub(crate) const FORMAT_KEY: &[u8] = b"format";
/// Key of the latest checkpoint.
pub(crate) const CHECKPOINT: &[u8] = b"checkpoint";

/// Length of a hash in front of a value.
pub(crate) const HASH_BYTES: usize = 32;
/// Length of a log key; no other keyspace has keys of this length.
pub(crate) const POSITION_BYTES: usize = 8;

/// Key of the account of the first operator.
pub(crate) const FIRST_OPERATOR: &[u8] = &[2];
/// Prefix of accounts.
pub(crate) const ACCOUNTS: u8 = 1;
/// Prefix of sessions.
pub(crate) const SESSIONS: u8 = 16;
/// Prefix of refresh tokens.
pub(crate) const TOKENS: u8 = 17;

const SESSIONS_OF: u8 = 18;
const TOKENS_OF: u8 = 19;

const SESSION_RECORD_BYTES: usize = 32 + 32 + 8 + 8 + 8 + 32;

pub(crate) fn account(id: &AccountId) -> Vec<u8> {
    join(ACCOUNTS, &[id.as_bytes()])
}

/// The account in a key of [`ACCOUNTS`].
pub(crate) fn account_in(key: &[u8]) -> Option<AccountId> {
    Some(IdentityId::from_bytes(key.get(1..)?.try_into().ok()?))
}

pub(crate) fn session(id: &SessionId) -> Vec<u8> {
    join(SESSIONS, &[id.as_bytes()])
}

/// The session in a key of [`SESSIONS`].
pub(crate) fn session_in(key: &[u8]) -> Option<SessionId> {
    Some(SessionId::from_bytes(key.get(1..)?.try_into().ok()?))
}

pub(crate) fn token(refresh: &RefreshHash) -> Vec<u8> {
    join(TOKENS, &[refresh.as_bytes()])
}

/// The hash in a key of [`TOKENS`].
pub(crate) fn token_in(key: &[u8]) -> Option<RefreshHash> {
    Some(RefreshHash::from_bytes(key.get(1..)?.try_into().ok()?))
}

pub(crate) fn sessions_of(identity: &IdentityId) -> Vec<u8> {
    join(SESSIONS_OF, &[identity.as_bytes()])
}

pub(crate) fn session_of(identity: &IdentityId, id: &SessionId) -> Vec<u8> {
    join(SESSIONS_OF, &[identity.as_bytes(), id.as_bytes()])
}

/// The session in a key of [`session_of`].
pub(crate) fn session_of_in(key: &[u8]) -> Option<SessionId> {
    Some(SessionId::from_bytes(key.get(33..)?.try_into().ok()?))
}

pub(crate) fn tokens_of(id: &SessionId) -> Vec<u8> {
    join(TOKENS_OF, &[id.as_bytes()])
}

pub(crate) fn token_of(id: &SessionId, refresh: &RefreshHash) -> Vec<u8> {
    join(TOKENS_OF, &[id.as_bytes(), refresh.as_bytes()])
}

/// The hash in a key of [`token_of`].
pub(crate) fn token_of_in(key: &[u8]) -> Option<RefreshHash> {
    Some(RefreshHash::from_bytes(key.get(17..)?.try_into().ok()?))
}

/// A session with the hash of its present token, as a value.
pub(crate) fn session_record(session: &Session, current: &RefreshHash) -> Vec<u8> {
    [
        session.identity.as_bytes().as_slice(),
        session.public_key.as_bytes(),
        &session.created_at_us.to_be_bytes(),
        &session.refreshed_at_us.to_be_bytes(),
        &session.expires_at_us.to_be_bytes(),
        current.as_bytes(),
    ]
    .concat()
}

/// What [`session_record`] wrote.
pub(crate) fn read_session(id: SessionId, record: &[u8]) -> Option<(Session, RefreshHash)> {
    if record.len() != SESSION_RECORD_BYTES {
        return None;
    }
    let (identity, rest) = record.split_first_chunk()?;
    let (public_key, rest) = rest.split_first_chunk()?;
    let (created, rest) = rest.split_first_chunk()?;
    let (refreshed, rest) = rest.split_first_chunk()?;
    let (expires, rest) = rest.split_first_chunk()?;
    let session = Session {
        id,
        identity: IdentityId::from_bytes(*identity),
        public_key: PublicKey::from_bytes(*public_key),
        created_at_us: u64::from_be_bytes(*created),
        refreshed_at_us: u64::from_be_bytes(*refreshed),
        expires_at_us: u64::from_be_bytes(*expires),
    };
    Some((session, RefreshHash::from_bytes(rest.try_into().ok()?)))
}

/// A token's session and the end of its own life, as a value.
pub(crate) fn token_record(id: &SessionId, expires_at_us: u64) -> Vec<u8> {
    [id.as_bytes().as_slice(), &expires_at_us.to_be_bytes()].concat()
}

/// What [`token_record`] wrote.
pub(crate) fn read_token(record: &[u8]) -> Option<(SessionId, u64)> {
    let (id, expires) = record.split_first_chunk()?;
    Some((SessionId::from_bytes(*id), u64::from_be_bytes(expires.try_into().ok()?)))
}

fn join(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(prefix);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}
