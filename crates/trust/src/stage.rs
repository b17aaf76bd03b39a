//! Log entries on their way into the open epoch.

use erynoa_events::{
    Attestation, Body, Dimension, EquivocationProof, Event, KeyDirectory, Polarity, Receipt,
    ReceiptOutcome,
};
use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::TrustFold;
use crate::fold::index32;
use crate::parameters::{EQUIVOCATION, RECEIPT_ABORTED, RECEIPT_BROKEN};
use crate::realm::Realm;
use crate::statement::{Column, NO_DOMAIN, PartKind, Statement, Status};

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
        match &event.body {
            Body::Attestation(attestation) => {
                self.stage_attestation(sequence, id, event, attestation, directory);
            }
            Body::AttestationRevoked(revocation) => {
                let realm = self.intern_realm(&event.realm);
                let author = self.realms[realm as usize].intern(&event.author);
                self.open.revocations.push((realm, author, revocation.attestation));
            }
            Body::Receipt(receipt) => self.stage_receipt(sequence, id, event, receipt, directory),
            Body::EquivocationProof(proof) => self.stage_proof(sequence, id, event, proof),
            Body::RealmCreated(created) => {
                let realm = self.intern_realm(&created.realm);
                for founder in &created.founders {
                    let member = self.realms[realm as usize].intern(founder);
                    self.open.founders.push((realm, member));
                }
            }
            Body::IdentityCreated(_)
            | Body::KeyAdded(_)
            | Body::KeyRevoked(_)
            | Body::EpochClosed(_)
            | Body::Custom(_) => {}
        }
    }

    fn stage_attestation(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        attestation: &Attestation,
        directory: &dyn KeyDirectory,
    ) {
        let domain = self.intern_domain(&attestation.domain);
        let index = self.push_statement(
            sequence,
            id,
            event,
            (event.author, attestation.subject),
            PartKind::Attestation,
        );
        self.note_same_root(index, directory);
        let statement = &mut self.statements[index as usize];
        statement.dimension = attestation.dimension;
        statement.domain = domain;
        statement.expires_at_us = attestation.expires_at_us.unwrap_or(0);
        statement.column = match attestation.polarity {
            Polarity::Positive => Column::Positive,
            Polarity::Negative => Column::Negative,
        };
        let source = statement.source as usize;
        self.realms[statement.realm as usize].members[source].budget.open += 1;
        self.attestation_by_id.insert(id.as_bytes(), index);
    }

    fn stage_receipt(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        receipt: &Receipt,
        directory: &dyn KeyDirectory,
    ) {
        let column = match receipt.outcome {
            ReceiptOutcome::Kept => Column::Positive,
            ReceiptOutcome::Broken | ReceiptOutcome::AbortedByPerformer => Column::Negative,
            // Says nothing about the performer.
            ReceiptOutcome::AbortedByClient => return,
        };
        let index = self.push_statement(
            sequence,
            id,
            event,
            (receipt.client, receipt.performer),
            PartKind::Receipt,
        );
        self.note_same_root(index, directory);
        let statement = &mut self.statements[index as usize];
        statement.column = column;
        statement.weight = match receipt.outcome {
            ReceiptOutcome::Broken => RECEIPT_BROKEN,
            ReceiptOutcome::AbortedByPerformer => RECEIPT_ABORTED,
            ReceiptOutcome::Kept | ReceiptOutcome::AbortedByClient => 0,
        };
        self.open.receipts.push((index, receipt.terms_hash));
    }

    fn stage_proof(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        proof: &EquivocationProof,
    ) {
        let index = self.push_statement(
            sequence,
            id,
            event,
            (event.author, proof.accused),
            PartKind::Equivocation,
        );
        let statement = &mut self.statements[index as usize];
        statement.dimension = Dimension::Fidelity;
        statement.column = Column::Negative;
        statement.weight = EQUIVOCATION;
        self.open.proofs.push((index, (proof.key, proof.prev)));
    }

    /// Keeps a statement about reliability, pending, first of its subject's.
    fn push_statement(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        (source, subject): (IdentityId, IdentityId),
        kind: PartKind,
    ) -> u32 {
        let realm_index = self.intern_realm(&event.realm);
        let realm = &mut self.realms[realm_index as usize];
        let source = realm.intern(&source);
        let subject = realm.intern(&subject);
        let index = index32(self.statements.len());
        let newest = &mut realm.members[subject as usize].newest;
        self.statements.push(Statement {
            id,
            coordinate: event.coordinate,
            sequence,
            weight: 0,
            expires_at_us: 0,
            realm: realm_index,
            source,
            subject,
            domain: NO_DOMAIN,
            epoch: 0,
            day: 0,
            previous: *newest,
            kind,
            dimension: Dimension::Reliability,
            column: Column::Positive,
            status: Status::Pending,
            same_root: false,
        });
        *newest = index;
        index
    }

    fn note_same_root(&mut self, index: u32, directory: &dyn KeyDirectory) {
        let statement = &mut self.statements[index as usize];
        let members = &mut self.realms[statement.realm as usize].members;
        let source = members[statement.source as usize].root(directory);
        statement.same_root = source == members[statement.subject as usize].root(directory);
    }

    fn intern_realm(&mut self, id: &RealmId) -> u32 {
        if let Some(&index) = self.realm_by_id.get(id) {
            return index;
        }
        let index = index32(self.realms.len());
        self.realms.push(Realm::new(*id));
        self.realm_by_id.insert(*id, index);
        index
    }

    fn intern_domain(&mut self, label: &str) -> u32 {
        if label.is_empty() {
            return NO_DOMAIN;
        }
        if let Some(&index) = self.domain_by_label.get(label) {
            return index;
        }
        let index = index32(self.domains.len());
        self.domains.push(label.into());
        self.domain_by_label.insert(label.into(), index);
        index
    }
}
