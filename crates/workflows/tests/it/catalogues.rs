//! Small catalogues, made by hand and at random.

use std::collections::BTreeSet;

use erynoa_execution::Budget;
use erynoa_kernel::{IdentityId, Namespace, PublicKey, RealmId};
use erynoa_workflows::{Effect, Intent, Recipe, Snapshot, Source};
use proptest::prelude::*;

pub(crate) const HOUR_US: u64 = 3_600_000_000;

pub(crate) const AMPLE: Budget = Budget { gas: u64::MAX, mana: u64::MAX, risk_ppm: 1_000_000 };

pub(crate) fn person(number: u8) -> IdentityId {
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes([number; 32]))
}

pub(crate) fn realm(number: u8) -> RealmId {
    RealmId::from_bytes([number; 32])
}

pub(crate) fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn recipe(goal: &str, wants: &[&str]) -> Recipe {
    Recipe {
        goal: goal.to_owned(),
        arguments: BTreeSet::new(),
        distinct: BTreeSet::new(),
        wants: names(wants),
        timeout_most_us: HOUR_US,
    }
}

/// A source that can be undone and takes 100 gas, no mana, no risk.
pub(crate) fn source(name: &str, provides: &[&str], needs: &[&str]) -> Source {
    Source {
        name: name.to_owned(),
        provider: person(1),
        trust_ppm: 500_000,
        realm: None,
        provides: names(provides),
        needs: names(needs),
        action: format!("do-{name}"),
        effect: Effect::Undone(format!("undo-{name}")),
        gas: 100,
        mana: 0,
        risk_ppm: 0,
        verifies: false,
    }
}

pub(crate) fn intent(goal: &str) -> Intent {
    Intent {
        goal: goal.to_owned(),
        arguments: [].into(),
        constraints: [].into(),
        budget: AMPLE,
        realm: realm(1),
        timeout_us: 0,
        nonce: [0; 16],
    }
}

fn some_resources(most: usize) -> impl Strategy<Value = BTreeSet<String>> {
    let name = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]);
    prop::collection::btree_set(name.prop_map(str::to_owned), 0..=most)
}

fn some_source() -> impl Strategy<Value = Source> {
    let effect = prop_oneof![
        4 => Just(Effect::Undone("undo".to_owned())),
        2 => Just(Effect::None),
        1 => Just(Effect::Final),
        1 => Just(Effect::Retried),
    ];
    let costs = (0..2_000_u64, 0..3_u64, prop_oneof![Just(0), 0..300_000_u32]);
    ("[a-e]", some_resources(2), some_resources(2), effect, costs, any::<bool>(), 0..4_u8).prop_map(
        |(name, provides, needs, effect, (gas, mana, risk_ppm), verifies, provider)| Source {
            name,
            provider: person(provider),
            trust_ppm: u32::from(provider) * 250_000,
            realm: (provider == 3).then(|| realm(2)),
            provides,
            needs,
            action: "do".to_owned(),
            effect,
            gas,
            mana,
            risk_ppm,
            verifies,
        },
    )
}

/// Catalogues with a recipe for the goal "x".
pub(crate) fn snapshot() -> impl Strategy<Value = Snapshot> {
    let sources = prop::collection::vec(some_source(), 0..14);
    (sources, some_resources(3), some_resources(3)).prop_map(|(sources, wants, other)| Snapshot {
        recipes: vec![
            Recipe { wants, ..recipe("x", &[]) },
            Recipe { wants: other, ..recipe("y", &[]) },
        ],
        sources,
    })
}
