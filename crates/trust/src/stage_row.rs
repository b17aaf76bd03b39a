//! Entries of the rows besides attestations and receipts, on their way into
//! the open epoch.

use erynoa_events::{
    AnomalyJudged, Contradiction, CredentialIssued, CredentialRevoked, EquivocationProof,
    Judgement, KeyDirectory, ProposalClosed, ProposalOutcome, RealmCreated, Vote, Vouch,
};

use crate::TrustFold;
use crate::bond::{Bond, Side};
use crate::fold::{Fault, index32};
use crate::row::{Matter, Once, Row};
use crate::stage::Said;
use crate::statement::PartKind;

impl TrustFold {
    /// A partition shares the trust of the realm above it, founders included.
    pub(crate) fn stage_realm(&mut self, created: &RealmCreated) {
        if let (true, Some(parent)) = (created.partition, created.parent) {
            let parent = self.intern_realm(&parent);
            self.realm_by_id.entry(created.realm).or_insert(parent);
            return;
        }
        let realm = self.intern_realm(&created.realm);
        for founder in &created.founders {
            let member = self.realms[realm as usize].intern(founder);
            self.open.founders.push((realm, member));
        }
    }

    pub(crate) fn stage_proof(&mut self, said: Said<'_>, proof: &EquivocationProof) {
        let rows: &[Row] = match proof.about {
            Contradiction::Prev(_) => &[Row::EQUIVOCATION],
            Contradiction::Cosignature { .. } => &Row::CONTRADICTION,
        };
        for &row in rows {
            let index = self.push(said, (said.event.author, proof.accused), row);
            let realm = self.statements[index as usize].realm;
            self.open.once.push((index, Once::proof(realm, proof, row)));
        }
    }

    pub(crate) fn stage_vouch(
        &mut self,
        said: Said<'_>,
        vouch: &Vouch,
        directory: &dyn KeyDirectory,
    ) {
        let index = self.push(said, (said.event.author, vouch.member), Row::VOUCH);
        let statement = &mut self.statements[index as usize];
        statement.detail = vouch.stake_ppm;
        let (realm, source) = (statement.realm as usize, statement.source as usize);
        self.realms[realm].members[source].budget.open += 1;
        self.note_bond(index, vouch.expires_at_us, directory);
    }

    pub(crate) fn stage_credential(
        &mut self,
        said: Said<'_>,
        credential: &CredentialIssued,
        directory: &dyn KeyDirectory,
    ) {
        let label = self.intern_label(&credential.credential_type);
        let index = self.push(said, (said.event.author, credential.subject), Row::CREDENTIAL);
        self.statements[index as usize].detail = label;
        self.note_bond(index, credential.expires_at_us, directory);
    }

    fn note_bond(&mut self, index: u32, expires_at_us: Option<u64>, directory: &dyn KeyDirectory) {
        self.note_same_root(index, directory);
        let statement = &mut self.statements[index as usize];
        statement.expires_at_us = expires_at_us.unwrap_or(0);
        let members = &mut self.realms[statement.realm as usize].members;
        let (source, subject) = (statement.source as usize, statement.subject as usize);
        let previous = [
            members[source].bonds[Side::Gave as usize],
            members[subject].bonds[Side::Got as usize],
        ];
        self.bonds.push(Bond { statement: index, previous });
        members[source].bonds[Side::Gave as usize] = index32(self.bonds.len());
        members[subject].bonds[Side::Got as usize] = index32(self.bonds.len());
    }

    /// Fraud counts also when the credential has ended in another way.
    pub(crate) fn stage_credential_revocation(
        &mut self,
        said: Said<'_>,
        revocation: &CredentialRevoked,
    ) {
        self.stage_revocation(said, PartKind::Credential, revocation.credential);
        if revocation.fraud {
            let row = Row::CREDENTIAL_FRAUD;
            let index = self.push(said, (said.event.author, revocation.subject), row);
            let once = Once::event(Matter::Fraud, row, &revocation.credential);
            self.open.once.push((index, once));
        }
    }

    pub(crate) fn stage_judgement(&mut self, said: Said<'_>, judgement: &Judgement) {
        let Some((matter, row)) = Row::of_finding(judgement.finding) else {
            let realm = self.intern_realm(&said.event.realm);
            let members = &mut self.realms[realm as usize];
            self.open.faults.push(Fault {
                age_key: (said.event.coordinate, said.id),
                sequence: said.sequence,
                realm,
                judge: members.intern(&said.event.author),
                member: members.intern(&judgement.subject),
                severity_ppm: judgement.severity_ppm,
                target: judgement.target,
            });
            return;
        };
        let index = self.push(said, (said.event.author, judgement.subject), row);
        self.open.once.push((index, Once::event(matter, row, &judgement.target)));
    }

    pub(crate) fn stage_judged_report(&mut self, said: Said<'_>, judged: &AnomalyJudged) {
        let row = Row::of_report(judged.confirmed);
        let index = self.push(said, (said.event.author, judged.reporter), row);
        self.open.once.push((index, Once::event(Matter::Report, row, &judged.report)));
    }

    pub(crate) fn stage_cosignature(&mut self, said: Said<'_>) {
        let witness = said.event.author;
        let index = self.push(said, (witness, witness), Row::COSIGNATURE);
        self.open.cosignatures.push(index);
    }

    pub(crate) fn stage_vote(&mut self, said: Said<'_>, vote: &Vote) {
        let voter = said.event.author;
        let index = self.push(said, (voter, voter), Row::VOTE);
        let statement = &self.statements[index as usize];
        let once = Once::vote(statement.realm, statement.subject, &vote.proposal);
        self.open.once.push((index, once));
    }

    pub(crate) fn stage_closed_proposal(&mut self, said: Said<'_>, closed: &ProposalClosed) {
        if closed.outcome != ProposalOutcome::Executed {
            return;
        }
        for row in Row::PROPOSAL_ACCEPTED {
            let index = self.push(said, (said.event.author, closed.proposer), row);
            self.open.once.push((index, Once::event(Matter::Proposal, row, &closed.proposal)));
        }
    }
}
