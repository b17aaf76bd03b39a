//! Reading a log that somebody else writes: nothing is believed.
//!
//! The way of an entry: [`check_entries`] checks its form and its signatures,
//! which needs no log and so goes on beside the rest; [`follow`] judges it by
//! the same rules as the log's home did, folds the end of an epoch and compares
//! it, and takes the entry in.

use bytes::Bytes;
use erynoa_events::{Admitted, Body, EventError, VerifiedEvent, verify_batch};
use erynoa_trust::EpochOutcome;

use crate::{Batch, Divergence, Replica};

/// An entry that cannot stand where somebody says that it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} does not follow: {reason}")]
pub struct Unfit {
    /// Position in the log.
    pub position: u64,
    /// Why not.
    pub reason: Misfit,
}

/// Why an entry does not follow from those before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Its form, a signature, or a rule that it breaks.
    #[error("{0}")]
    Event(#[from] EventError),
    /// It is in the log already.
    #[error("it stands at position {first} already")]
    Repeated {
        /// Where it stands.
        first: u64,
    },
    /// Another entry stands at this position.
    #[error("another entry stands there")]
    Other,
    /// The first entry of a log is its own identity.
    #[error("the first entry of the log is one of its own key")]
    OtherLog,
    /// The end of an epoch.
    #[error("it closes epoch {epoch}: {reason}")]
    Epoch {
        /// As it says.
        epoch: u64,
        /// In what it differs.
        reason: Divergence,
    },
}

/// Something that is folded from a log, around a [`Replica`].
pub trait Folds {
    /// What every node folds in the same way.
    fn replica(&self) -> &Replica;

    /// Takes in the next entry.
    fn apply(&mut self, event: &VerifiedEvent);

    /// Folds the open epoch; its `epoch_closed` is applied after this.
    fn close(&mut self, closed_at_us: u64) -> EpochOutcome;
}

impl Folds for Replica {
    fn replica(&self) -> &Replica {
        self
    }

    fn apply(&mut self, event: &VerifiedEvent) {
        Self::apply(self, event);
    }

    fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        Self::close(self, closed_at_us)
    }
}

/// Checks form and signatures of entries from position `first` on, all
/// signatures in one equation as long as all of them hold.
///
/// # Errors
/// The first entry that is no genuine event.
pub fn check_entries(first: u64, entries: Vec<Bytes>) -> Result<Vec<VerifiedEvent>, Unfit> {
    (first..)
        .zip(verify_batch(entries))
        .map(|(position, verdict)| {
            verdict.map_err(|error| Unfit { position, reason: error.into() })
        })
        .collect()
}

/// Whether the event can be the next entry of the log. The time of the log is
/// its home's: how far an entry is ahead of our own clock says nothing here.
/// `batch` is one over the log as it is, or holds what comes in between.
///
/// # Errors
/// Why it cannot.
pub fn fits(batch: &mut Batch<'_>, position: u64, event: &VerifiedEvent) -> Result<(), Unfit> {
    let unfit = |reason| Unfit { position, reason };
    if position == 0 && event.signer() != *batch.replica.log.log_key() {
        return Err(unfit(Misfit::OtherLog));
    }
    match batch.judge(event) {
        Ok(Admitted::New { .. }) => Ok(()),
        Ok(Admitted::Duplicate { sequence: first }) => Err(unfit(Misfit::Repeated { first })),
        Err(error) => Err(unfit(error.into())),
    }
}

/// Takes in the next entry of a log that somebody else writes. Returns whether
/// it has ended an epoch.
///
/// # Errors
/// Why it does not follow. Nothing has changed then, unless it is the end of an
/// epoch ([`Misfit::Epoch`]): that has been folded, and what is folded must be
/// forgotten.
pub fn follow(folds: &mut impl Folds, event: &VerifiedEvent) -> Result<bool, Unfit> {
    let replica = folds.replica();
    let position = replica.log.size();
    fits(&mut Batch::over(replica, u64::MAX), position, event)?;
    let mut closes = false;
    if let Body::EpochClosed(closed) = &event.event().body {
        let outcome = folds.close(closed.closed_at_us);
        Replica::compare(&outcome, closed).map_err(|reason| Unfit {
            position,
            reason: Misfit::Epoch { epoch: closed.epoch, reason },
        })?;
        closes = true;
    }
    folds.apply(event);
    Ok(closes)
}
