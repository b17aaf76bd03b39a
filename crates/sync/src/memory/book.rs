//! The witness's book in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::{PublicKey, StoreError, StoreErrorKind};

use crate::{Ban, NodeId, Promise, WitnessBook};

/// A [`WitnessBook`] that lives as long as the process. A clone is the same
/// book.
#[derive(Clone, Debug, Default)]
pub struct MemoryWitnessBook(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    promised: BTreeMap<String, Promise>,
    notes: BTreeMap<(String, PublicKey), String>,
    bans: BTreeMap<NodeId, Ban>,
}

impl MemoryWitnessBook {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // Every change is a single insert or removal.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl WitnessBook for MemoryWitnessBook {
    async fn promised(&self, origin: &str) -> Result<Option<Promise>, StoreError> {
        Ok(self.contents().promised.get(origin).cloned())
    }

    async fn promise(
        &self,
        origin: &str,
        last: Option<&Promise>,
        next: &Promise,
    ) -> Result<(), StoreError> {
        let mut contents = self.contents();
        if contents.promised.get(origin) != last {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("another head of {origin} has been promised"),
            ));
        }
        contents.promised.insert(origin.to_owned(), next.clone());
        Ok(())
    }

    async fn cosigned(&self, origin: &str) -> Result<Vec<(PublicKey, String)>, StoreError> {
        Ok(self
            .contents()
            .notes
            .iter()
            .filter(|((of, _), _)| of == origin)
            .map(|((_, witness), note)| (*witness, note.clone()))
            .collect())
    }

    async fn keep(&self, origin: &str, witness: &PublicKey, note: &str) -> Result<(), StoreError> {
        self.contents().notes.insert((origin.to_owned(), *witness), note.to_owned());
        Ok(())
    }

    async fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        Ok(self.contents().bans.values().cloned().collect())
    }

    async fn set_ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let mut contents = self.contents();
        if ban.until_us == 0 {
            contents.bans.remove(&ban.node);
        } else {
            contents.bans.insert(ban.node, ban.clone());
        }
        Ok(())
    }
}
