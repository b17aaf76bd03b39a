//! From format 1 to 2.
//!
//! In format 1 accounts were identities with roles:
//!
//! | Key | Value |
//! |---|---|
//! | 1 ‖ identity 32 | roles, one byte of bits |
//! | 2 | identity of the first operator 32 |
//! | 16 ‖ session 16 | identity 32 ‖ key 32 ‖ created, refreshed, expires µs u64 BE ‖ refresh hash 32 |
//! | 18 ‖ identity 32 ‖ session 16 | nothing |
//!
//! Refresh tokens have not changed, so whoever is signed in stays so.

use std::collections::HashMap;

use erynoa_access::{Account, RefreshHash, Roles, Session, SessionId, SignInMethod};
use erynoa_kernel::{IdentityId, PublicKey, StoreError};
use fjall::{Database, Keyspace, PersistMode};

use crate::error::{corrupt, driver};
use crate::keys;

/// Key of the first operator.
const FIRST_OPERATOR: &[u8] = &[2];

fn failed(error: fjall::Error) -> StoreError {
    driver("bring the store up to format 2", error)
}

fn read_account(key: &[u8], value: &[u8]) -> Option<Account> {
    let identity = IdentityId::from_bytes(key.get(1..)?.try_into().ok()?);
    match value {
        [bits] => Some(Account::of_identity(identity, Roles::from_bits(*bits)?)),
        _ => None,
    }
}

fn read_session(key: &[u8], record: &[u8]) -> Option<(IdentityId, Session, RefreshHash)> {
    let id = SessionId::from_bytes(key.get(1..)?.try_into().ok()?);
    let (identity, rest) = record.split_first_chunk()?;
    let (public_key, rest) = rest.split_first_chunk()?;
    let (created, rest) = rest.split_first_chunk()?;
    let (refreshed, rest) = rest.split_first_chunk()?;
    let (expires, rest) = rest.split_first_chunk()?;
    let identity = IdentityId::from_bytes(*identity);
    let session = Session {
        id,
        account: Account::of_identity(identity, Roles::NONE).id,
        identity: Some(identity),
        method: SignInMethod::DeviceKey(PublicKey::from_bytes(*public_key)),
        user_agent: String::new(),
        address: String::new(),
        created_at_us: u64::from_be_bytes(*created),
        refreshed_at_us: u64::from_be_bytes(*refreshed),
        expires_at_us: u64::from_be_bytes(*expires),
    };
    Some((identity, session, RefreshHash::from_bytes(rest.try_into().ok()?)))
}

/// Rewrites accounts and sessions in one batch: after a crash either all of it
/// has happened or nothing.
pub(crate) fn from_format_1(db: &Database, state: &Keyspace) -> Result<(), StoreError> {
    let mut batch = db.batch().durability(Some(PersistMode::SyncAll));
    let mut accounts = HashMap::new();
    for item in state.prefix([keys::ACCOUNTS]) {
        let (key, value) = item.into_inner().map_err(failed)?;
        let account = read_account(&key, &value).ok_or_else(|| corrupt("an account is damaged"))?;
        batch.remove(state, key);
        accounts.insert(account.id, account);
    }
    for item in state.prefix([keys::SESSIONS_OF]) {
        batch.remove(state, item.key().map_err(failed)?);
    }
    for item in state.prefix([keys::SESSIONS]) {
        let (key, record) = item.into_inner().map_err(failed)?;
        let (identity, session, current) =
            read_session(&key, &record).ok_or_else(|| corrupt("a session is damaged"))?;
        // Every sign-in had made an account; this is for one that was cut off.
        let account = accounts
            .entry(session.account)
            .or_insert_with(|| Account::of_identity(identity, Roles::NONE));
        // What is known of an account's age is the age of its sessions.
        let begun = account.created_at_us;
        account.created_at_us =
            if begun == 0 { session.created_at_us } else { begun.min(session.created_at_us) };
        account.updated_at_us = account.created_at_us;
        account.last_seen_at_us = account.last_seen_at_us.max(session.refreshed_at_us);
        batch.insert(state, key, session.to_bytes(&current));
        let at = session.position();
        batch.insert(state, keys::session_of(&session.account, &at), []);
        batch.insert(state, keys::session_by_time(&at), []);
    }
    for account in accounts.values() {
        let id = account.id.as_bytes().as_slice();
        for index in keys::only_of(account) {
            batch.insert(state, index, id);
        }
        batch.insert(state, keys::account_by_time(&account.position()), []);
        batch.insert(state, keys::account(&account.id), account.to_bytes());
    }
    batch.remove(state, FIRST_OPERATOR);
    batch.insert(state, keys::FORMAT_KEY, keys::FORMAT.to_be_bytes());
    batch.commit().map_err(failed)
}
