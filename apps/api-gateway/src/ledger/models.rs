//! What is folded from the log.

mod docket;
#[cfg(test)]
mod laws;
mod voices;
mod witnessing;

use std::collections::{HashMap, VecDeque};
use std::ops::Deref;

pub use docket::{Docket, Matter};
use erynoa_events::{Body, EventMeta, Finality, VerifiedEvent};
use erynoa_kernel::{EventId, IdentityId, PublicKey, RealmId};
use erynoa_realms::parameters::PERSON;
use erynoa_replica::{Folds as FoldsOfLog, Replica};
use erynoa_trust::EpochOutcome;
use erynoa_world::{EpochView, Folds, IdentityChange, Observation, Sources, WorldFold};
pub use voices::Voices;
pub use witnessing::{LastCosigned, Witnessing};

/// The newest signed tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// Entries under it.
    pub size: u64,
    /// RFC 6962 root.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
}

/// What one epoch changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedEpoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// Subjects whose evidence changed, ascending.
    pub changed: Vec<(RealmId, IdentityId)>,
}

/// Epochs whose changed subjects are remembered for those who watch.
const REMEMBERED_EPOCHS: usize = 64;

/// Everything that reads are answered from. All of it follows from the log.
pub struct Models {
    replica: Replica,
    /// Ranking and protection.
    pub world: WorldFold,
    /// What judges have decided: positions of the decisions about an event.
    pub decisions: HashMap<EventId, Vec<u64>>,
    /// Where reports and judgements stand.
    pub docket: Docket,
    /// The newest checkpoint; changed by [`Self::set_checkpoint`].
    pub checkpoint: Option<SignedCheckpoint>,
    /// The last checkpoints of the log's earlier keys, as far as they were the
    /// newest since the start; by key.
    pub passed: Vec<(PublicKey, String)>,
    /// Number of trust records that each epoch changed, from epoch 1.
    pub changed_counts: Vec<u32>,
    /// What the last epochs changed, newest last.
    pub recent: VecDeque<ClosedEpoch>,
    /// Who has mana of their own.
    pub voices: Voices,
    /// Who has witnessed how much.
    pub witnessing: Witnessing,
}

impl Deref for Models {
    type Target = Replica;

    fn deref(&self) -> &Replica {
        &self.replica
    }
}

impl FoldsOfLog for Models {
    fn replica(&self) -> &Replica {
        &self.replica
    }

    fn apply(&mut self, event: &VerifiedEvent) {
        Self::apply(self, event);
    }

    fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        Self::close(self, closed_at_us)
    }
}

impl Models {
    /// Nothing yet, for the log of this key.
    #[must_use]
    pub fn new(log_key: PublicKey) -> Self {
        let replica = Replica::new(log_key);
        Self {
            witnessing: Witnessing::new(*replica.log.identity()),
            replica,
            world: WorldFold::new(),
            decisions: HashMap::new(),
            docket: Docket::default(),
            checkpoint: None,
            passed: Vec::new(),
            changed_counts: Vec::new(),
            recent: VecDeque::new(),
            voices: Voices::default(),
        }
    }

    /// Takes a newer checkpoint. The last one of a key that has handed over is
    /// what later followers learn the next key from.
    pub fn set_checkpoint(&mut self, checkpoint: SignedCheckpoint) {
        if let Some(key) = self.log.keys().ended_at(checkpoint.size) {
            self.passed.push((*key, checkpoint.note.clone()));
        }
        self.checkpoint = Some(checkpoint);
    }

    /// Entries under the newest checkpoint.
    #[must_use]
    pub fn checkpoint_size(&self) -> u64 {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size)
    }

    /// The size that a quorum of a realm's witnesses vouches for, as it counts
    /// for an entry at this position. What no realm holds is the root's.
    #[must_use]
    pub fn witnessed_size(&self, realm: &RealmId, position: u64) -> u64 {
        let realm = if *realm == RealmId::NULL { self.root_realm() } else { *realm };
        self.witnessing.witnessed(
            (&realm, position),
            self.checkpoint_size(),
            &self.replica.directory,
        )
    }

    /// How sure it is that an event stays.
    #[must_use]
    pub fn finality(&self, event: &EventMeta) -> Finality {
        let witnessed = self.witnessed_size(&event.realm, event.sequence);
        self.log.finality(event.sequence, witnessed)
    }

    /// Takes in the next entry of the log, in order. The end of an epoch comes
    /// through [`Self::close`] and then here.
    pub fn apply(&mut self, event: &VerifiedEvent) {
        let (sequence, said) = (self.log.size(), event.event());
        self.replica.apply(event);
        if matches!(said.body, Body::EpochClosed(_)) {
            return;
        }
        if let Some(change) = IdentityChange::of(said) {
            self.world.change_identity(change);
        }
        let mut seen = Observation::of(sequence, event.id(), said, &self.replica.directory);
        // Else anybody could close a realm with a crowd of new identities.
        seen.critical_report &= self.trust.glance(&seen.realm, &seen.author_root).has_voice;
        self.world.apply(&seen);
        match &said.body {
            Body::RealmCreated(_) | Body::RealmRulesChanged(_) => self.look_at_witnesses(),
            Body::Judgement(judgement) => {
                self.docket.judged(sequence, said.realm, judgement.subject);
                self.decide(judgement.target, sequence);
            }
            Body::AnomalyReported(report) => {
                self.docket.reported(&self.replica.log, sequence, said.realm, report);
            }
            Body::AnomalyJudged(judged) => {
                if let Some(report) = self.replica.log.find(&judged.report) {
                    self.docket.decided(report.sequence, report.realm);
                }
                self.decide(judged.report, sequence);
            }
            Body::CredentialIssued(issued) if issued.credential_type == PERSON => {
                self.world.verification_changed(&issued.subject);
                if let Some(end_us) = issued.expires_at_us {
                    self.world.verification_ends(&issued.subject, end_us);
                }
            }
            Body::CredentialRevoked(revoked) => self.world.verification_changed(&revoked.subject),
            _ => {}
        }
    }

    fn decide(&mut self, about: EventId, sequence: u64) {
        self.decisions.entry(about).or_default().push(sequence);
    }

    fn look_at_witnesses(&mut self) {
        let size = self.replica.log.size();
        self.witnessing.follow(&self.replica.realms, size);
    }

    /// Folds the open epoch.
    pub fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        let outcome = self.replica.close(closed_at_us);
        // A rule may have waited for its time.
        self.look_at_witnesses();
        let epoch = EpochView::new(outcome.epoch, closed_at_us);
        self.world.close(epoch, &outcome.changed, &sources(&self.replica));
        let root = self.replica.root_realm();
        self.voices.follow(&self.replica.trust, &root, &outcome.changed);
        self.changed_counts.push(u32::try_from(outcome.changed.len()).unwrap_or(u32::MAX));
        if self.recent.len() == REMEMBERED_EPOCHS {
            self.recent.pop_front();
        }
        self.recent
            .push_back(ClosedEpoch { epoch: outcome.epoch, changed: outcome.changed.clone() });
        outcome
    }

    /// Brings the ranking and the voices to the last epoch; while the log is
    /// replayed nobody looks at them. Costs nothing twice on one day.
    pub fn refresh(&mut self) {
        self.world.refresh(&sources(&self.replica));
        let root = self.replica.root_realm();
        self.voices.refresh(&self.replica.trust, &root);
    }
}

fn sources(replica: &Replica) -> impl Sources {
    Folds {
        trust: &replica.trust,
        directory: &replica.directory,
        is_verified: |realm: &RealmId, who: &IdentityId| replica.is_verified(realm, who),
    }
}
