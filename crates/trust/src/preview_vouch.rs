//! What a vouch would do, without storing anything.

use erynoa_events::{Dimension, KeyDirectory};
use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::TrustFold;
use crate::evidence::{Prior, Sums, has_voice, trust_ppm, voice_weight};
use crate::ledger::LedgerKey;
use crate::member::within_budget;
use crate::parameters::{BUDGET, LAMBDA, PPM, VOUCH_ANSWER};
use crate::preview::Verdict;

/// What a vouch would do if it were alone in the next epoch and that were
/// closed on the day of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchPreview {
    /// Whether it would count; never [`Verdict::Capped`].
    pub verdict: Verdict,
    /// The member's prestige now, ppm.
    pub before_ppm: u32,
    /// The member's prestige then, ppm.
    pub after_ppm: u32,
    /// Weight that it would add, micro-units.
    pub weight: u64,
    /// What the voucher's integrity would lose, micro-units of negative
    /// evidence, if the member were found at fault with severity 1.0.
    pub at_risk: u64,
    /// The voucher's integrity now, ppm.
    pub integrity_ppm: u32,
    /// The voucher's integrity after such a fault, ppm.
    pub integrity_after_fault_ppm: u32,
    /// Live vouch of the same voucher for the same member.
    pub replaces: Option<EventId>,
    /// Attestations, kept receipts and vouches of the voucher in the window,
    /// with the open epoch's and this one.
    pub budget_used: u32,
    /// Those that count in full.
    pub budget: u32,
}

impl TrustFold {
    /// Previews a vouch of `voucher` for `member` with a stake of `stake_ppm`
    /// (1 to 300 000) in `realm`.
    #[must_use]
    pub fn preview_vouch(
        &self,
        realm: &RealmId,
        (voucher, member): (&IdentityId, &IdentityId),
        stake_ppm: u32,
        directory: &dyn KeyDirectory,
    ) -> VouchPreview {
        let source = self.member(realm, voucher).map(|(_, member)| member);
        let founder = source.is_some_and(|member| member.founder);
        let standing_ppm =
            source.map_or(Prior::NEWCOMER.mean_ppm(), |member| member.standing_ppm(self.day));
        let verdict = if directory.root_of(voucher) == directory.root_of(member) {
            Verdict::SameRoot
        } else if has_voice(standing_ppm, founder) {
            Verdict::Counts
        } else {
            Verdict::NoVoice
        };
        let stake = u64::from(stake_ppm);
        let budget_used = 1 + source.map_or(0, |member| member.budget.used_with_open(self.day));
        let (weight, at_risk) = if verdict == Verdict::Counts {
            let full = voice_weight(standing_ppm, founder) * stake / PPM;
            (within_budget(full, budget_used), VOUCH_ANSWER * stake / PPM)
        } else {
            (0, 0)
        };

        let target = self.member(realm, member);
        let key = LedgerKey::dimension(Dimension::Prestige);
        let sums = target.map_or_else(Sums::default, |(_, member)| member.sums(key, self.day));
        let held = target.and_then(|(realm, member)| {
            let index = member.held.as_ref()?.vouch_of(realm.find(voucher)?)?;
            Some(&self.statements[index as usize])
        });
        let mut after = match (target, held) {
            (Some((_, member)), Some(held)) => self.taken_out(member, key, held, sums),
            _ => sums,
        };
        after.positive += weight;
        let prior = target.map_or(Prior::NEWCOMER, |(_, member)| member.prior(Dimension::Prestige));

        let integrity = LedgerKey::dimension(Dimension::Integrity);
        let own = source.map_or_else(Sums::default, |member| member.sums(integrity, self.day));
        let own_prior = source.map_or(Prior::NEWCOMER, |member| member.prior(Dimension::Integrity));
        let fallen = Sums { negative: own.negative + at_risk, ..own };
        VouchPreview {
            verdict,
            before_ppm: trust_ppm(sums, prior, LAMBDA),
            after_ppm: trust_ppm(after, prior, LAMBDA),
            weight,
            at_risk,
            integrity_ppm: trust_ppm(own, own_prior, LAMBDA),
            integrity_after_fault_ppm: trust_ppm(fallen, own_prior, LAMBDA),
            replaces: held.map(|statement| statement.id),
            budget_used,
            budget: BUDGET,
        }
    }
}
