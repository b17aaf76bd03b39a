//! With how many others somebody deals (protocol §10). Shown, and a reason for
//! a report; it scales no evidence.

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_trust::{Target, TrustFold};
use rustc_hash::FxHashMap;

use crate::formula::{WINDOW_DAYS, to_f64};

/// Fractional bits of the table of f · log₂ f.
const SCALE: f64 = 4_294_967_296.0;

/// f · log₂ f for every number of days in the window, in 2⁻³², so that what a
/// day adds is taken out again exactly.
#[derive(Clone, Debug)]
pub(crate) struct EntropyTable(Vec<u64>);

impl Default for EntropyTable {
    fn default() -> Self {
        let entry = |days: u64| {
            let f = to_f64(days);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "90 · log₂ 90 · 2³² < 2⁴²"
            )]
            let scaled = (f * libm::log2(f.max(1.0)) * SCALE) as u64;
            scaled
        };
        Self((0..=WINDOW_DAYS).map(entry).collect())
    }
}

impl EntropyTable {
    /// f · log₂ f of one partner.
    pub(crate) fn of(&self, days: u8) -> u64 {
        self.0[usize::from(days)]
    }
}

/// H = log₂ n − (Σ f · log₂ f) / n in bits, of n days with partners.
pub(crate) fn entropy_bits(partnered: u32, sum: u64) -> f64 {
    if partnered == 0 {
        return 0.0;
    }
    let n = f64::from(partnered);
    (libm::log2(n) - to_f64(sum) / SCALE / n).max(0.0)
}

/// Entropy in bits of counts per partner; 0 without any.
#[must_use]
pub fn diversity_bits(counts: &[u8]) -> f64 {
    let table = EntropyTable::default();
    let days = |&count: &u8| count.min(u8::try_from(WINDOW_DAYS).expect("90"));
    entropy_bits(
        counts.iter().map(|count| u32::from(days(count))).sum(),
        counts.iter().map(|count| table.of(days(count))).sum(),
    )
}

/// How much two roots live on each other's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collusion {
    /// The other root.
    pub partner: IdentityId,
    /// r_ab: share of the subject's evidence that comes from the partner, ppm.
    pub from_partner_ppm: u32,
    /// r_ba: share of the partner's evidence that comes from the subject, ppm.
    pub to_partner_ppm: u32,
    /// col = r_ab · r_ba, ppm, rounded down.
    pub collusion_ppm: u32,
}

/// Collusion of `subject` with every root that its evidence in `realm` comes
/// from, greatest first. Evidence is what counts in the standing at the last
/// epoch, of either sign; sources of one root are one. Of the partner, the
/// evidence about the root itself counts.
pub fn collusion(
    trust: &TrustFold,
    realm: &RealmId,
    subject: &IdentityId,
    root_of: impl Fn(&IdentityId) -> IdentityId,
) -> Vec<Collusion> {
    let own_root = root_of(subject);
    let mut found: Vec<Collusion> = shares(trust, realm, subject, &root_of)
        .into_iter()
        .map(|(partner, from_partner_ppm)| {
            let back = shares(trust, realm, &partner, &root_of);
            let to_partner_ppm = back.get(&own_root).copied().unwrap_or(0);
            let product = u64::from(from_partner_ppm) * u64::from(to_partner_ppm) / 1_000_000;
            let collusion_ppm = u32::try_from(product).expect("at most 1 000 000");
            Collusion { partner, from_partner_ppm, to_partner_ppm, collusion_ppm }
        })
        .collect();
    found.sort_unstable_by_key(|one| {
        (std::cmp::Reverse((one.collusion_ppm, one.from_partner_ppm)), one.partner)
    });
    found
}

/// Share of the evidence about somebody that comes from each root, ppm.
fn shares(
    trust: &TrustFold,
    realm: &RealmId,
    subject: &IdentityId,
    root_of: impl Fn(&IdentityId) -> IdentityId,
) -> FxHashMap<IdentityId, u32> {
    let mut sums: FxHashMap<IdentityId, u64> = FxHashMap::default();
    for part in trust.explain(realm, subject, &Target::Standing).parts {
        if part.decayed > 0 {
            *sums.entry(root_of(&part.source)).or_default() += part.decayed;
        }
    }
    let whole: u64 = sums.values().sum();
    let share = |sum: u64| {
        let share = u128::from(sum) * 1_000_000 / u128::from(whole.max(1));
        u32::try_from(share).expect("a part is at most the whole")
    };
    sums.into_iter().map(|(root, sum)| (root, share(sum))).collect()
}
