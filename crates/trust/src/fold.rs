//! The fold of the log into trust (protocol §5).
//!
//! An epoch is staged entry by entry and then closed at once. Closing is free
//! of the order inside the epoch: weights come from the state before it,
//! attestations are applied before revocations, these before expiries, and
//! wherever two statements compete, the greatest (what is replaced by newer) or
//! the smallest (what counts once) (coordinate, event id) wins.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use erynoa_kernel::{Coordinate, EventId, IdentityId, RealmId, UniversalId};
use rustc_hash::FxHashMap;

use crate::bond::Bond;
use crate::close::{AHEAD, look};
use crate::evidence::Sums;
use crate::history::History;
use crate::ledger::LedgerKey;
use crate::member::Member;
use crate::names::Names;
use crate::realm::Realm;
use crate::record::encode_record;
use crate::row::Once;
use crate::statement::{NO_DOMAIN, PartKind, Statement};
use crate::tag_index::TagIndex;

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
#[derive(Clone, Copy)]
pub(crate) struct Touched {
    pub(crate) key: LedgerKey,
    pub(crate) day: u32,
    pub(crate) before: Sums,
    /// The one before this of the same member, as index + 1; 0 for none.
    pub(crate) previous: u32,
}

/// A changed record in the buffer.
struct Written {
    /// The first bytes of the record id in which records differ: sorting by a
    /// number first saves most comparisons of whole ids.
    prefix: u64,
    realm: u32,
    member: u32,
    /// Where its bytes, with their length before them, begin and end.
    start: usize,
    end: usize,
}

/// What every epoch needs for a while: made anew, it would cost new pages.
#[derive(Default)]
struct Scratch {
    written: Vec<Written>,
    records: Vec<u8>,
    sorted: Vec<u8>,
}

/// How much is hashed at once: enough for all lanes of the hash, and little
/// enough to stay in the caches.
const HASHED_AT_ONCE: usize = 64 * 1024;

/// Entries of the open epoch that are no statements, or more than one.
#[derive(Default)]
pub(crate) struct Open {
    /// Index of its first statement.
    pub(crate) first_statement: usize,
    /// Statements of which one counts for each name.
    pub(crate) once: Vec<(u32, Once)>,
    /// Statements of which one counts for each witness and day.
    pub(crate) cosignatures: Vec<u32>,
    /// Statements whose source or subject is controlled.
    pub(crate) controlled: Vec<u32>,
    /// Realm, author, kind and event of what is taken back.
    pub(crate) revocations: Vec<(u32, u32, PartKind, EventId)>,
    pub(crate) faults: Vec<Fault>,
    /// Realm and member.
    pub(crate) founders: Vec<(u32, u32)>,
    /// Realm, member and the means that they bring along.
    pub(crate) joins: Vec<(u32, u32, [u32; 6])>,
}

/// Somebody was judged at fault: their vouchers answer.
pub(crate) struct Fault {
    pub(crate) age_key: (Coordinate, EventId),
    pub(crate) sequence: u64,
    pub(crate) realm: u32,
    pub(crate) judge: u32,
    pub(crate) member: u32,
    pub(crate) severity_ppm: u32,
    pub(crate) target: EventId,
}

/// The state of trust in all realms of one log.
pub struct TrustFold {
    pub(crate) realms: Vec<Realm>,
    pub(crate) realm_by_id: FxHashMap<RealmId, u32>,
    pub(crate) statements: Vec<Statement>,
    /// Attestations, vouches and credentials of closed epochs.
    pub(crate) revocable_by_id: TagIndex,
    /// Labels of domains and of types of credentials by index; index 0 is "no
    /// label".
    pub(crate) labels: Vec<Box<str>>,
    pub(crate) label_index: FxHashMap<Box<str>, u32>,
    /// The statement that counts for each name; `NO_STATEMENT` for a fault.
    pub(crate) once: Names,
    /// Vouches and credentials.
    pub(crate) bonds: Vec<Bond>,
    pub(crate) history: History,
    /// What ends, soonest first.
    pub(crate) expiries: BinaryHeap<Reverse<(u64, u32)>>,
    /// Number of changes of controllers so far.
    pub(crate) controller_changes: u32,
    pub(crate) open: Open,
    pub(crate) touched: Vec<Touched>,
    /// Realm and member, each once.
    pub(crate) touched_members: Vec<(u32, u32)>,
    scratch: Scratch,
    pub(crate) epoch: u32,
    pub(crate) day: u32,
    pub(crate) closed_at_us: u64,
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
            revocable_by_id: TagIndex::default(),
            labels: vec!["".into()],
            label_index: FxHashMap::default(),
            once: Names::default(),
            bonds: Vec::new(),
            history: History::default(),
            expiries: BinaryHeap::new(),
            controller_changes: 0,
            open: Open::default(),
            touched: Vec::new(),
            touched_members: Vec::new(),
            scratch: Scratch::default(),
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
        if label.is_empty() { Some(NO_DOMAIN) } else { self.label_index.get(label).copied() }
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

    /// Finds the records that the epoch changed and hashes them into the state
    /// root.
    pub(crate) fn commit(
        &mut self,
        founded: Vec<(u32, u32)>,
        crossed: Vec<(u32, u32)>,
    ) -> Vec<(RealmId, IdentityId)> {
        let Scratch { mut written, mut records, mut sorted } = std::mem::take(&mut self.scratch);
        let touched_members = std::mem::take(&mut self.touched_members);
        for next in touched_members.chunks(AHEAD) {
            look(
                next.iter().map(|&(realm, index)| {
                    self.realms[realm as usize].members[index as usize].look()
                }),
            );
            for &(realm, index) in next {
                if self.realms[realm as usize].members[index as usize].settle_all(&self.touched) {
                    written.push(self.write(realm, index, &mut records));
                }
            }
        }
        for (realm, index) in crossed {
            if self.realms[realm as usize].members[index as usize].changed_in != self.epoch {
                written.push(self.write(realm, index, &mut records));
            }
        }
        let member = |record: &Written| {
            let realm = &self.realms[record.realm as usize];
            (realm.id, &realm.members[record.member as usize])
        };
        written.sort_unstable_by(|a, b| {
            let record_id = |record| member(record).1.record_id;
            a.prefix.cmp(&b.prefix).then_with(|| record_id(a).cmp(&record_id(b)))
        });

        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.state_root);
        for record in &written {
            sorted.extend_from_slice(&records[record.start..record.end]);
            if sorted.len() >= HASHED_AT_ONCE {
                hasher.update(&sorted);
                sorted.clear();
            }
        }
        hasher.update(&sorted);
        self.state_root = *hasher.finalize().as_bytes();
        let mut subjects: Vec<_> = written
            .iter()
            .map(|record| {
                let (realm, member) = member(record);
                (realm, member.id)
            })
            .collect();
        written.clear();
        records.clear();
        sorted.clear();
        self.scratch = Scratch { written, records, sorted };
        self.touched.clear();
        self.touched_members = touched_members;
        self.touched_members.clear();

        for (realm, index) in founded {
            let realm = &mut self.realms[realm as usize];
            let member = &mut realm.members[index as usize];
            if member.changed_in != self.epoch {
                let values_ppm = member.values_ppm(self.day);
                self.history.remember(&mut member.history, values_ppm);
                subjects.push((realm.id, member.id));
            }
        }
        subjects
    }

    /// Writes a changed record and its place in the history, both while the
    /// member is at hand.
    fn write(&mut self, realm_index: u32, index: u32, records: &mut Vec<u8>) -> Written {
        let realm = &mut self.realms[realm_index as usize];
        let member = &mut realm.members[index as usize];
        member.changed_in = self.epoch;
        let values_ppm = member.values_ppm(self.day);
        self.history.remember(&mut member.history, values_ppm);
        let start = records.len();
        records.extend_from_slice(&[0; 4]);
        encode_record(&realm.id, member, &self.labels, records);
        let end = records.len();
        let length = index32(end - start - 4);
        records[start..start + 4].copy_from_slice(&length.to_be_bytes());
        Written { prefix: prefix(&member.record_id), realm: realm_index, member: index, start, end }
    }
}

fn prefix(record_id: &UniversalId) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&record_id.as_bytes()[4..12]);
    u64::from_be_bytes(bytes)
}
