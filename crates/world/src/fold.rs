//! The fold of the log into the world.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::{Event, KeyDirectory};
use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::anomaly::Detector;
use crate::breaker::{Breaker, BreakerView};
use crate::human::{Humans, IdentityChange};
use crate::metrics::Metrics;
use crate::observation::{EpochView, Observation, Sources};
use crate::power::PowerCap;
use crate::realm::Realm;
use crate::subject::{REBASE_DAYS, Subject, from_fixed};
use crate::window::{NOBODY, Window};

/// An entry of the open epoch; it counts when the epoch closes.
#[derive(Clone, Copy, Debug)]
struct Pending {
    realm: u32,
    author: u32,
    partner: u32,
    kind: u8,
}

/// Ranking, power, diversity and anomalies of one log.
#[derive(Clone, Debug, Default)]
pub struct WorldFold {
    pub(crate) realms: Vec<Realm>,
    pub(crate) realm_by_id: BTreeMap<RealmId, u32>,
    pub(crate) subjects: Vec<Subject>,
    /// By realm and identity.
    pub(crate) subject_at: FxHashMap<u64, u32>,
    /// What an identity is in the realms that have seen it.
    subjects_of: FxHashMap<u32, SmallVec<[u32; 2]>>,
    pending: Vec<Pending>,
    /// Heads of households in which somebody's Ĥ may have changed.
    stirred: Vec<IdentityId>,
    /// When verifications end, microseconds, and whose.
    endings: BTreeSet<(u64, IdentityId)>,
    touched: Vec<u32>,
    touched_realms: Vec<u32>,
    window: Window,
    humans: Humans,
    /// Also names the identities: an index of one is a node of the detector.
    pub(crate) detector: Detector,
    breakers: FxHashMap<RealmId, Breaker>,
    /// Counts closes; marks what a close has touched.
    closes: u64,
    epoch: u64,
    pub(crate) day: u64,
    /// Day that ranked terms are relative to.
    pub(crate) base_day: u64,
    refreshed_day: u64,
}

fn index32(length: usize) -> u32 {
    u32::try_from(length).expect("memory ends before 2³² of anything are kept")
}

pub(crate) fn subject_key(realm: u32, identity: u32) -> u64 {
    u64::from(realm) << 32 | u64::from(identity)
}

impl WorldFold {
    /// The world of the empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Last closed epoch, 0 before the first.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Day of the last closed epoch.
    #[must_use]
    pub const fn day(&self) -> u64 {
        self.day
    }

    /// Who controls whom.
    #[must_use]
    pub const fn humans(&self) -> &Humans {
        &self.humans
    }

    /// What the detector has found.
    #[must_use]
    pub const fn detector(&self) -> &Detector {
        &self.detector
    }

    /// The breaker of a realm at this time, microseconds.
    #[must_use]
    pub fn breaker(&self, realm: &RealmId, time_us: u64) -> BreakerView {
        self.breakers.get(realm).unwrap_or(&Breaker::default()).at(time_us)
    }

    /// Takes in the next entry of the log. `directory` knows the log up to it.
    pub fn apply_event(
        &mut self,
        sequence: u64,
        id: EventId,
        event: &Event,
        directory: &dyn KeyDirectory,
    ) {
        if let Some(change) = IdentityChange::of(event) {
            self.change_identity(change);
        }
        self.apply(&Observation::of(sequence, id, event, directory));
    }

    /// Takes in who controls whom.
    pub fn change_identity(&mut self, change: IdentityChange) {
        let stirred = self.humans.apply(change);
        self.stirred.extend(stirred);
    }

    /// A person has been verified, or is no longer: the factors of its household
    /// follow in the next epoch.
    pub fn verification_changed(&mut self, person: &IdentityId) {
        self.stirred.push(*person);
    }

    /// A person is verified until this time, microseconds: the factors of its
    /// household follow in the first epoch that reaches it.
    pub fn verification_ends(&mut self, person: &IdentityId, at_us: u64) {
        self.endings.insert((at_us, *person));
    }

    /// Takes in an observation. It counts when its epoch closes; the detector
    /// and the breakers see it at once.
    pub fn apply(&mut self, observation: &Observation) {
        let parties = self.detector.parties(observation);
        self.detector.observe_parties(observation, parties);
        if observation.critical_report {
            self.breakers
                .entry(observation.realm)
                .or_default()
                .report(observation.author_root, observation.wall_us);
        }
        if observation.realm == RealmId::NULL {
            return;
        }
        let pending = Pending {
            realm: self.realm(&observation.realm),
            author: parties.author,
            partner: parties.partner.unwrap_or(NOBODY),
            kind: observation.kind as u8,
        };
        self.pending.push(pending);
    }

    fn realm(&mut self, id: &RealmId) -> u32 {
        if let Some(&index) = self.realm_by_id.get(id) {
            return index;
        }
        let index = index32(self.realms.len());
        self.realms.push(Realm::new(*id));
        self.realm_by_id.insert(*id, index);
        index
    }

    fn subject(&mut self, realm: u32, identity: u32) -> u32 {
        let next = index32(self.subjects.len());
        let index = *self.subject_at.entry(subject_key(realm, identity)).or_insert(next);
        if index == next {
            self.subjects.push(Subject::new(realm, identity, self.day));
            self.realms[realm as usize].subjects.push(index);
            self.subjects_of.entry(identity).or_default().push(index);
        }
        index
    }

    fn touch(&mut self, index: u32) {
        let subject = &mut self.subjects[index as usize];
        if subject.touched_in == self.closes {
            return;
        }
        subject.touched_in = self.closes;
        self.touched.push(index);
        let realm = &mut self.realms[subject.realm as usize];
        if realm.touched_in != self.closes {
            realm.touched_in = self.closes;
            realm.events = 0;
            self.touched_realms.push(subject.realm);
        }
    }

    /// Closes the open epoch: its entries are witnessed and count from now on.
    /// `changed` are the subjects whose trust it changed; `sources` are as of
    /// its end.
    pub fn close(
        &mut self,
        epoch: EpochView,
        changed: &[(RealmId, IdentityId)],
        sources: &dyn Sources,
    ) {
        self.closes += 1;
        self.epoch = epoch.epoch;
        if self.closes == 1 {
            self.base_day = epoch.day;
        }
        self.day = self.day.max(epoch.day);

        let mut lighter = Vec::new();
        self.window.open_day(self.day, |index, change| {
            change(&mut self.subjects[index as usize].activity);
            lighter.push(index);
        });
        for index in lighter {
            self.touch(index);
        }
        let mut pending = std::mem::take(&mut self.pending);
        for Pending { realm, author, partner, kind } in pending.drain(..) {
            let index = self.subject(realm, author);
            self.touch(index);
            let subject = &mut self.subjects[index as usize];
            self.window.add(&mut subject.activity, index, partner, kind);
            subject.own_events += 1;
            subject.last_day = self.day;
            self.realms[realm as usize].events += 1;
        }
        self.pending = pending;
        for (realm, subject) in changed {
            let (realm, subject) = (self.realm(realm), self.detector.node(subject));
            let index = self.subject(realm, subject);
            self.touch(index);
        }
        while let Some(&(at_us, person)) = self.endings.first()
            && at_us <= epoch.closed_at_us
        {
            self.endings.pop_first();
            self.stirred.push(person);
        }
        self.touch_stirred();

        if self.day - self.base_day > REBASE_DAYS {
            self.rank_anew();
        }
        let touched = std::mem::take(&mut self.touched);
        for &index in &touched {
            self.settle(index, sources);
        }
        self.touched = touched;
        self.touched.clear();
        for index in std::mem::take(&mut self.touched_realms) {
            self.measure(index, epoch);
        }
    }

    fn touch_stirred(&mut self) {
        let mut stirred = std::mem::take(&mut self.stirred);
        stirred.sort_unstable();
        stirred.dedup();
        let mut indexes: Vec<u32> = Vec::new();
        for top in stirred {
            for one in self.humans.household(&top) {
                let Some(identity) = self.detector.find_node(&one) else { continue };
                indexes.extend(self.subjects_of.get(&identity).into_iter().flatten());
            }
        }
        // The order of a household is that of a set.
        indexes.sort_unstable();
        for index in indexes {
            self.touch(index);
        }
    }

    /// Puts a subject where it belongs now.
    fn settle(&mut self, index: u32, sources: &dyn Sources) {
        let (realm, identity) = {
            let subject = &self.subjects[index as usize];
            (self.realms[subject.realm as usize].id, self.detector.name(subject.identity))
        };
        let root = sources.root_of(&identity);
        let root = if root == identity {
            self.subjects[index as usize].identity
        } else {
            self.detector.node(&root)
        };
        let stand = sources.stand(&realm, &identity);
        let human_ppm = self.humans.factor_ppm(&identity, |one| sources.is_verified(&realm, one));

        let subject = &mut self.subjects[index as usize];
        let realm = &mut self.realms[subject.realm as usize];
        subject.norm_ppm = stand.norm_ppm;
        subject.human_ppm = human_ppm;
        subject.root = root;
        let ranked = subject.rank_from(self.base_day);
        if ranked != subject.ranked {
            if subject.ranked > 0 {
                realm.ranking.remove(subject.rung(index));
            }
            subject.ranked = ranked;
            if ranked > 0 {
                realm.ranking.insert(subject.rung(index));
            }
        }

        let norm = stand.is_subject.then_some(stand.norm_ppm);
        if norm != subject.counted_norm {
            if let Some(before) = subject.counted_norm {
                realm.norms.remove((u64::from(before), index));
            }
            if let Some(norm) = norm {
                realm.norms.insert((u64::from(norm), index));
            }
            subject.counted_norm = norm;
        }

        let diversity = (subject.activity.partnered > 0).then(|| millibits(subject));
        if diversity != subject.counted_diversity {
            if let Some(before) = subject.counted_diversity {
                realm.diversity.remove((u64::from(before), index));
            }
            if let Some(diversity) = diversity {
                realm.diversity.insert((u64::from(diversity), index));
            }
            subject.counted_diversity = diversity;
        }

        match (subject.power > 0, stand.power > 0) {
            (false, true) => realm.voices += 1,
            (true, false) => realm.voices -= 1,
            _ => {}
        }
        subject.power = stand.power;
        realm.move_power(subject, self.day);
    }

    /// Adds a realm's point of this epoch, and steps its calibration.
    fn measure(&mut self, index: u32, epoch: EpochView) {
        let days = self.day - self.base_day;
        let realm = &mut self.realms[index as usize];
        realm.count_power(&mut self.subjects, self.day);
        let power_gini_ppm = realm.power.gini_ppm();
        let cap_exponent_ppm = realm.calibration.step(power_gini_ppm);
        let cap = PowerCap::of(realm.power.ladder(), cap_exponent_ppm);
        let norms = realm.norms.ladder();
        let mean = norms.sum() / norms.len().max(1) as u128;
        let millibits = realm.diversity.median();
        realm.history.push(Metrics {
            epoch: epoch.epoch,
            day: self.day,
            closed_at_us: epoch.closed_at_us,
            events: realm.events,
            subjects: index32(norms.len()),
            voices: realm.voices,
            ranked: index32(realm.ranking.len()),
            world: from_fixed(realm.ranking.sum(), days),
            norm_gini_ppm: realm.norms.gini_ppm(),
            mean_norm_ppm: u32::try_from(mean).expect("norms are ppm"),
            power_gini_ppm,
            cap_exponent_ppm,
            power_cap: cap.cap,
            greatest_share_ppm: cap.greatest_share_ppm(),
            power_roots: cap.roots,
            capped_roots: cap.capped,
            median_diversity_millibits: u32::try_from(millibits).expect("they were u32"),
        });
    }

    /// Brings everybody's norm and human factor to the day of the last epoch.
    /// On one day the second call does nothing. Call it after replaying the log
    /// and after each close of a living one: on a new day all evidence is a day
    /// older. Costs about a microsecond a subject.
    pub fn refresh(&mut self, sources: &dyn Sources) {
        if self.refreshed_day == self.day {
            return;
        }
        self.refreshed_day = self.day;
        for subject in &mut self.subjects {
            let realm = self.realms[subject.realm as usize].id;
            let identity = self.detector.name(subject.identity);
            subject.norm_ppm = sources.stand(&realm, &identity).norm_ppm;
            subject.human_ppm =
                self.humans.factor_ppm(&identity, |one| sources.is_verified(&realm, one));
        }
        self.rank_anew();
    }

    /// Ranks everybody relative to today.
    fn rank_anew(&mut self) {
        self.base_day = self.day;
        for realm in &mut self.realms {
            let mut rungs = Vec::with_capacity(realm.ranking.len());
            for &index in &realm.subjects {
                let subject = &mut self.subjects[index as usize];
                subject.ranked = subject.rank_from(self.base_day);
                if subject.ranked > 0 {
                    rungs.push(subject.rung(index));
                }
            }
            realm.ranking = crate::ladder::Ladder::from_unsorted(rungs);
        }
    }
}

fn millibits(subject: &Subject) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the entropy of fewer than 2³² events is below 32 bits"
    )]
    let millibits = libm::round(subject.diversity_bits() * 1_000.0) as u32;
    millibits
}
