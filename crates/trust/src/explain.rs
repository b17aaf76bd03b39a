//! Every value opened into the events behind it (protocol §5).

use erynoa_events::{Dimension, Polarity};
use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::FxHashMap;

use crate::TrustFold;
use crate::decay::Decay;
use crate::evidence::{Prior, Sums, TrustValue, lambda_of, trust_ppm, unbounded_trust_ppm};
use crate::ledger::LedgerKey;
use crate::member::Member;
use crate::parameters::{LAMBDA, PPM, UNVOICED_CAP};
use crate::realm::Realm;
use crate::statement::{Column, NO_DOMAIN, NO_STATEMENT, PartKind, Statement, Status};

/// Which value is to be explained.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The standing as an attester.
    Standing,
    /// One dimension as a whole.
    Dimension(Dimension),
    /// One domain of competence; an empty label is competence as a whole.
    Domain(String),
}

/// Whether and why a part counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartState {
    /// Counts.
    Live,
    /// A newer statement of the same source counts instead: in the slot, or in
    /// the view (the standing, competence as a whole). Of what counts once: an
    /// earlier one counts.
    Replaced,
    /// Taken back by its author.
    Revoked,
    /// Its end has come.
    Expired,
    /// Positive of somebody without a voice: shown, adds nothing.
    NoVoice,
    /// Source and subject have the same root or controller.
    SameRoot,
    /// In the open epoch: counts when it closes.
    Pending,
}

/// What one event does to one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The event.
    pub event: EventId,
    /// Its position in the log.
    pub sequence: u64,
    /// Who said it; of a receipt the client, of what was judged the judge.
    pub source: IdentityId,
    /// Row of evidence.
    pub kind: PartKind,
    /// Whether it counts here.
    pub state: PartState,
    /// Sign.
    pub polarity: Polarity,
    /// Negative of somebody without a voice.
    pub unvoiced: bool,
    /// Dimension that the event is about.
    pub dimension: Dimension,
    /// Competence domain, or empty.
    pub domain: String,
    /// Time that its author gave, microseconds.
    pub wall_us: u64,
    /// Epoch that includes it; the open one while pending.
    pub epoch: u64,
    /// Day of that epoch; that of the last epoch while pending.
    pub day: u64,
    /// Days between its day and the day of the last epoch.
    pub age_days: u64,
    /// Weight in its own epoch, micro-units; 0 while pending.
    pub weight: u64,
    /// Weight now, micro-units: decayed and within the cap of unvoiced
    /// evidence. 0 unless it counts.
    pub decayed: u64,
    /// Share of trust − prior.
    pub effect_ppm: i64,
    /// The value with this event's evidence taken out.
    pub without_ppm: u32,
    /// When it ends.
    pub expires_at_us: Option<u64>,
}

/// A value and its parts.
///
/// Exactly: the `decayed` of positive parts sum to `value.sums.positive`, those
/// of negative parts to `value.sums.against()`, and all `effect_ppm` with
/// `floor_effect_ppm` to `value.trust_ppm − prior_ppm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The value.
    pub value: TrustValue,
    /// Trust without evidence, ppm.
    pub prior_ppm: u32,
    /// What the lower bound of trust adds, ppm.
    pub floor_effect_ppm: i64,
    /// α and β, micro-units.
    pub prior: Prior,
    /// λ.
    pub lambda: u32,
    /// Day of the last closed epoch.
    pub day: u64,
    /// The last closed epoch.
    pub epoch: u64,
    /// Every event about it, also those that do not count; by epoch,
    /// coordinate and id, pending ones last.
    pub parts: Vec<Part>,
}

/// Order of the parts of an explanation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartOrder {
    /// Greatest effect of either sign first.
    #[default]
    Effect,
    /// Newest first.
    Newest,
    /// Greatest weight now first.
    Weight,
}

impl Explanation {
    /// Puts the parts in another order; ties are newest first.
    pub fn sort(&mut self, order: PartOrder) {
        self.parts.sort_by_key(|part| {
            let first = match order {
                PartOrder::Effect => part.effect_ppm.unsigned_abs(),
                PartOrder::Newest => 0,
                PartOrder::Weight => part.decayed,
            };
            std::cmp::Reverse((first, part.epoch, part.wall_us, part.sequence))
        });
    }
}

/// Running total of one day and sign.
type DayTotals = FxHashMap<(u32, Column), u64>;

impl TrustFold {
    /// Opens a value of `subject` into the events behind it.
    #[must_use]
    pub fn explain(&self, realm: &RealmId, subject: &IdentityId, target: &Target) -> Explanation {
        let (key, lambda) = match target {
            Target::Standing => (Some(LedgerKey::STANDING), LAMBDA),
            Target::Dimension(dimension) => {
                (Some(LedgerKey::dimension(*dimension)), lambda_of(*dimension))
            }
            Target::Domain(label) => (self.find_domain(label).map(LedgerKey::domain), LAMBDA),
        };
        let found = self.member(realm, subject);
        let prior = found.map_or(Prior::NEWCOMER, |(_, member)| match target {
            Target::Standing => member.standing_prior(),
            Target::Dimension(dimension) => member.prior(*dimension),
            Target::Domain(_) => member.prior(Dimension::Competence),
        });
        let sums = match (found, key) {
            (Some((_, member)), Some(key)) => member.sums(key, self.day),
            _ => Sums::default(),
        };
        let value = TrustValue::new(sums, prior, lambda);
        let parts = match (found, key) {
            (Some((realm, member)), Some(key)) => {
                self.parts(realm, member, key, (sums, prior, lambda))
            }
            _ => Vec::new(),
        };
        Explanation {
            value,
            prior_ppm: prior.mean_ppm(),
            floor_effect_ppm: i64::from(value.trust_ppm)
                - i64::from(unbounded_trust_ppm(sums, prior, lambda)),
            prior,
            lambda,
            day: self.day(),
            epoch: self.epoch(),
            parts,
        }
    }

    fn parts(
        &self,
        realm: &Realm,
        member: &Member,
        key: LedgerKey,
        (sums, prior, lambda): (Sums, Prior, u32),
    ) -> Vec<Part> {
        let mut about: Vec<(u32, &Statement)> = self
            .statements_about(member)
            .filter(|(_, statement)| is_about(statement, key))
            .collect();
        about.sort_unstable_by_key(|(_, statement)| {
            let open = statement.status == Status::Pending;
            // One event can speak in two dimensions, both of the standing.
            (open, statement.epoch, statement.age_key(), statement.dimension)
        });
        let mut parts: Vec<Part> = about
            .iter()
            .map(|&(index, statement)| self.part(realm, key, index, statement))
            .collect();
        let columns: Vec<Column> = about.iter().map(|(_, statement)| statement.column).collect();

        let totals = decay_parts(&mut parts, &columns, self.day);
        cap_unvoiced(&mut parts, sums.unvoiced);
        share_effects(&mut parts, sums, prior, lambda);
        for (part, &column) in parts.iter_mut().zip(&columns) {
            let left = if part.state == PartState::Live {
                without(part, column, &totals, sums, self.day)
            } else {
                sums
            };
            part.without_ppm = trust_ppm(left, prior, lambda);
        }
        parts
    }

    /// Every statement about a member, newest arrival first.
    pub(crate) fn statements_about(
        &self,
        member: &Member,
    ) -> impl Iterator<Item = (u32, &Statement)> {
        let first = member.newest;
        std::iter::successors(self.statement(first), |(_, statement)| {
            self.statement(statement.previous)
        })
    }

    fn statement(&self, index: u32) -> Option<(u32, &Statement)> {
        (index != NO_STATEMENT).then(|| (index, &self.statements[index as usize]))
    }

    fn part(&self, realm: &Realm, key: LedgerKey, index: u32, statement: &Statement) -> Part {
        let pending = statement.status == Status::Pending;
        let day = if pending { self.day } else { statement.day };
        Part {
            event: statement.id,
            sequence: statement.sequence,
            source: realm.members[statement.source as usize].id,
            kind: statement.kind,
            state: self.part_state(realm, key, index, statement),
            polarity: statement.column.polarity(),
            unvoiced: statement.column == Column::Unvoiced,
            dimension: statement.dimension,
            domain: self.labels[statement.domain() as usize].to_string(),
            wall_us: statement.coordinate.wall_us,
            epoch: u64::from(if pending { self.open_epoch() } else { statement.epoch }),
            day: u64::from(day),
            age_days: u64::from(self.day - day),
            weight: if pending { 0 } else { statement.weight },
            decayed: 0,
            effect_ppm: 0,
            without_ppm: 0,
            expires_at_us: (statement.expires_at_us != 0).then_some(statement.expires_at_us),
        }
    }

    fn part_state(
        &self,
        realm: &Realm,
        key: LedgerKey,
        index: u32,
        statement: &Statement,
    ) -> PartState {
        match statement.status {
            Status::Pending => return PartState::Pending,
            Status::Replaced => return PartState::Replaced,
            Status::Revoked => return PartState::Revoked,
            Status::Expired => return PartState::Expired,
            Status::Live => {}
        }
        let word = statement.kind == PartKind::Attestation;
        if word || statement.is_kept_receipt() {
            let newest = realm
                .pair(statement.source, statement.subject)
                .map(crate::realm::Pair::newest)
                .expect("what is live is in its pair");
            let superseded = (key == LedgerKey::STANDING && newest.any != Some(index))
                || (word
                    && key == LedgerKey::domain(NO_DOMAIN)
                    && newest.competence != Some(index));
            if superseded {
                return PartState::Replaced;
            }
        }
        if statement.kind == PartKind::Credential
            && key == LedgerKey::STANDING
            && let held = &realm.members[statement.subject as usize].held
            && held.as_ref().and_then(|held| held.in_standing(statement, &self.statements))
                != Some(index)
        {
            return PartState::Replaced;
        }
        let mute = statement.needs_voice() && !statement.voiced;
        match (statement.same_root, statement.column) {
            (true, _) => PartState::SameRoot,
            (false, Column::Positive) if mute => PartState::NoVoice,
            _ => PartState::Live,
        }
    }
}

/// Whether a ledger holds evidence of statements like this one.
fn is_about(statement: &Statement, key: LedgerKey) -> bool {
    (key == LedgerKey::STANDING && !statement.kind.is_own_act())
        || key == LedgerKey::dimension(statement.dimension)
        || (statement.domain() != NO_DOMAIN && key == LedgerKey::domain(statement.domain()))
}

/// Decays the live parts so that those of one day and sign sum exactly to what
/// the fold makes of the day's sum. Returns the days' sums.
fn decay_parts(parts: &mut [Part], columns: &[Column], day: u32) -> DayTotals {
    let mut totals = DayTotals::default();
    for (part, &column) in parts.iter_mut().zip(columns) {
        if part.state == PartState::Live {
            let total = totals.entry((day_of_part(part), column)).or_default();
            let before = decayed(*total, column, day - day_of_part(part));
            *total += part.weight;
            part.decayed = decayed(*total, column, day - day_of_part(part)) - before;
        }
    }
    totals
}

fn day_of_part(part: &Part) -> u32 {
    u32::try_from(part.day).expect("days of the fold are 32 bits")
}

fn decayed(amount: u64, column: Column, age_days: u32) -> u64 {
    match column {
        Column::Positive => Decay::new().positive(amount, age_days),
        Column::Negative | Column::Unvoiced => Decay::new().negative(amount, age_days),
    }
}

/// Shares the cap of unvoiced evidence among its parts by their size.
fn cap_unvoiced(parts: &mut [Part], unvoiced: u64) {
    if unvoiced <= UNVOICED_CAP {
        return;
    }
    let share = |amount: u64| {
        let share = u128::from(amount) * u128::from(UNVOICED_CAP) / u128::from(unvoiced);
        u64::try_from(share).expect("a part of the cap")
    };
    let mut total = 0;
    for part in parts.iter_mut().filter(|part| part.unvoiced) {
        let before = share(total);
        total += part.decayed;
        part.decayed = share(total) - before;
    }
}

/// τ − μ = Σ₊ w·(1−μ)/S − Σ₋ λ·w·μ/S with μ the prior's mean and S the
/// denominator of τ: linear in the parts, hence every part has a share of its
/// own sign. Rounded so that the shares sum exactly; this needs μ to be a whole
/// number of ppm, which all priors are.
fn share_effects(parts: &mut [Part], sums: Sums, prior: Prior, lambda: u32) {
    let strength = i128::from(prior.alpha) + i128::from(prior.beta);
    let scale =
        strength + i128::from(sums.positive) + i128::from(lambda) * i128::from(sums.against());
    let mut total: i128 = 0;
    let mut before_ppm: i128 = 0;
    for part in parts {
        total += match part.polarity {
            Polarity::Positive => i128::from(part.decayed) * i128::from(prior.beta),
            Polarity::Negative => {
                -i128::from(lambda) * i128::from(part.decayed) * i128::from(prior.alpha)
            }
        };
        let total_ppm = (total * i128::from(PPM)).div_euclid(scale * strength);
        part.effect_ppm = i64::try_from(total_ppm - before_ppm).expect("between −10⁶ and 10⁶ ppm");
        before_ppm = total_ppm;
    }
}

/// The sums with one part taken out of its day.
fn without(part: &Part, column: Column, totals: &DayTotals, sums: Sums, day: u32) -> Sums {
    let total = totals[&(day_of_part(part), column)];
    let age = day - day_of_part(part);
    let gone = decayed(total, column, age) - decayed(total - part.weight, column, age);
    let mut left = sums;
    match column {
        Column::Positive => left.positive -= gone,
        Column::Negative => left.negative -= gone,
        Column::Unvoiced => left.unvoiced -= gone,
    }
    left
}
