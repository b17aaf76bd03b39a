//! The canonical bytes of a trust record (proto `trust_record.proto`).
//!
//! Written by hand because every changed record is encoded in every epoch; a
//! test holds it equal to the generated code.

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::ledger::{Day, LedgerKey};
use crate::member::Member;

const WIRE_VARINT: u64 = 0;
const WIRE_BYTES: u64 = 2;

impl TrustFold {
    /// Canonical `TrustRecord` of a subject, as hashed into the state root; one
    /// without evidence for a subject that the realm does not know.
    #[must_use]
    pub fn record_bytes(&self, realm: &RealmId, subject: &IdentityId) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self.member(realm, subject) {
            Some((realm, member)) => encode_record(&realm.id, member, &self.labels, &mut bytes),
            None => {
                let realm = self.find_realm(realm).map_or(realm, |realm| &realm.id);
                encode_record(realm, &Member::new(realm, *subject), &self.labels, &mut bytes);
            }
        }
        bytes
    }
}

/// Appends the record of `member`.
pub(crate) fn encode_record(
    realm: &RealmId,
    member: &Member,
    labels: &[Box<str>],
    out: &mut Vec<u8>,
) {
    put_bytes(out, 1, realm.as_bytes());
    put_bytes(out, 2, member.id.as_bytes());
    put_number(out, 3, u64::from(member.founder));
    for dimension in Dimension::ALL {
        if let Some(ledger) = member.ledger(LedgerKey::dimension(dimension)) {
            put_dimension(out, dimension, "", &ledger.days);
        }
        if dimension == Dimension::Competence {
            let mut labelled: Vec<(&str, &[Day])> = member
                .ledgers()
                .iter()
                .filter_map(|ledger| {
                    let domain = ledger.key.as_domain()?;
                    Some((&*labels[domain as usize], &*ledger.days))
                })
                .collect();
            labelled.sort_unstable_by_key(|&(label, _)| label);
            for (label, days) in labelled {
                put_dimension(out, dimension, label, days);
            }
        }
    }
    if let Some(ledger) = member.ledger(LedgerKey::STANDING) {
        put_days(out, 5, &ledger.days);
    }
    if let Some(means) = member.crossed_ppm() {
        put_varint(out, 6 << 3 | WIRE_BYTES);
        let length: usize = means.iter().map(|&mean| varint_length(u64::from(mean))).sum();
        put_varint(out, length as u64);
        for mean in means {
            put_varint(out, u64::from(mean));
        }
    }
}

fn put_dimension(out: &mut Vec<u8>, dimension: Dimension, domain: &str, days: &[Day]) {
    let number = dimension as u64;
    let days_length: usize = days.iter().map(|day| field_length(day_length(day))).sum();
    let domain_length = if domain.is_empty() { 0 } else { field_length(domain.len()) };
    put_varint(out, 4 << 3 | WIRE_BYTES);
    put_varint(out, (number_length(number) + domain_length + days_length) as u64);
    put_number(out, 1, number);
    if !domain.is_empty() {
        put_bytes(out, 2, domain.as_bytes());
    }
    put_days(out, 3, days);
}

fn put_days(out: &mut Vec<u8>, field: u64, days: &[Day]) {
    for day in days {
        put_varint(out, field << 3 | WIRE_BYTES);
        put_varint(out, day_length(day) as u64);
        put_number(out, 1, u64::from(day.day));
        put_number(out, 2, day.sums.positive);
        put_number(out, 3, day.sums.negative);
        put_number(out, 4, day.sums.unvoiced);
    }
}

fn day_length(day: &Day) -> usize {
    number_length(u64::from(day.day))
        + number_length(day.sums.positive)
        + number_length(day.sums.negative)
        + number_length(day.sums.unvoiced)
}

/// Length of a number with its tag; all field numbers here are below 16.
fn number_length(value: u64) -> usize {
    if value == 0 { 0 } else { 1 + varint_length(value) }
}

fn field_length(content: usize) -> usize {
    1 + varint_length(content as u64) + content
}

fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn put_number(out: &mut Vec<u8>, field: u64, value: u64) {
    if value != 0 {
        put_varint(out, field << 3 | WIRE_VARINT);
        put_varint(out, value);
    }
}

fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | WIRE_BYTES);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
