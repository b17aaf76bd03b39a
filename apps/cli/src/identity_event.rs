//! The first event of an identity.

use erynoa_events::{
    Body, Event, IdentityCreated, RECOVERY_DELAY_S, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Coordinate, Did, IdentityId, Namespace, PublicKey, RealmId, Secret};

use crate::error::CliError;

/// Founds an identity on the key with this seed.
pub(crate) fn found(
    seed: &Secret<[u8; 32]>,
    namespace: Namespace,
    display_name: &str,
    key_label: &str,
    recovery_key: Option<PublicKey>,
    now_us: u64,
) -> Result<(Did, VerifiedEvent), CliError> {
    let key = SigningKey::from_seed(*seed.expose());
    let identity = IdentityId::of(namespace, &key.public_key());
    let event = Event {
        author: identity,
        realm: RealmId::NULL,
        coordinate: Coordinate::next(now_us, []),
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: display_name.to_owned(),
            key_label: key_label.to_owned(),
            recovery_key,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    let created = sign_event(&event, &key).map_err(|error| CliError::own_event(&error))?;
    Ok((Did { namespace, identity }, created))
}
