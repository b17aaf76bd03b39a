//! Whether a genuine event fits the log (protocol §2, "Valid iff").

use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use rustc_hash::FxHashMap;

use crate::error::code;
use crate::{
    Attestation, Body, EpochClosed, Event, EventError, EventKind, KeyDirectory, LogState,
    MAX_AHEAD_US, RealmCreated, Receipt, VerifiedEvent,
};

/// Where an admitted event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// To be appended at this position.
    New {
        /// Position in the log.
        sequence: u64,
    },
    /// In the log, or in this batch, already; nothing to append.
    Duplicate {
        /// Position in the log.
        sequence: u64,
    },
}

/// What the batch must know of an event that it has staged.
#[derive(Clone, Copy, Debug)]
struct Staged {
    sequence: u64,
    coordinate: Coordinate,
    author: IdentityId,
    realm: RealmId,
    kind: EventKind,
}

/// One batch on top of an applied log. What it admits is staged, so that later
/// events of the batch can build on it; the log itself does not change.
#[derive(Debug)]
pub struct Admission<'a> {
    log: &'a LogState,
    now_us: u64,
    staged: FxHashMap<EventId, Staged>,
    heads: FxHashMap<PublicKey, (EventId, Coordinate)>,
    next: u64,
    /// Number and time of the last closed epoch, 0 before the first.
    last_epoch: (u64, u64),
}

impl<'a> Admission<'a> {
    /// An empty batch; `now_us` is the receiver's clock.
    #[must_use]
    pub fn new(log: &'a LogState, now_us: u64) -> Self {
        Self {
            log,
            now_us,
            staged: FxHashMap::default(),
            heads: FxHashMap::default(),
            next: log.size(),
            last_epoch: log
                .epochs()
                .last()
                .map_or((0, 0), |epoch| (epoch.epoch, epoch.closed_at_us)),
        }
    }

    /// Judges the next event. `directory` must know what the log and this batch
    /// hold so far. A refused event changes nothing.
    ///
    /// # Errors
    /// Code, field and reason.
    pub fn admit(
        &mut self,
        event: &VerifiedEvent,
        directory: &dyn KeyDirectory,
    ) -> Result<Admitted, EventError> {
        if let Some(known) = self.find(&event.id) {
            return Ok(Admitted::Duplicate { sequence: known.sequence });
        }
        let said = &event.event;
        self.check_time(said.coordinate)?;
        directory.check_author(said, &event.signer)?;
        self.check_causes(said, &event.signer)?;
        self.check_body(event, directory)?;

        let sequence = self.next;
        self.next += 1;
        self.heads.insert(event.signer, (event.id, said.coordinate));
        self.staged.insert(
            event.id,
            Staged {
                sequence,
                coordinate: said.coordinate,
                author: said.author,
                realm: said.realm,
                kind: said.body.kind(),
            },
        );
        if let Body::EpochClosed(closed) = &said.body {
            self.last_epoch = (closed.epoch, closed.closed_at_us);
        }
        Ok(Admitted::New { sequence })
    }

    fn find(&self, id: &EventId) -> Option<Staged> {
        self.staged.get(id).copied().or_else(|| {
            self.log.find(id).map(|event| Staged {
                sequence: event.sequence,
                coordinate: event.coordinate,
                author: event.author,
                realm: event.realm,
                kind: event.kind,
            })
        })
    }

    fn head(&self, key: &PublicKey) -> Option<(EventId, Coordinate)> {
        self.heads.get(key).copied().or_else(|| self.log.head(key))
    }

    fn check_time(&self, coordinate: Coordinate) -> Result<(), EventError> {
        let latest = self.now_us.saturating_add(MAX_AHEAD_US);
        let Some(early_us) = coordinate.wall_us.checked_sub(latest).filter(|&early| early > 0)
        else {
            return Ok(());
        };
        let mut error = EventError::refuse(
            code::EVENT_FROM_FUTURE,
            "event.coordinate",
            "more than 120 seconds ahead of the log's clock; check the clock of the device",
        );
        error.retry_after_ms = Some(early_us.div_ceil(1000));
        Err(error)
    }

    fn check_causes(&self, event: &Event, signer: &PublicKey) -> Result<(), EventError> {
        let head = self.head(signer);
        if event.prev != head.map(|(id, _)| id) {
            return Err(self.wrong_prev(event.prev, head));
        }
        let mut latest = head.map(|(_, at)| at);
        for parent in &event.parents {
            let known = self.find(parent).ok_or_else(|| {
                EventError::refuse(
                    code::EVENT_PARENT_UNKNOWN,
                    "event.parents",
                    format!("{parent} is not in the log"),
                )
            })?;
            latest = latest.max(Some(known.coordinate));
        }
        match latest {
            Some(latest) if event.coordinate <= latest => Err(EventError::refuse(
                code::EVENT_COORDINATE_NOT_AFTER,
                "event.coordinate",
                format!(
                    "must be after ({}, {}), the latest of prev and parents",
                    latest.wall_us, latest.counter
                ),
            )),
            _ => Ok(()),
        }
    }

    fn wrong_prev(&self, prev: Option<EventId>, head: Option<(EventId, Coordinate)>) -> EventError {
        const FIELD: &str = "event.prev";
        if let Some(prev) = prev
            && self.find(&prev).is_none()
        {
            return EventError::refuse(
                code::EVENT_PREV_UNKNOWN,
                FIELD,
                format!("{prev} is not in the log"),
            );
        }
        let message = match head {
            Some((head, _)) => format!("the latest event of this key is {head}"),
            None => "this key has signed nothing yet; leave prev out".to_owned(),
        };
        EventError::refuse(code::EVENT_PREV_STALE, FIELD, message)
    }

    fn check_body(
        &self,
        event: &VerifiedEvent,
        directory: &dyn KeyDirectory,
    ) -> Result<(), EventError> {
        let said = &event.event;
        let needs_realm =
            said.realm != RealmId::NULL && !matches!(said.body, Body::RealmCreated(_));
        if needs_realm && !directory.has_realm(&said.realm) {
            return Err(EventError::refuse(
                code::REALM_UNKNOWN,
                "event.realm",
                "the realm is not in the log",
            ));
        }
        match &said.body {
            // `check_author` judges these.
            Body::IdentityCreated(_) | Body::KeyAdded(_) | Body::KeyRevoked(_) => Ok(()),
            Body::Custom(_) => Ok(()),
            Body::Attestation(Attestation { subject, .. }) => {
                must_know(directory, subject, "attestation.subject")
            }
            Body::AttestationRevoked(revoked) => self.check_revocation(said, &revoked.attestation),
            Body::Receipt(receipt) => check_receipt(&said.author, receipt, directory),
            Body::RealmCreated(created) => {
                self.must_be_log(event)?;
                self.check_realm(created, directory)
            }
            Body::EquivocationProof(proof) => {
                must_know(directory, &proof.accused, "equivocation_proof.first")?;
                if directory.ever_owned(&proof.accused, &proof.key) {
                    return Ok(());
                }
                Err(EventError::refuse(
                    code::EQUIVOCATION_INVALID,
                    "equivocation_proof.first",
                    "the key was never one of the accused author",
                ))
            }
            Body::EpochClosed(closed) => {
                self.must_be_log(event)?;
                self.check_epoch(closed)
            }
        }
    }

    fn check_revocation(&self, event: &Event, attestation: &EventId) -> Result<(), EventError> {
        let is_own = self.find(attestation).is_some_and(|known| {
            known.kind == EventKind::Attestation
                && known.author == event.author
                && known.realm == event.realm
        });
        if is_own {
            return Ok(());
        }
        Err(EventError::refuse(
            code::ATTESTATION_UNKNOWN,
            "attestation_revoked.attestation",
            "not an attestation of the same author in the same realm",
        ))
    }

    fn must_be_log(&self, event: &VerifiedEvent) -> Result<(), EventError> {
        let key = self.log.log_key();
        let is_log =
            event.signer == *key && event.event.author == IdentityId::of(Namespace::Craft, key);
        if is_log {
            return Ok(());
        }
        Err(EventError::refuse(
            code::EVENT_KEY_PURPOSE,
            "public_key",
            "only the log's own key closes epochs and creates the realm",
        ))
    }

    fn check_realm(
        &self,
        created: &RealmCreated,
        directory: &dyn KeyDirectory,
    ) -> Result<(), EventError> {
        if created.realm != RealmId::root_of(self.log.log_key()) {
            return Err(EventError::field("realm_created.realm", "the root realm of this log"));
        }
        if directory.has_realm(&created.realm) {
            return Err(EventError::field("realm_created.realm", "exists already"));
        }
        created
            .founders
            .iter()
            .try_for_each(|founder| must_know(directory, founder, "realm_created.founders"))
    }

    fn check_epoch(&self, closed: &EpochClosed) -> Result<(), EventError> {
        let (last, closed_at_us) = self.last_epoch;
        if closed.epoch != last + 1 {
            return Err(EventError::field(
                "epoch_closed.epoch",
                format!("the next epoch is {}", last + 1),
            ));
        }
        if closed.closed_at_us < closed_at_us {
            return Err(EventError::field(
                "epoch_closed.closed_at_us",
                "not before the end of the previous epoch",
            ));
        }
        if closed.size != self.next {
            return Err(EventError::field(
                "epoch_closed.size",
                format!("{} entries come before this one", self.next),
            ));
        }
        Ok(())
    }
}

fn must_know(
    directory: &dyn KeyDirectory,
    identity: &IdentityId,
    field: &'static str,
) -> Result<(), EventError> {
    if directory.knows(identity) {
        return Ok(());
    }
    Err(EventError::refuse(code::IDENTITY_UNKNOWN, field, format!("{identity} is not in the log")))
}

fn check_receipt(
    author: &IdentityId,
    receipt: &Receipt,
    directory: &dyn KeyDirectory,
) -> Result<(), EventError> {
    let other = receipt.other_side(author);
    let field =
        if other == receipt.client { "receipt.terms.client" } else { "receipt.terms.performer" };
    must_know(directory, &other, field)?;
    if directory.is_live(&other, &receipt.countersigner_key) {
        return Ok(());
    }
    Err(EventError::refuse(
        code::EVENT_COUNTERSIGNATURE_INVALID,
        "receipt.countersigner_key",
        "no live key of the other side",
    ))
}
