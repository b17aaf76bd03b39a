//! Who belongs to a realm.

use erynoa_kernel::IdentityId;
use rustc_hash::FxHashMap;

/// What somebody is to a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    /// Nothing yet.
    None,
    /// A member.
    Member,
    /// A member from the beginning.
    Founder,
    /// Was a member.
    Left,
    /// Excluded.
    Banned,
}

/// One identity that has, or had, to do with a realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub identity: IdentityId,
    /// What they are.
    pub state: MemberState,
    /// Named by `realm_created`.
    pub founder: bool,
    /// Admitted by a decision, so that joining needs no other.
    pub admitted: bool,
    /// Whether trust has been carried over; that happens once.
    pub carried_over: bool,
    /// Time of the epoch in which they became what they are, microseconds; 0
    /// while it is open.
    pub since_us: u64,
    /// Log position of the event that made them what they are.
    pub sequence: u64,
}

/// The members of one realm, in the order in which they first appeared.
#[derive(Clone, Debug, Default)]
pub struct Members {
    list: Vec<Member>,
    by_id: FxHashMap<IdentityId, u32>,
    active: u32,
    banned: u32,
    unconcerned: u32,
}

impl Members {
    /// What is known of somebody.
    #[must_use]
    pub fn find(&self, identity: &IdentityId) -> Option<&Member> {
        self.by_id.get(identity).map(|&index| &self.list[index as usize])
    }

    /// What somebody is.
    #[must_use]
    pub fn state(&self, identity: &IdentityId) -> MemberState {
        self.find(identity).map_or(MemberState::None, |member| member.state)
    }

    /// Whether somebody is a member now.
    #[must_use]
    pub fn is_active(&self, identity: &IdentityId) -> bool {
        matches!(self.state(identity), MemberState::Member | MemberState::Founder)
    }

    /// Number of members now.
    #[must_use]
    pub const fn active(&self) -> u32 {
        self.active
    }

    /// Number of those who are excluded.
    #[must_use]
    pub const fn banned(&self) -> u32 {
        self.banned
    }

    /// Number of all who are, or were, something here: without those who were
    /// admitted and have not joined.
    #[must_use]
    pub fn known(&self) -> u32 {
        self.appeared() - self.unconcerned
    }

    /// How many [`Self::iter`] gives.
    #[must_use]
    pub fn appeared(&self) -> u32 {
        u32::try_from(self.list.len()).expect("fewer than 2³² identities")
    }

    /// Whether anybody is excluded.
    #[must_use]
    pub const fn has_banned(&self) -> bool {
        self.banned > 0
    }

    /// Everybody, former members included, as they first appeared.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.list.iter()
    }

    /// Changes somebody, who appears when they are new. Returns the index.
    pub(crate) fn change(
        &mut self,
        identity: IdentityId,
        sequence: u64,
        change: impl FnOnce(&mut Member),
    ) -> u32 {
        let index = *self.by_id.entry(identity).or_insert_with(|| {
            self.unconcerned += 1;
            self.list.push(Member {
                identity,
                state: MemberState::None,
                founder: false,
                admitted: false,
                carried_over: false,
                since_us: 0,
                sequence,
            });
            u32::try_from(self.list.len() - 1).expect("fewer than 2³² identities")
        });
        let member = &mut self.list[index as usize];
        let before = member.state;
        change(member);
        if member.state != before {
            member.since_us = 0;
            member.sequence = sequence;
        }
        let active = |state| u32::from(matches!(state, MemberState::Member | MemberState::Founder));
        let banned = |state| u32::from(state == MemberState::Banned);
        self.active = self.active + active(member.state) - active(before);
        self.banned = self.banned + banned(member.state) - banned(before);
        let none = |state| u32::from(state == MemberState::None);
        self.unconcerned = self.unconcerned + none(member.state) - none(before);
        index
    }

    /// Gives somebody the time of the epoch that made them what they are.
    pub(crate) fn date(&mut self, index: u32, closed_at_us: u64) {
        let member = &mut self.list[index as usize];
        if member.since_us == 0 {
            member.since_us = closed_at_us;
        }
    }
}
