//! Closing an epoch (protocol §5).

use std::cmp::Reverse;

use erynoa_events::Dimension;
use erynoa_kernel::{EventId, day_of};

use crate::bond::is_answerable;
use crate::fold::{Fault, Open, Touched, index32};
use crate::ledger::{LedgerKey, Posting};
use crate::member::within_budget;
use crate::parameters::{NEGATIVE_WEIGHT, PPM, VOUCH_ANSWER};
use crate::realm::Realm;
use crate::row::Once;
use crate::statement::{Column, NO_DOMAIN, NO_STATEMENT, PartKind, Statement, Status};
use crate::tag_index::tag_of_id;
use crate::{EpochOutcome, TrustFold};

/// How many of what comes next are looked at together before any is worked on:
/// so that memory is waited for once for all of them and not once for each.
pub(crate) const AHEAD: usize = 32;

impl TrustFold {
    /// Closes the open epoch at `closed_at_us`, which counts as the last
    /// epoch's when it is less. Evidence of the epoch is on the day of this
    /// time and weighs what its source weighed after the epoch before.
    pub fn close(&mut self, closed_at_us: u64) -> EpochOutcome {
        let day_before = self.day;
        self.epoch += 1;
        self.closed_at_us = closed_at_us.max(self.closed_at_us);
        self.history.close(self.closed_at_us);
        self.day = u32::try_from(day_of(self.closed_at_us)).expect("2⁶⁴ µs are 213 million days");
        let mut open = std::mem::take(&mut self.open);

        let founded = self.found(&open.founders);
        let crossed = self.cross(&mut open.joins);
        self.index(open.first_statement);
        self.answer(&mut open.faults);
        self.count_once(&mut open);
        self.weigh(open.first_statement, day_before);
        for first in (open.first_statement..self.statements.len()).step_by(AHEAD) {
            let end = (first + AHEAD).min(self.statements.len());
            self.look_ahead(first, end);
            for index in first..end {
                self.enter(index32(index));
            }
        }
        for (realm, author, kind, event) in open.revocations.drain(..) {
            self.revoke((realm, author), kind, &event);
        }
        self.expire();

        open.founders.clear();
        open.controlled.clear();
        open.first_statement = self.statements.len();
        self.open = open;
        let changed = self.commit(founded, crossed);
        EpochOutcome {
            epoch: u64::from(self.epoch),
            day: u64::from(self.day),
            state_root: self.state_root(),
            changed,
        }
    }

    /// Lets revocations find the epoch's statements. All together: one by one,
    /// each would wait for its place in memory.
    fn index(&mut self, first_statement: usize) {
        for (statement, index) in self.statements[first_statement..].iter().zip(first_statement..) {
            if statement.is_revocable() {
                self.revocable_by_id.insert(tag_of_id(statement.id.as_bytes()), index32(index));
            }
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

    /// Sets what members bring along; returns those for whom it is new.
    fn cross(&mut self, joins: &mut Vec<(u32, u32, [u32; 6])>) -> Vec<(u32, u32)> {
        joins.sort_unstable();
        let mut crossed = Vec::new();
        for of_member in joins.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (realm, index, mut least) = of_member[0];
            for (_, _, means) in of_member {
                for (least, &mean) in least.iter_mut().zip(means) {
                    *least = mean.min(*least);
                }
            }
            if self.realms[realm as usize].members[index as usize].cross(least) {
                crossed.push((realm, index));
            }
        }
        joins.clear();
        crossed
    }

    /// Lets those answer who vouched, when the epoch began, for somebody who
    /// was judged at fault.
    fn answer(&mut self, faults: &mut Vec<Fault>) {
        faults.sort_unstable_by_key(|fault| fault.age_key);
        for fault in faults.drain(..) {
            if self.once.take(Once::fault(&fault.target), NO_STATEMENT).is_some() {
                continue;
            }
            let member = &self.realms[fault.realm as usize].members[fault.member as usize];
            let vouches: Vec<u32> = member.held.iter().flat_map(|held| held.vouches()).collect();
            for index in vouches {
                let vouch = self.statements[index as usize];
                if !is_answerable(&vouch) {
                    continue;
                }
                let (severity, stake) = (u64::from(fault.severity_ppm), u64::from(vouch.detail));
                self.push_statement(Statement {
                    id: fault.age_key.1,
                    coordinate: fault.age_key.0,
                    sequence: fault.sequence,
                    // At most 10⁷ · 10⁶ · 3 · 10⁵, below 2⁶⁴.
                    weight: VOUCH_ANSWER * severity * stake / PPM / PPM,
                    expires_at_us: 0,
                    source: fault.judge,
                    subject: vouch.source,
                    detail: NO_DOMAIN,
                    kind: PartKind::VouchAnswered,
                    dimension: Dimension::Integrity,
                    column: Column::Negative,
                    status: Status::Pending,
                    same_root: false,
                    ..vouch
                });
            }
        }
    }

    /// Of statements with one name, the first epoch's counts, in one epoch the
    /// smallest; the others are replaced. Kept receipts that count take part of
    /// their client's budget.
    fn count_once(&mut self, open: &mut Open) {
        for index in open.cosignatures.drain(..) {
            let Statement { realm, source, .. } = self.statements[index as usize];
            open.once.push((index, Once::day(realm, source, self.day)));
        }
        for next in open.once.chunks(AHEAD) {
            look(next.iter().map(|(_, name)| self.once.look(name)));
            for &(index, name) in next {
                let Some(holder) = self.once.take(name, index) else { continue };
                let age_key = |index: u32| self.statements[index as usize].age_key();
                let is_open = *holder as usize >= open.first_statement;
                let loser = if is_open && age_key(index) < age_key(*holder) {
                    std::mem::replace(holder, index)
                } else {
                    index
                };
                self.statements[loser as usize].status = Status::Replaced;
            }
        }
        for (index, _) in open.once.drain(..) {
            let statement = &self.statements[index as usize];
            if statement.is_kept_receipt() && statement.status == Status::Pending {
                let members = &mut self.realms[statement.realm as usize].members;
                members[statement.source as usize].budget.open += 1;
            }
        }
    }

    /// Counts the epoch's statements to their sources' budgets, then gives each
    /// statement its day, and its weight where the source's voice decides. No
    /// evidence changes before all weights are known.
    fn weigh(&mut self, first_statement: usize, day_before: u32) {
        for next in self.statements[first_statement..].chunks_mut(AHEAD) {
            let heard = next.iter().filter(|statement| statement.needs_voice());
            look(heard.map(|statement| {
                let members = &self.realms[statement.realm as usize].members;
                members[statement.source as usize].look()
            }));
            for statement in next {
                weigh_statement(statement, &mut self.realms, (self.epoch, self.day), day_before);
            }
        }
    }

    /// Reads where statements will count.
    fn look_ahead(&self, first: usize, end: usize) {
        look(self.statements[first..end].iter().map(|statement| {
            let realm = &self.realms[statement.realm as usize];
            let subject = &realm.members[statement.subject as usize];
            let place = match statement.kind {
                PartKind::Attestation | PartKind::Receipt => {
                    realm.pair(statement.source, statement.subject).is_some()
                }
                kind if kind.is_bond() => {
                    subject.held.as_ref().and_then(|held| held.holder(statement)).is_some()
                }
                _ => false,
            };
            subject.look() ^ usize::from(place)
        }));
    }

    /// Lets a statement of the epoch count, unless another does in its place.
    fn enter(&mut self, index: u32) {
        let statement = &mut self.statements[index as usize];
        match statement.kind {
            PartKind::Attestation => self.attest(index),
            kind if kind.is_bond() => self.bind(index),
            _ if statement.status != Status::Pending => {}
            _ => {
                statement.status = Status::Live;
                if statement.is_kept_receipt() {
                    self.keep(index);
                } else {
                    self.post_direct(index);
                }
            }
        }
    }

    /// Counts a kept receipt: all of them in reliability, in the standing the
    /// newest of its client while these have said nothing about the performer.
    fn keep(&mut self, index: u32) {
        let Statement { realm, source, subject, .. } = self.statements[index as usize];
        let realm = &mut self.realms[realm as usize];
        let position = realm.intern_pair(source, subject);
        let pair = &mut realm.pairs[position];
        let before = pair.newest();
        pair.keep(index, &self.statements);
        let after = pair.newest();
        self.post(index, LedgerKey::dimension(Dimension::Reliability), Posting::Add);
        if before.any != after.any {
            self.move_evidence(before.any, after.any, |_| Some(LedgerKey::STANDING));
        }
    }

    /// Puts an attestation into its slot, unless a newer one is there.
    fn attest(&mut self, index: u32) {
        let statement = self.statements[index as usize];
        let realm = &mut self.realms[statement.realm as usize];
        let pair = realm.intern_pair(statement.source, statement.subject);
        let holder = realm.pairs[pair].in_slot(statement.slot());
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
        self.change_pair((statement.realm, pair), holder, Some(index));
    }

    /// Puts a vouch or a credential into its place, unless a newer one is there.
    fn bind(&mut self, index: u32) {
        let statement = self.statements[index as usize];
        let members = &self.realms[statement.realm as usize].members;
        let held = &members[statement.subject as usize].held;
        let holder = held.as_ref().and_then(|held| held.holder(&statement));
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
        self.change_bond(holder, Some(index));
    }

    /// Ends what its author takes back, if it is still live.
    fn revoke(&mut self, (realm, author): (u32, u32), kind: PartKind, event: &EventId) {
        let found = self.revocable_by_id.find(tag_of_id(event.as_bytes()), |index| {
            self.statements[index as usize].id == *event
        });
        let Some(index) = found else { return };
        let statement = &self.statements[index as usize];
        if (statement.realm, statement.source, statement.kind) == (realm, author, kind) {
            self.end(index, Status::Revoked);
        }
    }

    /// Ends what the epoch's time has reached the end of.
    fn expire(&mut self) {
        while let Some(&Reverse((expires_at_us, index))) = self.expiries.peek()
            && expires_at_us <= self.closed_at_us
        {
            self.expiries.pop();
            self.end(index, Status::Expired);
        }
    }

    fn end(&mut self, index: u32, status: Status) {
        let statement = &mut self.statements[index as usize];
        if statement.status != Status::Live {
            return;
        }
        statement.status = status;
        if statement.kind.is_bond() {
            self.change_bond(Some(index), None);
        } else {
            let Statement { realm, source, subject, .. } = *statement;
            let pair = self.realms[realm as usize].intern_pair(source, subject);
            self.change_pair((realm, pair), Some(index), None);
        }
    }

    /// Changes the live attestations of one pair and moves the evidence of the
    /// slot, of competence as a whole and of the standing with them.
    fn change_pair(
        &mut self,
        (realm, position): (u32, usize),
        remove: Option<u32>,
        insert: Option<u32>,
    ) {
        let pair = &mut self.realms[realm as usize].pairs[position];
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

    /// Changes the live vouches or credentials of one pair and moves the
    /// evidence of the dimension and of the standing with them.
    fn change_bond(&mut self, remove: Option<u32>, insert: Option<u32>) {
        let Some(any) = insert.or(remove) else { return };
        let bond = self.statements[any as usize];
        let subject = &mut self.realms[bond.realm as usize].members[bond.subject as usize];
        let held = subject.held.get_or_insert_default();
        let before = held.in_standing(&bond, &self.statements);
        held.set(&bond, insert);
        let after = held.in_standing(&bond, &self.statements);
        self.move_evidence(remove, insert, |statement| {
            Some(LedgerKey::dimension(statement.dimension))
        });
        if before != after {
            self.move_evidence(before, after, |_| Some(LedgerKey::STANDING));
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

    /// What counts once, for good, counts in its dimension and, but for the
    /// subject's own acts, in the standing.
    fn post_direct(&mut self, index: u32) {
        let Statement { dimension, kind, .. } = self.statements[index as usize];
        self.post(index, LedgerKey::dimension(dimension), Posting::Add);
        if !kind.is_own_act() {
            self.post(index, LedgerKey::STANDING, Posting::Add);
        }
    }

    fn post(&mut self, index: u32, key: LedgerKey, posting: Posting) {
        let statement = &self.statements[index as usize];
        let (realm, member, entry) = (statement.realm, statement.subject, statement.entry());
        if entry.weight == 0 {
            return;
        }
        let subject = &mut self.realms[realm as usize].members[member as usize];
        if let Some(before) = subject.post(key, entry, posting, self.epoch) {
            let previous = subject.touch(index32(self.touched.len()) + 1);
            if previous == 0 {
                self.touched_members.push((realm, member));
            }
            self.touched.push(Touched { key, day: entry.day, before, previous });
        }
    }
}

/// Reads what comes next, so that it is in the caches when it is worked on.
pub(crate) fn look(next: impl Iterator<Item = usize>) {
    std::hint::black_box(next.fold(0, |all, seen| all ^ seen));
}

/// Gives a statement its epoch and its day, and its weight where its source's
/// voice decides.
fn weigh_statement(
    statement: &mut Statement,
    realms: &mut [Realm],
    (epoch, day): (u32, u32),
    day_before: u32,
) {
    statement.epoch = epoch;
    statement.day = day;
    if !statement.needs_voice() {
        if statement.same_root {
            statement.weight = 0;
        }
        return;
    }
    let members = &mut realms[statement.realm as usize].members;
    let source = &mut members[statement.source as usize];
    source.budget.close(day);
    if source.voice.epoch != epoch {
        source.voice = source.voice_at(day_before, epoch);
    }
    let voice = source.voice;
    statement.voiced = voice.counts;
    let weight = match (statement.kind, statement.column) {
        (PartKind::Attestation, Column::Negative | Column::Unvoiced) => {
            if !voice.counts {
                statement.column = Column::Unvoiced;
            }
            NEGATIVE_WEIGHT
        }
        (PartKind::Attestation | PartKind::Receipt, Column::Positive) if voice.counts => {
            voice.weight
        }
        (PartKind::Vouch, _) if voice.counts => voice.weight * u64::from(statement.detail) / PPM,
        _ => 0,
    };
    let within = within_budget(weight, source.budget.used());
    statement.weight = if statement.same_root { 0 } else { within };
}

/// Ledger of a slot alone; competence without a domain has only the whole.
fn slot_ledger(statement: &Statement) -> Option<LedgerKey> {
    match (statement.dimension, statement.detail) {
        (Dimension::Competence, NO_DOMAIN) => None,
        (Dimension::Competence, domain) => Some(LedgerKey::domain(domain)),
        (dimension, _) => Some(LedgerKey::dimension(dimension)),
    }
}
