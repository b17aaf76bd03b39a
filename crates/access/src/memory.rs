//! The stores in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::{IdentityId, StoreError, StoreErrorKind};

use crate::{
    Account, AccountId, AccountStore, RefreshHash, Role, Roles, Rotation, Session, SessionId,
    SessionStore,
};

/// Accounts in memory.
#[derive(Debug, Default)]
pub struct MemoryAccounts(Mutex<BTreeMap<AccountId, Roles>>);

impl MemoryAccounts {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AccountId, Roles>> {
        // No operation leaves the map half changed, so a panic elsewhere does
        // not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AccountStore for MemoryAccounts {
    async fn find_roles(&self, id: &AccountId) -> Result<Option<Roles>, StoreError> {
        Ok(self.lock().get(id).copied())
    }

    async fn grant_role(&self, id: &AccountId, role: Role) -> Result<Roles, StoreError> {
        let mut accounts = self.lock();
        let roles = accounts.entry(*id).or_default();
        *roles = roles.with(role);
        Ok(*roles)
    }

    async fn grant_first_operator(&self, id: &AccountId) -> Result<bool, StoreError> {
        let mut accounts = self.lock();
        if accounts.values().any(|roles| roles.contains(Role::Operator)) {
            return Ok(false);
        }
        let roles = accounts.entry(*id).or_default();
        *roles = roles.with(Role::Operator);
        Ok(true)
    }

    async fn has_operator(&self) -> Result<bool, StoreError> {
        Ok(self.lock().values().any(|roles| roles.contains(Role::Operator)))
    }

    async fn list(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        Ok(self
            .lock()
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| **id > after))
            .take(limit)
            .map(|(&id, &roles)| Account { id, roles })
            .collect())
    }
}

#[derive(Debug)]
struct Stored {
    session: Session,
    current: RefreshHash,
}

/// A token, used or current, with the end of its own life.
#[derive(Debug)]
struct Token {
    session: SessionId,
    expires_at_us: u64,
}

#[derive(Debug, Default)]
struct Sessions {
    sessions: HashMap<SessionId, Stored>,
    tokens: HashMap<RefreshHash, Token>,
}

impl Sessions {
    fn remove(&mut self, id: &SessionId) -> Option<Session> {
        let stored = self.sessions.remove(id)?;
        self.tokens.retain(|_, token| token.session != *id);
        Some(stored.session)
    }
}

/// Sessions in memory.
#[derive(Debug, Default)]
pub struct MemorySessions(Mutex<Sessions>);

impl MemorySessions {
    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // See `MemoryAccounts::lock`.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn taken(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} is taken"))
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError> {
        let mut store = self.lock();
        if store.sessions.contains_key(&session.id) {
            return Err(taken("session id"));
        }
        if store.tokens.contains_key(&refresh) {
            return Err(taken("refresh token"));
        }
        let token = Token { session: session.id, expires_at_us: session.expires_at_us };
        store.tokens.insert(refresh, token);
        store.sessions.insert(session.id, Stored { session, current: refresh });
        Ok(())
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.lock().sessions.get(id).map(|stored| stored.session.clone()))
    }

    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError> {
        let store = self.lock();
        let token = store.tokens.get(refresh);
        Ok(token.and_then(|token| store.sessions.get(&token.session)).map(|s| s.session.clone()))
    }

    async fn rotate(
        &self,
        old: &RefreshHash,
        new: RefreshHash,
        now_us: u64,
        expires_at_us: u64,
    ) -> Result<Rotation, StoreError> {
        let mut guard = self.lock();
        let store = &mut *guard;
        let Some(token) = store.tokens.get(old) else {
            return Ok(Rotation::Unknown);
        };
        let id = token.session;
        let Some(stored) = store.sessions.get_mut(&id) else {
            return Ok(Rotation::Unknown);
        };
        if stored.current != *old {
            let ended = store.remove(&id);
            return Ok(ended.map_or(Rotation::Unknown, Rotation::Reused));
        }
        if stored.session.expires_at_us <= now_us {
            return Ok(Rotation::Unknown);
        }
        if store.tokens.contains_key(&new) {
            return Err(taken("refresh token"));
        }
        stored.current = new;
        stored.session.refreshed_at_us = now_us;
        stored.session.expires_at_us = expires_at_us;
        store.tokens.insert(new, Token { session: id, expires_at_us });
        Ok(Rotation::Rotated(stored.session.clone()))
    }

    async fn delete(&self, id: &SessionId) -> Result<bool, StoreError> {
        Ok(self.lock().remove(id).is_some())
    }

    async fn delete_expired(&self, now_us: u64) -> Result<u64, StoreError> {
        let mut store = self.lock();
        let expired: Vec<_> = store
            .sessions
            .values()
            .filter(|stored| stored.session.expires_at_us <= now_us)
            .map(|stored| stored.session.id)
            .collect();
        for id in &expired {
            store.remove(id);
        }
        store.tokens.retain(|_, token| token.expires_at_us > now_us);
        Ok(expired.len() as u64)
    }

    async fn list_of(&self, identity: &IdentityId) -> Result<Vec<Session>, StoreError> {
        let store = self.lock();
        let mut sessions: Vec<_> = store
            .sessions
            .values()
            .filter(|stored| stored.session.identity == *identity)
            .map(|stored| stored.session.clone())
            .collect();
        sessions.sort_by_key(|session| (session.created_at_us, session.id));
        Ok(sessions)
    }
}
