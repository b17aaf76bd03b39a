//! The laws, each a test over all seeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use erynoa_events::LogKeys;
use erynoa_sync::{BAN_SCORE, Halt, Role};

use crate::plan::{Kind, Plan};
use crate::world::{Breach, ORIGIN, World};

/// What must hold in every world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Law {
    Convergence,
    Acknowledged,
    Finality,
    Witness,
    Fork,
    Frame,
    Bans,
    Villains,
    Memory,
    Follows,
    Panic,
}

/// What has become of one world.
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    pub(crate) honest: usize,
    pub(crate) trace: [u8; 32],
    pub(crate) broken: Vec<Breach>,
    pub(crate) entries: u64,
    pub(crate) bans: usize,
    pub(crate) forks: usize,
    pub(crate) cosigned: usize,
}

impl Outcome {
    fn panicked(seed: u64) -> Self {
        let Plan { kind, honest, .. } = Plan::of(seed);
        let broken = vec![(Law::Panic, "see above".to_owned())];
        let (trace, entries, bans, forks, cosigned) = ([0; 32], 0, 0, 0, 0);
        Self { seed, kind, honest, trace, broken, entries, bans, forks, cosigned }
    }
}

pub(crate) fn play(seed: u64, verbose: bool) -> Outcome {
    let plan = Plan::of(seed);
    if verbose {
        println!("{plan:#?}");
    }
    let (kind, honest) = (plan.kind, plan.honest);
    let mut world = World::new(plan, verbose);
    world.play();
    Outcome {
        seed,
        kind,
        honest,
        trace: world.trace(),
        entries: world.host(0).map_or(0, |home| home.fold.log().size()),
        bans: world.hosts().map(|(_, host)| host.disk.bans.len()).sum(),
        forks: world
            .hosts()
            .filter(|(_, host)| matches!(host.halted, Some(Halt::Forked(_))))
            .count(),
        cosigned: world.signed.len(),
        broken: world.broken,
    }
}

impl World {
    fn followers(&self) -> impl Iterator<Item = (usize, &crate::host::Host)> {
        self.hosts().filter(|(_, host)| host.role != Role::Home)
    }

    /// Those who are connected with the home.
    fn near_home(&self) -> impl Iterator<Item = (usize, &crate::host::Host)> {
        self.followers().filter(|(at, _)| self.connected.contains(&(0, *at)))
    }

    /// Whether nothing is left to wait for.
    pub(crate) fn is_at_rest(&self) -> bool {
        let Some(home) = self.host(0) else { return false };
        let (size, open) = (home.fold.log().size(), home.fold.log().open_epoch().events);
        let signed = home.disk.head.as_ref().map_or(0, |head| head.head.size);
        match self.plan.kind {
            Kind::Fork => self.followers().all(|(_, host)| host.halted.is_some()),
            Kind::Lie => {
                let mut near = self.near_home();
                self.lie_at.is_some() && near.all(|(_, host)| host.halted.is_some())
            }
            Kind::Storm | Kind::Crowd | Kind::Siege => {
                home.last_word
                    && open == 0
                    && signed == size
                    && self.followers().all(|(_, h)| h.agrees_with(home) && h.finality == size)
                    && self.unpunished().is_none()
            }
        }
    }

    /// A villain whom somebody has suffered for long enough and keeps.
    fn unpunished(&self) -> Option<(usize, usize, u32)> {
        let enough = BAN_SCORE.unsigned_abs() * 3;
        self.hosts().find_map(|(at, host)| {
            let kept =
                |villain: &usize| self.connected.contains(&(at.min(*villain), at.max(*villain)));
            let (villain, points) =
                host.suffered.iter().find(|(v, points)| **points >= enough && kept(v))?;
            Some((at, *villain, *points))
        })
    }

    /// Everything that can only be seen at the end.
    pub(crate) fn judge_the_end(&mut self) {
        let mut broken: Vec<Breach> = Vec::new();
        let honest_home = matches!(self.plan.kind, Kind::Storm | Kind::Crowd | Kind::Siege);
        let Some(home) = self.host(0) else { return };
        let size = home.fold.log().size();
        for (at, host) in self.followers() {
            let log = host.fold.log();
            if honest_home && !host.agrees_with(home) {
                let state = host.node.as_ref().map(|node| node.head_size());
                let how = format!("node {at} has {} of {size}, sees {state:?}", log.size());
                broken.push((Law::Convergence, how));
            } else if honest_home && host.finality != size {
                let how = format!("node {at} has {} of {size} witnessed", host.finality);
                broken.push((Law::Finality, how));
            }
            match (&host.halted, self.plan.kind) {
                (Some(Halt::Forked(proof)), Kind::Fork) => {
                    if !proof.holds(ORIGIN, &LogKeys::of(self.log_key())) {
                        broken.push((Law::Fork, format!("node {at} has no proof")));
                    }
                }
                (other, Kind::Fork) => {
                    let how = format!("node {at} has {} entries and found {other:?}", log.size());
                    broken.push((Law::Fork, how));
                }
                (Some(Halt::Unfit(_)), Kind::Lie) => {}
                // Nobody hands on what does not follow.
                (None, Kind::Lie) if !self.connected.contains(&(0, at)) => {}
                (other, Kind::Lie) => {
                    broken.push((Law::Follows, format!("node {at} took the lie: {other:?}")));
                }
                (Some(halt), _) => {
                    broken.push((Law::Frame, format!("node {at} has halted: {halt:?}")));
                }
                (None, _) => {}
            }
            let home_entries = &home.disk.entries;
            if honest_home && !home_entries.starts_with(&host.disk.entries) {
                broken.push((Law::Follows, format!("node {at} has stored what is not the log's")));
            }
            let stored = host.disk.entries.len() as u64;
            if self.lie_at.is_some_and(|lie| stored > lie) {
                broken.push((Law::Follows, format!("node {at} has stored {stored} entries")));
            }
        }
        for (at, said) in &self.acknowledged {
            let Some(home) = self.host(*at) else { continue };
            let lost = said.iter().find(|(sequence, entry)| {
                let at = usize::try_from(*sequence).expect("a position");
                home.disk.entries.get(at) != Some(entry)
            });
            if let Some((sequence, _)) = lost {
                broken.push((Law::Acknowledged, format!("entry {sequence} of home {at} is lost")));
            }
        }
        let mut last: BTreeMap<usize, u64> = BTreeMap::new();
        for (at, size, root) in &self.signed {
            let before = last.insert(*at, *size).unwrap_or(0);
            if before > *size {
                broken.push((Law::Witness, format!("{at} signs {size} after {before}")));
            }
            if self.lie_at.is_some_and(|lie| *size > lie) {
                broken.push((Law::Witness, format!("{at} signs the lie")));
            }
            let of = |home: usize| {
                let log = self.host(home).map(|home| home.fold.log());
                log.and_then(|log| log.tree().root_at(*size)) == Some(*root)
            };
            if !(0..self.homes()).any(of) {
                broken.push((Law::Witness, format!("{at} signs what no home has shown: {size}")));
            }
        }
        if let Some((at, villain, points)) = self.unpunished() {
            let how = format!("node {at} keeps villain {villain} after {points} points");
            broken.push((Law::Villains, how));
        }
        self.broken.append(&mut broken);
    }
}

/// Which seeds are played: `ERYNOA_SYNC_SEEDS=a..b`, 1 000 unless given.
fn seeds() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("ERYNOA_SYNC_SEEDS") else { return 0..1_000 };
    let parse = |text: &str| text.trim().parse().expect("ERYNOA_SYNC_SEEDS is a..b");
    let (from, to) = text.split_once("..").expect("ERYNOA_SYNC_SEEDS is a..b");
    parse(from)..parse(to)
}

/// All worlds, played once for all laws, on every core.
static PLAYED: LazyLock<Vec<Outcome>> = LazyLock::new(|| {
    let range = seeds();
    let next = AtomicU64::new(range.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<Outcome> = std::thread::scope(|scope| {
        let play_some = || {
            let mut mine = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= range.end {
                    return mine;
                }
                let outcome = std::panic::catch_unwind(|| play(seed, false));
                mine.push(outcome.unwrap_or_else(|_| Outcome::panicked(seed)));
            }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(play_some)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a world panicked")).collect()
    });
    all.sort_by_key(|outcome| outcome.seed);
    all
});

fn holds(law: Law) {
    let mut text = String::new();
    let mut worlds = 0;
    for outcome in PLAYED.iter() {
        let mut ways = outcome.broken.iter().filter(|(broken, _)| *broken == law);
        if let Some((_, how)) = ways.next() {
            worlds += 1;
            if worlds <= 10 {
                let _ = writeln!(text, "  seed {} ({:?}): {how}", outcome.seed, outcome.kind);
            }
        }
    }
    let of = PLAYED.len();
    assert!(
        worlds == 0,
        "{law:?} does not hold in {worlds} of {of} worlds:\n{text}replay: ERYNOA_SYNC_SEED=<seed> \
         cargo test -p erynoa-sync --test it one_world -- --nocapture"
    );
}

#[test]
fn all_honest_followers_of_an_honest_home_converge_to_its_log_and_state_root() {
    holds(Law::Convergence);
}

#[test]
fn no_acknowledged_event_is_lost() {
    holds(Law::Acknowledged);
}

#[test]
fn finality_never_falls_and_reaches_the_last_head() {
    holds(Law::Finality);
}

#[test]
fn a_witness_never_signs_two_inconsistent_heads_nor_a_smaller_after_a_larger() {
    holds(Law::Witness);
}

#[test]
fn a_home_with_two_histories_is_found_and_proven_by_everybody_who_reaches_both_halves() {
    holds(Law::Fork);
}

#[test]
fn nobody_can_frame_an_honest_home_or_halt_its_followers() {
    holds(Law::Frame);
}

#[test]
fn honest_peers_are_never_banned_by_honest_peers() {
    holds(Law::Bans);
}

#[test]
fn villains_that_break_the_protocol_are_banned() {
    holds(Law::Villains);
}

#[test]
fn the_memory_of_a_node_stays_bounded() {
    holds(Law::Memory);
}

#[test]
fn nothing_that_does_not_follow_is_ever_stored_or_signed() {
    holds(Law::Follows);
}

#[test]
fn no_node_ever_panics() {
    holds(Law::Panic);
}

#[test]
fn the_worlds_are_as_manifold_as_they_should_be() {
    let count = |what: fn(&Outcome) -> bool| PLAYED.iter().filter(|world| what(world)).count();
    let of = PLAYED.len();
    let crowds = count(|world| world.honest >= 50);
    let entries: u64 = PLAYED.iter().map(|world| world.entries).sum();
    let cosigned: usize = PLAYED.iter().map(|world| world.cosigned).sum();
    let (bans, forks) = (count(|world| world.bans > 0), count(|world| world.forks > 0));
    println!(
        "{of} worlds, {crowds} with 50 nodes and more, {entries} entries, {cosigned} \
         cosignatures; bans in {bans}, forks found in {forks}"
    );
    if of >= 100 {
        assert!(crowds * 6 >= of && bans * 20 >= of && forks * 12 >= of && cosigned > of);
    }
}

#[test]
fn a_seed_replays_exactly() {
    for seed in [0, 7, 11, 16, 18] {
        assert_eq!(play(seed, false).trace, play(seed, false).trace, "seed {seed}");
    }
}

/// `ERYNOA_SYNC_SEED=n` plays one world and prints what happens.
#[test]
fn one_world() {
    let seed = std::env::var("ERYNOA_SYNC_SEED").ok().and_then(|text| text.parse().ok());
    let outcome = play(seed.unwrap_or(0), seed.is_some());
    let broken: Vec<_> =
        outcome.broken.iter().map(|(law, how)| format!("{law:?}: {how}")).collect();
    assert!(broken.is_empty(), "seed {}:\n{}", outcome.seed, broken.join("\n"));
}
