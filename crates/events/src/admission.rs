//! Whether a genuine event fits the log (protocol §2, "Valid iff").

use erynoa_kernel::{Coordinate, EventId, IdentityId, PublicKey, RealmId};
use rustc_hash::FxHashMap;

use crate::error::code;
use crate::{
    AnomalyReported, Attestation, Body, EpochClosed, EpochCosigned, Event, EventError, EventKind,
    Finding, Judgement, KeyDirectory, LogState, MAX_AHEAD_US, MemberBanned, ProposalClosed,
    RealmCreated, RealmRules, RealmRulesChanged, RealmUse, Receipt, VerifiedEvent,
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
    subject: Option<IdentityId>,
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
    used: FxHashMap<RealmId, RealmUse>,
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
            used: FxHashMap::default(),
            next: log.size(),
            last_epoch: log
                .epochs()
                .last()
                .map_or((0, 0), |epoch| (epoch.epoch, epoch.closed_at_us)),
        }
    }

    /// Judges the next event. `directory` must know what the log and this batch
    /// hold so far; `realms` what the log holds, so an event that is structural
    /// ([`EventKind::is_structural`]) must be the last of its batch. A refused
    /// event changes nothing.
    ///
    /// # Errors
    /// Code, field and reason.
    pub fn admit(
        &mut self,
        event: &VerifiedEvent,
        directory: &dyn KeyDirectory,
        realms: &dyn RealmRules,
    ) -> Result<Admitted, EventError> {
        if let Some(known) = self.find(&event.id) {
            return Ok(Admitted::Duplicate { sequence: known.sequence });
        }
        let said = &event.event;
        self.check_time(said.coordinate)?;
        directory.check_author(said, &event.signer)?;
        if said.author == *self.log.identity() {
            self.must_be_log(event)?;
        }
        self.check_causes(said, &event.signer)?;
        self.check_body(event, directory, realms)?;
        directory.check_delegation(said, realms)?;
        let used = self.used.get(&said.realm).copied().unwrap_or_default();
        let uses = match said.realm {
            RealmId::NULL => RealmUse::default(),
            _ => realms.check(event, used)?,
        };

        let sequence = self.next;
        self.next += 1;
        self.used.insert(
            said.realm,
            RealmUse {
                events: used.events + uses.events,
                bytes: used.bytes + uses.bytes,
                gas: used.gas + uses.gas,
            },
        );
        self.heads.insert(event.signer, (event.id, said.coordinate));
        self.staged.insert(
            event.id,
            Staged {
                sequence,
                coordinate: said.coordinate,
                author: said.author,
                subject: said.subject(),
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
                subject: event.subject,
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
        realms: &dyn RealmRules,
    ) -> Result<(), EventError> {
        let said = &event.event;
        let needs_realm =
            said.realm != RealmId::NULL && !matches!(said.body, Body::RealmCreated(_));
        if needs_realm && !realms.has_realm(&said.realm) {
            return Err(EventError::refuse(
                code::REALM_UNKNOWN,
                "event.realm",
                "the realm is not in the log",
            ));
        }
        match &said.body {
            // `check_author` judges these.
            Body::IdentityCreated(_)
            | Body::KeyAdded(_)
            | Body::KeyRevoked(_)
            | Body::ControllerSet(_)
            | Body::IdentityDeactivated(_)
            | Body::IdentityRecovered(_)
            | Body::DelegationRevoked(_) => Ok(()),
            // `RealmRules` judges these.
            Body::Custom(_) | Body::RealmJoined(_) | Body::RealmLeft(_) => Ok(()),
            Body::Attestation(Attestation { subject, .. }) => {
                must_know(directory, subject, "attestation.subject")
            }
            Body::AttestationRevoked(revoked) => self.check_revocation(said, &revoked.attestation),
            Body::Receipt(receipt) => check_receipt(&said.author, receipt, directory),
            Body::Delegation(delegation) => {
                must_know(directory, &delegation.delegate, "delegation.delegate")
            }
            Body::Vouch(vouch) => must_know(directory, &vouch.member, "vouch.member"),
            Body::VouchRevoked(revoked) => self
                .target(said, &revoked.vouch, EventKind::Vouch, "vouch_revoked.vouch")
                .and_then(|vouch| must_be_by(vouch.author, said.author, "vouch_revoked.vouch")),
            Body::CredentialIssued(credential) => {
                must_know(directory, &credential.subject, "credential_issued.subject")
            }
            Body::CredentialRevoked(revoked) => {
                const FIELD: &str = "credential_revoked.credential";
                let credential =
                    self.target(said, &revoked.credential, EventKind::CredentialIssued, FIELD)?;
                must_be_by(credential.author, said.author, FIELD)?;
                match credential.subject == Some(revoked.subject) {
                    true => Ok(()),
                    false => Err(no_target("credential_revoked.subject", "not its subject")),
                }
            }
            Body::Judgement(judgement) => self.check_judgement(said, judgement, directory),
            Body::RealmCreated(created) => self.check_realm(event, created, directory, realms),
            Body::RealmRulesChanged(RealmRulesChanged { proposal, .. }) => {
                self.must_be_log(event)?;
                self.target(said, proposal, EventKind::Proposal, "realm_rules_changed.proposal")
                    .map(drop)
            }
            Body::MemberBanned(MemberBanned { proposal, .. }) => {
                self.must_be_log(event)?;
                self.target(said, proposal, EventKind::Proposal, "member_banned.proposal").map(drop)
            }
            Body::ProposalClosed(ProposalClosed { proposal, .. }) => {
                self.must_be_log(event)?;
                self.target(said, proposal, EventKind::Proposal, "proposal_closed.proposal")
                    .map(drop)
            }
            Body::Proposal(proposal) => proposal
                .member
                .iter()
                .try_for_each(|member| must_know(directory, member, "proposal.member")),
            Body::Vote(vote) => {
                self.target(said, &vote.proposal, EventKind::Proposal, "vote.proposal").map(drop)
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
            Body::AnomalyReported(report) => self.check_report(&said.author, report, directory),
            Body::AnomalyJudged(judged) => self
                .target(said, &judged.report, EventKind::AnomalyReported, "anomaly_judged.report")
                .and_then(|report| {
                    must_be_by(report.author, judged.reporter, "anomaly_judged.reporter")
                }),
            Body::EpochCosigned(cosigned) => self.check_cosignature(cosigned),
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

    /// The event of this kind that an event of the same realm names.
    fn target(
        &self,
        event: &Event,
        target: &EventId,
        kind: EventKind,
        field: &'static str,
    ) -> Result<Staged, EventError> {
        self.find(target)
            .filter(|known| known.kind == kind && known.realm == event.realm)
            .ok_or_else(|| {
                no_target(field, format!("names a {} in the realm of the event", kind.name()))
            })
    }

    fn check_judgement(
        &self,
        event: &Event,
        judgement: &Judgement,
        directory: &dyn KeyDirectory,
    ) -> Result<(), EventError> {
        const TARGET: &str = "judgement.target";
        must_know(directory, &judgement.subject, "judgement.subject")?;
        let target = match judgement.finding {
            Finding::ClaimTrue
            | Finding::ClaimFalseMinor
            | Finding::ClaimFalseSignificant
            | Finding::ClaimFalseFraud => {
                self.target(event, &judgement.target, EventKind::Attestation, TARGET)?
            }
            Finding::ProposalSpam => {
                self.target(event, &judgement.target, EventKind::Proposal, TARGET)?
            }
            Finding::BreachContract
            | Finding::BreachRealm
            | Finding::BreachAxiom
            | Finding::MemberAtFault => self
                .find(&judgement.target)
                .filter(|known| known.realm == event.realm)
                .ok_or_else(|| no_target(TARGET, "names an event in the realm of the event"))?,
        };
        must_be_by(target.author, judgement.subject, "judgement.subject")
    }

    fn check_report(
        &self,
        author: &IdentityId,
        report: &AnomalyReported,
        directory: &dyn KeyDirectory,
    ) -> Result<(), EventError> {
        for subject in &report.subjects {
            must_know(directory, subject, "anomaly_reported.subjects")?;
            if directory.root_of(subject) == directory.root_of(author) {
                return Err(EventError::refuse(
                    code::SUBJECT_SELF,
                    "anomaly_reported.subjects",
                    "nobody reports themselves or whom they control",
                ));
            }
        }
        match report.evidence.iter().find(|event| self.find(event).is_none()) {
            None => Ok(()),
            Some(missing) => {
                Err(no_target("anomaly_reported.evidence", format!("{missing} is not in the log")))
            }
        }
    }

    fn check_cosignature(&self, cosigned: &EpochCosigned) -> Result<(), EventError> {
        let refuse = |field, message: &'static str| {
            Err(EventError::refuse(code::COSIGNATURE_MISMATCH, field, message))
        };
        if cosigned.log_key != *self.log.log_key() {
            return refuse("epoch_cosigned.log_key", "the key of this log");
        }
        let closed =
            usize::try_from(cosigned.epoch - 1).ok().and_then(|index| self.log.epochs().get(index));
        let Some(closed) = closed else {
            return refuse("epoch_cosigned.epoch", "an epoch that is closed");
        };
        if cosigned.size != closed.sequence + 1 {
            return refuse(
                "epoch_cosigned.size",
                "the entries up to the end of the epoch, its epoch_closed included",
            );
        }
        if cosigned.state_root != closed.state_root {
            return refuse("epoch_cosigned.state_root", "the state root of the epoch");
        }
        if self.log.tree().root_at(cosigned.size) != Some(cosigned.root) {
            return refuse("epoch_cosigned.root", "the root of the log's tree at that size");
        }
        Ok(())
    }

    fn must_be_log(&self, event: &VerifiedEvent) -> Result<(), EventError> {
        let is_log = event.signer == *self.log.keys().current()
            && event.event.author == *self.log.identity();
        if is_log {
            return Ok(());
        }
        Err(EventError::refuse(
            code::EVENT_KEY_PURPOSE,
            "public_key",
            "only the log's own key closes epochs, creates the root realm and announces decisions",
        ))
    }

    fn check_realm(
        &self,
        event: &VerifiedEvent,
        created: &RealmCreated,
        directory: &dyn KeyDirectory,
        realms: &dyn RealmRules,
    ) -> Result<(), EventError> {
        match created.parent {
            None => {
                self.must_be_log(event)?;
                if created.realm != RealmId::root_of(self.log.log_key()) {
                    return Err(EventError::field(
                        "realm_created.realm",
                        "the root realm of this log",
                    ));
                }
            }
            Some(parent) if !realms.has_realm(&parent) => {
                return Err(EventError::refuse(
                    code::REALM_UNKNOWN,
                    "realm_created.parent",
                    "the realm is not in the log",
                ));
            }
            Some(_) => {}
        }
        if realms.has_realm(&created.realm) {
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

fn no_target(
    field: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> EventError {
    EventError::refuse(code::TARGET_UNKNOWN, field, message)
}

fn must_be_by(
    author: IdentityId,
    named: IdentityId,
    field: &'static str,
) -> Result<(), EventError> {
    if author == named {
        return Ok(());
    }
    Err(no_target(field, format!("the event that is named is by {author}")))
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
