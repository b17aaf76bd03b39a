//! The event log on Fjall.

use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_events::{Checkpoint, EventLog, MAX_ENTRY_BYTES, Tree, leaf_hash};
use erynoa_kernel::{PublicKey, StoreError, StoreErrorKind};
use fjall::Slice;
use sha2::{Digest, Sha256};

use crate::acknowledged::Mark;
use crate::error::{corrupt, driver, file};
use crate::keys;
use crate::store::Inner;

/// The event log in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallEventLog(Arc<Inner>);

impl std::fmt::Debug for FjallEventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallEventLog").field(&self.0.path).finish()
    }
}

/// What [`FjallEventLog::check`] found to be in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Entries, each of which has its leaf hash.
    pub entries: u64,
    /// Entries under the latest checkpoint, which has their root.
    pub under_checkpoint: u64,
}

impl FjallEventLog {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }

    /// Reads everything: every leaf hash, the signature of the latest
    /// checkpoint, and the root of the tree under it.
    ///
    /// # Errors
    /// `Corrupt`, naming the position.
    pub async fn check(&self, origin: &str, log_key: &PublicKey) -> Result<Checked, StoreError> {
        let (origin, log_key) = (origin.to_owned(), *log_key);
        self.0.run(move |store| store.check(&origin, &log_key)).await
    }
}

fn hash_of(note: &str) -> [u8; keys::HASH_BYTES] {
    Sha256::digest(note.as_bytes()).into()
}

/// The entry in a stored value, when it is the one that was stored.
fn open_entry(position: u64, value: &Slice) -> Result<(Bytes, [u8; 32]), StoreError> {
    value
        .split_first_chunk()
        .filter(|(leaf, entry)| leaf_hash(entry) == **leaf)
        .map(|(leaf, entry)| (Bytes::copy_from_slice(entry), *leaf))
        .ok_or_else(|| {
            corrupt(format!("log entry {position} is damaged: it is not what its hash says"))
        })
}

impl Inner {
    fn append(
        &self,
        expected_size: u64,
        entries: &[Bytes],
        checkpoint: Option<&str>,
    ) -> Result<(), StoreError> {
        let _writer = self.log_writer();
        let size = self.size();
        if size != expected_size {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("the log has {size} entries, not {expected_size}"),
            ));
        }
        if entries.is_empty() && checkpoint.is_none() {
            return Ok(());
        }
        let mut batch = self.batch();
        let mut last_leaf = None;
        let mut position = expected_size;
        for entry in entries {
            if entry.len() > MAX_ENTRY_BYTES {
                return Err(StoreError::new(
                    StoreErrorKind::Unavailable,
                    format!("an entry of {} bytes does not fit the log", entry.len()),
                ));
            }
            let leaf = leaf_hash(entry);
            let mut value = Vec::with_capacity(keys::HASH_BYTES + entry.len());
            value.extend_from_slice(&leaf);
            value.extend_from_slice(entry);
            batch.insert(&self.log, position.to_be_bytes(), value);
            last_leaf = Some(leaf);
            position += 1;
        }
        if let Some(note) = checkpoint {
            let value = [hash_of(note).as_slice(), note.as_bytes()].concat();
            batch.insert(&self.state, keys::CHECKPOINT, value);
        }
        batch
            .commit()
            .map_err(|error| driver(&format!("append at position {expected_size}"), error))?;
        self.set_size(position);
        if let Some(last_leaf) = last_leaf {
            self.acknowledged.note(&Mark { size: position, last_leaf });
        }
        Ok(())
    }

    /// Gives each entry of `positions`, which all exist, to `each`, in order.
    fn for_each_entry(
        &self,
        positions: Range<u64>,
        mut each: impl FnMut(Bytes, [u8; 32]),
    ) -> Result<(), StoreError> {
        let mut expected = positions.start;
        let keys = positions.start.to_be_bytes()..positions.end.to_be_bytes();
        for item in self.log.range(keys) {
            let (key, value) = item.into_inner().map_err(|error| {
                let mut error = driver(&format!("log entry {expected} is damaged"), error);
                error.kind = StoreErrorKind::Corrupt;
                error
            })?;
            if *key != expected.to_be_bytes() {
                break;
            }
            let (entry, leaf) = open_entry(expected, &value)?;
            each(entry, leaf);
            expected += 1;
        }
        if expected == positions.end {
            Ok(())
        } else {
            Err(corrupt(format!("log entry {expected} is missing")))
        }
    }

    fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        let stored = self
            .state
            .get(keys::CHECKPOINT)
            .map_err(|error| driver("read the latest checkpoint", error))?;
        let Some(value) = stored else { return Ok(None) };
        value
            .split_first_chunk()
            .and_then(|(hash, note)| Some((hash, str::from_utf8(note).ok()?)))
            .filter(|(hash, note)| hash_of(note) == **hash)
            .map(|(_, note)| Some(note.to_owned()))
            .ok_or_else(|| {
                corrupt("the latest checkpoint is damaged: it is not what its hash says")
            })
    }

    fn check(&self, origin: &str, log_key: &PublicKey) -> Result<Checked, StoreError> {
        let entries = self.size();
        let checkpoint = match self.checkpoint()? {
            Some(note) => {
                Some(Checkpoint::parse_and_verify(&note, origin, log_key).map_err(|error| {
                    corrupt(format!("the latest checkpoint is not this log's: {error}"))
                })?)
            }
            None => None,
        };
        let under_checkpoint = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
        if under_checkpoint > entries {
            return Err(corrupt(format!(
                "log entry {entries} is missing: the latest checkpoint covers {under_checkpoint} \
                 entries, {entries} are there"
            )));
        }
        let mut tree = Tree::new();
        self.for_each_entry(0..entries, |_, leaf| {
            tree.push(leaf);
        })?;
        if let Some(checkpoint) = checkpoint
            && tree.root_at(checkpoint.size) != Some(checkpoint.root)
        {
            return Err(corrupt(format!(
                "log entries 0 to {} are whole, but at least one is not what was signed: their \
                 root is not that of the latest checkpoint",
                under_checkpoint.saturating_sub(1)
            )));
        }
        Ok(Checked { entries, under_checkpoint })
    }
}

/// Bytes that the files below `folder` take; what is preallocated and never
/// written takes none.
fn bytes_below(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in folder.read_dir()? {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += bytes_below(&entry.path())?,
            Ok(found) => bytes += found.blocks() * 512,
            // Tables come and go in the background.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

#[async_trait]
impl EventLog for FjallEventLog {
    async fn append(
        &self,
        expected_size: u64,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError> {
        self.0.run(move |store| store.append(expected_size, &entries, checkpoint.as_deref())).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        self.0
            .run(move |store| {
                let size = store.size();
                let to = from.saturating_add(limit as u64).min(size);
                let mut entries = Vec::new();
                if from < to {
                    store.for_each_entry(from..to, |entry, _| entries.push(entry))?;
                }
                Ok(entries)
            })
            .await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Ok(self.0.size())
    }

    async fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.0.run(Inner::checkpoint).await
    }

    async fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        self.0
            .run(|store| {
                bytes_below(&store.path)
                    .map_err(|error| file(&format!("measure {}", store.path.display()), error))
            })
            .await
    }
}
