//! The applied log: index, lists, epochs, finality (protocol §3).

use erynoa_events::{
    Body, EpochClosed, EpochPolicy, EventFilter, EventKind, EventOrder, Finality, LogClock,
    OpenEpoch, leaf_hash,
};
use erynoa_kernel::{DAY_US, EventId};
use proptest::prelude::*;

use crate::world::{
    LOG, NOW_US, Node, PEOPLE, attest, log_identity, person, play, realm, script, sign,
};

fn close(node: &mut Node) {
    let epoch = node.log.epochs().len() as u64 + 1;
    let body = Body::EpochClosed(EpochClosed {
        epoch,
        closed_at_us: NOW_US + epoch,
        size: node.log.size(),
        state_root: [epoch.to_le_bytes()[0]; 32],
        parameters_hash: [0; 32],
    });
    let event = sign(&node.next(LOG, log_identity(), Vec::new(), body), LOG);
    node.must(&event);
}

fn filter() -> impl Strategy<Value = EventFilter> {
    // One person more than there are, so that some are unknown.
    let who = || prop::option::weighted(0.3, (1..=PEOPLE + 1).prop_map(person));
    let kinds = prop::sample::subsequence(EventKind::ALL.to_vec(), 0..4);
    let wall = || prop::option::weighted(0.3, NOW_US - 2_000_000..NOW_US + 3);
    (who(), who(), who(), prop::option::weighted(0.3, Just(realm())), kinds, wall(), wall())
        .prop_map(|(author, subject, participant, realm, kinds, from_us, until_us)| EventFilter {
            author,
            subject,
            participant,
            realm,
            kinds,
            from_us,
            until_us,
        })
}

#[test]
fn finality_rises_with_every_witnessed_epoch() {
    let mut node = Node::founded(2);
    let position = 1;
    assert_eq!(node.log.finality(node.log.size(), u64::MAX), Finality::Nascent);
    assert_eq!(node.log.finality(position, 0), Finality::Validated);
    close(&mut node);
    assert_eq!(node.log.finality(position, 0), Finality::Validated, "not under a checkpoint");
    let mut expected = vec![Finality::Witnessed, Finality::Anchored, Finality::Anchored];
    expected.extend([Finality::Eternal; 3]);
    for finality in expected {
        assert_eq!(node.log.finality(position, node.log.size()), finality);
        let event = node.says(1, attest(2));
        node.must(&event);
        assert_eq!(node.log.finality(node.log.size() - 1, node.log.size()), Finality::Validated);
        close(&mut node);
    }
}

#[test]
fn epoch_closed_counts_to_the_epoch_that_it_closes() {
    let mut node = Node::founded(2);
    let first = node.log.size();
    assert_eq!(node.log.epoch_of(0), None);
    close(&mut node);
    close(&mut node);
    assert_eq!(node.log.epoch_of(0), Some(1));
    assert_eq!(node.log.epoch_of(first), Some(1));
    assert_eq!(node.log.epoch_of(first + 1), Some(2));
    assert_eq!(node.log.epoch_of(first + 2), None);
    let [one, two] = node.log.epochs() else { panic!("two epochs") };
    assert_eq!((one.first_sequence, one.sequence, one.events), (0, first, first));
    assert_eq!((two.first_sequence, two.sequence, two.events), (first + 1, first + 1, 0));
    assert_eq!(two.closed_at_us, NOW_US + 2);
    let open = node.log.open_epoch();
    assert_eq!(open, OpenEpoch { first_sequence: first + 2, events: 0, greatest_wall_us: 0 });
}

#[test]
fn an_epoch_closes_when_it_is_full_or_old_and_never_while_it_is_empty() {
    let policy = EpochPolicy { max_events: 3, max_us: 10, clock: LogClock::System };
    let with = |events| OpenEpoch { first_sequence: 0, events, greatest_wall_us: 5 };
    assert!(!policy.closes_before(&with(0), DAY_US * 9));
    assert!(!policy.closes_before(&with(2), DAY_US * 9));
    assert!(policy.closes_before(&with(3), 5));
    assert_eq!(policy.closes_at_us(&with(0), 100, 200), None);
    assert_eq!(policy.closes_at_us(&with(1), 100, 200), Some(110));
    assert_eq!(policy.closed_at_us(50, 70, 60), 60);
    assert_eq!(policy.closed_at_us(80, 70, 60), 80);
}

#[test]
fn with_the_clock_of_events_an_epoch_does_not_span_days() {
    let policy = EpochPolicy { max_events: 3, max_us: 10, clock: LogClock::Events };
    let open = OpenEpoch { first_sequence: 0, events: 1, greatest_wall_us: DAY_US * 2 - 1 };
    assert!(!policy.closes_before(&open, DAY_US * 2 - 1));
    assert!(!policy.closes_before(&open, DAY_US), "an earlier day closes nothing");
    assert!(policy.closes_before(&open, DAY_US * 2));
    assert!(!policy.closes_before(&OpenEpoch::default(), DAY_US * 2));
    assert_eq!(policy.closes_at_us(&open, 100, 200), Some(210), "silence counts, not age");
    assert_eq!(policy.closed_at_us(50, 70, 60), 70);
    assert_eq!(policy.closed_at_us(50, 70, 90), 90, "closed_at never decreases");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_applied_event_is_found_by_id_and_by_position(script in script(1..12)) {
        let (node, events) = play(&script);
        for (sequence, event) in (0..).zip(&events) {
            let meta = node.log.find(&event.id()).unwrap();
            prop_assert_eq!(node.log.at(sequence), Some(meta));
            let said = event.event();
            prop_assert_eq!(meta.sequence, sequence);
            prop_assert_eq!(meta.id, event.id());
            prop_assert_eq!((meta.author, meta.subject), (said.author, said.subject()));
            prop_assert_eq!((meta.realm, meta.kind), (said.realm, said.body.kind()));
            prop_assert_eq!((meta.coordinate, meta.signer), (said.coordinate, event.signer()));
        }
        prop_assert_eq!(node.log.find(&EventId::of(b"unknown")), None);
        prop_assert_eq!(node.log.at(events.len() as u64), None);
        let latest = events.iter().map(|event| event.event().coordinate.wall_us).max();
        prop_assert_eq!(Some(node.log.greatest_wall_us()), latest);
        for seed in 1..=PEOPLE {
            let said = events.iter().filter(|event| event.event().author == person(seed)).count();
            prop_assert_eq!(node.log.events_of(&person(seed)), said as u64);
        }
    }

    #[test]
    fn leaves_of_the_tree_are_the_entries(script in script(1..8)) {
        let (node, events) = play(&script);
        let width = u16::try_from(events.len()).unwrap();
        let leaves: Vec<u8> = events.iter().flat_map(|event| leaf_hash(event.entry())).collect();
        prop_assert_eq!(node.log.tree().tile(0, 0, width), Some(leaves));
        prop_assert_eq!(node.log.tree().size(), node.log.size());
    }

    #[test]
    fn pages_of_a_list_are_all_that_matches_in_order(
        script in script(1..16),
        filter in filter(),
        newest_first: bool,
        limit in 1usize..6,
    ) {
        let (node, _) = play(&script);
        let order = if newest_first { EventOrder::NewestFirst } else { EventOrder::OldestFirst };
        let mut expected: Vec<_> = (0..node.log.size())
            .filter(|&at| filter.matches(&node.log.at(at).unwrap()))
            .collect();
        if newest_first {
            expected.reverse();
        }
        let mut listed = Vec::new();
        loop {
            let page = node.log.list(&filter, order, listed.last().copied(), limit);
            prop_assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn a_filter_matches_when_every_condition_does(script in script(1..12), filter in filter()) {
        let (node, _) = play(&script);
        for at in 0..node.log.size() {
            let event = node.log.at(at).unwrap();
            let involved = [Some(event.author), event.subject];
            let conditions = [
                filter.author.is_none() || filter.author == Some(event.author),
                filter.subject.is_none() || filter.subject == event.subject,
                filter.participant.is_none() || involved.contains(&filter.participant),
                filter.realm.is_none() || filter.realm == Some(event.realm),
                filter.kinds.is_empty() || filter.kinds.contains(&event.kind),
                filter.from_us.unwrap_or(0) <= event.coordinate.wall_us,
                event.coordinate.wall_us < filter.until_us.unwrap_or(u64::MAX),
            ];
            prop_assert_eq!(filter.matches(&event), conditions.iter().all(|holds| *holds));
        }
    }

    #[test]
    fn finality_is_monotone_in_any_growth_of_log_and_checkpoints(
        steps in prop::collection::vec(0u8..3, 1..30),
    ) {
        let mut node = Node::founded(2);
        let mut checkpoint = 0;
        let mut before: Vec<Finality> = Vec::new();
        for step in steps {
            match step {
                0 => {
                    let event = node.says(1, attest(2));
                    node.must(&event);
                }
                1 => close(&mut node),
                _ => checkpoint = node.log.size(),
            }
            let now: Vec<_> =
                (0..node.log.size()).map(|at| node.log.finality(at, checkpoint)).collect();
            prop_assert!(before.iter().zip(&now).all(|(old, new)| old <= new));
            prop_assert!(now.is_sorted_by(|older, newer| older >= newer), "older is surer");
            before = now;
        }
    }

    #[test]
    fn finality_follows_from_the_distance_of_epochs(epoch in 1u64..20, witnessed in 0u64..20) {
        let expected = if witnessed < epoch {
            Finality::Validated
        } else if witnessed == epoch {
            Finality::Witnessed
        } else if witnessed < epoch + 3 {
            Finality::Anchored
        } else {
            Finality::Eternal
        };
        prop_assert_eq!(Finality::of(epoch, witnessed), expected);
    }
}
