//! Order: causes come first, and nothing else about the order matters
//! (protocol §2, properties; K9).

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{Admission, Admitted, VerifiedEvent};
use erynoa_kernel::EventId;
use proptest::prelude::*;

use crate::world::{Book, NOW_US, Node, play, script};

/// For every event, all that it follows from.
fn ancestors(events: &[VerifiedEvent]) -> BTreeMap<EventId, BTreeSet<EventId>> {
    let mut all: BTreeMap<EventId, BTreeSet<EventId>> = BTreeMap::new();
    for event in events {
        let causes = event.event().prev.iter().chain(&event.event().parents);
        let mut before = BTreeSet::new();
        for cause in causes {
            before.insert(*cause);
            before.extend(&all[cause]);
        }
        all.insert(event.id(), before);
    }
    all
}

/// Submits in the given order, again and again, until nothing more is accepted.
fn settle(events: &[VerifiedEvent]) -> Node {
    let mut node = Node::empty();
    let mut waiting: Vec<_> = events.iter().collect();
    loop {
        let before = waiting.len();
        waiting.retain(|event| node.submit(event).is_err());
        if waiting.len() == before {
            return node;
        }
    }
}

/// In the order of `order`, whose numbers are repeated as often as needed.
fn shuffled(events: &[VerifiedEvent], order: &[u32]) -> Vec<VerifiedEvent> {
    let mut ranked: Vec<_> = order.iter().cycle().zip(events).collect();
    ranked.sort_by_key(|(rank, event)| (**rank, event.id()));
    ranked.into_iter().map(|(_, event)| event.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn reachability_is_a_strict_partial_order(script in script(1..20)) {
        let (node, events) = play(&script);
        let ancestors = ancestors(&events);
        for (event, before) in &ancestors {
            prop_assert!(!before.contains(event), "irreflexive");
            for cause in before {
                prop_assert!(!ancestors[cause].contains(event), "asymmetric");
                prop_assert!(ancestors[cause].is_subset(before), "transitive");
                let (cause, event) = (node.log.find(cause).unwrap(), node.log.find(event).unwrap());
                prop_assert!(cause.coordinate < event.coordinate);
                prop_assert!(cause.sequence < event.sequence);
            }
        }
    }

    #[test]
    fn any_permutation_of_a_causally_closed_set_ends_in_the_same_valid_set(
        script in script(1..16),
        order in prop::collection::vec(any::<u32>(), 32),
    ) {
        let (node, events) = play(&script);
        let settled = settle(&shuffled(&events, &order));
        prop_assert_eq!(settled.ids(), node.ids());
        prop_assert_eq!(&settled.book, &node.book);
        for event in &events {
            prop_assert_eq!(settled.log.head(&event.signer()), node.log.head(&event.signer()));
        }
    }

    #[test]
    fn duplicates_change_nothing_and_get_the_same_answer(
        script in script(1..12),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..20),
    ) {
        let (mut node, events) = play(&script);
        let (size, root) = (node.log.size(), node.log.tree().root_at(node.log.size()));
        for index in again {
            let sequence = index.index(events.len()) as u64;
            let event = &events[index.index(events.len())];
            prop_assert_eq!(node.submit(event), Ok(Admitted::Duplicate { sequence }));
        }
        prop_assert_eq!(node.log.size(), size);
        prop_assert_eq!(node.log.tree().root_at(size), root);
    }

    #[test]
    fn one_batch_and_one_by_one_give_the_same_verdicts(
        script in script(1..12),
        order in prop::collection::vec(any::<u32>(), 32),
    ) {
        let (_, events) = play(&script);
        // Every event twice and in any order: refusals and duplicates among them.
        let mut all = shuffled(&events, &order);
        all.extend(events);
        let mut single = Node::empty();
        let empty = Node::empty();
        let mut batch = Admission::new(&empty.log, NOW_US);
        let mut book = Book::default();
        for event in &all {
            let verdict = batch.admit(event, &book, &book);
            if matches!(verdict, Ok(Admitted::New { .. })) {
                book.apply(event);
            }
            prop_assert_eq!(verdict, single.submit(event));
        }
        prop_assert_eq!(book, single.book);
    }

    #[test]
    fn a_stored_event_never_changes(script in script(2..12), cut in any::<prop::sample::Index>()) {
        let (node, events) = play(&script);
        let cut = cut.index(events.len());
        let mut earlier = Node::empty();
        for event in &events[..cut] {
            earlier.must(event);
        }
        for at in 0..cut as u64 {
            prop_assert_eq!(earlier.log.at(at), node.log.at(at));
        }
        let (old, new) = (cut as u64, node.log.size());
        prop_assert_eq!(earlier.log.tree().root_at(old), node.log.tree().root_at(old));
        prop_assert_eq!(new, events.len() as u64);
    }
}
