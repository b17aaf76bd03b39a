//! What the log itself says: its birth, the root realm, the ends of epochs,
//! and what they decide.

use erynoa_events::{
    Body, Checkpoint, EpochClosed, Event, EventError, IdentityCreated, KeyAdded, LogClock,
    RECOVERY_DELAY_S, RealmCreated, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, Kind, Namespace, Problem, RealmId};
use erynoa_replica::Batch;
use erynoa_trust::TrustFold;

use super::{Founding, Job, Models, Sequencer, SignedCheckpoint, Write, judge};
use crate::ledger::LOG_KEY_LABEL;

impl Sequencer {
    pub(super) fn found(
        &self,
        models: &mut Models,
        write: &mut Write,
        founding: Founding,
    ) -> Result<(), Problem> {
        if models.is_claimed() {
            return Err(Problem::new(
                Kind::AlreadyExists,
                "ALREADY_CLAIMED",
                "the installation has an operator already",
            ));
        }
        let realm = models.root_realm();
        let body = Body::RealmCreated(RealmCreated {
            realm,
            name: founding.name,
            founders: vec![founding.founder],
            rules: founding.rules,
            ..RealmCreated::default()
        });
        let event = self.sign(models, realm, body)?;
        self.judge_one(models, write, &event)?;
        Ok(())
    }

    /// Ends the open epoch: fold, `epoch_closed`, checkpoint.
    pub(super) fn close(&self, models: &mut Models, write: &mut Write) {
        let closed_at_us = self.log_time(models);
        let size = models.log.size();
        let outcome = models.close(closed_at_us);
        let body = Body::EpochClosed(EpochClosed {
            epoch: outcome.epoch,
            closed_at_us,
            size,
            state_root: outcome.state_root,
            parameters_hash: TrustFold::parameters_hash(),
        });
        let event = self.sign(models, RealmId::NULL, body).expect("epoch_closed is well-formed");
        models.apply(&event);
        write.entries.push(event.entry().clone());
        let size = models.log.size();
        let root = models.log.tree().root_at(size).expect("the tree has a root at its size");
        let note = Checkpoint { origin: self.policy.origin.clone(), size, root }.sign(&self.key);
        let checkpoint = SignedCheckpoint { size, root, note };
        models.set_checkpoint(checkpoint.clone());
        write.checkpoint = Some(checkpoint);
        models.refresh();
        // What the epoch has decided is for the log's next home to say.
        if models.log.keys().current() == &self.key.public_key() {
            self.announce(models, write);
        }
    }

    /// Hands the log over: the log's identity adds the next home's key, and the
    /// epoch ends, under the last head that our key signs. Returns its size.
    pub(super) fn hand_over(
        &self,
        models: &mut Models,
        write: &mut Write,
        offer: KeyAdded,
    ) -> Result<u64, Problem> {
        if offer.public_key == self.key.public_key() {
            return Err(Problem::new(
                Kind::Invalid,
                "HAND_OVER_INVALID",
                "the offer is one of this node, which is the log's home already",
            )
            .field("offer"));
        }
        let event = self.sign(models, RealmId::NULL, Body::KeyAdded(offer))?;
        self.judge_one(models, write, &event)?;
        self.close(models, write);
        Ok(models.log.size())
    }

    /// Says what the end of an epoch has decided: changes of rules, exclusions,
    /// ends of proposals.
    fn announce(&self, models: &mut Models, write: &mut Write) {
        for (realm, body) in models.realms.due() {
            let said = self.sign(models, realm, body).and_then(|event| {
                judge(&mut Batch::over(models, self.clock.now_us()), &event)?;
                Ok(event)
            });
            match said {
                Ok(event) => Self::take_in(models, write, &event),
                // What the realms decide is checked before it is decided.
                Err(error) => tracing::error!(%error, "a decision could not be announced"),
            }
        }
    }

    /// Signs an event of the log's own identity.
    fn sign(
        &self,
        models: &Models,
        realm: RealmId,
        body: Body,
    ) -> Result<VerifiedEvent, EventError> {
        let head = models.log.head(&self.key.public_key());
        let event = Event {
            author: self.identity,
            realm,
            coordinate: Coordinate::next(self.log_time(models), head.map(|(_, at)| at)),
            prev: head.map(|(id, _)| id),
            parents: Vec::new(),
            body,
        };
        sign_event(&event, &self.key)
    }

    /// The log's first entry: its own identity, at the time of what comes first.
    pub(super) fn genesis(&self, group: &[Job]) -> Option<VerifiedEvent> {
        let first = group.iter().find_map(|job| match job {
            Job::Submit { events, .. } => events.first(),
            Job::Found { .. } | Job::HandOver { .. } | Job::Stop => None,
        })?;
        let now_us = match self.policy.epochs.clock {
            LogClock::System => self.clock.now_us(),
            LogClock::Events => first.event().coordinate.wall_us,
        };
        let event = Event {
            author: self.identity,
            realm: RealmId::NULL,
            coordinate: Coordinate { wall_us: now_us, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body: Body::IdentityCreated(IdentityCreated {
                namespace: Namespace::Craft,
                display_name: self.policy.origin.chars().take(100).collect(),
                key_label: LOG_KEY_LABEL.to_owned(),
                recovery_key: None,
                recovery_delay_s: RECOVERY_DELAY_S.1,
                controller: None,
            }),
        };
        sign_event(&event, &self.key).ok()
    }
}
