//! How fast the log becomes the world: `cargo bench -p erynoa-world`.

use divan::Bencher;
use divan::counter::ItemsCount;
use erynoa_events::EventKind;
use erynoa_kernel::{DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId};
use erynoa_world::{EpochView, Observation, Sources, Stand, WorldFold};

fn main() {
    divan::main();
}

const SUBJECTS: u64 = 100_000;
const EPOCH_EVENTS: usize = 10_000;

fn realm() -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[b"bench"]))
}

fn people() -> Vec<IdentityId> {
    (0..SUBJECTS)
        .map(|number| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
        })
        .collect()
}

/// Trust that differs from one to the next.
struct Opinions;

impl Sources for Opinions {
    fn stand(&self, _: &RealmId, subject: &IdentityId) -> Stand {
        let byte = u32::from(subject.as_bytes()[9]);
        let power = u64::from(byte % 2) * u64::from(byte) * 7_000;
        Stand { norm_ppm: 100_000 + byte * 3_000, power, is_subject: true }
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        *identity
    }

    fn is_verified(&self, _: &RealmId, _: &IdentityId) -> bool {
        false
    }
}

/// Numbers that look random and are the same each time.
fn mixed(number: u64) -> u64 {
    (number.wrapping_add(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}

fn events(people: &[IdentityId], range: std::ops::Range<u64>, pause_us: u64) -> Vec<Observation> {
    let kinds = [EventKind::Attestation, EventKind::Receipt, EventKind::Vote, EventKind::Custom];
    range
        .map(|number| {
            let pick = |salt: u64| {
                let index = mixed(number * 2 + salt) % people.len() as u64;
                people[usize::try_from(index).expect("below 100 000")]
            };
            let author = pick(0);
            Observation {
                sequence: number,
                event: EventId::of(&number.to_be_bytes()),
                author,
                author_root: author,
                realm: realm(),
                kind: kinds[usize::try_from(mixed(number) % 4).expect("below 4")],
                custom_type: None,
                partner_root: Some(pick(1)),
                speaks_for: true,
                critical_report: false,
                wall_us: number * pause_us,
            }
        })
        .collect()
}

fn closed(world: &mut WorldFold, epoch: u64, events: &[Observation]) {
    for event in events {
        world.apply(event);
    }
    let last_us = events.last().map_or(0, |event| event.wall_us);
    world.close(EpochView::new(epoch, last_us), &[], &Opinions);
}

/// A world of 100 000 subjects with 500 000 events behind it.
fn world(people: &[IdentityId]) -> WorldFold {
    let mut world = WorldFold::new();
    for (epoch, chunk) in (1..).zip(events(people, 0..500_000, 1_000_000).chunks(EPOCH_EVENTS)) {
        closed(&mut world, epoch, chunk);
    }
    world
}

/// One event, its epoch closed, the subject's rank and the first page.
#[divan::bench(sample_count = 200)]
fn rank_after_one_event_of_100_000(bencher: Bencher) {
    let people = people();
    let mut world = world(&people);
    let mut more = events(&people, 500_000..520_000, 1_000_000).into_iter();
    let mut epoch = world.epoch();
    bencher.bench_local(move || {
        let event = more.next().expect("enough of them");
        epoch += 1;
        closed(&mut world, epoch, &[event]);
        (world.find(&realm(), &event.author), world.page(&realm(), 0, 20))
    });
}

/// Replay: a busy log, an event each second, an epoch of 10 000.
#[divan::bench(sample_count = 5)]
fn replay_with_an_event_a_second(bencher: Bencher) {
    replay(bencher, 1_000_000);
}

/// Replay of an import: 10 000 events a second, so that all of an hour is in
/// the detector's windows.
#[divan::bench(sample_count = 5)]
fn replay_with_an_event_every_100_microseconds(bencher: Bencher) {
    replay(bencher, 100);
}

fn replay(bencher: Bencher, pause_us: u64) {
    let people = people();
    let log = events(&people, 0..200_000, pause_us);
    bencher.counter(ItemsCount::new(log.len())).bench_local(|| replayed(&log));
}

fn replayed(log: &[Observation]) -> WorldFold {
    let mut world = WorldFold::new();
    for (epoch, chunk) in (1..).zip(log.chunks(EPOCH_EVENTS)) {
        closed(&mut world, epoch, chunk);
    }
    world
}

/// The same among 1 000 people, each of whom has dealt with hundreds of others
/// within the hour.
#[divan::bench(sample_count = 5)]
fn replay_of_a_crowd_within_an_hour(bencher: Bencher) {
    let people: Vec<_> = people().into_iter().take(1_000).collect();
    let log = events(&people, 0..200_000, 100);
    bencher.counter(ItemsCount::new(log.len())).bench_local(|| replayed(&log));
}

/// All norms and terms of a new day.
#[divan::bench(sample_count = 20)]
fn a_new_day_of_100_000_subjects(bencher: Bencher) {
    let people = people();
    let mut world = world(&people);
    let mut day = world.day();
    bencher.bench_local(move || {
        day += 1;
        world.close(EpochView::new(world.epoch() + 1, day * DAY_US), &[], &Opinions);
        world.refresh(&Opinions);
    });
}
