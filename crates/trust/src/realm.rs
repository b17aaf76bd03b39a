//! The members of one realm and who speaks about whom.

use erynoa_kernel::{IdentityId, RealmId};
use smallvec::SmallVec;

use crate::fold::index32;
use crate::member::Member;
use crate::statement::{FIRST_COMPETENCE_SLOT, Statement};
use crate::tag_index::{TagIndex, tag_of, tag_of_id};

/// One live attestation of a pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) slot: u32,
    pub(crate) statement: u32,
}

/// What one source says about one subject.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    attester: u32,
    subject: u32,
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
    fn is(&self, attester: u32, subject: u32) -> bool {
        (self.attester, self.subject) == (attester, subject)
    }

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
    by_id: TagIndex,
    /// In the order in which the first statement of each came to count.
    pub(crate) pairs: Vec<Pair>,
    by_pair: TagIndex,
}

impl Realm {
    pub(crate) fn new(id: RealmId) -> Self {
        Self {
            id,
            members: Vec::new(),
            by_id: TagIndex::default(),
            pairs: Vec::new(),
            by_pair: TagIndex::default(),
        }
    }

    pub(crate) fn find(&self, id: &IdentityId) -> Option<u32> {
        self.by_id.find(tag_of_id(id.as_bytes()), |index| self.members[index as usize].id == *id)
    }

    /// Index of the member, made when it is new.
    pub(crate) fn intern(&mut self, id: &IdentityId) -> u32 {
        let index = index32(self.members.len());
        let same = |index: u32| self.members[index as usize].id == *id;
        if let Some(known) = self.by_id.find_or_insert(tag_of_id(id.as_bytes()), index, same) {
            return known;
        }
        self.members.push(Member::new(&self.id, *id));
        index
    }

    pub(crate) fn pair(&self, attester: u32, subject: u32) -> Option<&Pair> {
        let same = |position: u32| self.pairs[position as usize].is(attester, subject);
        let position = self.by_pair.find(tag_of(&(attester, subject)), same)?;
        Some(&self.pairs[position as usize])
    }

    /// Position of the pair, made when it is new.
    pub(crate) fn intern_pair(&mut self, attester: u32, subject: u32) -> usize {
        let position = index32(self.pairs.len());
        let same = |position: u32| self.pairs[position as usize].is(attester, subject);
        let tag = tag_of(&(attester, subject));
        if let Some(known) = self.by_pair.find_or_insert(tag, position, same) {
            return known as usize;
        }
        self.pairs.push(Pair { attester, subject, live: SmallVec::new(), receipt: 0 });
        position as usize
    }
}
