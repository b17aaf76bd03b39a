//! The strongest chain from one identity to another (protocol §5).
//!
//! A view for ranking, like [`chain_estimate`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::TrustFold;
use crate::chain::chain_estimate;
use crate::parameters::CHAIN_MAX_HOPS;
use crate::realm::Realm;
use crate::statement::{Column, PartKind, Statement, Status};

/// One link of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who attests.
    pub from: IdentityId,
    /// Whom.
    pub to: IdentityId,
    /// The newest live positive attestation that links the two.
    pub event: EventId,
    /// Standing of `to`, ppm.
    pub trust_ppm: u32,
}

/// Most partial chains that a search looks at, so that no request can ask for
/// unbounded work.
const MAX_PARTIAL_CHAINS: usize = 20_000;

/// The end of a chain, from a member to the goal.
struct Partial {
    member: u32,
    /// The partial chain that this one has a link in front of.
    rest: Option<usize>,
    /// Standings of the targets of its hops, with the member's; ascending.
    standings: Vec<u32>,
}

impl Partial {
    /// Whether every chain made longer from `self` is at least as strong and
    /// as short as the same made from `other`.
    fn dominates(&self, other: &Self) -> bool {
        self.standings.len() <= other.standings.len()
            && self.standings.iter().zip(&other.standings).all(|(mine, theirs)| mine >= theirs)
    }
}

impl TrustFold {
    /// The chain of at most `max_hops` (never more than 5) live positive
    /// attestations from `from` to `to` with the greatest estimate over the
    /// standings of its hops' targets. `None` when there is none, or none
    /// among the 20 000 strongest partial chains.
    #[must_use]
    pub fn strongest_chain(
        &self,
        realm: &RealmId,
        from: &IdentityId,
        to: &IdentityId,
        max_hops: usize,
    ) -> Option<Vec<Hop>> {
        let (realm, _) = self.member(realm, from)?;
        let start = realm.find(from)?;
        let goal = realm.find(to)?;
        if start == goal || max_hops == 0 {
            return None;
        }
        let max_hops = max_hops.min(CHAIN_MAX_HOPS);
        let standing = |member: u32| realm.members[member as usize].standing_ppm(self.day);

        // Backwards from the goal, strongest first: an estimate never rises
        // when a link is added, so the first that reaches the start is the
        // strongest.
        let mut partials =
            vec![Partial { member: goal, rest: None, standings: vec![standing(goal)] }];
        let mut queue = BinaryHeap::from([(chain_estimate(&partials[0].standings), Reverse(0))]);
        let mut settled: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        while let Some((_, Reverse(index))) = queue.pop() {
            let member = partials[index].member;
            if self.link(realm, start, member).is_some() {
                return Some(self.hops(realm, start, &partials, index));
            }
            let earlier = settled.entry(member).or_default();
            if earlier.iter().any(|&other| partials[other].dominates(&partials[index])) {
                continue;
            }
            earlier.push(index);
            if partials[index].standings.len() == max_hops {
                continue;
            }
            for attester in self.believers(realm, member) {
                if partials.len() == MAX_PARTIAL_CHAINS {
                    return None;
                }
                let mut standings = partials[index].standings.clone();
                let value = standing(attester);
                standings.insert(standings.partition_point(|&other| other < value), value);
                let estimate = chain_estimate(&standings);
                let next = partials.len();
                partials.push(Partial { member: attester, rest: Some(index), standings });
                queue.push((estimate, Reverse(next)));
            }
        }
        None
    }

    /// Who has a live positive attestation about a member, in log order from
    /// the newest.
    fn believers(&self, realm: &Realm, member: u32) -> Vec<u32> {
        let mut seen = FxHashSet::default();
        self.statements_about(&realm.members[member as usize])
            .filter(|(_, statement)| is_link(statement))
            .map(|(_, statement)| statement.source)
            .filter(|source| seen.insert(*source))
            .collect()
    }

    fn link(&self, realm: &Realm, from: u32, to: u32) -> Option<&Statement> {
        let live = &realm.pair(from, to)?.live;
        live.iter()
            .rev()
            .map(|live| &self.statements[live.statement as usize])
            .find(|statement| is_link(statement))
    }

    fn hops(&self, realm: &Realm, start: u32, partials: &[Partial], first: usize) -> Vec<Hop> {
        let mut hops = Vec::new();
        let mut from = start;
        let mut next = Some(first);
        while let Some(index) = next {
            let to = partials[index].member;
            let link = self.link(realm, from, to).expect("a partial chain is made of links");
            hops.push(Hop {
                from: realm.members[from as usize].id,
                to: realm.members[to as usize].id,
                event: link.id,
                trust_ppm: realm.members[to as usize].standing_ppm(self.day),
            });
            from = to;
            next = partials[index].rest;
        }
        hops
    }
}

fn is_link(statement: &Statement) -> bool {
    statement.kind == PartKind::Attestation
        && statement.status == Status::Live
        && statement.column == Column::Positive
        && !statement.same_root
}
