//! The layout of keys and values: all of it, and nowhere else.
//!
//! | Keyspace | Key | Value |
//! |---|---|---|
//! | `log` | position u64 BE | leaf hash 32 ‖ entry |
//! | `state` | `format` | [`FORMAT`] u32 BE |
//! | `state` | `checkpoint` | SHA-256 of the note 32 ‖ note |
//! | `state` | 1 ‖ account 16 | account record |
//! | `state` | 3 ‖ created µs u64 BE ‖ account 16 | nothing |
//! | `state` | 4 ‖ identity 32 | account 16 |
//! | `state` | 5 ‖ SHA-256 of issuer and subject 32 | account 16 |
//! | `state` | 6 ‖ invitation hash 32 | account 16 |
//! | `state` | 16 ‖ session 16 | session record |
//! | `state` | 17 ‖ refresh hash 32 | session 16 ‖ expiry µs u64 BE |
//! | `state` | 18 ‖ account 16 ‖ created µs u64 BE ‖ session 16 | nothing |
//! | `state` | 19 ‖ session 16 ‖ refresh hash 32 | nothing |
//! | `state` | 20 ‖ created µs u64 BE ‖ session 16 | nothing |
//! | `state` | 32 ‖ number u64 BE | audit entry |
//! | `state` | 48 to 63 | files (`keys/files.rs`) |
//! | `state` | 64 to 67 | workflows (`keys/workflows.rs`) |
//! | `state` | 80 to 82 | notifications (`keys/notifications.rs`) |
//! | `state` | 96 to 98 | the witness's book (`keys/book.rs`) |
//!
//! The records of accounts, sessions and audit entries are those of the access
//! crate. Every part of a key but the origins of the book, which hold no zero
//! byte, has a fixed length, so no key can be forged by what it names. Two keyspaces and not more, because each costs a dozen fsyncs at
//! the first start. Prefix 2 was used by format 1 (`migrate.rs`).

pub(crate) mod book;
pub(crate) mod files;
pub(crate) mod notifications;
pub(crate) mod workflows;

use erynoa_access::{Account, AccountId, Position, ProviderSubject, RefreshHash, SessionId};
use erynoa_kernel::IdentityId;
use sha2::{Digest as _, Sha256};

/// Version of this layout. A change of it needs a migration.
pub(crate) const FORMAT: u32 = 2;

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

/// Prefix of accounts.
pub(crate) const ACCOUNTS: u8 = 1;
/// Prefix of accounts by the time of their creation.
pub(crate) const ACCOUNTS_BY_TIME: u8 = 3;
/// Prefix of sessions.
pub(crate) const SESSIONS: u8 = 16;
/// Prefix of refresh tokens.
pub(crate) const TOKENS: u8 = 17;
/// Prefix of the sessions of accounts.
pub(crate) const SESSIONS_OF: u8 = 18;
/// Prefix of sessions by the time of their creation.
pub(crate) const SESSIONS_BY_TIME: u8 = 20;
/// Prefix of audit entries.
pub(crate) const AUDIT: u8 = 32;

const BY_IDENTITY: u8 = 4;
const BY_SUBJECT: u8 = 5;
const BY_INVITATION: u8 = 6;
const TOKENS_OF: u8 = 19;

pub(crate) fn account(id: &AccountId) -> Vec<u8> {
    join(ACCOUNTS, &[id.as_bytes()])
}

pub(crate) fn account_by_time(at: &Position) -> Vec<u8> {
    join(ACCOUNTS_BY_TIME, &[&at.created_at_us.to_be_bytes(), &at.id])
}

pub(crate) fn account_by_identity(identity: &IdentityId) -> Vec<u8> {
    join(BY_IDENTITY, &[identity.as_bytes()])
}

pub(crate) fn account_by_subject(subject: &ProviderSubject) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update((subject.issuer.len() as u64).to_be_bytes());
    hash.update(&subject.issuer);
    hash.update(&subject.subject);
    join(BY_SUBJECT, &[&hash.finalize()])
}

pub(crate) fn account_by_invitation(token_hash: &[u8; 32]) -> Vec<u8> {
    join(BY_INVITATION, &[token_hash])
}

/// Every key that leads to an account and that no other account may have.
pub(crate) fn only_of(account: &Account) -> Vec<Vec<u8>> {
    let invitation = account.invitation.as_ref();
    account
        .identity
        .iter()
        .map(account_by_identity)
        .chain(account.subject.iter().map(account_by_subject))
        .chain(invitation.map(|invitation| account_by_invitation(&invitation.token_hash)))
        .collect()
}

/// The id at the end of a key of a list by time.
pub(crate) fn last_id(key: &[u8]) -> Option<[u8; 16]> {
    key.split_last_chunk().map(|(_, id)| *id)
}

pub(crate) fn session(id: &SessionId) -> Vec<u8> {
    join(SESSIONS, &[id.as_bytes()])
}

pub(crate) fn token(refresh: &RefreshHash) -> Vec<u8> {
    join(TOKENS, &[refresh.as_bytes()])
}

/// The hash in a key of [`TOKENS`].
pub(crate) fn token_in(key: &[u8]) -> Option<RefreshHash> {
    Some(RefreshHash::from_bytes(key.get(1..)?.try_into().ok()?))
}

pub(crate) fn sessions_of(account: &AccountId) -> Vec<u8> {
    join(SESSIONS_OF, &[account.as_bytes()])
}

pub(crate) fn session_of(account: &AccountId, at: &Position) -> Vec<u8> {
    join(SESSIONS_OF, &[account.as_bytes(), &at.created_at_us.to_be_bytes(), &at.id])
}

pub(crate) fn session_by_time(at: &Position) -> Vec<u8> {
    join(SESSIONS_BY_TIME, &[&at.created_at_us.to_be_bytes(), &at.id])
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

pub(crate) fn audit(sequence: u64) -> Vec<u8> {
    join(AUDIT, &[&sequence.to_be_bytes()])
}

/// The number in a key of [`AUDIT`].
pub(crate) fn audit_in(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(1..)?.try_into().ok()?))
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
