//! The first event of an identity.

use erynoa_events::{
    Body, Event, IdentityCreated, RECOVERY_DELAY_S, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, Did, IdentityId, Namespace, RealmId, Secret};

use crate::error::CliError;

/// The usual first words of an identity that nobody controls.
pub(crate) fn born(namespace: Namespace, display_name: &str, key_label: &str) -> IdentityCreated {
    IdentityCreated {
        namespace,
        display_name: display_name.to_owned(),
        key_label: key_label.to_owned(),
        recovery_key: None,
        recovery_delay_s: RECOVERY_DELAY_S.1,
        controller: None,
    }
}

/// Founds an identity on the key with this seed.
pub(crate) fn found(
    seed: &Secret<[u8; 32]>,
    body: IdentityCreated,
    now_us: u64,
) -> Result<(Did, VerifiedEvent), CliError> {
    let key = SigningKey::from_seed(*seed.expose());
    let namespace = body.namespace;
    let identity = IdentityId::of(namespace, &key.public_key());
    let event = Event {
        author: identity,
        realm: RealmId::NULL,
        coordinate: Coordinate::next(now_us, []),
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(body),
    };
    let created = sign_event(&event, &key).map_err(|error| CliError::own_event(&error))?;
    Ok((Did { namespace, identity }, created))
}
