//! Whether a new delegation may stand.

use erynoa_events::Event;
use erynoa_kernel::{EventId, IdentityId, RealmId, Violation};

use super::{Delegation, Delegations, MAX_STANDING_DELEGATIONS};
use crate::Capability;
use crate::error::code;

/// Fields that the violations name.
const CAPABILITIES: &str = "delegation.capabilities";
const DELEGATE: &str = "delegation.delegate";
const VIA: &str = "delegation.via";

impl Delegations {
    /// Everything that is wrong with a new delegation by `event.author`.
    /// `at_us` is the time of the event, `closed_at_us` the end of the last
    /// closed epoch; `active` and `is_within` as in [`Self::authorise`].
    pub fn violations_of(
        &self,
        event: &Event,
        said: &erynoa_events::Delegation,
        (at_us, closed_at_us): (u64, u64),
        active: impl Fn(&IdentityId) -> bool,
        is_within: impl Fn(&RealmId, &RealmId) -> bool,
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut capabilities = Vec::with_capacity(said.capabilities.len());
        for text in &said.capabilities {
            match text.parse::<Capability>() {
                Ok(capability) => capabilities.push(capability),
                Err(error) => violations.push(Violation::new(
                    code::CAPABILITY_INVALID.0,
                    CAPABILITIES,
                    format!("`{text}`: {error}"),
                )),
            }
        }
        if !active(&said.delegate) {
            violations.push(Violation::new(
                code::IDENTITY_DEACTIVATED.0,
                DELEGATE,
                "the delegate, or somebody who answers for it, has been deactivated",
            ));
        }
        let via = said.via.and_then(|via| self.find(&via));
        if said.via.is_some() && via.is_none() {
            violations.push(unknown(VIA));
        }
        if let Some(via) = via {
            violations.extend(self.not_live(via, at_us, VIA, &active));
            exceeds(via, event, said, &capabilities, &is_within, &mut violations);
        }
        let stands_above = |via| self.upwards(via).any(|link| link.delegator == said.delegate);
        if said.delegate == event.author || via.is_some_and(stands_above) {
            violations.push(Violation::new(
                code::DELEGATION_CYCLE.0,
                DELEGATE,
                "stands in the chain already; authority never comes back to who lent it",
            ));
        }
        let beginning = via.map_or(event.author, |via| via.beginning);
        let standing = self.standing(&said.delegate, &beginning);
        let live = standing.iter().filter(|p| !self.has_ended(**p, closed_at_us, &active)).count();
        if live >= MAX_STANDING_DELEGATIONS {
            violations.push(Violation::new(
                code::DELEGATION_LIMIT.0,
                DELEGATE,
                format!(
                    "has {MAX_STANDING_DELEGATIONS} live delegations from this beginning already; \
                     revoke one first"
                ),
            ));
        }
        violations
    }

    /// What is wrong with a revocation by `author`.
    pub(crate) fn violation_of_revocation(
        &self,
        author: &IdentityId,
        delegation: &EventId,
    ) -> Option<Violation> {
        const FIELD: &str = "delegation_revoked.delegation";
        match self.find(delegation) {
            None => Some(unknown(FIELD)),
            Some(known) if known.delegator != *author => Some(Violation::new(
                code::DELEGATION_FOREIGN.0,
                FIELD,
                "only who lent ends a delegation",
            )),
            Some(_) => None,
        }
    }
}

fn unknown(field: &'static str) -> Violation {
    Violation::new(code::DELEGATION_UNKNOWN.0, field, "no delegation of this id is in the log")
}

/// Where a new link goes beyond the one that it hands on.
fn exceeds(
    via: &Delegation,
    event: &Event,
    said: &erynoa_events::Delegation,
    capabilities: &[Capability],
    is_within: impl Fn(&RealmId, &RealmId) -> bool,
    violations: &mut Vec<Violation>,
) {
    if via.delegate != event.author {
        violations.push(Violation::new(
            code::DELEGATION_FOREIGN.0,
            VIA,
            "lends to somebody else; only its delegate hands it on",
        ));
    }
    if said.max_depth >= via.max_depth {
        violations.push(Violation::new(
            code::DELEGATION_DEPTH.0,
            "delegation.max_depth",
            match via.max_depth {
                0 => "the delegation that it hands on allows no further link".to_owned(),
                most => format!("at most {}, less than that of via", most - 1),
            },
        ));
    }
    for capability in capabilities.iter().filter(|capability| !via.allows(capability)) {
        violations.push(Violation::new(
            code::DELEGATION_EXCEEDS.0,
            CAPABILITIES,
            format!("`{capability}` is not implied by the delegation that is handed on"),
        ));
    }
    if !is_within(&event.realm, &via.realm) {
        violations.push(Violation::new(
            code::DELEGATION_REALM.0,
            "event.realm",
            format!("the delegation that is handed on holds in {} and below", via.realm),
        ));
    }
}
