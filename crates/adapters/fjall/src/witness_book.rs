//! The witness's book on Fjall.

use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::{PublicKey, StoreError, StoreErrorKind};
use erynoa_sync::{Ban, Promise, WitnessBook};
use fjall::Slice;

use crate::error::{corrupt, driver};
use crate::keys::book as keys;
use crate::store::Inner;

/// The witness's book in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallWitnessBook(Arc<Inner>);

impl std::fmt::Debug for FjallWitnessBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallWitnessBook").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write the witness's book", error)
}

/// The text of a stored note.
pub(crate) fn read_note(value: &Slice) -> Option<String> {
    String::from_utf8(value.to_vec()).ok()
}

impl Inner {
    fn promised(&self, origin: &str) -> Result<Option<Promise>, StoreError> {
        let stored = self.state.get(keys::promise(origin)).map_err(failed)?;
        let Some(bytes) = stored else { return Ok(None) };
        let promise = Promise::from_bytes(&bytes);
        promise.map(Some).ok_or_else(|| corrupt(format!("the promise for {origin} is damaged")))
    }

    fn put_alone(&self, key: Vec<u8>, value: &[u8]) -> Result<(), StoreError> {
        let mut batch = self.batch();
        batch.insert(&self.state, key, value);
        batch.commit().map_err(failed)
    }
}

impl FjallWitnessBook {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl WitnessBook for FjallWitnessBook {
    async fn promised(&self, origin: &str) -> Result<Option<Promise>, StoreError> {
        let origin = origin.to_owned();
        self.0.run(move |store| store.promised(&origin)).await
    }

    async fn promise(
        &self,
        origin: &str,
        last: Option<&Promise>,
        next: &Promise,
    ) -> Result<(), StoreError> {
        let (origin, last, next) = (origin.to_owned(), last.cloned(), next.to_bytes());
        self.0
            .run(move |store| {
                let _writer = store.book_writer();
                if store.promised(&origin)? != last {
                    let message = format!("another head of {origin} has been promised");
                    return Err(StoreError::new(StoreErrorKind::Conflict, message));
                }
                store.put_alone(keys::promise(&origin), &next)
            })
            .await
    }

    async fn cosigned(&self, origin: &str) -> Result<Vec<(PublicKey, String)>, StoreError> {
        let prefix = keys::notes_of(origin);
        self.0
            .run(move |store| {
                let items = store.state.prefix(prefix);
                let read = items.map(|item| {
                    let (key, value) = item.into_inner().map_err(failed)?;
                    let witness = keys::note_in(&key).map(|(_, witness)| witness);
                    let read = witness.zip(read_note(&value));
                    read.ok_or_else(|| corrupt(format!("a cosigned note is damaged: {key:02x?}")))
                });
                read.collect()
            })
            .await
    }

    async fn keep(&self, origin: &str, witness: &PublicKey, note: &str) -> Result<(), StoreError> {
        let (key, note) = (keys::note(origin, witness), note.to_owned());
        self.0
            .run(move |store| {
                let _writer = store.book_writer();
                store.put_alone(key, note.as_bytes())
            })
            .await
    }

    async fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        self.0
            .run(|store| {
                let read = store.state.prefix([keys::BANS]).map(|item| {
                    let (key, value) = item.into_inner().map_err(failed)?;
                    let ban = keys::ban_in(&key).and_then(|node| Ban::from_bytes(node, &value));
                    ban.ok_or_else(|| corrupt(format!("a ban is damaged: {key:02x?}")))
                });
                read.collect()
            })
            .await
    }

    async fn set_ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let ban = ban.clone();
        self.0
            .run(move |store| {
                let _writer = store.book_writer();
                let mut batch = store.batch();
                if ban.until_us == 0 {
                    batch.remove(&store.state, keys::ban(&ban.node));
                } else {
                    batch.insert(&store.state, keys::ban(&ban.node), ban.to_bytes());
                }
                batch.commit().map_err(failed)
            })
            .await
    }
}
