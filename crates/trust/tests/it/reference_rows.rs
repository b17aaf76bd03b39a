//! The naive reading of the rows that count once, of vouches and of
//! credentials.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{
    Body, Contradiction, EquivocationProof, Finding, ProposalOutcome, ReceiptOutcome, Severity,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, RealmId};

use crate::reference::{Place, Said};
use crate::scenario::Epoch;

/// One row of one event, under the name of what counts once.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    name: (&'static str, Vec<u8>),
    pub(crate) epoch: usize,
    pub(crate) day: u64,
    coordinate: Coordinate,
    pub(crate) id: EventId,
    pub(crate) place: Place,
    pub(crate) dimension: u8,
    pub(crate) column: usize,
    /// 0 = the client's voice.
    pub(crate) weight: u64,
    /// Of a receipt.
    pub(crate) client: Option<IdentityId>,
    /// Of a fault in ppm: it gives nothing itself. Else 0.
    pub(crate) severity: u64,
    /// A vote or a cosignature: not in the standing.
    pub(crate) own_act: bool,
}

pub(crate) type NamedKey = ((&'static str, Vec<u8>), u8, EventId);

impl Named {
    pub(crate) fn age(&self) -> (Coordinate, EventId) {
        (self.coordinate, self.id)
    }

    pub(crate) fn key(&self) -> NamedKey {
        (self.name.clone(), self.dimension, self.id)
    }
}

/// What counts: of one name the earliest epoch's, in it the smallest.
pub(crate) fn winners(rows: &[Named]) -> BTreeSet<NamedKey> {
    let mut first = BTreeMap::new();
    for row in rows {
        let order = (row.epoch, row.coordinate, row.id);
        let entry = first.entry((row.name.clone(), row.dimension)).or_insert((order, row.key()));
        if order < entry.0 {
            *entry = (order, row.key());
        }
    }
    first.into_values().map(|(_, key)| key).collect()
}

/// Dimension, column and weight of each row of a name.
type Rows = Vec<(u8, usize, u64)>;

pub(crate) fn named(said: &[Said<'_>]) -> Vec<Named> {
    let mut all = Vec::new();
    for said in said {
        let author = said.event.author;
        let mine = |what: &[u8]| [said.realm.as_bytes(), author.as_bytes(), what].concat();
        let (name, subject, rows, client, severity): (_, _, Rows, _, _) = match &said.event.body {
            Body::Receipt(body) => {
                let row = match body.outcome {
                    ReceiptOutcome::Kept => (1, 0, 0),
                    ReceiptOutcome::Broken => (1, 1, 1_000_000),
                    ReceiptOutcome::AbortedByPerformer => (1, 1, 500_000),
                    ReceiptOutcome::AbortedByClient => continue,
                };
                let name = ("terms", body.terms_hash.to_vec());
                (name, body.performer, vec![row], Some(body.client), 0)
            }
            Body::EquivocationProof(body) => {
                let ((matter, name), rows) = proof(body);
                let name = (matter, [said.realm.as_bytes(), &name[..]].concat());
                (name, body.accused, rows, None, 0)
            }
            Body::CredentialRevoked(body) if body.fraud => {
                let name = ("fraud", body.credential.as_bytes().to_vec());
                (name, body.subject, vec![(2, 1, 10_000_000)], None, 0)
            }
            Body::Judgement(body) => {
                let (name, rows) = judgement(body.finding);
                let name = (name, body.target.as_bytes().to_vec());
                (name, body.subject, rows, None, u64::from(body.severity_ppm))
            }
            Body::AnomalyJudged(body) => {
                let row = match body.confirmed {
                    Some(Severity::Low) => (5, 0, 1_000_000),
                    Some(Severity::Medium) => (5, 0, 2_000_000),
                    Some(Severity::High) => (5, 0, 5_000_000),
                    Some(Severity::Critical) => (5, 0, 10_000_000),
                    None => (5, 1, 500_000),
                };
                let name = ("report", body.report.as_bytes().to_vec());
                (name, body.reporter, vec![row], None, 0)
            }
            Body::EpochCosigned(_) => {
                let name = ("day", mine(&said.day.to_be_bytes()));
                (name, author, vec![(5, 0, 100_000)], None, 0)
            }
            Body::Vote(body) => {
                let name = ("vote", mine(body.proposal.as_bytes()));
                (name, author, vec![(6, 0, 300_000)], None, 0)
            }
            Body::ProposalClosed(body) if body.outcome == ProposalOutcome::Executed => {
                let name = ("proposal", body.proposal.as_bytes().to_vec());
                (name, body.proposer, vec![(3, 0, 1_000_000), (6, 0, 500_000)], None, 0)
            }
            _ => continue,
        };
        for (dimension, column, weight) in rows {
            all.push(Named {
                name: name.clone(),
                epoch: said.epoch,
                day: said.day,
                coordinate: said.event.coordinate,
                id: said.id,
                place: (said.realm, subject),
                dimension,
                column,
                weight,
                client,
                severity,
                own_act: matches!(said.event.body, Body::EpochCosigned(_) | Body::Vote(_)),
            });
        }
    }
    all
}

fn proof(body: &EquivocationProof) -> ((&'static str, Vec<u8>), Rows) {
    let key = body.key.as_bytes().to_vec();
    match body.about {
        Contradiction::Prev(prev) => {
            let prev = prev.map_or(Vec::new(), |prev| prev.as_bytes().to_vec());
            (("prev", [key, prev].concat()), vec![(6, 1, 10_000_000)])
        }
        Contradiction::Cosignature { log_key, epoch } => {
            let name = [&key[..], log_key.as_bytes(), &epoch.to_be_bytes()].concat();
            (("cosignature", name), vec![(2, 1, 10_000_000), (6, 1, 10_000_000)])
        }
    }
}

fn judgement(finding: Finding) -> (&'static str, Rows) {
    match finding {
        Finding::ClaimTrue => ("claim", vec![(2, 0, 1_000_000)]),
        Finding::ClaimFalseMinor => ("claim", vec![(2, 1, 1_000_000)]),
        Finding::ClaimFalseSignificant => ("claim", vec![(2, 1, 5_000_000)]),
        Finding::ClaimFalseFraud => ("claim", vec![(2, 1, 20_000_000)]),
        Finding::ProposalSpam => ("spam", vec![(6, 1, 3_000_000)]),
        Finding::BreachContract => ("breach", vec![(6, 1, 2_000_000)]),
        Finding::BreachRealm => ("breach", vec![(6, 1, 3_000_000)]),
        Finding::BreachAxiom => ("breach", vec![(6, 1, 10_000_000)]),
        // The row of the vouchers; see `reference.rs`.
        Finding::MemberAtFault => ("fault", vec![(2, 1, 0)]),
    }
}

/// All vouches and credentials that are live after the log's last epoch.
pub(crate) fn bonds<'a>(said: &[Said<'a>], log: &[Epoch]) -> Vec<Said<'a>> {
    type Slot = (RealmId, IdentityId, IdentityId, Option<String>);
    let mut slots: BTreeMap<Slot, (Said<'a>, Option<u64>)> = BTreeMap::new();
    for (number, epoch) in log.iter().enumerate() {
        let of_epoch = || said.iter().filter(|said| said.epoch == number);
        for said in of_epoch() {
            let (subject, type_name, end) = match &said.event.body {
                Body::Vouch(body) => (body.member, None, body.expires_at_us),
                Body::CredentialIssued(body) => {
                    (body.subject, Some(body.credential_type.clone()), body.expires_at_us)
                }
                _ => continue,
            };
            let slot = (said.realm, said.event.author, subject, type_name);
            if slots.get(&slot).is_none_or(|(other, _)| other.age() < said.age()) {
                slots.insert(slot, (*said, end));
            }
        }
        for said in of_epoch() {
            let ended = match &said.event.body {
                Body::VouchRevoked(body) => body.vouch,
                Body::CredentialRevoked(body) => body.credential,
                _ => continue,
            };
            let by = (said.event.author, said.realm);
            slots.retain(|_, (bond, _)| bond.id != ended || (bond.event.author, bond.realm) != by);
        }
        slots.retain(|_, (_, end)| end.is_none_or(|end| end > epoch.closed_at_us));
    }
    slots.into_values().map(|(said, _)| said).collect()
}
