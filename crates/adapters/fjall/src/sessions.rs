//! Sessions and refresh tokens on Fjall.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{RefreshHash, Rotation, Session, SessionId, SessionStore};
use erynoa_kernel::{IdentityId, StoreError, StoreErrorKind};
use fjall::OwnedWriteBatch;

use crate::error::{blocking, corrupt, driver};
use crate::keys;
use crate::store::Inner;

/// Sessions in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallSessions(Arc<Inner>);

impl std::fmt::Debug for FjallSessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallSessions").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write a session", error)
}

fn taken(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} is taken"))
}

/// Reads and writes within one call. Writers hold [`Inner::access_writer`].
impl Inner {
    fn session(&self, id: &SessionId) -> Result<Option<(Session, RefreshHash)>, StoreError> {
        let Some(record) = self.state.get(keys::session(id)).map_err(failed)? else {
            return Ok(None);
        };
        keys::read_session(*id, &record)
            .map(Some)
            .ok_or_else(|| corrupt(format!("session {id} is damaged")))
    }

    fn session_of_token(
        &self,
        refresh: &RefreshHash,
    ) -> Result<Option<(Session, RefreshHash)>, StoreError> {
        let Some(record) = self.state.get(keys::token(refresh)).map_err(failed)? else {
            return Ok(None);
        };
        let (id, _) =
            keys::read_token(&record).ok_or_else(|| corrupt("a refresh token is damaged"))?;
        self.session(&id)
    }

    fn put(&self, batch: &mut OwnedWriteBatch, session: &Session, current: &RefreshHash) {
        let id = &session.id;
        batch.insert(&self.state, keys::session(id), keys::session_record(session, current));
        let token = keys::token_record(id, session.expires_at_us);
        batch.insert(&self.state, keys::token(current), token);
        batch.insert(&self.state, keys::token_of(id, current), []);
    }

    fn remove(&self, batch: &mut OwnedWriteBatch, session: &Session) -> Result<(), StoreError> {
        for item in self.state.prefix(keys::tokens_of(&session.id)) {
            let key = item.key().map_err(failed)?;
            let refresh = keys::token_of_in(&key)
                .ok_or_else(|| corrupt(format!("a token of session {} is damaged", session.id)))?;
            batch.remove(&self.state, keys::token(&refresh));
            batch.remove(&self.state, key);
        }
        batch.remove(&self.state, keys::session_of(&session.identity, &session.id));
        batch.remove(&self.state, keys::session(&session.id));
        Ok(())
    }

    fn rotate(
        &self,
        old: &RefreshHash,
        new: &RefreshHash,
        now_us: u64,
        expires_at_us: u64,
    ) -> Result<Rotation, StoreError> {
        let Some((session, current)) = self.session_of_token(old)? else {
            return Ok(Rotation::Unknown);
        };
        let mut batch = self.batch();
        if current != *old {
            self.remove(&mut batch, &session)?;
            batch.commit().map_err(failed)?;
            return Ok(Rotation::Reused(session));
        }
        if session.expires_at_us <= now_us {
            return Ok(Rotation::Unknown);
        }
        if self.state.contains_key(keys::token(new)).map_err(failed)? {
            return Err(taken("the refresh token"));
        }
        let session = Session { refreshed_at_us: now_us, expires_at_us, ..session };
        self.put(&mut batch, &session, new);
        batch.commit().map_err(failed)?;
        Ok(Rotation::Rotated(session))
    }

    fn sweep(&self, now_us: u64) -> Result<u64, StoreError> {
        let mut batch = self.batch();
        let mut swept = HashSet::new();
        for item in self.state.prefix([keys::SESSIONS]) {
            let (key, record) = item.into_inner().map_err(failed)?;
            let (session, _) = keys::session_in(&key)
                .and_then(|id| keys::read_session(id, &record))
                .ok_or_else(|| corrupt("a session is damaged"))?;
            if session.expires_at_us <= now_us {
                self.remove(&mut batch, &session)?;
                swept.insert(session.id);
            }
        }
        for item in self.state.prefix([keys::TOKENS]) {
            let (key, record) = item.into_inner().map_err(failed)?;
            let (refresh, (id, expires_at_us)) = keys::token_in(&key)
                .zip(keys::read_token(&record))
                .ok_or_else(|| corrupt("a refresh token is damaged"))?;
            if expires_at_us <= now_us && !swept.contains(&id) {
                batch.remove(&self.state, keys::token_of(&id, &refresh));
                batch.remove(&self.state, key);
            }
        }
        batch.commit().map_err(failed)?;
        Ok(swept.len() as u64)
    }
}

impl FjallSessions {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.0);
        blocking(move || work(&store)).await
    }
}

#[async_trait]
impl SessionStore for FjallSessions {
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError> {
        self.run(move |store| {
            let _writer = store.access_writer();
            if store.state.contains_key(keys::session(&session.id)).map_err(failed)? {
                return Err(taken("the session id"));
            }
            if store.state.contains_key(keys::token(&refresh)).map_err(failed)? {
                return Err(taken("the refresh token"));
            }
            let mut batch = store.batch();
            store.put(&mut batch, &session, &refresh);
            batch.insert(&store.state, keys::session_of(&session.identity, &session.id), []);
            batch.commit().map_err(failed)
        })
        .await
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let id = *id;
        self.run(move |store| Ok(store.session(&id)?.map(|(session, _)| session))).await
    }

    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError> {
        let refresh = *refresh;
        self.run(move |store| Ok(store.session_of_token(&refresh)?.map(|(session, _)| session)))
            .await
    }

    async fn rotate(
        &self,
        old: &RefreshHash,
        new: RefreshHash,
        now_us: u64,
        expires_at_us: u64,
    ) -> Result<Rotation, StoreError> {
        let old = *old;
        self.run(move |store| {
            let _writer = store.access_writer();
            store.rotate(&old, &new, now_us, expires_at_us)
        })
        .await
    }

    async fn delete(&self, id: &SessionId) -> Result<bool, StoreError> {
        let id = *id;
        self.run(move |store| {
            let _writer = store.access_writer();
            let Some((session, _)) = store.session(&id)? else {
                return Ok(false);
            };
            let mut batch = store.batch();
            store.remove(&mut batch, &session)?;
            batch.commit().map_err(failed)?;
            Ok(true)
        })
        .await
    }

    async fn delete_expired(&self, now_us: u64) -> Result<u64, StoreError> {
        self.run(move |store| {
            let _writer = store.access_writer();
            store.sweep(now_us)
        })
        .await
    }

    async fn list_of(&self, identity: &IdentityId) -> Result<Vec<Session>, StoreError> {
        let identity = *identity;
        self.run(move |store| {
            let mut sessions = Vec::new();
            for item in store.state.prefix(keys::sessions_of(&identity)) {
                let key = item.key().map_err(failed)?;
                let id = keys::session_of_in(&key)
                    .ok_or_else(|| corrupt(format!("a session of {identity} is damaged")))?;
                sessions.extend(store.session(&id)?.map(|(session, _)| session));
            }
            sessions.sort_by_key(|session| (session.created_at_us, session.id));
            Ok(sessions)
        })
        .await
    }
}
