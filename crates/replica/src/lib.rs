//! Everything that every node folds from one log in the same way: the log
//! itself, identities, realms, trust. Pure.
//!
//! Whoever writes the log asks a [`Batch`] whether an event fits and applies
//! it; whoever reads a log that somebody else has written applies entry by
//! entry ([`follow`]) and compares the state root of every epoch with its own.

mod follow;

use erynoa_events::{
    Admission, Admitted, Body, EpochClosed, Event, EventError, KeyDirectory, LogState,
    VerifiedEvent,
};
use erynoa_identity::{Directory, Staged};
use erynoa_kernel::{EventId, IdentityId, PublicKey, RealmId};
use erynoa_realms::{Entry, Judge, RealmFold};
use erynoa_trust::{EpochOutcome, TrustFold};

pub use follow::{Folds, Misfit, Unfit, check_entries, fits, follow};

/// The state of one log.
pub struct Replica {
    /// Index, tree, key heads, epochs.
    pub log: LogState,
    /// Identities.
    pub directory: Directory,
    /// Realms, their rules and their government.
    pub realms: RealmFold,
    /// Trust.
    pub trust: TrustFold,
    root_realm: RealmId,
}

/// The end of an epoch does not follow from the entries before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Divergence {
    /// Another number.
    #[error("the epoch is number {folded}")]
    Epoch {
        /// As folded.
        folded: u64,
    },
    /// Folded by other constants.
    #[error("it was folded with other parameters of the protocol")]
    Parameters,
    /// Another state root.
    #[error("the state root does not follow from the log")]
    StateRoot,
}

impl Replica {
    /// The empty log of this key.
    #[must_use]
    pub fn new(log_key: PublicKey) -> Self {
        Self {
            log: LogState::new(log_key),
            directory: Directory::default(),
            realms: RealmFold::new(&log_key),
            trust: TrustFold::new(),
            root_realm: RealmId::root_of(&log_key),
        }
    }

    /// The root realm's id, whether or not the realm exists yet.
    #[must_use]
    pub const fn root_realm(&self) -> RealmId {
        self.root_realm
    }

    /// Whether an operator has founded the root realm.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.realms.find(&self.root_realm).is_some()
    }

    /// Takes in the next entry of the log, in order. The end of an epoch comes
    /// through [`Self::close`] and then here.
    pub fn apply(&mut self, event: &VerifiedEvent) {
        let (sequence, id, said) = (self.log.size(), event.id(), event.event());
        self.directory.apply(id, said, &event.signer());
        self.log.apply(event);
        if matches!(said.body, Body::EpochClosed(_)) {
            return;
        }
        let carried_over = self.realms.carries_over(said, &self.trust);
        self.trust.stage(sequence, id, said, &self.directory);
        if let Some(carried) = carried_over {
            self.trust.stage_join(&carried.realm, &carried.identity, carried.means_ppm);
        }
        let entry = Entry { sequence, id, event: said, bytes: event.entry().len() };
        self.realms.apply(&entry, &self.trust, &self.directory);
    }

    /// Folds the open epoch.
    pub fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        let outcome = self.trust.close(closed_at_us);
        self.directory.close(closed_at_us);
        self.realms.close(closed_at_us, &self.trust, &self.directory);
        outcome
    }

    /// Whether what was folded is what the log says at the end of an epoch.
    ///
    /// # Errors
    /// In what the two differ.
    pub fn compare(outcome: &EpochOutcome, closed: &EpochClosed) -> Result<(), Divergence> {
        if closed.epoch != outcome.epoch {
            return Err(Divergence::Epoch { folded: outcome.epoch });
        }
        if closed.parameters_hash != TrustFold::parameters_hash() {
            return Err(Divergence::Parameters);
        }
        if closed.state_root != outcome.state_root {
            return Err(Divergence::StateRoot);
        }
        Ok(())
    }

    /// The first time at which an epoch must close even if nothing happens,
    /// because something waits for it; microseconds.
    #[must_use]
    pub fn next_deadline_us(&self) -> Option<u64> {
        let deadlines = [self.directory.next_deadline_us(), self.realms.next_deadline_us()];
        deadlines.into_iter().flatten().filter(|&at| at > self.trust.closed_at_us()).min()
    }

    /// Whether the key may speak for the author, and the author by its
    /// delegations, as the log stands.
    ///
    /// # Errors
    /// Code, field and every reason.
    pub fn check_speaker(&self, event: &Event, signer: &PublicKey) -> Result<(), EventError> {
        self.directory.check_author(event, signer)?;
        let judge = Judge {
            fold: &self.realms,
            trust: &self.trust,
            identities: &self.directory,
            subject_of: &|target| self.subject_of(target),
        };
        self.directory.check_delegation(event, &judge)
    }

    /// Whom an event of the log is about, where it is about somebody else.
    fn subject_of(&self, event: &EventId) -> Option<IdentityId> {
        self.log.find(event).and_then(|event| event.subject)
    }

    /// Whether the realm, or one above it, holds that somebody is a verified
    /// person.
    #[must_use]
    pub fn is_verified(&self, realm: &RealmId, who: &IdentityId) -> bool {
        self.realms.is_verified(realm, who, &self.directory)
    }
}

/// One batch on top of a replica, which does not change.
pub struct Batch<'a> {
    replica: &'a Replica,
    admission: Admission<'a>,
    staged: Staged<'a>,
    /// What was admitted about somebody, for judgements of it.
    attested: Vec<(EventId, IdentityId)>,
}

impl<'a> Batch<'a> {
    /// An empty batch; `now_us` is the receiver's clock.
    #[must_use]
    pub fn over(replica: &'a Replica, now_us: u64) -> Self {
        Self {
            replica,
            admission: Admission::new(&replica.log, now_us),
            staged: Staged::over(&replica.directory),
            attested: Vec::new(),
        }
    }

    /// Judges the next event of the batch. A structural event must be the last
    /// one (see [`Admission::admit`]).
    ///
    /// # Errors
    /// Code, field and every reason; a refused event changes nothing.
    pub fn judge(&mut self, event: &VerifiedEvent) -> Result<Admitted, EventError> {
        let judge = Judge {
            fold: &self.replica.realms,
            trust: &self.replica.trust,
            identities: &self.staged,
            subject_of: &|target| {
                let staged = self.attested.iter().find(|(id, _)| id == target);
                staged.map(|(_, subject)| *subject).or_else(|| self.replica.subject_of(target))
            },
        };
        let admitted = self.admission.admit(event, &self.staged, &judge)?;
        if matches!(admitted, Admitted::New { .. }) {
            self.staged.apply(event.id(), event.event(), &event.signer());
            self.attested.extend(event.event().subject().map(|subject| (event.id(), subject)));
        }
        Ok(admitted)
    }
}
