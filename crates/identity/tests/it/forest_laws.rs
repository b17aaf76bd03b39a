//! The laws of delegation over random forests (K8).

use std::collections::BTreeSet;

use erynoa_events::{Body, Delegation};
use erynoa_identity::{Capability, DelegationState};
use erynoa_kernel::EventId;
use proptest::prelude::*;

use crate::capabilities::capability;
use crate::forest::{Forest, Link, allows, within};
use crate::world::{START_US, Tree, Who, World, capabilities, ended, realm, takes_back};

/// Few enough that chains meet.
const PEOPLE: usize = 6;
const REALMS: u64 = 8;

#[derive(Clone, Debug)]
enum Step {
    /// Lends; `via` chooses among the links there are.
    Lend {
        link: Link,
        via: Option<prop::sample::Index>,
    },
    /// Hands on, so that most of it fits: chains become long.
    HandOn {
        to: usize,
        via: prop::sample::Index,
        factor_ppm: u32,
        below: bool,
    },
    Revoke {
        link: prop::sample::Index,
        by: Option<usize>,
    },
    End(usize),
    /// Time goes on, with or without the end of an epoch.
    Wait {
        by_us: u64,
        closes: bool,
    },
}

fn link() -> impl Strategy<Value = Link> {
    (
        (0..PEOPLE, 0..PEOPLE, 1..REALMS, prop_oneof![Just(900_000), 1..=1_000_000u32]),
        prop::collection::vec(prop_oneof![Just("*".to_owned()), capability()], 1..4),
        (0..6u64, prop::option::of(1..20u64), 0..=5u8),
    )
        .prop_map(|((from, to, realm, factor_ppm), texts, (wait, lasts, depth))| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let from_us = if wait < 4 { 0 } else { START_US + 2 * wait };
            Link {
                from,
                to,
                realm,
                factor_ppm,
                capabilities: capabilities(&texts),
                from_us,
                until_us: lasts.map(|lasts| START_US + 20 + lasts),
                depth,
                via: None,
                revoked: false,
            }
        })
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => (link(), prop::option::of(index())).prop_map(|(link, via)| Step::Lend { link, via }),
        8 => (0..PEOPLE, index(), 1..=1_000_000u32, any::<bool>())
            .prop_map(|(to, via, factor_ppm, below)| Step::HandOn { to, via, factor_ppm, below }),
        1 => (index(), prop::option::of(0..PEOPLE)).prop_map(|(link, by)| Step::Revoke { link, by }),
        1 => (0..PEOPLE * 4).prop_map(Step::End),
        2 => (0..6u64, any::<bool>()).prop_map(|(by_us, closes)| Step::Wait { by_us, closes }),
    ]
}

/// A world and the same said plainly.
struct Both {
    world: World,
    people: Vec<Who>,
    plain: Forest,
    ids: Vec<EventId>,
}

impl Both {
    fn new() -> Self {
        let mut world = World::new();
        let people = (0..).take(PEOPLE).map(|number| world.person(number)).collect();
        Self { world, people, plain: Forest::default(), ids: Vec::new() }
    }

    /// Lends in both; they agree whether it may stand.
    fn lend(&mut self, link: Link) -> Result<(), TestCaseError> {
        let expected = self.plain.accepts(&link, self.world.now_us);
        let said = Delegation {
            delegate: self.people[link.to].id,
            factor_ppm: link.factor_ppm,
            capabilities: link.capabilities.clone(),
            not_before_us: link.from_us,
            expires_at_us: link.until_us,
            max_depth: link.depth,
            via: link.via.map(|via| self.ids[via]),
        };
        let delegator = self.people[link.from];
        let result = self.world.says_in(link.realm, delegator, Body::Delegation(said));
        prop_assert_eq!(result.is_ok(), expected, "{:?}", result);
        if let Ok(id) = result {
            self.plain.links.push(link);
            self.ids.push(id);
        }
        Ok(())
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let links = self.plain.links.len();
        match step {
            Step::Lend { mut link, via } => {
                link.via = via.filter(|_| links > 0).map(|via| via.index(links));
                self.lend(link)?;
            }
            Step::HandOn { to, via, factor_ppm, below } if links > 0 => {
                let via = via.index(links);
                let before = self.plain.links[via].clone();
                self.lend(Link {
                    from: before.to,
                    to,
                    realm: if below { before.realm * 2 } else { before.realm },
                    factor_ppm,
                    depth: before.depth.saturating_sub(1),
                    via: Some(via),
                    ..before
                })?;
            }
            Step::Revoke { link, by } if links > 0 => {
                let link = link.index(links);
                let from = self.plain.links[link].from;
                let by = by.unwrap_or(from);
                let result = self.world.says_in(1, self.people[by], takes_back(self.ids[link]));
                let good = by == from && !self.plain.ended.contains(&by);
                prop_assert_eq!(result.is_ok(), good);
                self.plain.links[link].revoked |= good;
            }
            Step::End(person) if person < PEOPLE => {
                let who = self.people[person];
                prop_assert_eq!(
                    self.world.says(who, ended(who.id)).is_ok(),
                    self.plain.ended.insert(person)
                );
            }
            Step::Wait { by_us, closes } => {
                self.world.now_us += by_us;
                if closes {
                    self.world.close(self.world.now_us);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn authorised(&self, to: usize, wanted: &str, number: u64, at_us: u64) -> Option<EventId> {
        let capability: Capability = wanted.parse().expect("a capability");
        let directory = &self.world.directory;
        directory
            .authorise(&self.people[to].id, &capability, &realm(number), at_us, Tree::within)
            .ok()
            .and_then(|chain| chain.last().map(|link| link.created.0))
    }
}

fn played(steps: Vec<Step>) -> Result<Both, TestCaseError> {
    let mut both = Both::new();
    for step in steps {
        both.take(step)?;
    }
    Ok(both)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..50)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_may_stand_and_what_holds_is_what_the_plain_rules_say(
        steps in steps(),
        later in 0..40u64,
    ) {
        let both = played(steps)?;
        let at_us = both.world.now_us + later;
        for (at, id) in both.ids.iter().enumerate() {
            let link = both.world.directory.delegations().find(id).expect("permanent");
            let live = both.world.directory.state_of(link, at_us) == DelegationState::Live;
            prop_assert_eq!(live, both.plain.is_live(at, at_us));
        }
    }

    #[test]
    fn the_best_chain_is_the_one_that_the_plain_search_finds(
        steps in steps(),
        later in 0..40u64,
        wanted in prop::collection::vec(capability(), 4),
    ) {
        let both = played(steps)?;
        let at_us = both.world.now_us + later;
        for to in 0..PEOPLE {
            for number in 1..REALMS {
                for wanted in wanted.iter().map(String::as_str).chain(["*"]) {
                    let best = both.plain.best(to, wanted, number, at_us);
                    let expected = best.iter().map(|&at| both.ids[at]).min();
                    prop_assert_eq!(both.authorised(to, wanted, number, at_us), expected);
                }
            }
        }
    }

    /// Acyclic; capabilities, realms and depth never grow.
    #[test]
    fn nothing_grows_along_a_chain_and_nobody_stands_in_it_twice(
        steps in steps(),
        wanted in prop::collection::vec(capability(), 8),
    ) {
        let both = played(steps)?;
        let delegations = both.world.directory.delegations();
        for id in &both.ids {
            let chain = delegations.chain(delegations.find(id).expect("permanent"));
            let mut people: BTreeSet<_> = chain.iter().map(|link| link.delegator).collect();
            people.insert(chain.last().expect("not empty").delegate);
            prop_assert_eq!(people.len(), chain.len() + 1);
            prop_assert!(chain.len() <= 6);
            prop_assert!(chain.iter().all(|link| link.beginning == chain[0].delegator));
            for pair in chain.windows(2) {
                let [before, after] = pair else { unreachable!("two at a time") };
                prop_assert_eq!(before.delegate, after.delegator);
                prop_assert!(after.max_depth < before.max_depth);
                prop_assert!(Tree::within(&after.realm, &before.realm));
                for wanted in &wanted {
                    let wanted: Capability = wanted.parse().expect("a capability");
                    prop_assert!(!after.allows(&wanted) || before.allows(&wanted));
                }
            }
        }
    }

    /// Whoever may do something now could have been given it by every link of
    /// the chain, down from its beginning.
    #[test]
    fn whoever_may_was_allowed_by_every_link(steps in steps(), wanted in capability()) {
        let both = played(steps)?;
        let at_us = both.world.now_us;
        for to in 0..PEOPLE {
            if let Some(last) = both.authorised(to, &wanted, 4, at_us) {
                let last = both.ids.iter().position(|id| *id == last).expect("one of these");
                for at in both.plain.chain(last) {
                    let link = &both.plain.links[at];
                    prop_assert!(allows(&link.capabilities, &wanted) && within(4, link.realm));
                    prop_assert!(both.plain.is_live(at, at_us));
                }
            }
        }
    }

    /// Revocation cascades: nothing through the revoked link holds any more,
    /// and everything else holds as before.
    #[test]
    fn a_revocation_ends_exactly_the_chains_through_it(
        steps in steps(),
        which in any::<prop::sample::Index>(),
    ) {
        let mut both = played(steps)?;
        prop_assume!(!both.ids.is_empty());
        let which = which.index(both.ids.len());
        let from = both.plain.links[which].from;
        prop_assume!(!both.plain.ended.contains(&from));
        let at_us = both.world.now_us;
        let live = |both: &Both, at: usize| {
            let link = both.world.directory.delegations().find(&both.ids[at]).expect("permanent");
            both.world.directory.state_of(link, at_us) == DelegationState::Live
        };
        let before: Vec<bool> = (0..both.ids.len()).map(|at| live(&both, at)).collect();
        both.world.says_in(1, both.people[from], takes_back(both.ids[which])).expect("its delegator");
        for (at, before) in before.into_iter().enumerate() {
            let through = both.plain.chain(at).contains(&which);
            prop_assert_eq!(live(&both, at), before && !through);
        }
    }
}
