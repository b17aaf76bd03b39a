//! The canonical bytes of a trust record (proto `trust_record.proto`).
//!
//! Written by hand because every changed record is encoded in every epoch; a
//! test holds it equal to the generated code.

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::ledger::{Day, LedgerKey};
use crate::member::Member;

const WIRE_VARINT: u8 = 0;
const WIRE_BYTES: u8 = 2;

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
    put_id(out, 1, realm.as_bytes());
    put_id(out, 2, member.id.as_bytes());
    if member.founder {
        out.extend_from_slice(&[3 << 3 | WIRE_VARINT, 1]);
    }
    for dimension in Dimension::ALL {
        if let Some(ledger) = member.ledger(LedgerKey::dimension(dimension)) {
            put_dimension(out, dimension, "", &ledger.days);
        }
        if dimension == Dimension::Competence {
            let mut labelled: Vec<(&str, &[Day])> = member
                .ledgers
                .domains()
                .map(|(domain, ledger)| (&*labels[domain as usize], &*ledger.days))
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
        let mut line = Line::new(6);
        for mean in means {
            line.put(u64::from(mean));
        }
        line.end(out);
    }
}

fn put_dimension(out: &mut Vec<u8>, dimension: Dimension, domain: &str, days: &[Day]) {
    let days_length: usize = days.iter().map(day_length).sum();
    let domain_length =
        if domain.is_empty() { 0 } else { 1 + varint_length(domain.len() as u64) + domain.len() };
    out.push(4 << 3 | WIRE_BYTES);
    put_varint(out, (2 + domain_length + days_length) as u64);
    out.extend_from_slice(&[1 << 3 | WIRE_VARINT, dimension as u8]);
    if !domain.is_empty() {
        out.push(2 << 3 | WIRE_BYTES);
        put_varint(out, domain.len() as u64);
        out.extend_from_slice(domain.as_bytes());
    }
    put_days(out, 3, days);
}

fn put_days(out: &mut Vec<u8>, field: u8, days: &[Day]) {
    for day in days {
        let mut line = Line::new(field);
        line.put_field(1, u64::from(day.day));
        line.put_field(2, day.sums.positive);
        line.put_field(3, day.sums.negative);
        line.put_field(4, day.sums.unvoiced);
        line.end(out);
    }
}

/// Length of a day with its tag and its own length, which is one byte.
fn day_length(day: &Day) -> usize {
    2 + number_length(u64::from(day.day))
        + number_length(day.sums.positive)
        + number_length(day.sums.negative)
        + number_length(day.sums.unvoiced)
}

/// Length of a number with its tag; all field numbers here are below 16.
fn number_length(value: u64) -> usize {
    if value == 0 { 0 } else { 1 + varint_length(value) }
}

fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn put_id(out: &mut Vec<u8>, field: u8, id: &[u8; 32]) {
    out.extend_from_slice(&[field << 3 | WIRE_BYTES, 32]);
    out.extend_from_slice(id);
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A field of numbers alone, of at most 127 bytes. It is put together in a
/// place of fixed size and copied at once.
struct Line {
    bytes: [u8; Self::SIZE],
    length: usize,
}

impl Line {
    /// Room for a day (a number of 32 bits and three of 64, each with its tag)
    /// and for six means.
    const SIZE: usize = 48;

    fn new(field: u8) -> Self {
        let mut bytes = [0; Self::SIZE];
        bytes[0] = field << 3 | WIRE_BYTES;
        Self { bytes, length: 2 }
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    fn put(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes[self.length] = value as u8 | 0x80;
            self.length += 1;
            value >>= 7;
        }
        self.bytes[self.length] = value as u8;
        self.length += 1;
    }

    fn put_field(&mut self, field: u8, value: u64) {
        if value != 0 {
            self.bytes[self.length] = field << 3 | WIRE_VARINT;
            self.length += 1;
            self.put(value);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "at most 46")]
    fn end(mut self, out: &mut Vec<u8>) {
        self.bytes[1] = self.length as u8 - 2;
        let end = out.len() + self.length;
        out.extend_from_slice(&self.bytes);
        out.truncate(end);
    }
}
