//! Gathers what the guard looks at.

use std::collections::BTreeSet;

use erynoa_events::{Endorsement, RealmUse};
use erynoa_kernel::{DAY_US, IdentityId, RealmId, Violation};
use erynoa_trust::{Context, norm};

use crate::expression::{Attempt, JOIN, Principal};
use crate::fold::RealmFold;
use crate::guard::{Facts, Token, guard};
use crate::identities::Identities;
use crate::parameters::ENDORSER_NORM_PPM;
use crate::rules::Source;
use crate::trust_view::TrustView;

/// Whose word stands behind who joins.
#[derive(Clone, Copy, Debug)]
pub enum Endorsers<'a> {
    /// Signed, as in the event.
    Signed(&'a [Endorsement]),
    /// Named only, for a dry run.
    Named(&'a [IdentityId]),
}

/// What the guard says to a crossing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossingCheck {
    /// Leave, or everything that is missing.
    pub outcome: Result<Token, Vec<Violation>>,
    /// R, I, C, P, V, Ω as seen from the target, ppm.
    pub view_ppm: [u32; 6],
    /// Their norm.
    pub norm_ppm: u32,
    /// γ of the way.
    pub gamma_ppm: u32,
}

impl RealmFold {
    /// What the guard says to `subject` crossing `from` one realm (the parent
    /// of the target when absent) `to` another. `None` when the log has no such
    /// realm, or the target is the root, which nobody has to enter.
    #[must_use]
    pub fn check_crossing(
        &self,
        subject: &IdentityId,
        from: Option<RealmId>,
        to: &RealmId,
        endorsers: Endorsers<'_>,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> Option<CrossingCheck> {
        let one = RealmUse { events: 1, ..RealmUse::default() };
        self.crossing(subject, (from, to), endorsers, one, trust, identities)
    }

    /// The same, when joining and what is staged use this much.
    pub(crate) fn crossing(
        &self,
        subject: &IdentityId,
        (from, to): (Option<RealmId>, &RealmId),
        endorsers: Endorsers<'_>,
        uses: RealmUse,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> Option<CrossingCheck> {
        let target = self.index(to)?;
        let from = from.or_else(|| self.parent_of(target))?;
        let origin = self.index(&from)?;
        let way = self.way(&from, to)?;
        let root = identities.root_of(subject);
        let realm = &self.realms[self.governing(target)];
        let rules = &realm.effective;
        let values_ppm = self.values_from(&from, to, subject, trust)?;
        let view_ppm = way.view(&values_ppm);
        let norm_ppm = norm(&view_ppm, Context::Default);
        let denied = if rules.expressions.is_empty() {
            Vec::new()
        } else {
            let mut principal = self.principal(target, subject, trust, identities);
            (principal.values_ppm, principal.norm_ppm) = (view_ppm, norm_ppm);
            self.denied(target, &Attempt::new(&principal, JOIN, to, realm.depth()))
        };
        let (endorsements, endorsements_invalid) =
            self.count_endorsements(target, subject, endorsers, trust, identities);
        let missing =
            rules.credentials.iter().filter(|(held, _)| !self.holds(target, subject, held));
        let facts = Facts {
            subject: *subject,
            from,
            to: *to,
            now_us: self.closed_at_us,
            known: identities.knows(subject),
            active: identities.is_active(subject),
            member_of_from: identities.knows(subject) && self.belongs(origin, subject, &root),
            member_of_to: realm.members.is_active(subject),
            banned: self.is_banned(target, subject, &root),
            way,
            values_ppm,
            rules,
            missing: missing.collect(),
            endorsements,
            endorsements_invalid,
            admitted: realm.members.find(subject).is_some_and(|member| member.admitted),
            denied,
            quota: self.quota_violations(target, subject, uses, true, trust),
        };
        let outcome = guard(&facts);
        Some(CrossingCheck { outcome, view_ppm, norm_ppm, gamma_ppm: way.gamma_ppm() })
    }

    /// What of somebody's trust in one realm another looks at: all of it where
    /// the one lies above the other, else what the evidence there has earned.
    /// Anybody can found a realm; what its founders have by that opens no realm
    /// that does not lie below it.
    pub(crate) fn values_from(
        &self,
        from: &RealmId,
        to: &RealmId,
        who: &IdentityId,
        trust: &dyn TrustView,
    ) -> Option<[u32; 6]> {
        let kept_in = self.trust_realm(from)?;
        Some(if self.is_within(to, &kept_in) {
            trust.values_ppm(&kept_in, who)
        } else {
            trust.earned_values_ppm(&kept_in, who)
        })
    }

    /// Somebody as expressions of a realm see them.
    pub(crate) fn principal(
        &self,
        index: usize,
        who: &IdentityId,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> Principal {
        let realm = &self.realms[self.governing(index)];
        let values_ppm = trust.values_ppm(&realm.id, who);
        let (standing_ppm, voice) = trust.standing(&realm.id, who);
        let mut credentials = BTreeSet::new();
        for realm in self.path(index) {
            realm.credentials.collect(who, self.closed_at_us, &mut credentials);
        }
        let since_us = realm
            .members
            .find(who)
            .filter(|member| member.since_us != 0 && realm.members.is_active(&member.identity))
            .map_or(self.closed_at_us, |member| member.since_us);
        Principal {
            identity: *who,
            norm_ppm: norm(&values_ppm, Context::Default),
            values_ppm,
            standing_ppm,
            voice,
            verified: self.verified(index, who, identities),
            namespace: identities.namespace_of(who),
            member: self.belongs(index, who, &identities.root_of(who)),
            member_since_days: (self.closed_at_us - since_us) / DAY_US,
            credentials: credentials.into_iter().collect(),
        }
    }

    /// Expressions in force that do not permit an attempt. One that this
    /// version cannot read permits nothing.
    pub(crate) fn denied(&self, index: usize, attempt: &Attempt) -> Vec<&Source> {
        let expressions = &self.realms[index].effective.expressions;
        expressions
            .iter()
            .filter(|(expression, _)| {
                !expression.as_ref().is_some_and(|expression| attempt.is_permitted(expression))
            })
            .map(|(_, source)| source)
            .collect()
    }

    /// How many endorsements count, and why the others do not.
    fn count_endorsements(
        &self,
        target: usize,
        subject: &IdentityId,
        endorsers: Endorsers<'_>,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> (usize, Vec<(IdentityId, &'static str)>) {
        let realm = &self.realms[self.governing(target)];
        let mut roots = BTreeSet::from([identities.root_of(subject)]);
        let mut invalid = Vec::new();
        let mut judge = |who: &IdentityId, signed: bool| {
            let root = identities.root_of(who);
            let values = trust.values_ppm(&realm.id, who);
            let reason = if !signed {
                "the key is no live key of theirs"
            } else if !self.belongs(target, who, &root) {
                "no member of the realm"
            } else if norm(&values, Context::Default) < ENDORSER_NORM_PPM {
                "their norm is below 0.7"
            } else if !roots.insert(root) {
                "of the same root as another endorser or as who joins"
            } else {
                return 1;
            };
            invalid.push((*who, reason));
            0
        };
        let count = match endorsers {
            Endorsers::Named(named) => named.iter().map(|who| judge(who, true)).sum(),
            Endorsers::Signed(signed) => signed
                .iter()
                .map(|e| judge(&e.identity, identities.is_live(&e.identity, &e.public_key)))
                .sum(),
        };
        (count, invalid)
    }
}
