//! Sessions and refresh tokens on Fjall.

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{
    AccountId, Position, RefreshHash, Rotation, Session, SessionId, SessionSet, SessionStore,
    SignInMethod,
};
use erynoa_kernel::{StoreError, StoreErrorKind};
use fjall::OwnedWriteBatch;

use crate::error::{corrupt, driver};
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
        Session::from_bytes(&record)
            .filter(|(session, _)| session.id == *id)
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

    /// Writes a session that may be new, with its present token.
    pub(crate) fn put_session(
        &self,
        batch: &mut OwnedWriteBatch,
        session: &Session,
        current: &RefreshHash,
    ) {
        let (id, at) = (&session.id, session.position());
        batch.insert(&self.state, keys::session(id), session.to_bytes(current));
        batch.insert(&self.state, keys::session_of(&session.account, &at), []);
        batch.insert(&self.state, keys::session_by_time(&at), []);
        self.put_token(batch, id, current, session.expires_at_us);
    }

    pub(crate) fn put_token(
        &self,
        batch: &mut OwnedWriteBatch,
        id: &SessionId,
        token: &RefreshHash,
        expires_at_us: u64,
    ) {
        batch.insert(&self.state, keys::token(token), keys::token_record(id, expires_at_us));
        batch.insert(&self.state, keys::token_of(id, token), []);
    }

    pub(crate) fn remove_session(
        &self,
        batch: &mut OwnedWriteBatch,
        session: &Session,
    ) -> Result<(), StoreError> {
        for item in self.state.prefix(keys::tokens_of(&session.id)) {
            let key = item.key().map_err(failed)?;
            let refresh = keys::token_of_in(&key)
                .ok_or_else(|| corrupt(format!("a token of session {} is damaged", session.id)))?;
            batch.remove(&self.state, keys::token(&refresh));
            batch.remove(&self.state, key);
        }
        let at = session.position();
        batch.remove(&self.state, keys::session_of(&session.account, &at));
        batch.remove(&self.state, keys::session_by_time(&at));
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
            self.remove_session(&mut batch, &session)?;
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
        self.put_session(&mut batch, &session, new);
        batch.commit().map_err(failed)?;
        Ok(Rotation::Rotated(session))
    }

    /// Ends those sessions among all that are as asked.
    fn remove_those(
        &self,
        batch: &mut OwnedWriteBatch,
        is: impl Fn(&Session) -> bool,
    ) -> Result<HashSet<SessionId>, StoreError> {
        let mut removed = HashSet::new();
        for item in self.state.prefix([keys::SESSIONS]) {
            let record = item.value().map_err(failed)?;
            let (session, _) =
                Session::from_bytes(&record).ok_or_else(|| corrupt("a session is damaged"))?;
            if is(&session) {
                self.remove_session(batch, &session)?;
                removed.insert(session.id);
            }
        }
        Ok(removed)
    }

    fn sweep(&self, batch: &mut OwnedWriteBatch, now_us: u64) -> Result<u64, StoreError> {
        let swept = self.remove_those(batch, |session| session.expires_at_us <= now_us)?;
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
        Ok(swept.len() as u64)
    }

    fn end_sessions(&self, which: &SessionSet) -> Result<u64, StoreError> {
        let mut batch = self.batch();
        let ended = match which {
            SessionSet::One(id) => match self.session(id)? {
                Some((session, _)) => {
                    self.remove_session(&mut batch, &session)?;
                    1
                }
                None => 0,
            },
            SessionSet::OfAccount(account) => {
                let sessions = self.sessions_below(Some(*account), None, usize::MAX)?;
                for session in &sessions {
                    self.remove_session(&mut batch, session)?;
                }
                sessions.len() as u64
            }
            SessionSet::OfProvider(sid) => {
                let is = |session: &Session| {
                    matches!(
                        &session.method,
                        SignInMethod::Oidc { provider_session: Some(own) } if own == sid
                    )
                };
                self.remove_those(&mut batch, is)?.len() as u64
            }
            SessionSet::ExpiredAt(now_us) => self.sweep(&mut batch, *now_us)?,
        };
        batch.commit().map_err(failed)?;
        Ok(ended)
    }

    fn sessions_below(
        &self,
        of: Option<AccountId>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        let prefix = of.map_or(vec![keys::SESSIONS_BY_TIME], |account| keys::sessions_of(&account));
        let top = Position { created_at_us: u64::MAX, id: [0xff; 16] };
        let end = |at: &Position| match &of {
            Some(account) => keys::session_of(account, at),
            None => keys::session_by_time(at),
        };
        let to = match &before {
            Some(before) => Bound::Excluded(end(before)),
            None => Bound::Included(end(&top)),
        };
        let mut sessions = Vec::new();
        for item in self.state.range((Bound::Included(prefix), to)).rev() {
            if sessions.len() >= limit {
                break;
            }
            let key = item.key().map_err(failed)?;
            let id = keys::last_id(&key).map(SessionId::from_bytes);
            let id = id.ok_or_else(|| corrupt("a list of sessions is damaged"))?;
            // Between the list and the record it may have ended.
            sessions.extend(self.session(&id)?.map(|(session, _)| session));
        }
        Ok(sessions)
    }
}

impl FjallSessions {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl SessionStore for FjallSessions {
    async fn insert(&self, session: Session, refresh: RefreshHash) -> Result<(), StoreError> {
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                if store.state.contains_key(keys::session(&session.id)).map_err(failed)? {
                    return Err(taken("the session id"));
                }
                if store.state.contains_key(keys::token(&refresh)).map_err(failed)? {
                    return Err(taken("the refresh token"));
                }
                let mut batch = store.batch();
                store.put_session(&mut batch, &session, &refresh);
                batch.commit().map_err(failed)
            })
            .await
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let id = *id;
        self.0.run(move |store| Ok(store.session(&id)?.map(|(session, _)| session))).await
    }

    async fn find_by_refresh(&self, refresh: &RefreshHash) -> Result<Option<Session>, StoreError> {
        let refresh = *refresh;
        self.0
            .run(move |store| Ok(store.session_of_token(&refresh)?.map(|(session, _)| session)))
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
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                store.rotate(&old, &new, now_us, expires_at_us)
            })
            .await
    }

    async fn delete(&self, which: &SessionSet) -> Result<u64, StoreError> {
        let which = which.clone();
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                store.end_sessions(&which)
            })
            .await
    }

    async fn list(
        &self,
        of: Option<AccountId>,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        self.0.run(move |store| store.sessions_below(of, before, limit)).await
    }
}
