//! Whether an author may say what it says (protocol §2, §4).

use erynoa_events::{
    Body, ControllerSet, Event, EventError, IdentityCreated, IdentityDeactivated,
    IdentityRecovered, KeyPurpose,
};
use erynoa_kernel::{IdentityId, Namespace, PublicKey, RealmId, Violation};

use crate::controllers::{MAX_CONTROLLERS, controllers, ends_well, is_active, root_of};
use crate::delegation::{Authority, Beginnings};
use crate::directory::Lookup;
use crate::error::code;
use crate::{Capability, Identity, Key};

/// Fields that several refusals name.
const CONTROLLER: &str = "identity_created.controller";
const NEXT_CONTROLLER: &str = "controller_set.controller";

pub(crate) fn check_author(
    lookup: &impl Lookup,
    event: &Event,
    signer: &PublicKey,
) -> Result<(), EventError> {
    if let Body::IdentityCreated(created) = &event.body {
        return check_creation(lookup, &event.author, created, signer);
    }
    let author = lookup.identity(&event.author).ok_or_else(|| {
        EventError::refuse(
            code::EVENT_KEY_UNKNOWN,
            "event.author",
            "the log does not know the author; its first event is identity_created",
        )
    })?;
    let answered = author.controller.is_none_or(|controller| is_active(lookup, &controller));
    if author.deactivated.is_some() || !answered {
        return Err(EventError::refuse(
            code::EVENT_AUTHOR_INACTIVE,
            "event.author",
            "the author, or somebody who answers for it, has been deactivated",
        ));
    }
    check_key(author, signer, matches!(event.body, Body::IdentityRecovered(_)))?;
    match &event.body {
        Body::KeyAdded(added) => check_new_keys(lookup, [&added.public_key]),
        Body::KeyRevoked(revoked) => check_revocation(author, &revoked.public_key),
        Body::ControllerSet(set) => check_controller(lookup, &event.author, set),
        Body::IdentityDeactivated(ended) => check_end(lookup, &event.author, ended),
        Body::IdentityRecovered(recovered) => check_recovery(lookup, author, recovered),
        Body::DelegationRevoked(revoked) => {
            let wrong =
                lookup.delegations().violation_of_revocation(&event.author, &revoked.delegation);
            refuse_for(code::DELEGATION_INVALID, wrong.into_iter().collect())
        }
        _ => Ok(()),
    }
}

/// A refusal for all of these reasons, the field being that of the first.
fn refuse_for(
    several: (erynoa_kernel::Code, erynoa_kernel::Kind),
    violations: Vec<Violation>,
) -> Result<(), EventError> {
    let field = match violations.first().map(|violation| &violation.field) {
        Some(std::borrow::Cow::Borrowed(field)) => field,
        _ => "",
    };
    EventError::of_violations(several, field, violations).map_or(Ok(()), Err)
}

fn check_key(author: &Identity, signer: &PublicKey, recovers: bool) -> Result<(), EventError> {
    let key = author.key(signer).ok_or_else(|| {
        EventError::refuse(
            code::EVENT_KEY_UNKNOWN,
            "public_key",
            "the key is not a key of the author; sign with one of the author's live keys",
        )
    })?;
    if key.revoked.is_some() {
        return Err(EventError::refuse(
            code::EVENT_KEY_REVOKED,
            "public_key",
            "the key has been revoked; sign with a live key of the author",
        ));
    }
    if recovers && !author.is_recoverable() {
        return Err(EventError::refuse(
            code::RECOVERY_UNAVAILABLE,
            "public_key",
            "the author has no live recovery key; add a device with one that still works",
        ));
    }
    let (purpose, message) = match recovers {
        true => (
            KeyPurpose::Recovery,
            "keys are replaced by a recovery key alone; sign with the one that is kept offline",
        ),
        false => (
            KeyPurpose::Assertion,
            "the key is not for signing events; sign with a key that has the purpose assertion",
        ),
    };
    if key.may(purpose) {
        return Ok(());
    }
    Err(EventError::refuse(code::EVENT_KEY_PURPOSE, "public_key", message))
}

fn check_new_keys<'a>(
    lookup: &impl Lookup,
    keys: impl IntoIterator<Item = &'a PublicKey>,
) -> Result<(), EventError> {
    if keys.into_iter().all(|key| lookup.owner(key).is_none()) {
        return Ok(());
    }
    Err(EventError::refuse(
        code::KEY_IN_USE,
        "public_key",
        "a key belongs to one identity for ever; make a new one",
    ))
}

fn check_creation(
    lookup: &impl Lookup,
    author: &IdentityId,
    created: &IdentityCreated,
    signer: &PublicKey,
) -> Result<(), EventError> {
    if lookup.identity(author).is_some() {
        return Err(EventError::refuse(
            code::IDENTITY_EXISTS,
            "event.author",
            "the identity exists already",
        ));
    }
    check_new_keys(lookup, std::iter::once(signer).chain(&created.recovery_key))?;
    match (&created.controller, created.namespace.needs_controller()) {
        (None, false) => Ok(()),
        (None, true) => Err(EventError::refuse(
            code::CONTROLLER_REQUIRED,
            CONTROLLER,
            "a spirit, thing, vessel or source names the identity that controls it",
        )),
        (Some(_), false) => Err(EventError::refuse(
            code::CONTROLLER_INVALID,
            CONTROLLER,
            "only a spirit, thing, vessel or source has a controller",
        )),
        (Some(controller), true) => {
            let mut violations = Vec::new();
            check_consent(lookup, controller, CONTROLLER, &mut violations);
            check_depth(lookup, &controller.identity, 0, CONTROLLER, &mut violations);
            refuse_for(code::CONTROLLER_INVALID, violations)
        }
    }
}

/// Whether the controller may and wants to answer for somebody.
fn check_consent(
    lookup: &impl Lookup,
    controller: &erynoa_events::Controller,
    field: &'static str,
    violations: &mut Vec<Violation>,
) {
    let consents = is_live(lookup, &controller.identity, &controller.public_key);
    let active = is_active(lookup, &controller.identity);
    let root = root_of(lookup, &controller.identity);
    if consents && active && ends_well(lookup, &root) {
        return;
    }
    violations.push(Violation::new(
        code::CONTROLLER_INVALID.0,
        field,
        "the controller consents with a live key of its own, and its chain of controllers is live and ends in a self or guild",
    ));
}

/// Whether the chain above the lowest of `below` further identities stays short
/// enough.
fn check_depth(
    lookup: &impl Lookup,
    controller: &IdentityId,
    below: usize,
    field: &'static str,
    violations: &mut Vec<Violation>,
) {
    if controllers(lookup, controller).count() + 1 + below > MAX_CONTROLLERS {
        violations.push(Violation::new(
            code::CONTROLLER_DEPTH.0,
            field,
            format!("a chain of controllers has at most {MAX_CONTROLLERS} links"),
        ));
    }
}

fn check_revocation(author: &Identity, revoked: &PublicKey) -> Result<(), EventError> {
    if author.recovery.as_ref().is_some_and(|recovery| recovery.public_key == *revoked) {
        return Ok(());
    }
    let live = author.key(revoked).is_some_and(|key| key.revoked.is_none());
    if !live {
        return Err(EventError::refuse(
            code::KEY_UNKNOWN,
            "key_revoked.public_key",
            "the author has no live key of this name",
        ));
    }
    let others = |key: &&Key| key.may(KeyPurpose::Assertion) && key.public_key != *revoked;
    if author.keys.iter().find(others).is_none() {
        return Err(EventError::refuse(
            code::KEY_LAST,
            "key_revoked.public_key",
            "the last live key that signs events cannot be revoked; add another device first",
        ));
    }
    Ok(())
}

fn must_know<'a, L: Lookup>(
    lookup: &'a L,
    identity: &IdentityId,
    field: &'static str,
) -> Result<&'a Identity, EventError> {
    let known = lookup.identity(identity).ok_or_else(|| {
        let message = format!("{identity} is not in the log");
        EventError::refuse(code::IDENTITY_UNKNOWN, field, message)
    })?;
    if known.deactivated.is_some() {
        return Err(EventError::refuse(
            code::IDENTITY_DEACTIVATED,
            field,
            "the identity has been deactivated, for ever",
        ));
    }
    Ok(known)
}

fn check_controller(
    lookup: &impl Lookup,
    author: &IdentityId,
    set: &ControllerSet,
) -> Result<(), EventError> {
    const IDENTITY: &str = "controller_set.identity";
    let controlled = must_know(lookup, &set.identity, IDENTITY)?;
    let mut violations = Vec::new();
    if controlled.controller != Some(*author) {
        violations.push(Violation::new(
            code::CONTROLLER_FOREIGN.0,
            IDENTITY,
            "only the present controller hands an identity on",
        ));
    }
    check_consent(lookup, &set.controller, NEXT_CONTROLLER, &mut violations);
    let next = set.controller.identity;
    if next == set.identity || controllers(lookup, &next).any(|above| above == set.identity) {
        violations.push(Violation::new(
            code::CONTROLLER_CYCLE.0,
            NEXT_CONTROLLER,
            "the identity itself answers for this controller",
        ));
    } else {
        let below = lookup.height(&set.identity);
        check_depth(lookup, &next, below, NEXT_CONTROLLER, &mut violations);
    }
    refuse_for(code::CONTROLLER_INVALID, violations)
}

fn check_end(
    lookup: &impl Lookup,
    author: &IdentityId,
    ended: &IdentityDeactivated,
) -> Result<(), EventError> {
    const IDENTITY: &str = "identity_deactivated.identity";
    must_know(lookup, &ended.identity, IDENTITY)?;
    let answers = ended.identity == *author
        || controllers(lookup, &ended.identity).any(|controller| controller == *author);
    if answers {
        return Ok(());
    }
    Err(EventError::refuse(
        code::CONTROLLER_FOREIGN,
        IDENTITY,
        "an identity is ended by itself or by one of its chain of controllers",
    ))
}

fn check_recovery(
    lookup: &impl Lookup,
    author: &Identity,
    recovered: &IdentityRecovered,
) -> Result<(), EventError> {
    if author.recovery.is_some() {
        return Err(EventError::refuse(
            code::RECOVERY_PENDING,
            "event.body",
            "a recovery is waiting already; revoke its key first",
        ));
    }
    check_new_keys(lookup, std::iter::once(&recovered.public_key).chain(&recovered.recovery_key))
}

pub(crate) fn is_live(lookup: &impl Lookup, identity: &IdentityId, key: &PublicKey) -> bool {
    lookup
        .identity(identity)
        .and_then(|identity| identity.key(key))
        .is_some_and(|key| key.may(KeyPurpose::Assertion))
}

/// The time at which an event is judged: its own, and never before the end of
/// the last epoch, so that nobody can date an event back into a delegation that
/// is over.
fn time_of(lookup: &impl Lookup, event: &Event) -> u64 {
    event.coordinate.wall_us.max(lookup.closed_at_us())
}

pub(crate) fn check_delegation(
    lookup: &impl Lookup,
    event: &Event,
    is_within: impl Fn(&RealmId, &RealmId) -> bool,
) -> Result<(), EventError> {
    let is_agent = event.realm != RealmId::NULL && is_agent(lookup, &event.author);
    if !is_agent && !matches!(event.body, Body::Delegation(_)) {
        return Ok(());
    }
    let at_us = time_of(lookup, event);
    let active = |id: &IdentityId| is_active(lookup, id);
    // A new realm is not there yet; its parent is asked about.
    let realm = match &event.body {
        Body::RealmCreated(created) => created.parent.unwrap_or(event.realm),
        _ => event.realm,
    };
    if is_agent
        && let Some(capability) = Capability::required_for(event)
        && let Err(violations) = lookup.delegations().authorise(
            &Authority {
                delegate: &event.author,
                capability: &capability,
                realm: &realm,
                at_us,
                beginnings: Beginnings::Of(&answering_for(lookup, &event.author)),
            },
            active,
            &is_within,
        )
    {
        return refuse_for(code::DELEGATION_REQUIRED, violations);
    }
    let Body::Delegation(said) = &event.body else {
        return Ok(());
    };
    let mut violations = lookup.delegations().violations_of(
        event,
        said,
        (at_us, lookup.closed_at_us()),
        active,
        &is_within,
    );
    if is_agent && said.via.is_none() {
        violations.push(Violation::new(
            code::DELEGATION_EXCEEDS.0,
            "delegation.via",
            "an agent has no authority of its own; it hands on what it was lent",
        ));
    }
    refuse_for(code::DELEGATION_INVALID, violations)
}

/// Whether somebody is an agent or controlled by one: else a thing would do for
/// an agent what nobody has lent it.
pub(crate) fn is_agent(lookup: &impl Lookup, who: &IdentityId) -> bool {
    let is_spirit = |id: &IdentityId| {
        lookup.identity(id).is_some_and(|identity| identity.did.namespace == Namespace::Spirit)
    };
    is_spirit(who) || controllers(lookup, who).any(|controller| is_spirit(&controller))
}

/// Whose authority an agent acts by: its controller's, and that of who answers
/// for the controller.
pub(crate) fn answering_for(lookup: &impl Lookup, agent: &IdentityId) -> Vec<IdentityId> {
    let chain: Vec<IdentityId> = controllers(lookup, agent).collect();
    match chain.as_slice() {
        [] => Vec::new(),
        [only] => vec![*only],
        [nearest, .., root] => vec![*nearest, *root],
    }
}
