//! Log entries on their way into the open epoch.

use erynoa_events::{
    Attestation, Body, Dimension, Event, KeyDirectory, Polarity, Receipt, ReceiptOutcome,
};
use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::TrustFold;
use crate::fold::index32;
use crate::parameters::{CROSSED_FLOOR_PPM, PPM, RECEIPT_ABORTED, RECEIPT_BROKEN};
use crate::realm::Realm;
use crate::row::{Once, Row};
use crate::statement::{Column, NO_DOMAIN, PartKind, Statement, Status};

/// A log entry with its place.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) sequence: u64,
    pub(crate) id: EventId,
    pub(crate) event: &'a Event,
}

impl TrustFold {
    /// Takes an applied log entry into the open epoch. Entries that say nothing
    /// about trust are ignored, `epoch_closed` among them: whoever appends or
    /// replays one calls [`Self::close`]. `directory` must know the log up to
    /// this entry.
    pub fn stage(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        directory: &dyn KeyDirectory,
    ) {
        let said = Said { sequence, id, event };
        match &event.body {
            Body::Attestation(attestation) => {
                self.stage_attestation(said, attestation, directory);
            }
            Body::AttestationRevoked(revocation) => {
                self.stage_revocation(said, PartKind::Attestation, revocation.attestation);
            }
            Body::Receipt(receipt) => self.stage_receipt(said, receipt, directory),
            Body::EquivocationProof(proof) => self.stage_proof(said, proof),
            Body::RealmCreated(created) => self.stage_realm(created),
            Body::ControllerSet(_) => self.controllers_changed(directory),
            Body::Vouch(vouch) => self.stage_vouch(said, vouch, directory),
            Body::VouchRevoked(revocation) => {
                self.stage_revocation(said, PartKind::Vouch, revocation.vouch);
            }
            Body::CredentialIssued(credential) => {
                self.stage_credential(said, credential, directory);
            }
            Body::CredentialRevoked(revocation) => {
                self.stage_credential_revocation(said, revocation);
            }
            Body::Judgement(judgement) => self.stage_judgement(said, judgement),
            Body::AnomalyJudged(judged) => self.stage_judged_report(said, judged),
            Body::EpochCosigned(_) => self.stage_cosignature(said),
            Body::Vote(vote) => self.stage_vote(said, vote),
            Body::ProposalClosed(closed) => self.stage_closed_proposal(said, closed),
            // What a join brings along comes through `stage_join`.
            Body::RealmJoined(_)
            | Body::RealmLeft(_)
            | Body::RealmRulesChanged(_)
            | Body::MemberBanned(_)
            | Body::Proposal(_)
            | Body::AnomalyReported(_)
            | Body::Delegation(_)
            | Body::DelegationRevoked(_)
            | Body::IdentityCreated(_)
            | Body::IdentityDeactivated(_)
            | Body::IdentityRecovered(_)
            | Body::KeyAdded(_)
            | Body::KeyRevoked(_)
            | Body::EpochClosed(_)
            | Body::Custom(_) => {}
        }
    }

    /// Takes into the open epoch what `subject` brings along into `realm`:
    /// means of R, I, C, P, V, Ω in ppm, as the crossing (protocol §7) shows
    /// them at the last closed epoch. They count as at least 0.1 and take the
    /// place of what an earlier epoch's join brought along; of several joins in
    /// one epoch the least of each dimension counts. A partition shares its
    /// parent's trust: nothing is brought along into one.
    pub fn stage_join(&mut self, realm: &RealmId, subject: &IdentityId, means_ppm: [u32; 6]) {
        let index = self.intern_realm(realm);
        let realm_of_trust = &mut self.realms[index as usize];
        if realm_of_trust.id != *realm {
            return;
        }
        let member = realm_of_trust.intern(subject);
        let most = u32::try_from(PPM).expect("the constant is 1 000 000");
        let means = means_ppm.map(|mean| mean.clamp(CROSSED_FLOOR_PPM, most));
        self.open.joins.push((index, member, means));
    }

    fn stage_attestation(
        &mut self,
        said: Said<'_>,
        attestation: &Attestation,
        directory: &dyn KeyDirectory,
    ) {
        let domain = self.intern_label(&attestation.domain);
        let row = Row {
            kind: PartKind::Attestation,
            dimension: attestation.dimension,
            column: match attestation.polarity {
                Polarity::Positive => Column::Positive,
                Polarity::Negative => Column::Negative,
            },
            weight: 0,
        };
        let index = self.push(said, (said.event.author, attestation.subject), row);
        self.note_same_root(index, directory);
        let statement = &mut self.statements[index as usize];
        statement.detail = domain;
        statement.expires_at_us = attestation.expires_at_us.unwrap_or(0);
        let source = statement.source as usize;
        self.realms[statement.realm as usize].members[source].budget.open += 1;
    }

    fn stage_receipt(&mut self, said: Said<'_>, receipt: &Receipt, directory: &dyn KeyDirectory) {
        let (kind, reliability) = (PartKind::Receipt, Dimension::Reliability);
        let row = match receipt.outcome {
            ReceiptOutcome::Kept => Row::plus(kind, reliability, 0),
            ReceiptOutcome::Broken => Row::minus(kind, reliability, RECEIPT_BROKEN),
            ReceiptOutcome::AbortedByPerformer => Row::minus(kind, reliability, RECEIPT_ABORTED),
            // Says nothing about the performer.
            ReceiptOutcome::AbortedByClient => return,
        };
        let index = self.push(said, (receipt.client, receipt.performer), row);
        self.note_same_root(index, directory);
        self.open.once.push((index, Once::terms(receipt.terms_hash)));
    }

    pub(crate) fn stage_revocation(&mut self, said: Said<'_>, kind: PartKind, event: EventId) {
        let realm = self.intern_realm(&said.event.realm);
        let author = self.realms[realm as usize].intern(&said.event.author);
        self.open.revocations.push((realm, author, kind, event));
    }

    /// Keeps a statement, pending, first of its subject's.
    pub(crate) fn push(
        &mut self,
        said: Said<'_>,
        (source, subject): (IdentityId, IdentityId),
        row: Row,
    ) -> u32 {
        let realm = self.intern_realm(&said.event.realm);
        let members = &mut self.realms[realm as usize];
        let source = members.intern(&source);
        let subject = members.intern(&subject);
        self.push_statement(Statement {
            id: said.id,
            coordinate: said.event.coordinate,
            sequence: said.sequence,
            weight: row.weight,
            expires_at_us: 0,
            realm,
            source,
            subject,
            detail: NO_DOMAIN,
            epoch: 0,
            day: 0,
            previous: 0,
            kind: row.kind,
            dimension: row.dimension,
            column: row.column,
            status: Status::Pending,
            same_root: false,
            voiced: false,
        })
    }

    /// Keeps a statement as the first of its subject's.
    pub(crate) fn push_statement(&mut self, mut statement: Statement) -> u32 {
        let index = index32(self.statements.len());
        let members = &mut self.realms[statement.realm as usize].members;
        let newest = &mut members[statement.subject as usize].newest;
        statement.previous = std::mem::replace(newest, index);
        self.statements.push(statement);
        index
    }

    /// Notes whether both sides of a statement have the same root as of now.
    pub(crate) fn note_same_root(&mut self, index: u32, directory: &dyn KeyDirectory) {
        let changes = self.controller_changes;
        let statement = &mut self.statements[index as usize];
        let members = &mut self.realms[statement.realm as usize].members;
        let mut root = |member: u32| {
            let member = &mut members[member as usize];
            let root = member.root(changes, directory);
            (root, root != member.id)
        };
        let (source, source_controlled) = root(statement.source);
        let (subject, subject_controlled) = root(statement.subject);
        statement.same_root = source == subject;
        if source_controlled || subject_controlled {
            self.open.controlled.push(index);
        }
    }

    /// The roots at the end of an epoch decide about all of it: what has been
    /// staged about the controlled is looked at again.
    fn controllers_changed(&mut self, directory: &dyn KeyDirectory) {
        self.controller_changes += 1;
        for index in std::mem::take(&mut self.open.controlled) {
            self.note_same_root(index, directory);
        }
    }

    pub(crate) fn intern_realm(&mut self, id: &RealmId) -> u32 {
        if let Some(&index) = self.realm_by_id.get(id) {
            return index;
        }
        let index = index32(self.realms.len());
        self.realms.push(Realm::new(*id));
        self.realm_by_id.insert(*id, index);
        index
    }

    pub(crate) fn intern_label(&mut self, label: &str) -> u32 {
        if label.is_empty() {
            return NO_DOMAIN;
        }
        if let Some(&index) = self.label_index.get(label) {
            return index;
        }
        let index = index32(self.labels.len());
        self.labels.push(label.into());
        self.label_index.insert(label.into(), index);
        index
    }
}
