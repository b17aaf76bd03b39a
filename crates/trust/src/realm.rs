//! The members of one realm and who speaks about whom.

use erynoa_kernel::{IdentityId, RealmId};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::id_index::IdIndex;
use crate::member::Member;
use crate::statement::{FIRST_COMPETENCE_SLOT, Statement};

/// One live attestation of a pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) slot: u32,
    pub(crate) statement: u32,
}

/// What one source says about one subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    /// Live attestations, oldest first, at most one for each slot.
    pub(crate) live: SmallVec<[Live; 2]>,
    /// The newest kept receipt that counts, as index + 1; 0 for none.
    receipt: u32,
}

/// Which statements of a pair count in the two views over all slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    /// Of all attestations, without any of all kept receipts: counts in the
    /// standing. A word comes before receipts, because the performer can keep a
    /// signed receipt back until the client has warned of them.
    pub(crate) any: Option<u32>,
    /// Of competence, over all domains: counts in competence as a whole.
    pub(crate) competence: Option<u32>,
}

impl Pair {
    pub(crate) fn newest(&self) -> Newest {
        let competence = self.live.iter().rev().find(|live| live.slot >= FIRST_COMPETENCE_SLOT);
        Newest {
            any: self.live.last().map(|live| live.statement).or(self.receipt.checked_sub(1)),
            competence: competence.map(|live| live.statement),
        }
    }

    pub(crate) fn in_slot(&self, slot: u32) -> Option<u32> {
        self.live.iter().find(|live| live.slot == slot).map(|live| live.statement)
    }

    /// Takes in a kept receipt that counts.
    pub(crate) fn keep(&mut self, index: u32, statements: &[Statement]) {
        let age_key = |index: u32| statements[index as usize].age_key();
        let newer = self.receipt.checked_sub(1).is_none_or(|other| age_key(other) < age_key(index));
        if newer {
            self.receipt = index + 1;
        }
    }

    pub(crate) fn remove(&mut self, statement: u32) {
        self.live.retain(|live| live.statement != statement);
    }

    pub(crate) fn insert(&mut self, index: u32, statements: &[Statement]) {
        let statement = &statements[index as usize];
        let position = self
            .live
            .iter()
            .rposition(|live| statements[live.statement as usize].age_key() < statement.age_key())
            .map_or(0, |position| position + 1);
        self.live.insert(position, Live { slot: statement.slot(), statement: index });
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Realm {
    pub(crate) id: RealmId,
    pub(crate) members: Vec<Member>,
    by_id: IdIndex,
    /// By attester and subject.
    pairs: FxHashMap<u64, Pair>,
}

impl Realm {
    pub(crate) fn new(id: RealmId) -> Self {
        Self { id, members: Vec::new(), by_id: IdIndex::default(), pairs: FxHashMap::default() }
    }

    pub(crate) fn find(&self, id: &IdentityId) -> Option<u32> {
        self.by_id.find(id.as_bytes(), |index| self.members[index as usize].id == *id)
    }

    /// Index of the member, made when it is new.
    pub(crate) fn intern(&mut self, id: &IdentityId) -> u32 {
        if let Some(index) = self.find(id) {
            return index;
        }
        let index = u32::try_from(self.members.len()).expect("fewer than 2³² identities");
        self.members.push(Member::new(&self.id, *id));
        self.by_id.insert(id.as_bytes(), index);
        index
    }

    pub(crate) fn pair(&self, attester: u32, subject: u32) -> Option<&Pair> {
        self.pairs.get(&pair_key(attester, subject))
    }

    pub(crate) fn pair_mut(&mut self, attester: u32, subject: u32) -> &mut Pair {
        self.pairs.entry(pair_key(attester, subject)).or_default()
    }
}

fn pair_key(attester: u32, subject: u32) -> u64 {
    u64::from(attester) << 32 | u64::from(subject)
}
