//! Who has cosigned this log: lines that witnesses add to its checkpoints.

mod collect;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use collect::{Asked, collect_for_ever};
use erynoa_events::{Checkpoint, VerifierKey, find_cosignature, merge_signatures};
use erynoa_kernel::{Clock, PublicKey, StoreError};
use erynoa_sync::WitnessBook;

use crate::ledger::{LastCosigned, Ledger, SignedCheckpoint};

/// How far ahead of our clock a cosignature may be dated, seconds.
const AHEAD_MOST_S: u64 = 120;

/// The newest head that one witness has cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Its entries.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// When, as the witness says, seconds.
    pub time_s: u64,
    /// The log's note with the witness's line and no other.
    note: String,
}

/// Cosignatures of this log's checkpoints, the newest of each known witness.
/// What counts is verified and durable.
pub struct Cosignatures {
    origin: String,
    ledger: Ledger,
    book: Arc<dyn WitnessBook>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    witnesses: Vec<VerifierKey>,
    cosigned: HashMap<PublicKey, Cosigned>,
}

impl Cosignatures {
    /// Of the log of this origin; no witness is known yet.
    #[must_use]
    pub fn new(
        origin: String,
        ledger: Ledger,
        book: Arc<dyn WitnessBook>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { origin, ledger, book, clock, known: RwLock::default() }
    }

    /// Counts the cosignatures of one more witness, those that are in the book
    /// too.
    ///
    /// # Errors
    /// The book's.
    pub async fn know(&self, witness: VerifierKey) -> Result<(), StoreError> {
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if known.witnesses.contains(&witness) {
                return Ok(());
            }
            known.witnesses.push(witness);
        }
        self.reload().await
    }

    /// Takes in what is in the book, which several gateways may share.
    ///
    /// # Errors
    /// The book's.
    pub async fn reload(&self) -> Result<(), StoreError> {
        for (_, note) in self.book.cosigned(&self.origin).await? {
            for (witness, cosigned) in self.news_in(&note) {
                self.remember(&witness, cosigned);
            }
        }
        Ok(())
    }

    /// Takes in the cosignatures of a note, from wherever it comes: those of
    /// known witnesses that hold, on a head of this log, and newer than what is
    /// there. Everything else is passed over. Answers how many were new.
    ///
    /// # Errors
    /// The book's; what was not written down does not count.
    pub async fn add_cosignatures(&self, note: &str) -> Result<usize, StoreError> {
        let news = self.news_in(note);
        let count = news.len();
        for (witness, cosigned) in news {
            self.book.keep(&self.origin, &witness, &cosigned.note).await?;
            self.remember(&witness, cosigned);
        }
        Ok(count)
    }

    /// The newest head that each known witness has cosigned.
    #[must_use]
    pub fn cosigned(&self) -> Vec<(VerifierKey, Cosigned)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let witnesses = known.witnesses.iter();
        let found = witnesses.filter_map(|witness| {
            Some((witness.clone(), known.cosigned.get(&witness.key)?.clone()))
        });
        found.collect()
    }

    /// The greatest size that a witness has cosigned, 0 = none.
    #[must_use]
    pub fn size_of(&self, witness: &VerifierKey) -> u64 {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.cosigned.get(&witness.key).map_or(0, |cosigned| cosigned.size)
    }

    /// The note of a checkpoint with the lines of all who have cosigned it.
    #[must_use]
    pub fn with_lines(&self, signed: &SignedCheckpoint) -> String {
        let mut note = signed.note.clone();
        for (_, cosigned) in self.cosigned() {
            if (cosigned.size, cosigned.root) == (signed.size, signed.root)
                // Another text of the same head has its own signatures.
                && let Ok(merged) = merge_signatures(&note, &cosigned.note)
            {
                note = merged;
            }
        }
        note
    }

    /// What is newer in a note than what is known.
    fn news_in(&self, note: &str) -> Vec<(PublicKey, Cosigned)> {
        let (head, log_key, ours) = {
            let models = self.ledger.read();
            let keys = models.log.keys();
            let Some(head) = keys.head(&self.origin, note) else { return Vec::new() };
            let ours = models.log.tree().root_at(head.size);
            let key = *keys.at(head.size);
            (head, key, ours)
        };
        if ours != Some(head.root) {
            // A copy that lags behind learns the head later.
            if ours.is_some() {
                tracing::error!(size = head.size, "a head by our own key is not one of our log");
            }
            return Vec::new();
        }
        let latest_s = self.clock.now_us() / 1_000_000 + AHEAD_MOST_S;
        let Some((text, _)) = note.rsplit_once("\n\n") else { return Vec::new() };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut news = Vec::new();
        for witness in &known.witnesses {
            let Some(found) = find_cosignature(note, &witness.name, &witness.key) else {
                continue;
            };
            let is_newer = known
                .cosigned
                .get(&witness.key)
                .is_none_or(|before| (before.size, before.time_s) < (head.size, found.time_s));
            if found.time_s > latest_s || !is_newer {
                continue;
            }
            let Some(own) = own_line(note, &self.origin, &log_key) else { continue };
            let note = format!("{text}\n\n{own}{}", found.line);
            let cosigned =
                Cosigned { size: head.size, root: head.root, time_s: found.time_s, note };
            news.push((witness.key, cosigned));
        }
        news
    }

    fn remember(&self, witness: &PublicKey, cosigned: Cosigned) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.cosigned.get(witness);
        let stands = |it: &Cosigned| (it.size, it.time_s);
        if before.is_none_or(|before| stands(before) < stands(&cosigned)) {
            let last = LastCosigned { size: cosigned.size, time_s: cosigned.time_s };
            known.cosigned.insert(*witness, cosigned);
            drop(known);
            self.ledger.cosigned(*witness, last);
        }
    }
}

/// The log's own line of a note, with its newline.
fn own_line(note: &str, origin: &str, key: &PublicKey) -> Option<String> {
    let (text, lines) = note.rsplit_once("\n\n")?;
    lines.lines().map(|line| format!("{line}\n")).find(|line| {
        let alone = format!("{text}\n\n{line}");
        Checkpoint::parse_and_verify(&alone, origin, key).is_ok()
    })
}

#[cfg(test)]
mod tests;
