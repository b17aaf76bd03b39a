//! Sessions in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use super::{lock, taken};
use crate::{
    AccountId, Position, RefreshHash, Rotation, Session, SessionId, SessionSet, SessionStore,
    SignInMethod,
};

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

#[async_trait]
impl SessionStore for MemorySessions {
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError> {
        let mut store = lock(&self.0);
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
        Ok(lock(&self.0).sessions.get(id).map(|stored| stored.session.clone()))
    }

    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError> {
        let store = lock(&self.0);
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
        let mut guard = lock(&self.0);
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

    async fn delete(&self, which: &SessionSet) -> Result<u64, StoreError> {
        let mut store = lock(&self.0);
        let goes = |session: &Session| match which {
            SessionSet::One(id) => session.id == *id,
            SessionSet::OfAccount(account) => session.account == *account,
            SessionSet::OfProvider(sid) => {
                matches!(&session.method, SignInMethod::Oidc { provider_session: Some(own) } if own == sid)
            }
            SessionSet::ExpiredAt(now_us) => session.expires_at_us <= *now_us,
        };
        let going: Vec<_> = store
            .sessions
            .values()
            .filter(|stored| goes(&stored.session))
            .map(|stored| stored.session.id)
            .collect();
        for id in &going {
            store.remove(id);
        }
        if let SessionSet::ExpiredAt(now_us) = which {
            store.tokens.retain(|_, token| token.expires_at_us > *now_us);
        }
        Ok(going.len() as u64)
    }

    async fn list(
        &self,
        of: Option<AccountId>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let store = lock(&self.0);
        let mut sessions: Vec<_> = store
            .sessions
            .values()
            .map(|stored| &stored.session)
            .filter(|session| of.is_none_or(|account| session.account == account))
            .filter(|session| before.is_none_or(|before| session.position() < before))
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.position()));
        Ok(sessions.into_iter().take(limit).cloned().collect())
    }
}
