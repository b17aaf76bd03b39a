//! This node as a witness of other logs: C2SP `tlog-witness` (protocol §3).

use std::collections::BTreeMap;
use std::sync::Arc;

use erynoa_events::{
    AddCheckpoint, Checkpoint, CheckpointError, SigningKey, Tree, VerifierKey, cosign,
    verify_consistency, witness_verifier_key,
};
use erynoa_kernel::{Clock, Did, IdentityId, Kind, Namespace, Problem, PublicKey, StoreErrorKind};
use erynoa_sync::{Promise, WitnessBook};

use crate::app::invalid;

/// Cosigns the heads of the logs that the configuration names. It never cosigns
/// two heads of one log of which neither continues the other, nor a smaller
/// after a larger one: what it has cosigned is in the book before the
/// cosignature leaves.
pub struct Witness {
    name: String,
    key: SigningKey,
    /// Keys of each log, by its origin.
    logs: BTreeMap<String, Vec<PublicKey>>,
    book: Arc<dyn WitnessBook>,
    clock: Arc<dyn Clock>,
}

/// What a witness answers where it does not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cosigned {
    /// The line with the cosignature.
    Line(String),
    /// The question does not begin where this witness stands; the size that it
    /// has cosigned last.
    Elsewhere(u64),
}

fn unknown_log() -> Problem {
    Problem::new(
        Kind::NotFound,
        "WITNESS_LOG_UNKNOWN",
        "this node is no witness of that log; its operator names the logs in log.witness_for",
    )
}

fn unsigned(error: CheckpointError) -> Problem {
    let message = "no signature of the checkpoint is one of a key that is known of this log";
    let mut problem = Problem::new(Kind::Forbidden, "WITNESS_SIGNATURE", message);
    problem.internal = Some(Box::new(error));
    problem
}

fn unproven() -> Problem {
    Problem::new(
        Kind::FailedPrecondition,
        "WITNESS_PROOF",
        "the proof does not show that the checkpoint continues the one that was cosigned last",
    )
}

/// The name of a node as a witness: the DID of its key.
#[must_use]
pub fn witness_name(key: &PublicKey) -> String {
    let namespace = Namespace::Craft;
    Did { namespace, identity: IdentityId::of(namespace, key) }.to_string()
}

impl Witness {
    /// A witness of these logs, which signs with this key.
    #[must_use]
    pub fn new(
        key: SigningKey,
        logs: Vec<VerifierKey>,
        book: Arc<dyn WitnessBook>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut known: BTreeMap<String, Vec<PublicKey>> = BTreeMap::new();
        for log in logs {
            known.entry(log.name).or_default().push(log.key);
        }
        Self { name: witness_name(&key.public_key()), key, logs: known, book, clock }
    }

    /// Its name in signature lines: the DID of its key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key by which its cosignatures are verified.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        witness_verifier_key(&self.name, &self.key.public_key())
    }

    /// Answers an `add-checkpoint`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR`, `WITNESS_LOG_UNKNOWN`, `WITNESS_SIGNATURE`,
    /// `WITNESS_PROOF`; `SERVICE_UNAVAILABLE` when nothing can be written down.
    pub async fn answer(&self, body: &str) -> Result<Cosigned, Problem> {
        let asked = AddCheckpoint::parse(body).ok_or_else(|| {
            let right =
                "is old and a size, at most 63 hashes in base64, an empty line, a checkpoint";
            invalid("body", right.to_owned())
        })?;
        let head = self.verified(asked.note)?;
        if asked.old_size > head.size {
            let message = "is larger than the checkpoint".to_owned();
            return Err(invalid("old", message));
        }
        loop {
            let last = self.book.promised(&head.origin).await?;
            let (size, root) = match &last {
                Some(promise) => (promise.size, promise.root),
                None => (0, Tree::new().root_at(0).expect("every tree has its size 0")),
            };
            if asked.old_size != size || (size == head.size && root != head.root) {
                return Ok(Cosigned::Elsewhere(size));
            }
            if !verify_consistency(size, head.size, &asked.proof, &root, &head.root) {
                return Err(unproven());
            }
            let next = Promise { size: head.size, root: head.root };
            match self.book.promise(&head.origin, last.as_ref(), &next).await {
                Ok(()) => break,
                // Somebody else was faster; what is promised now decides.
                Err(error) if error.kind == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        let time_s = self.clock.now_us() / 1_000_000;
        let line = cosign(asked.note, &self.name, &self.key, time_s).map_err(Problem::internal)?;
        Ok(Cosigned::Line(line))
    }

    /// The checkpoint, when a key of its log has signed it.
    fn verified(&self, note: &str) -> Result<Checkpoint, Problem> {
        let head = Checkpoint::parse_unverified(note)
            .map_err(|error| invalid("checkpoint", error.to_string()))?;
        let keys = self.logs.get(&head.origin).ok_or_else(unknown_log)?;
        let mut why = CheckpointError::Unsigned;
        for key in keys {
            match Checkpoint::parse_and_verify(note, &head.origin, key) {
                Ok(verified) => return Ok(verified),
                Err(error) => why = error,
            }
        }
        Err(unsigned(why))
    }
}

#[cfg(test)]
mod tests;
