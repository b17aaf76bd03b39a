//! What an attestation would do, without storing anything.

use erynoa_events::{Dimension, KeyDirectory, Polarity};
use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::TrustFold;
use crate::evidence::{Prior, Sums, has_voice, trust_ppm, voice_weight};
use crate::ledger::LedgerKey;
use crate::member::{Member, within_budget};
use crate::parameters::{BUDGET, LAMBDA, NEGATIVE_WEIGHT, UNVOICED_CAP, VOICE_THRESHOLD_PPM};
use crate::realm::{Pair, Realm};
use crate::statement::{Column, NO_DOMAIN, Statement, slot};

/// Whether an attestation would count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Changes the value.
    Counts,
    /// Positive of an attester without a voice: stored, adds nothing yet.
    NoVoice,
    /// Same root or controller: never counts.
    SameRoot,
    /// Negative without a voice while the cap of such evidence is used up.
    Capped,
}

/// What an attestation would do if it were alone in the next epoch and that
/// were closed on the day of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Whether it would count.
    pub verdict: Verdict,
    /// The value now, ppm: of the domain if one is named, else of the
    /// dimension.
    pub before_ppm: u32,
    /// The value then, ppm.
    pub after_ppm: u32,
    /// Weight that it would add, micro-units.
    pub weight: u64,
    /// Standing of the attester, ppm.
    pub attester_standing_ppm: u32,
    /// Standing that a voice needs, ppm.
    pub voice_threshold_ppm: u32,
    /// Live attestation of the same slot.
    pub replaces: Option<EventId>,
    /// Attestations, kept receipts and vouches of the attester in the window,
    /// with the open epoch's and this one.
    pub budget_used: u32,
    /// Those that count in full.
    pub budget: u32,
}

/// The attestation to preview.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// Who would say it.
    pub attester: &'a IdentityId,
    /// About whom.
    pub subject: &'a IdentityId,
    /// R, I, C or P.
    pub dimension: Dimension,
    /// Sign.
    pub polarity: Polarity,
    /// Only with competence; else empty.
    pub domain: &'a str,
}

impl TrustFold {
    /// Previews an attestation in `realm`.
    #[must_use]
    pub fn preview(
        &self,
        realm: &RealmId,
        proposal: Proposal<'_>,
        directory: &dyn KeyDirectory,
    ) -> Preview {
        let Proposal { attester, subject, dimension, polarity, domain } = proposal;
        let source = self.member(realm, attester).map(|(_, member)| member);
        let founder = source.is_some_and(|member| member.founder);
        let standing_ppm =
            source.map_or(Prior::NEWCOMER.mean_ppm(), |member| member.standing_ppm(self.day));
        let voiced = has_voice(standing_ppm, founder);
        let budget_used = 1 + source.map_or(0, |member| member.budget.used_with_open(self.day));
        let same_root = directory.root_of(attester) == directory.root_of(subject);

        let full = match polarity {
            _ if same_root => 0,
            Polarity::Positive if voiced => voice_weight(standing_ppm, founder),
            Polarity::Positive => 0,
            Polarity::Negative => NEGATIVE_WEIGHT,
        };
        let weight = within_budget(full, budget_used);

        let target = self.member(realm, subject);
        let replaced = Replaced::find(self, target, attester, dimension, domain);
        let key = match (dimension, self.find_domain(domain)) {
            (Dimension::Competence, Some(domain)) => Some(LedgerKey::domain(domain)),
            (Dimension::Competence, None) => None,
            _ => Some(LedgerKey::dimension(dimension)),
        };
        let sums = match (target, key) {
            (Some((_, member)), Some(key)) => member.sums(key, self.day),
            _ => Sums::default(),
        };
        let left = match (target, key, replaced.in_view) {
            (Some((_, member)), Some(key), Some(statement)) => {
                self.taken_out(member, key, statement, sums)
            }
            _ => sums,
        };
        let mut after = left;
        match (polarity, voiced) {
            (Polarity::Positive, _) => after.positive += weight,
            (Polarity::Negative, true) => after.negative += weight,
            (Polarity::Negative, false) => after.unvoiced += weight,
        }
        let verdict = match polarity {
            _ if same_root => Verdict::SameRoot,
            Polarity::Positive if !voiced => Verdict::NoVoice,
            Polarity::Negative if !voiced && left.unvoiced >= UNVOICED_CAP => Verdict::Capped,
            _ => Verdict::Counts,
        };
        let prior = target.map_or(Prior::NEWCOMER, |(_, member)| member.prior(dimension));
        Preview {
            verdict,
            before_ppm: trust_ppm(sums, prior, LAMBDA),
            after_ppm: trust_ppm(after, prior, LAMBDA),
            weight,
            attester_standing_ppm: standing_ppm,
            voice_threshold_ppm: u32::try_from(VOICE_THRESHOLD_PPM)
                .expect("the constant is 300 000"),
            replaces: replaced.in_slot.map(|statement| statement.id),
            budget_used,
            budget: BUDGET,
        }
    }

    /// The sums without the evidence of a statement that counts in them.
    pub(crate) fn taken_out(
        &self,
        member: &Member,
        key: LedgerKey,
        statement: &Statement,
        mut sums: Sums,
    ) -> Sums {
        let Some(ledger) = member.ledger(key) else {
            return sums;
        };
        let gone = ledger.share_of(statement.entry(), self.day);
        match statement.column {
            Column::Positive => sums.positive -= gone,
            Column::Negative => sums.negative -= gone,
            Column::Unvoiced => sums.unvoiced -= gone,
        }
        sums
    }
}

/// What a new attestation would push out.
struct Replaced<'a> {
    /// Of its slot.
    in_slot: Option<&'a Statement>,
    /// Of the value that the preview shows: over all domains when competence
    /// is attested without one.
    in_view: Option<&'a Statement>,
}

impl<'a> Replaced<'a> {
    fn find(
        fold: &'a TrustFold,
        target: Option<(&'a Realm, &'a Member)>,
        attester: &IdentityId,
        dimension: Dimension,
        domain: &str,
    ) -> Self {
        let pair = target
            .and_then(|(realm, member)| realm.pair(realm.find(attester)?, realm.find(&member.id)?));
        let statement = |index: u32| &fold.statements[index as usize];
        let in_slot = pair
            .zip(fold.find_domain(domain))
            .and_then(|(pair, domain)| pair.in_slot(slot(dimension, domain)))
            .map(statement);
        let whole =
            dimension == Dimension::Competence && fold.find_domain(domain) == Some(NO_DOMAIN);
        let in_view = if whole {
            pair.map(Pair::newest).and_then(|newest| newest.competence).map(statement)
        } else {
            in_slot
        };
        Self { in_slot, in_view }
    }
}
