//! Counting votes: pure arithmetic (protocol §7, K21).

use erynoa_events::ProposalKind;

use crate::parameters::{CREDITS, PPM, QUORUM_PPM, VETO_PPM};

/// What n votes cost: n².
#[must_use]
pub const fn cost(votes: i8) -> u32 {
    let n = votes.unsigned_abs() as u32;
    n * n
}

/// Credits left after `spent` in an epoch, when `votes` still fit; `None` when
/// they do not.
#[must_use]
pub const fn credits_after(spent: u32, votes: i8) -> Option<u32> {
    match spent.checked_add(cost(votes)) {
        Some(total) if total <= CREDITS => Some(CREDITS - total),
        _ => None,
    }
}

/// Share of for / (for + against) that a kind must exceed, ppm.
#[must_use]
pub const fn threshold_ppm(kind: ProposalKind) -> u32 {
    match kind {
        ProposalKind::Parameter => 500_000,
        ProposalKind::Treasury => 600_000,
        ProposalKind::Rule => 670_000,
        ProposalKind::Member => 750_000,
        ProposalKind::Governance => 800_000,
    }
}

/// How long what has passed waits, seconds, unless a rule shortens it.
#[must_use]
pub const fn timelock_s(kind: ProposalKind) -> u32 {
    match kind {
        ProposalKind::Parameter | ProposalKind::Member => 86_400,
        ProposalKind::Treasury => 172_800,
        ProposalKind::Rule => 259_200,
        ProposalKind::Governance => 604_800,
    }
}

/// How a vote stands. Tallies are sums of votes times governance norm in ppm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Σ n·g over votes for.
    pub votes_for: u64,
    /// Σ |n|·g over votes against.
    pub votes_against: u64,
    /// Who voted.
    pub voters: u32,
}

impl Tally {
    /// Adds a vote of somebody with this governance norm.
    pub fn add(&mut self, votes: i8, norm_ppm: u32) {
        let weight = u64::from(votes.unsigned_abs()) * u64::from(norm_ppm);
        let side = if votes < 0 { &mut self.votes_against } else { &mut self.votes_for };
        *side = side.saturating_add(weight);
        self.voters = self.voters.saturating_add(1);
    }

    /// for / (for + against), ppm, floored; 0 without votes.
    #[must_use]
    pub fn share_ppm(&self) -> u32 {
        ratio_ppm(self.votes_for, u128::from(self.votes_for) + u128::from(self.votes_against))
    }

    /// Whether it passes: strictly more than the threshold, and a tenth of
    /// those who could have voted.
    #[must_use]
    pub fn passes(&self, kind: ProposalKind, eligible: u32) -> bool {
        let all = u128::from(self.votes_for) + u128::from(self.votes_against);
        let enough =
            u128::from(self.votes_for) * u128::from(PPM) > all * u128::from(threshold_ppm(kind));
        let quorum = u64::from(self.voters) * u64::from(PPM) >= u64::from(eligible) * QUORUM_PPM;
        enough && quorum
    }
}

/// Whether this weight of vetoes stops a proposal: at least 33 % of what could
/// have vetoed, and somebody.
#[must_use]
pub fn is_vetoed(veto_weight: u64, eligible_weight: u64) -> bool {
    veto_weight > 0
        && u128::from(veto_weight) * u128::from(PPM)
            >= u128::from(eligible_weight) * u128::from(VETO_PPM)
}

/// part / whole in ppm, floored, at most one; 0 of nothing.
#[must_use]
pub fn ratio_ppm(part: u64, whole: u128) -> u32 {
    let ppm = (u128::from(part) * u128::from(PPM)).checked_div(whole).unwrap_or(0);
    u32::try_from(ppm).unwrap_or(PPM).min(PPM)
}
