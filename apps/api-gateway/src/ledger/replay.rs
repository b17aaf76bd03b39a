//! Folding the log from its beginning, as at every start.

use bytes::Bytes;
use erynoa_events::{Body, Checkpoint, EventLog, from_own_log};
use erynoa_kernel::{PublicKey, StoreError};
use erynoa_replica::{Divergence, Replica};

use super::models::{Models, SignedCheckpoint};

/// The log does not hold together. The server refuses to start on it.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// An entry is not an event.
    #[error("log entry {position} is damaged: {reason}")]
    Entry {
        /// Position of the damage.
        position: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The end of an epoch does not follow from the entries before it.
    #[error("log entry {position} closes epoch {epoch}: {reason}")]
    Epoch {
        /// Position of the `epoch_closed`.
        position: u64,
        /// Its epoch.
        epoch: u64,
        /// In what it differs.
        reason: Divergence,
    },
    /// The checkpoint does not cover the entries.
    #[error("the checkpoint of {size} entries does not match the log: {reason}")]
    Checkpoint {
        /// Its size, 0 when it cannot be read.
        size: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Entries that are read at once.
const PAGE: usize = 4096;

/// Folds all of `log`.
///
/// Signatures are not checked again: every entry was verified before it was
/// stored, the store checks each entry's hash, and the tree is checked against
/// the signed checkpoint. `erynoa admin rebuild` checks the signatures too.
///
/// # Errors
/// [`Damage`] with its position.
pub async fn replay(log: &dyn EventLog, key: PublicKey, origin: &str) -> Result<Models, Damage> {
    let mut models = Models::new(key);
    loop {
        let from = models.log.size();
        let entries = log.read(from, PAGE).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            take_in(&mut models, entry)?;
        }
    }
    models.refresh();
    if let Some(note) = log.checkpoint().await? {
        models.checkpoint = Some(check(&models, note, key, origin)?);
    } else if !models.log.epochs().is_empty() {
        let reason = "epochs are closed, but it is missing".to_owned();
        return Err(Damage::Checkpoint { size: 0, reason });
    }
    Ok(models)
}

/// Folds the next entry of the log. Tells whether it ended an epoch.
///
/// # Errors
/// [`Damage`] with its position.
pub(super) fn take_in(models: &mut Models, entry: Bytes) -> Result<bool, Damage> {
    let position = models.log.size();
    let event = from_own_log(entry)
        .map_err(|error| Damage::Entry { position, reason: error.to_string() })?;
    let mut closes = false;
    if let Body::EpochClosed(closed) = &event.event().body {
        let outcome = models.close(closed.closed_at_us);
        Replica::compare(&outcome, closed).map_err(|reason| Damage::Epoch {
            position,
            epoch: closed.epoch,
            reason,
        })?;
        closes = true;
    }
    models.apply(&event);
    Ok(closes)
}

/// The checkpoint in `note`, when it is the log's own and covers what is folded.
///
/// # Errors
/// [`Damage::Checkpoint`].
pub(super) fn check(
    models: &Models,
    note: String,
    key: PublicKey,
    origin: &str,
) -> Result<SignedCheckpoint, Damage> {
    let checkpoint = Checkpoint::parse_and_verify(&note, origin, &key).map_err(|error| {
        let reason = format!("{error} (expected origin {origin}; see log.origin)");
        Damage::Checkpoint { size: 0, reason }
    })?;
    let size = checkpoint.size;
    if size > models.log.size() {
        let reason = format!("the log ends after {} entries", models.log.size());
        return Err(Damage::Checkpoint { size, reason });
    }
    if models.log.tree().root_at(size) != Some(checkpoint.root) {
        return Err(Damage::Checkpoint { size, reason: "the roots differ".to_owned() });
    }
    Ok(SignedCheckpoint { size, root: checkpoint.root, note })
}
