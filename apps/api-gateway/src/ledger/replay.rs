//! Folding the log from its beginning, as at every start.

use bytes::Bytes;
use erynoa_events::{Body, EventLog, from_own_log};
use erynoa_kernel::{PublicKey, StoreError};
use erynoa_replica::{Divergence, Replica};

use super::models::{Models, SignedCheckpoint};

/// Which log it is, and whether it is written here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogName {
    /// The key that the log began with.
    pub key: PublicKey,
    /// Origin line of its checkpoints.
    pub origin: String,
    /// Its home is another node: this is a copy.
    pub copied: bool,
}

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
    /// The store holds the log of another key.
    #[error("{}", other_log(holds, *copied))]
    OtherLog {
        /// Key of the log that is there.
        holds: PublicKey,
        /// Whether a copy was expected, and no log of our own.
        copied: bool,
    },
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn other_log(holds: &PublicKey, copied: bool) -> String {
    let holds = hex::encode(holds.as_bytes());
    if copied {
        format!(
            "the data folder holds the log of key {holds}, which is not the one that p2p.follow \
             names; use an empty data folder for another log"
        )
    } else {
        format!(
            "the data folder holds the log of key {holds}, which is not keys/log.key; set \
             p2p.follow if it is a copy, or put the log's own key back"
        )
    }
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
pub async fn replay(log: &dyn EventLog, name: &LogName) -> Result<Models, Damage> {
    let mut models = Models::new(name.key);
    loop {
        let from = models.log.size();
        let entries = log.read(from, PAGE).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            take_in(&mut models, entry)?;
        }
        if from == 0
            && let Some(first) = models.log.at(0)
            && first.signer != name.key
        {
            return Err(Damage::OtherLog { holds: first.signer, copied: name.copied });
        }
    }
    models.refresh();
    if let Some(note) = log.checkpoint().await? {
        let checkpoint = check(&models, note, name)?;
        models.set_checkpoint(checkpoint);
    } else if !name.copied && !models.log.epochs().is_empty() {
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
    name: &LogName,
) -> Result<SignedCheckpoint, Damage> {
    let origin = &name.origin;
    let checkpoint = models.log.keys().check(origin, &note).map_err(|error| {
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
