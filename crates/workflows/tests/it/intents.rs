//! The bytes of an intent, and what is wrong with one.

use std::collections::BTreeSet;

use erynoa_execution::Budget;
use erynoa_kernel::{IdentityId, Kind, Problem, RealmId, SagaId, Tag, UniversalId};
use erynoa_workflows::{CODES, Constraint, Intent, IntentBytesError, limits};
use proptest::prelude::*;

use crate::catalogues::{intent, person, realm};

fn constraint() -> impl Strategy<Value = Constraint> {
    prop_oneof![
        (0..=1_000_000_u32).prop_map(Constraint::TrustAtLeast),
        any::<[u8; 32]>().prop_map(|bytes| Constraint::Only(IdentityId::from_bytes(bytes))),
        any::<[u8; 32]>().prop_map(|bytes| Constraint::Without(IdentityId::from_bytes(bytes))),
        (1..=20_u8).prop_map(Constraint::StepsAtMost),
    ]
}

fn any_intent() -> impl Strategy<Value = Intent> {
    (
        "[a-z0-9-]{1,64}",
        prop::collection::btree_map("[a-z0-9-]{1,64}", "[^\\p{Cc}]{1,40}", 0..=16),
        prop::collection::btree_set(constraint(), 0..=10),
        (any::<u64>(), any::<u64>(), 0..=1_000_000_u32),
        any::<[u8; 32]>(),
        any::<u64>(),
        any::<[u8; 16]>(),
    )
        .prop_map(
            |(goal, arguments, constraints, (gas, mana, risk_ppm), realm, timeout_us, nonce)| {
                Intent {
                    goal,
                    arguments,
                    constraints,
                    budget: Budget { gas, mana, risk_ppm },
                    realm: RealmId::from_bytes(realm),
                    timeout_us,
                    nonce,
                }
            },
        )
}

/// The bytes as the page on sagas describes them.
#[test]
fn known_bytes_and_the_saga_that_they_name() {
    let mut intent = intent("pay");
    intent.arguments = [("to".to_owned(), "Zoë".to_owned())].into();
    intent.constraints = [Constraint::StepsAtMost(3), Constraint::TrustAtLeast(258)].into();
    intent.budget = Budget { gas: 1, mana: 2, risk_ppm: 3 };
    intent.timeout_us = 4;
    intent.nonce = [9; 16];
    let expected = [
        b"ERYNOA-INTENT-V1\x00\x03pay\x01\x00\x02to\x00\x04Zo\xc3\xab".as_slice(),
        b"\x02\x01\x00\x00\x01\x02\x04\x03",
        b"\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x03",
        &[1; 32],
        b"\x00\x00\x00\x00\x00\x00\x00\x04",
        &[9; 16],
    ]
    .concat();
    assert_eq!(intent.to_bytes(), expected);
    assert_eq!(intent.saga(), SagaId(UniversalId::new(Tag::Saga, 1, &[&expected])));
    assert!(intent.saga().to_string().starts_with("00050001"));
}

#[test]
fn the_greatest_intent_fits_into_an_event() {
    let mut greatest = intent(&"g".repeat(limits::NAME_MOST));
    for number in 0..limits::ARGUMENTS_MOST {
        let name = format!("{number:0>width$}", width = limits::NAME_MOST);
        greatest.arguments.insert(name, "v".repeat(limits::VALUE_MOST));
    }
    for number in 0..u8::try_from(limits::CONSTRAINTS_MOST).unwrap() {
        greatest.constraints.insert(Constraint::Only(person(number)));
    }
    assert_eq!(greatest.flaws(), []);
    assert!(greatest.to_bytes().len() < 18 * 1_024);
    assert_eq!(Intent::from_bytes(&greatest.to_bytes()), Ok(greatest));
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let mut wrong = intent("Pay!");
    wrong.arguments =
        [("a b".to_owned(), String::new()), ("c".to_owned(), "x\ny".to_owned())].into();
    wrong.constraints = [
        Constraint::TrustAtLeast(1_000_001),
        Constraint::StepsAtMost(0),
        Constraint::StepsAtMost(21),
    ]
    .into();
    wrong.budget.risk_ppm = 1_000_001;
    let fields: Vec<String> = wrong.flaws().into_iter().map(|flaw| flaw.field).collect();
    assert_eq!(
        fields,
        [
            "goal",
            "arguments.a b",
            "arguments.a b",
            "arguments.c",
            "constraints.trust_at_least",
            "constraints.steps_at_most",
            "constraints.steps_at_most",
            "budget.risk_ppm",
        ]
    );
}

#[test]
fn limits_hold_at_both_sides() {
    let names = |length: usize| intent(&"g".repeat(length)).flaws().len();
    assert_eq!([names(0), names(1), names(64), names(65)], [1, 0, 0, 1]);
    let value = |length: usize| {
        let mut intent = intent("x");
        intent.arguments.insert("a".into(), "v".repeat(length));
        intent.flaws().len()
    };
    assert_eq!([value(0), value(1), value(1_024), value(1_025)], [1, 0, 0, 1]);
    let constraints = |count: u8| {
        let mut intent = intent("x");
        intent.constraints = (0..count).map(|n| Constraint::Without(person(n))).collect();
        intent.flaws().len()
    };
    assert_eq!([constraints(10), constraints(11)], [0, 1]);
    let arguments = |count: usize| {
        let mut intent = intent("x");
        intent.arguments = (0..count).map(|n| (format!("a{n}"), "v".to_owned())).collect();
        intent.flaws().len()
    };
    assert_eq!([arguments(16), arguments(17)], [0, 1]);
}

#[test]
fn codes_are_sorted_and_unique() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
    let problem = Problem::from(IntentBytesError);
    assert_eq!((problem.code, problem.kind), ("INTENT_NOT_CANONICAL", Kind::Invalid));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn reading_what_was_written_gives_the_intent(intent in any_intent()) {
        prop_assert_eq!(intent.flaws(), []);
        prop_assert_eq!(Intent::from_bytes(&intent.to_bytes()), Ok(intent));
    }

    #[test]
    fn only_canonical_bytes_are_read(
        intent in any_intent(), place: prop::sample::Index, byte: u8, cut: prop::sample::Index
    ) {
        let bytes = intent.to_bytes();
        let mut other = bytes.clone();
        other[place.index(bytes.len())] = byte;
        if let Ok(read) = Intent::from_bytes(&other) {
            prop_assert_eq!(read.to_bytes(), other);
        }
        prop_assert!(Intent::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(Intent::from_bytes(&[bytes, vec![byte]].concat()).is_err());
    }

    #[test]
    fn no_bytes_make_the_reader_fall(bytes: Vec<u8>) {
        let with_prefix = [b"ERYNOA-INTENT-V1".as_slice(), &bytes].concat();
        if let Ok(read) = Intent::from_bytes(&with_prefix) {
            prop_assert_eq!(read.to_bytes(), with_prefix);
        }
        prop_assert_eq!(Intent::from_bytes(&bytes), Err(IntentBytesError));
    }

    #[test]
    fn the_id_of_a_saga_is_a_function_of_the_bytes_and_of_nothing_else(
        a in any_intent(), b in any_intent()
    ) {
        prop_assert_eq!(a.saga(), SagaId::of(&a.to_bytes()));
        prop_assert_eq!(a == b, a.saga() == b.saga());
        let mut again = a.clone();
        again.nonce[15] ^= 1;
        prop_assert_ne!(again.saga(), a.saga());
    }
}

#[test]
fn constraints_out_of_order_or_twice_are_not_canonical() {
    let mut two = intent("x");
    two.constraints = BTreeSet::from([Constraint::StepsAtMost(3), Constraint::StepsAtMost(4)]);
    two.realm = realm(0);
    let bytes = two.to_bytes();
    let swapped = |from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let mut other = bytes.clone();
        other[at..at + to.len()].copy_from_slice(to);
        other
    };
    assert!(Intent::from_bytes(&bytes).is_ok());
    for wrong in [[4, 4, 4, 3], [4, 3, 4, 3]] {
        assert!(Intent::from_bytes(&swapped(&[4, 3, 4, 4], &wrong)).is_err());
    }
}
