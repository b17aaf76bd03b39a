//! §10: what the detector finds, on both sides of every limit.

use erynoa_events::{AnomalyClass, EventKind, Severity};
use erynoa_world::{
    Detector, EVENTS_PER_HOUR, EVENTS_PER_MINUTE, Finding, MAX_FINDINGS, Observation,
};
use proptest::prelude::*;

use crate::town::{HOUR, MINUTE, event_id, person, word};

/// Words of one author, about nobody, at these times.
fn alone(author: u32, times: impl IntoIterator<Item = u64>) -> Vec<Observation> {
    let times = times.into_iter().enumerate();
    times
        .map(|(number, wall_us)| {
            let mut event = word(number as u64, author, author, wall_us);
            event.partner_root = None;
            event
        })
        .collect()
}

fn detect(events: &[Observation]) -> Vec<Finding> {
    let mut detector = Detector::default();
    for event in events {
        detector.observe(event);
    }
    detector.findings().cloned().collect()
}

#[test]
fn sixty_events_in_a_minute_are_many_and_sixty_one_too_many() {
    assert_eq!(EVENTS_PER_MINUTE, 60);
    assert_eq!(detect(&alone(1, 0..60)), []);
    let found = detect(&alone(1, 0..61));
    assert_eq!(found.len(), 1);
    let finding = &found[0];
    assert_eq!((finding.class, finding.severity), (AnomalyClass::Rate, Severity::Medium));
    assert_eq!((finding.id, finding.first_us, finding.last_us), (1, 0, 60));
    assert_eq!((finding.measured_milli, finding.expected_milli), (61_000, 60_000));
    assert_eq!(finding.subjects, [person(1)]);
    assert_eq!(finding.evidence.len(), 8);
    assert_eq!((finding.evidence[0], finding.evidence[7]), (event_id(0), event_id(60)));
}

#[test]
fn a_minute_ends_after_sixty_seconds() {
    let mut times: Vec<u64> = (0..60).collect();
    times.push(MINUTE);
    assert_eq!(detect(&alone(1, times.clone())), []);
    times[60] = MINUTE - 1;
    assert_eq!(detect(&alone(1, times)).len(), 1);
}

#[test]
fn five_hundred_events_in_an_hour_are_many_and_one_more_too_many() {
    assert_eq!(EVENTS_PER_HOUR, 500);
    let times = |count: u64| (0..count).map(|i| i * (HOUR / 501));
    assert_eq!(detect(&alone(1, times(500))), []);
    let found = detect(&alone(1, times(501)));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].severity), (AnomalyClass::Rate, Severity::High));
    assert_eq!(found[0].measured_milli, 501_000);
    // One less often than that, for ever.
    assert_eq!(detect(&alone(1, (0..5_000).map(|i| i * (HOUR / 500)))), []);
}

#[test]
fn a_flood_is_one_finding_as_long_as_it_lasts() {
    let found = detect(&alone(1, (0..400).map(|i| i * MINUTE / 100)));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id, found[0].measured_milli), (1, 100_000));
    assert_eq!(found[0].last_us, 399 * MINUTE / 100);
    // And another one after a pause.
    let again = (0..70).chain((0..70).map(|i| 10 * MINUTE + i));
    assert_eq!(detect(&alone(1, again)).len(), 2);
}

#[test]
fn closing_epochs_is_the_logs_duty() {
    let mut events = alone(1, 0..200);
    for event in &mut events {
        event.kind = EventKind::EpochClosed;
    }
    assert_eq!(detect(&events), []);
}

/// One hour after the other with so many events each; one more to end the last.
fn hours(counts: &[u64]) -> Vec<Observation> {
    let hour =
        |(hour, &count): (u64, &u64)| (0..count).map(move |i| hour * HOUR + i * 70 * 1_000_000);
    let mut times: Vec<u64> = (0..).zip(counts).flat_map(hour).collect();
    times.push(counts.len() as u64 * HOUR);
    alone(1, times)
}

fn oddness(before: &[u64], last: u64) -> Option<Severity> {
    let mut counts = before.to_vec();
    counts.push(last);
    let found = detect(&hours(&counts));
    assert!(found.len() <= 1);
    found.first().map(|finding| {
        assert_eq!(finding.class, AnomalyClass::Deviation);
        assert_eq!(finding.measured_milli, last * 1_000);
        finding.severity
    })
}

#[test]
fn an_hour_beyond_three_deviations_is_odd_and_beyond_five_very_odd() {
    // Mean 20, σ 2.
    let before = [18, 22, 18, 22, 18, 22, 18, 22, 18, 22];
    assert_eq!(oddness(&before, 26), None);
    assert_eq!(oddness(&before, 27), Some(Severity::Medium));
    assert_eq!(oddness(&before, 30), Some(Severity::Medium));
    assert_eq!(oddness(&before, 31), Some(Severity::High));
    // Silence is odd as well.
    assert_eq!(oddness(&before, 14), None);
    assert_eq!(oddness(&before, 13), Some(Severity::Medium));
    assert_eq!(oddness(&before, 9), Some(Severity::High));
}

#[test]
fn the_deviation_is_at_least_a_twentieth_of_the_mean() {
    // σ = 0 counts as 1.
    let before = [20; 10];
    assert_eq!(oddness(&before, 23), None);
    assert_eq!(oddness(&before, 24), Some(Severity::Medium));
    assert_eq!(oddness(&before, 25), Some(Severity::Medium));
    assert_eq!(oddness(&before, 26), Some(Severity::High));
}

#[test]
fn nine_hours_are_no_habit_yet() {
    assert_eq!(oddness(&[20; 9], 50), None);
    assert_eq!(oddness(&[20; 10], 50), Some(Severity::High));
}

#[test]
fn a_habit_can_change() {
    let mut counts = vec![5; 200];
    counts.extend([45; 400]);
    let found = detect(&hours(&counts));
    assert!(found.iter().all(|finding| finding.first_us < 400 * HOUR), "400 hours on it is usual");
    assert!(!found.is_empty());
}

/// Steps of a circle over these people, `pause` apart.
fn circle(people: &[u32], pause: u64) -> Vec<Observation> {
    (0..people.len())
        .map(|i| word(i as u64, people[i], people[(i + 1) % people.len()], i as u64 * pause))
        .collect()
}

#[test]
fn circles_of_two_to_four_are_found_and_of_five_are_not() {
    for (people, severity) in [
        (&[1, 2][..], Severity::Low),
        (&[1, 2, 3], Severity::Medium),
        (&[1, 2, 3, 4], Severity::Medium),
    ] {
        let found = detect(&circle(people, MINUTE));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].class, found[0].severity), (AnomalyClass::Cycle, severity));
        assert_eq!(found[0].measured_milli, people.len() as u64 * 1_000);
        assert_eq!(found[0].subjects.len(), people.len());
        let evidence: Vec<_> = (0..people.len() as u64).map(event_id).collect();
        assert_eq!(found[0].evidence, evidence);
    }
    assert_eq!(detect(&circle(&[1, 2, 3, 4, 5], MINUTE)), []);
}

#[test]
fn a_circle_closes_within_an_hour() {
    assert_eq!(detect(&circle(&[1, 2], HOUR - 1)).len(), 1);
    assert_eq!(detect(&circle(&[1, 2], HOUR)), []);
    assert_eq!(detect(&circle(&[1, 2, 3, 4], HOUR / 3 - 1)).len(), 1);
    assert_eq!(detect(&circle(&[1, 2, 3, 4], HOUR / 3)), []);
}

#[test]
fn only_words_for_others_make_a_circle() {
    let mut against = circle(&[1, 2], 1);
    against[0].speaks_for = false;
    assert_eq!(detect(&against), []);
    let mut own = circle(&[1, 2], 1);
    for event in &mut own {
        event.author_root = person(1);
        event.partner_root = Some(person(1));
    }
    assert_eq!(detect(&own), [], "agents of one root");
    assert_eq!(detect(&circle(&[1, 2, 3], 1)[..2]), [], "two steps of three");
}

#[test]
fn agents_stand_in_a_circle_for_their_roots() {
    let mut events = circle(&[11, 12, 13], 1);
    for event in &mut events {
        event.author_root = person(u32::try_from(event.sequence).unwrap());
        event.partner_root = Some(person(u32::try_from((event.sequence + 1) % 3).unwrap()));
    }
    let found = detect(&events);
    assert_eq!(found.len(), 1);
    let mut subjects = found[0].subjects.clone();
    subjects.sort_unstable();
    let mut roots = [0, 1, 2].map(person);
    roots.sort_unstable();
    assert_eq!(subjects, roots);
}

#[test]
fn the_same_circle_is_one_finding_while_it_stands() {
    let mut events = circle(&[1, 2, 3], MINUTE);
    for again in 1..4_u64 {
        for mut event in circle(&[1, 2, 3], MINUTE) {
            event.wall_us += again * 20 * MINUTE;
            events.push(event);
        }
    }
    let found = detect(&events);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_us, 62 * MINUTE);
}

#[test]
fn findings_are_bounded_and_keep_their_numbers() {
    let mut detector = Detector::default();
    for pair in 0..1_100 {
        for mut event in circle(&[pair * 2, pair * 2 + 1], 1) {
            event.wall_us += u64::from(pair) * 10;
            detector.observe(&event);
        }
    }
    assert_eq!((detector.findings().count(), detector.found()), (MAX_FINDINGS, 1_100));
    let ids: Vec<u64> = detector.findings().map(|finding| finding.id).collect();
    assert_eq!((ids[0], ids[MAX_FINDINGS - 1]), (1_100, 77));
}

#[test]
fn windows_are_bounded() {
    let mut detector = Detector::default();
    for event in alone(1, 0..5_000) {
        detector.observe(&event);
    }
    assert_eq!(detector.kept(), (EVENTS_PER_HOUR + 1, 0));
    // What is older than an hour is let go with the next event.
    for event in alone(1, [3 * HOUR]) {
        detector.observe(&event);
    }
    assert_eq!(detector.kept(), (1, 0));
    let mut edges = Detector::default();
    let people: Vec<_> = (0..20_000).map(person).collect();
    let mut event = word(0, 0, 1, 0);
    for number in 0..265_000 {
        event.wall_us = number as u64;
        event.author = people[number % 20_000];
        event.author_root = event.author;
        event.partner_root = Some(people[(number + 7) % 19_999]);
        edges.observe(&event);
    }
    assert_eq!(edges.kept().1, 1 << 18);
    edges.observe(&word(0, 1, 2, 2 * HOUR));
    assert_eq!(edges.kept().1, 1);
}

#[test]
fn a_circle_of_many_admirers_is_found_among_the_newest_neighbours() {
    // The first has 200 other admirers and admires 200 others.
    let mut events = Vec::new();
    for other in 100..300 {
        events.push(word(events.len() as u64, 1, other, 0));
        events.push(word(events.len() as u64, other + 1_000, 1, 0));
    }
    events.extend(circle(&[1, 2, 3], 1));
    let found = detect(&events);
    assert_eq!(found.iter().filter(|one| one.class == AnomalyClass::Cycle).count(), 1);
}

#[test]
fn sixty_four_newest_neighbours_are_looked_at_and_the_one_before_is_not() {
    let hidden = |others: u32| {
        let mut events = circle(&[1, 2, 3], 0);
        let closing = events.pop();
        events.extend((0..others).map(|other| word(u64::from(other) + 10, 1, 100 + other, 0)));
        events.extend(closing);
        detect(&events).iter().any(|one| one.class == AnomalyClass::Cycle)
    };
    assert!(hidden(63));
    assert!(!hidden(64));
}

#[test]
fn the_end_of_time_is_a_time() {
    let mut events = alone(1, [0, u64::MAX]);
    events.push(word(7, 1, 2, u64::MAX));
    events.push(word(8, 2, 1, u64::MAX));
    assert_eq!(detect(&events).len(), 1);
}

/// Whether a circle of this length goes through the last edge, by trying all.
fn has_circle(edges: &[(u32, u32, u64)], length: usize) -> bool {
    let Some(&(from, to, now)) = edges.last() else { return false };
    // Only the newest word of a pair counts.
    let near = |a: u32, b: u32| {
        let newest = edges.iter().rev().find(|edge| (edge.0, edge.1) == (a, b));
        newest.is_some_and(|edge| now - edge.2 < HOUR)
    };
    let everybody = 0..7_u32;
    match length {
        2 => near(to, from),
        3 => everybody.clone().any(|x| x != from && x != to && near(to, x) && near(x, from)),
        _ => everybody.clone().any(|x| {
            everybody.clone().any(|y| {
                let distinct = x != y && ![x, y].contains(&from) && ![x, y].contains(&to);
                distinct && near(to, x) && near(x, y) && near(y, from)
            })
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_shortest_circle_through_a_new_edge_is_found(
        steps in prop::collection::vec((0..7_u32, 0..7_u32, 0..30_u64), 1..40),
    ) {
        let mut detector = Detector::default();
        let mut edges: Vec<(u32, u32, u64)> = Vec::new();
        let mut now = 0;
        for (number, (from, to, pause)) in steps.into_iter().enumerate() {
            if from == to {
                continue;
            }
            now += pause * MINUTE;
            let event = word(number as u64, from, to, now);
            edges.push((from, to, now));
            detector.observe(&event);
            let shortest = (2..=4).find(|&length| has_circle(&edges, length));
            let newest = detector.findings().filter(|one| one.last_us == now && {
                one.subjects.contains(&person(from)) && one.subjects.contains(&person(to))
            });
            let lengths: Vec<usize> = newest.map(|one| one.subjects.len()).collect();
            match shortest {
                Some(length) => prop_assert!(lengths.contains(&length), "{lengths:?} {length}"),
                None if pause > 0 => prop_assert!(lengths.is_empty(), "{lengths:?}"),
                None => {}
            }
        }
    }

    #[test]
    fn the_same_log_gives_the_same_findings(
        steps in prop::collection::vec((0..5_u32, 0..5_u32, 0..90_u64), 1..300),
    ) {
        let mut now = 0;
        let events: Vec<_> = steps
            .into_iter()
            .enumerate()
            .map(|(number, (from, to, pause))| {
                now += pause * 1_000_000;
                word(number as u64, from, to, now)
            })
            .collect();
        prop_assert_eq!(detect(&events), detect(&events));
    }
}
