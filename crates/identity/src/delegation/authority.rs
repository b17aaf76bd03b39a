//! What a delegate may do by way of its delegations.

use std::cmp::Reverse;

use erynoa_kernel::{EventId, IdentityId, RealmId, Violation};

use super::{Delegation, Delegations, expired};
use crate::Capability;
use crate::error::code;

/// Most delegations that one search looks at when any beginning will do.
const MAX_SEARCHED: usize = 4_096;

/// Most links of a chain: one, and the further ones that it allows.
const MAX_LINKS: usize = erynoa_events::MAX_DELEGATION_DEPTH as usize + 1;

/// How near a chain comes: what is missing, its factors, the id of its last link.
type Rank = (usize, Reverse<u128>, EventId);

/// Whose authority counts.
#[derive(Clone, Copy, Debug)]
pub enum Beginnings<'a> {
    /// Anybody's.
    Any,
    /// Only that of these.
    Of(&'a [IdentityId]),
}

/// A question to [`Delegations::authorise`].
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// Who wants to act.
    pub delegate: &'a IdentityId,
    /// What it wants to do.
    pub capability: &'a Capability,
    /// Where.
    pub realm: &'a RealmId,
    /// When, microseconds.
    pub at_us: u64,
    /// By whose authority.
    pub beginnings: Beginnings<'a>,
}

impl Delegations {
    /// The chain by which the delegate may act, its beginning first: of those
    /// that hold, the one with the greatest product of factors, then the one
    /// whose last link has the smallest id. At most 64 delegations from each
    /// beginning are looked at, with at most six links each.
    ///
    /// `active` says whether an identity, and whoever answers for it, is live;
    /// `is_within` whether a realm is another or below it.
    ///
    /// # Errors
    /// Why not: `DELEGATION_REQUIRED`, then what is wrong with the chain that
    /// comes nearest.
    pub fn authorise(
        &self,
        asked: &Authority<'_>,
        active: impl Fn(&IdentityId) -> bool,
        is_within: impl Fn(&RealmId, &RealmId) -> bool,
    ) -> Result<Vec<&Delegation>, Vec<Violation>> {
        let mut nearest: Option<(Rank, &Delegation, Vec<Violation>)> = None;
        for last in self.candidates(asked) {
            let mut violations = self.not_live(last, asked.at_us, "delegation", &active);
            if !is_within(asked.realm, &last.realm) {
                violations.push(Violation::new(
                    code::DELEGATION_REALM.0,
                    "delegation.realm",
                    format!("holds in {} and the realms below it", last.realm),
                ));
            }
            if !last.allows(asked.capability) {
                violations.push(Violation::new(
                    code::DELEGATION_EXCEEDS.0,
                    "delegation.capabilities",
                    format!("no capability implies {}", asked.capability),
                ));
            }
            let rank = (violations.len(), Reverse(self.weight(last)), last.created.0);
            if nearest.as_ref().is_none_or(|(before, ..)| rank < *before) {
                nearest = Some((rank, last, violations));
            }
        }
        let required = Violation::new(
            code::DELEGATION_REQUIRED.0,
            "event.author",
            format!(
                "needs a live delegation with a capability that implies {} in this realm",
                asked.capability
            ),
        );
        match nearest {
            Some((_, last, violations)) if violations.is_empty() => Ok(self.chain(last)),
            Some((.., violations)) => Err(std::iter::once(required).chain(violations).collect()),
            None => Err(vec![required]),
        }
    }

    fn candidates(&self, asked: &Authority<'_>) -> impl Iterator<Item = &Delegation> {
        let beginnings = self.standing.get(asked.delegate);
        let wanted = asked.beginnings;
        beginnings
            .into_iter()
            .flatten()
            .filter(move |(beginning, _)| match wanted {
                Beginnings::Any => true,
                Beginnings::Of(these) => these.contains(beginning),
            })
            .flat_map(|(_, positions)| positions)
            .take(MAX_SEARCHED)
            .map(|&position| &self.all[position as usize])
    }

    /// Product of the factors as a share of 10³⁶, exact for six links.
    fn weight(&self, last: &Delegation) -> u128 {
        let mut factors = self.upwards(last).map(|link| u128::from(link.factor_ppm));
        (0..MAX_LINKS).fold(1, |product, _| product * factors.next().unwrap_or(1_000_000))
    }

    /// Everything that keeps the chain that ends in `last` from holding.
    pub(super) fn not_live(
        &self,
        last: &Delegation,
        at_us: u64,
        field: &'static str,
        active: impl Fn(&IdentityId) -> bool,
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        for link in self.chain(last) {
            let id = link.created.0;
            let mut say = |code, what: &str| {
                violations.push(Violation::new(code, field, format!("the link {id} {what}")));
            };
            if link.revoked.is_some() {
                say(code::DELEGATION_REVOKED.0, "has been revoked");
            }
            if expired(link, at_us) {
                say(code::DELEGATION_EXPIRED.0, "has expired");
            }
            if at_us < link.not_before_us {
                say(code::DELEGATION_FUTURE.0, "does not hold yet");
            }
            if !active(&link.delegator) {
                say(code::DELEGATION_BROKEN.0, "was made by somebody who has been deactivated");
            }
        }
        if !active(&last.delegate) {
            violations.push(Violation::new(
                code::DELEGATION_BROKEN.0,
                field,
                "the delegate, or somebody who answers for it, has been deactivated",
            ));
        }
        violations
    }
}
