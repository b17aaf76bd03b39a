//! Checking a log from nothing: every entry is verified as if it had just come
//! from a stranger, judged by the rules of the log, and folded.

use std::collections::BTreeMap;
use std::thread;

use bytes::Bytes;
use erynoa_events::{
    Admitted, Body, Checkpoint, EpochClosed, EventError, EventKind, LogState, VerifiedEvent,
    verify_batch,
};
use erynoa_kernel::PublicKey;
use erynoa_replica::{Batch, Divergence, Replica};

/// Entries that one thread verifies at once.
const SHARE: usize = 1024;
/// Most entries of an epoch (protocol §3).
const EPOCH_MAX_EVENTS: u64 = 10_000;

/// The first thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {position}: {code}: {reason}")]
pub(crate) struct Fault {
    /// Position of the bad entry.
    pub(crate) position: u64,
    /// Code of the error pages, or one of the checks below.
    pub(crate) code: &'static str,
    pub(crate) reason: String,
}

impl Fault {
    fn new(position: u64, code: &'static str, reason: impl Into<String>) -> Self {
        Self { position, code, reason: reason.into() }
    }

    fn refused(position: u64, error: &EventError) -> Self {
        Self::new(position, error.code, error.message.clone())
    }
}

/// A log that has been checked up to its present end.
pub(crate) struct Replay {
    key: Option<PublicKey>,
    replica: Option<Replica>,
    bytes: u64,
    kinds: BTreeMap<EventKind, u64>,
}

impl Replay {
    /// Nothing yet. Without `key`, the signer of entry 0 is taken for the log's
    /// own key.
    pub(crate) fn new(key: Option<PublicKey>) -> Self {
        Self { key, replica: key.map(Replica::new), bytes: 0, kinds: BTreeMap::new() }
    }

    /// Checks and folds the next entries of the log.
    pub(crate) fn extend(&mut self, entries: Vec<Bytes>) -> Result<(), Fault> {
        let first = self.size();
        for (offset, verdict) in verify_on_all_cores(entries).into_iter().enumerate() {
            let position = first + offset as u64;
            let event = verdict.map_err(|error| Fault::refused(position, &error))?;
            self.push(position, &event)?;
        }
        Ok(())
    }

    fn push(&mut self, position: u64, event: &VerifiedEvent) -> Result<(), Fault> {
        let signer = event.signer();
        if position == 0 {
            let key = *self.key.get_or_insert(signer);
            if signer != key || !matches!(event.event().body, Body::IdentityCreated(_)) {
                let reason = "entry 0 is the identity_created of the log's own key";
                return Err(Fault::new(position, "LOG_KEY", reason));
            }
            self.replica.get_or_insert_with(|| Replica::new(key));
        }
        let replica = self.replica.as_mut().ok_or_else(|| {
            Fault::new(position, "LOG_KEY", "the log begins after its first entry")
        })?;
        // Time has passed judgement on "from the future" long ago.
        match Batch::over(replica, u64::MAX).judge(event) {
            Ok(Admitted::New { .. }) => {}
            Ok(Admitted::Duplicate { sequence }) => {
                let reason = format!("repeats entry {sequence}");
                return Err(Fault::new(position, "ENTRY_REPEATED", reason));
            }
            Err(error) => return Err(Fault::refused(position, &error)),
        }
        if let Body::EpochClosed(closed) = &event.event().body {
            close(replica, position, closed)?;
        }
        replica.apply(event);
        self.bytes += event.entry().len() as u64;
        *self.kinds.entry(event.event().body.kind()).or_default() += 1;
        Ok(())
    }

    /// Checks a signed checkpoint against the log. Without `origin`, its own
    /// origin line is taken.
    pub(crate) fn check_checkpoint(
        &self,
        note: &str,
        origin: Option<&str>,
    ) -> Result<Checkpoint, String> {
        let Some(log) = self.log() else {
            return Err("a checkpoint over a log without entries".to_owned());
        };
        let origin = origin.unwrap_or_else(|| note.lines().next().unwrap_or_default());
        let checkpoint = log.keys().check(origin, note).map_err(|error| error.to_string())?;
        if log.tree().root_at(checkpoint.size) == Some(checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(format!("the root of its {} entries is not the root of the log", checkpoint.size))
        }
    }

    /// Entries so far.
    pub(crate) fn size(&self) -> u64 {
        self.log().map_or(0, LogState::size)
    }

    /// Bytes of all entries.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The log's own key, once it is known.
    pub(crate) const fn key(&self) -> Option<PublicKey> {
        self.key
    }

    /// The log itself.
    pub(crate) fn log(&self) -> Option<&LogState> {
        self.replica.as_ref().map(|replica| &replica.log)
    }

    /// Last closed epoch, its time and the state root after it.
    pub(crate) fn state(&self) -> (u64, u64, [u8; 32]) {
        self.replica.as_ref().map_or((0, 0, [0; 32]), |replica| {
            let trust = &replica.trust;
            (trust.epoch(), trust.closed_at_us(), trust.state_root())
        })
    }

    /// How many entries there are of each kind.
    pub(crate) const fn kinds(&self) -> &BTreeMap<EventKind, u64> {
        &self.kinds
    }
}

/// Folds the open epoch and compares what comes out with what the log says.
fn close(replica: &mut Replica, position: u64, closed: &EpochClosed) -> Result<(), Fault> {
    let events = replica.log.open_epoch().events;
    if events > EPOCH_MAX_EVENTS {
        let reason = format!("it holds {events} entries; {EPOCH_MAX_EVENTS} are allowed");
        return Err(Fault::new(position, "EPOCH", reason));
    }
    let outcome = replica.close(closed.closed_at_us);
    Replica::compare(&outcome, closed).map_err(|divergence| {
        let code = match divergence {
            Divergence::Epoch { .. } => "EPOCH",
            Divergence::Parameters => "PARAMETERS_HASH",
            Divergence::StateRoot => "STATE_ROOT",
        };
        let folded = hex::encode(outcome.state_root);
        let reason = format!(
            "epoch {}: {divergence}; the log says {}, the fold gives {folded}",
            closed.epoch,
            hex::encode(closed.state_root),
        );
        Fault::new(position, code, reason)
    })
}

/// Verifies in parallel; the verdicts come back in order.
fn verify_on_all_cores(entries: Vec<Bytes>) -> Vec<Result<VerifiedEvent, EventError>> {
    let mut shares: Vec<Vec<Bytes>> = Vec::new();
    let mut rest = entries;
    while rest.len() > SHARE {
        let next = rest.split_off(SHARE);
        shares.push(std::mem::replace(&mut rest, next));
    }
    shares.push(rest);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut verdicts = Vec::new();
    let mut shares = shares.into_iter();
    loop {
        let round: Vec<_> = shares.by_ref().take(cores).collect();
        if round.is_empty() {
            return verdicts;
        }
        thread::scope(|scope| {
            let running: Vec<_> =
                round.into_iter().map(|share| scope.spawn(|| verify_batch(share))).collect();
            for share in running {
                // A panic while verifying is a defect that must not be hidden.
                verdicts.extend(share.join().expect("verification does not panic"));
            }
        });
    }
}
