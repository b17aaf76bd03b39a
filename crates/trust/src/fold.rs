//! The fold of the log into trust (protocol §5).
//!
//! An epoch is staged entry by entry and then closed at once. Closing is free
//! of the order inside the epoch: weights come from the state before it,
//! attestations are applied before revocations, these before expiries, and
//! wherever two statements compete, the greatest (newest attestation) or the
//! smallest (equal receipts and proofs) (coordinate, event id) wins.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use erynoa_events::Dimension;
use erynoa_kernel::{EventId, IdentityId, PublicKey, RealmId, UniversalId, day_of};
use rustc_hash::FxHashMap;

use crate::evidence::Sums;
use crate::history::HistoryPoint;
use crate::id_index::IdIndex;
use crate::ledger::{LedgerKey, Posting};
use crate::member::{Member, within_budget};
use crate::parameters::NEGATIVE_WEIGHT;
use crate::realm::Realm;
use crate::record::encode_record;
use crate::statement::{Column, NO_DOMAIN, PartKind, Statement, Status};

/// What closing an epoch did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochOutcome {
    /// From 1.
    pub epoch: u64,
    /// Day of the epoch; all of its evidence is on it.
    pub day: u64,
    /// State root after the epoch.
    pub state_root: [u8; 32],
    /// Whose trust the epoch changed other than by decay: first the changed
    /// records, ascending by record id, then new founders without a changed
    /// record.
    pub changed: Vec<(RealmId, IdentityId)>,
}

/// A day's sums before the epoch first touched it.
struct Touched {
    realm: u32,
    member: u32,
    key: LedgerKey,
    day: u32,
    before: Sums,
}

/// Entries of the open epoch that are no statements, or more than one.
#[derive(Default)]
pub(crate) struct Open {
    /// Index of its first statement.
    first_statement: usize,
    /// Statements with the hash of their terms.
    pub(crate) receipts: Vec<(u32, [u8; 32])>,
    /// Statements with the key and prev that they prove something about.
    pub(crate) proofs: Vec<(u32, Signing)>,
    /// Realm, author and attestation.
    pub(crate) revocations: Vec<(u32, u32, EventId)>,
    /// Realm and member.
    pub(crate) founders: Vec<(u32, u32)>,
}

/// What a key can do only once: sign on one prev.
pub(crate) type Signing = (PublicKey, Option<EventId>);

/// The state of trust in all realms of one log.
pub struct TrustFold {
    pub(crate) realms: Vec<Realm>,
    pub(crate) realm_by_id: FxHashMap<RealmId, u32>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) attestation_by_id: IdIndex,
    /// Labels by index; index 0 is "no label".
    pub(crate) domains: Vec<Box<str>>,
    pub(crate) domain_by_label: FxHashMap<Box<str>, u32>,
    receipts: FxHashMap<[u8; 32], u32>,
    proofs: FxHashMap<Signing, u32>,
    /// Attestations that end, soonest first.
    expiries: BinaryHeap<Reverse<(u64, u32)>>,
    pub(crate) open: Open,
    touched: Vec<Touched>,
    buffer: Vec<u8>,
    epoch: u32,
    pub(crate) day: u32,
    closed_at_us: u64,
    state_root: [u8; 32],
}

impl Default for TrustFold {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn index32(length: usize) -> u32 {
    u32::try_from(length).expect("memory ends before 2³² of anything are kept")
}

impl TrustFold {
    /// The fold of the empty log: everybody has the prior.
    #[must_use]
    pub fn new() -> Self {
        Self {
            realms: Vec::new(),
            realm_by_id: FxHashMap::default(),
            statements: Vec::new(),
            attestation_by_id: IdIndex::default(),
            domains: vec!["".into()],
            domain_by_label: FxHashMap::default(),
            receipts: FxHashMap::default(),
            proofs: FxHashMap::default(),
            expiries: BinaryHeap::new(),
            open: Open::default(),
            touched: Vec::new(),
            buffer: Vec::new(),
            epoch: 0,
            day: 0,
            closed_at_us: 0,
            state_root: [0; 32],
        }
    }

    /// Last closed epoch, 0 before the first.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        u64::from(self.epoch)
    }

    /// Day of the last closed epoch; all values are as of this day.
    #[must_use]
    pub fn day(&self) -> u64 {
        u64::from(self.day)
    }

    /// Time of the last closed epoch, microseconds.
    #[must_use]
    pub fn closed_at_us(&self) -> u64 {
        self.closed_at_us
    }

    /// State root after the last closed epoch; 32 zero bytes before the first.
    #[must_use]
    pub fn state_root(&self) -> [u8; 32] {
        self.state_root
    }

    /// BLAKE3-256 of every constant that the fold depends on.
    #[must_use]
    pub fn parameters_hash() -> [u8; 32] {
        crate::parameters::parameters_hash()
    }

    /// Index of a domain that somebody has used.
    pub(crate) fn find_domain(&self, label: &str) -> Option<u32> {
        if label.is_empty() { Some(NO_DOMAIN) } else { self.domain_by_label.get(label).copied() }
    }

    pub(crate) fn find_realm(&self, id: &RealmId) -> Option<&Realm> {
        self.realm_by_id.get(id).map(|&index| &self.realms[index as usize])
    }

    pub(crate) fn member(&self, realm: &RealmId, id: &IdentityId) -> Option<(&Realm, &Member)> {
        let realm = self.find_realm(realm)?;
        Some((realm, &realm.members[realm.find(id)? as usize]))
    }

    /// Number of the open epoch.
    pub(crate) fn open_epoch(&self) -> u32 {
        self.epoch + 1
    }

    /// Closes the open epoch at `closed_at_us`, which counts as the last
    /// epoch's when it is less. Evidence of the epoch is on the day of this
    /// time and weighs what its source weighed after the epoch before.
    pub fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        let day_before = self.day;
        self.epoch += 1;
        self.closed_at_us = closed_at_us.max(self.closed_at_us);
        self.day = u32::try_from(day_of(self.closed_at_us)).expect("2⁶⁴ µs are 213 million days");
        let mut open = std::mem::take(&mut self.open);

        let founded = self.found(&open.founders);
        self.weigh(open.first_statement, day_before);
        for index in open.first_statement..self.statements.len() {
            if self.statements[index].kind == PartKind::Attestation {
                self.attest(index32(index));
            }
        }
        for (index, terms) in open.receipts.drain(..) {
            let other = *self.receipts.entry(terms).or_insert(index);
            if let Some(first) = self.count_once(index, other) {
                self.receipts.insert(terms, first);
            }
        }
        for (index, signing) in open.proofs.drain(..) {
            let other = *self.proofs.entry(signing).or_insert(index);
            if let Some(first) = self.count_once(index, other) {
                self.proofs.insert(signing, first);
            }
        }
        for (realm, author, attestation) in open.revocations.drain(..) {
            self.revoke(realm, author, &attestation);
        }
        self.expire();

        open.founders.clear();
        open.first_statement = self.statements.len();
        self.open = open;
        let changed = self.commit(founded);
        EpochOutcome {
            epoch: u64::from(self.epoch),
            day: u64::from(self.day),
            state_root: self.state_root,
            changed,
        }
    }

    /// Makes founders; returns those who were not.
    fn found(&mut self, founders: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut founded = Vec::new();
        for &(realm, index) in founders {
            let member = &mut self.realms[realm as usize].members[index as usize];
            if !std::mem::replace(&mut member.founder, true) {
                founded.push((realm, index));
            }
        }
        founded
    }

    /// Counts the epoch's attestations to their authors' budgets, then gives
    /// each statement its day and its weight. No evidence changes before all
    /// weights are known.
    fn weigh(&mut self, first_statement: usize, day_before: u32) {
        let (epoch, day) = (self.epoch, self.day);
        for statement in &mut self.statements[first_statement..] {
            statement.epoch = epoch;
            statement.day = day;
            let members = &mut self.realms[statement.realm as usize].members;
            let source = &mut members[statement.source as usize];
            source.budget.close(day);
            if source.voice.epoch != epoch {
                source.voice = source.voice_at(day_before, epoch);
            }
            let voice = source.voice;
            match (statement.kind, statement.column) {
                (PartKind::Attestation, column) => {
                    let weight = match column {
                        Column::Positive if voice.counts => voice.weight,
                        Column::Positive => 0,
                        Column::Negative | Column::Unvoiced => NEGATIVE_WEIGHT,
                    };
                    if column == Column::Negative && !voice.counts {
                        statement.column = Column::Unvoiced;
                    }
                    statement.weight = within_budget(weight, source.budget.used());
                }
                (PartKind::Receipt, Column::Positive) => statement.weight = voice.weight,
                (PartKind::Receipt | PartKind::Equivocation, _) => {}
            }
            if statement.same_root {
                statement.weight = 0;
            }
        }
    }

    /// Puts an attestation into its slot, unless a newer one is there.
    fn attest(&mut self, index: u32) {
        let statement = self.statements[index as usize];
        let pair =
            self.realms[statement.realm as usize].pair_mut(statement.source, statement.subject);
        let holder = pair.in_slot(statement.slot());
        if let Some(holder) = holder {
            if self.statements[holder as usize].age_key() > statement.age_key() {
                self.statements[index as usize].status = Status::Replaced;
                return;
            }
            self.statements[holder as usize].status = Status::Replaced;
        }
        self.statements[index as usize].status = Status::Live;
        if statement.expires_at_us != 0 {
            self.expiries.push(Reverse((statement.expires_at_us, index)));
        }
        self.change_pair(holder, Some(index));
    }

    /// Lets the first of equal statements count. Returns it when that is
    /// another than before.
    fn count_once(&mut self, index: u32, other: u32) -> Option<u32> {
        if other == index {
            self.statements[index as usize].status = Status::Live;
            self.post_direct(index, Posting::Add);
            return None;
        }
        let (new, old) = (&self.statements[index as usize], &self.statements[other as usize]);
        if old.epoch < new.epoch || old.age_key() < new.age_key() {
            self.statements[index as usize].status = Status::Replaced;
            return None;
        }
        self.post_direct(other, Posting::TakeOut);
        self.statements[other as usize].status = Status::Replaced;
        self.statements[index as usize].status = Status::Live;
        self.post_direct(index, Posting::Add);
        Some(index)
    }

    /// Ends an attestation of the author, if it is still live.
    fn revoke(&mut self, realm: u32, author: u32, attestation: &EventId) {
        let found = self.attestation_by_id.find(attestation.as_bytes(), |index| {
            self.statements[index as usize].id == *attestation
        });
        let Some(index) = found else { return };
        let statement = &mut self.statements[index as usize];
        if (statement.realm, statement.source) == (realm, author)
            && statement.status == Status::Live
        {
            statement.status = Status::Revoked;
            self.change_pair(Some(index), None);
        }
    }

    /// Ends the attestations whose end the epoch's time has reached.
    fn expire(&mut self) {
        while let Some(&Reverse((expires_at_us, index))) = self.expiries.peek()
            && expires_at_us <= self.closed_at_us
        {
            self.expiries.pop();
            let statement = &mut self.statements[index as usize];
            if statement.status == Status::Live {
                statement.status = Status::Expired;
                self.change_pair(Some(index), None);
            }
        }
    }

    /// Changes the live attestations of one pair and moves the evidence of the
    /// slot, of competence as a whole and of the standing with them.
    fn change_pair(&mut self, remove: Option<u32>, insert: Option<u32>) {
        let Some(any) = insert.or(remove) else { return };
        let Statement { realm, source, subject, .. } = self.statements[any as usize];
        let pair = self.realms[realm as usize].pair_mut(source, subject);
        let before = pair.newest();
        if let Some(index) = remove {
            pair.remove(index);
        }
        if let Some(index) = insert {
            pair.insert(index, &self.statements);
        }
        let after = pair.newest();
        self.move_evidence(remove, insert, slot_ledger);
        if before.competence != after.competence {
            self.move_evidence(before.competence, after.competence, |_| {
                Some(LedgerKey::domain(NO_DOMAIN))
            });
        }
        if before.any != after.any {
            self.move_evidence(before.any, after.any, |_| Some(LedgerKey::STANDING));
        }
    }

    fn move_evidence(
        &mut self,
        from: Option<u32>,
        to: Option<u32>,
        ledger: impl Fn(&Statement) -> Option<LedgerKey>,
    ) {
        for (index, posting) in [(from, Posting::TakeOut), (to, Posting::Add)] {
            let Some(index) = index else { continue };
            if let Some(key) = ledger(&self.statements[index as usize]) {
                self.post(index, key, posting);
            }
        }
    }

    /// Evidence that needs no slot counts in its dimension and in the standing.
    fn post_direct(&mut self, index: u32, posting: Posting) {
        let key = LedgerKey::dimension(self.statements[index as usize].dimension);
        self.post(index, key, posting);
        self.post(index, LedgerKey::STANDING, posting);
    }

    fn post(&mut self, index: u32, key: LedgerKey, posting: Posting) {
        let statement = &self.statements[index as usize];
        let (realm, member, entry) = (statement.realm, statement.subject, statement.entry());
        if entry.weight == 0 {
            return;
        }
        let subject = &mut self.realms[realm as usize].members[member as usize];
        if let Some(before) = subject.post(key, entry, posting, self.epoch) {
            self.touched.push(Touched { realm, member, key, day: entry.day, before });
        }
    }

    /// Finds the records that the epoch changed and hashes them into the state
    /// root.
    fn commit(&mut self, founded: Vec<(u32, u32)>) -> Vec<(RealmId, IdentityId)> {
        let mut changed = Vec::new();
        for Touched { realm, member: index, key, day, before } in self.touched.drain(..) {
            let member = &mut self.realms[realm as usize].members[index as usize];
            if member.settle(key, day, before) && member.changed_in != self.epoch {
                member.changed_in = self.epoch;
                changed.push((prefix(&member.record_id), member.record_id, realm, index));
            }
        }
        changed.sort_unstable();

        self.buffer.clear();
        self.buffer.extend_from_slice(&self.state_root);
        for &(_, _, realm, index) in &changed {
            let realm = &self.realms[realm as usize];
            let member = &realm.members[index as usize];
            let start = self.buffer.len();
            self.buffer.extend_from_slice(&[0; 4]);
            encode_record(&realm.id, member, &self.domains, &mut self.buffer);
            let length = index32(self.buffer.len() - start - 4);
            self.buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
        self.state_root = *blake3::hash(&self.buffer).as_bytes();

        let only_founded = founded.into_iter().filter(|&(realm, index)| {
            self.realms[realm as usize].members[index as usize].changed_in != self.epoch
        });
        let mut subjects: Vec<_> =
            changed.iter().map(|&(_, _, realm, index)| (realm, index)).collect();
        subjects.extend(only_founded.collect::<Vec<_>>());
        let (epoch, closed_at_us, day) = (u64::from(self.epoch), self.closed_at_us, self.day);
        subjects
            .into_iter()
            .map(|(realm, index)| {
                let realm = &mut self.realms[realm as usize];
                let member = &mut realm.members[index as usize];
                let values_ppm = member.values_ppm(day);
                member.history.push(HistoryPoint { epoch, closed_at_us, values_ppm });
                (realm.id, member.id)
            })
            .collect()
    }
}

/// Ledger of a slot alone; competence without a domain has only the whole.
fn slot_ledger(statement: &Statement) -> Option<LedgerKey> {
    match (statement.dimension, statement.domain) {
        (Dimension::Competence, NO_DOMAIN) => None,
        (Dimension::Competence, domain) => Some(LedgerKey::domain(domain)),
        (dimension, _) => Some(LedgerKey::dimension(dimension)),
    }
}

/// The first bytes of a record id in which records differ: sorting by a number
/// first saves most comparisons of whole ids.
fn prefix(record_id: &UniversalId) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&record_id.as_bytes()[4..12]);
    u64::from_be_bytes(bytes)
}
