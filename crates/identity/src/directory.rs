//! The fold of identity events.

use erynoa_events::{Body, Event, EventError, IdentityCreated, KeyPurpose};
use erynoa_kernel::{Did, EventId, IdentityId, Namespace, PublicKey, RealmId};
use rustc_hash::FxHashMap;

use crate::error::code;

/// One key of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub public_key: PublicKey,
    /// What it may do, ascending.
    pub purposes: Vec<KeyPurpose>,
    /// Device, may be empty.
    pub label: String,
    /// Event that added it, and that event's wall time.
    pub added: (EventId, u64),
    /// Event that revoked it, and that event's wall time.
    pub revoked: Option<(EventId, u64)>,
}

impl Key {
    /// Whether the key is live and has the purpose.
    #[must_use]
    pub fn may(&self, purpose: KeyPurpose) -> bool {
        self.revoked.is_none() && self.purposes.contains(&purpose)
    }
}

/// One identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub did: Did,
    /// Self-chosen, may be empty.
    pub display_name: String,
    /// In the order in which they were added, the first key first.
    pub keys: Vec<Key>,
    /// Who controls it.
    pub controller: Option<IdentityId>,
    /// Event that created it, and that event's wall time.
    pub created: (EventId, u64),
}

impl Identity {
    /// The key, live or not.
    #[must_use]
    pub fn key(&self, key: &PublicKey) -> Option<&Key> {
        self.keys.iter().find(|k| k.public_key == *key)
    }
}

/// One realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    /// Its id.
    pub id: RealmId,
    /// Its name.
    pub name: String,
    /// Its founders, ascending.
    pub founders: Vec<IdentityId>,
}

/// All identities and realms of a log, in the order of their creation.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub(crate) identities: Vec<Identity>,
    by_id: FxHashMap<IdentityId, u32>,
    owners: FxHashMap<PublicKey, IdentityId>,
    realms: Vec<Realm>,
}

/// Read access to a directory and what is staged over it.
pub(crate) trait Lookup {
    fn identity(&self, id: &IdentityId) -> Option<&Identity>;
    fn owner(&self, key: &PublicKey) -> Option<IdentityId>;
    fn realm(&self, id: &RealmId) -> Option<&Realm>;
}

impl Lookup for Directory {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.by_id.get(id).map(|&index| &self.identities[index as usize])
    }

    fn owner(&self, key: &PublicKey) -> Option<IdentityId> {
        self.owners.get(key).copied()
    }

    fn realm(&self, id: &RealmId) -> Option<&Realm> {
        self.realms.iter().find(|realm| realm.id == *id)
    }
}

/// Most links in a chain of controllers that is followed.
const MAX_CONTROLLERS: usize = 16;

pub(crate) fn root_of(lookup: &impl Lookup, identity: &IdentityId) -> IdentityId {
    let mut root = *identity;
    for _ in 0..MAX_CONTROLLERS {
        match lookup.identity(&root).and_then(|identity| identity.controller) {
            Some(controller) => root = controller,
            None => break,
        }
    }
    root
}

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
    if !key.may(KeyPurpose::Assertion) {
        return Err(EventError::refuse(
            code::EVENT_KEY_PURPOSE,
            "public_key",
            "the key is not for signing events; sign with a key that has the purpose assertion",
        ));
    }
    match &event.body {
        Body::KeyAdded(added) if lookup.owner(&added.public_key).is_some() => Err(key_in_use()),
        Body::KeyRevoked(revoked) => check_revocation(author, &revoked.public_key),
        _ => Ok(()),
    }
}

fn key_in_use() -> EventError {
    EventError::refuse(
        code::KEY_IN_USE,
        "public_key",
        "a key belongs to one identity for ever; make a new one",
    )
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
    let keys = std::iter::once(signer).chain(&created.recovery_key);
    if keys.into_iter().any(|key| lookup.owner(key).is_some()) {
        return Err(key_in_use());
    }
    match (&created.controller, created.namespace.needs_controller()) {
        (None, false) => Ok(()),
        (None, true) => Err(EventError::refuse(
            code::CONTROLLER_REQUIRED,
            "identity_created.controller",
            "a spirit, thing, vessel or source names the identity that controls it",
        )),
        (Some(_), false) => Err(EventError::refuse(
            code::CONTROLLER_INVALID,
            "identity_created.controller",
            "only a spirit, thing, vessel or source has a controller",
        )),
        (Some(controller), true) => {
            let live = is_live(lookup, &controller.identity, &controller.public_key);
            let root = root_of(lookup, &controller.identity);
            let ends_well = lookup.identity(&root).is_some_and(|root| {
                matches!(root.did.namespace, Namespace::SelfHood | Namespace::Guild)
            });
            if live && ends_well {
                return Ok(());
            }
            Err(EventError::refuse(
                code::CONTROLLER_INVALID,
                "identity_created.controller",
                "the controller consents with a live key of its own, and its chain of controllers ends in a self or guild",
            ))
        }
    }
}

fn check_revocation(author: &Identity, revoked: &PublicKey) -> Result<(), EventError> {
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

pub(crate) fn is_live(lookup: &impl Lookup, identity: &IdentityId, key: &PublicKey) -> bool {
    lookup
        .identity(identity)
        .and_then(|identity| identity.key(key))
        .is_some_and(|key| key.may(KeyPurpose::Assertion))
}

/// Every [`Lookup`] answers the log in the same way.
macro_rules! answer_the_log {
    ($type:ty) => {
        impl erynoa_events::KeyDirectory for $type {
            fn check_author(
                &self,
                event: &erynoa_events::Event,
                signer: &erynoa_kernel::PublicKey,
            ) -> Result<(), erynoa_events::EventError> {
                $crate::directory::check_author(self, event, signer)
            }

            fn is_live(
                &self,
                identity: &erynoa_kernel::IdentityId,
                key: &erynoa_kernel::PublicKey,
            ) -> bool {
                $crate::directory::is_live(self, identity, key)
            }

            fn ever_owned(
                &self,
                identity: &erynoa_kernel::IdentityId,
                key: &erynoa_kernel::PublicKey,
            ) -> bool {
                use $crate::directory::Lookup;
                self.identity(identity).is_some_and(|identity| identity.key(key).is_some())
            }

            fn knows(&self, identity: &erynoa_kernel::IdentityId) -> bool {
                use $crate::directory::Lookup;
                self.identity(identity).is_some()
            }

            fn root_of(&self, identity: &erynoa_kernel::IdentityId) -> erynoa_kernel::IdentityId {
                $crate::directory::root_of(self, identity)
            }

            fn check_delegation(
                &self,
                _: &erynoa_events::Event,
                _: &dyn erynoa_events::RealmRules,
            ) -> Result<(), erynoa_events::EventError> {
                Ok(())
            }
        }
    };
}
pub(crate) use answer_the_log;

answer_the_log!(Directory);

impl Directory {
    /// Folds one event that the log has accepted. Events that say nothing
    /// about identities or realms change nothing.
    pub fn apply(&mut self, id: EventId, event: &Event, signer: &PublicKey) {
        let at = (id, event.coordinate.wall_us);
        match &event.body {
            Body::IdentityCreated(created) => self.create(event.author, created, *signer, at),
            Body::KeyAdded(added) => {
                let key = Key {
                    public_key: added.public_key,
                    purposes: added.purposes.clone(),
                    label: added.label.clone(),
                    added: at,
                    revoked: None,
                };
                self.owners.insert(added.public_key, event.author);
                if let Some(identity) = self.get_mut(&event.author) {
                    identity.keys.push(key);
                }
            }
            Body::KeyRevoked(revoked) => {
                let key = self
                    .get_mut(&event.author)
                    .and_then(|i| i.keys.iter_mut().find(|k| k.public_key == revoked.public_key));
                if let Some(key) = key {
                    key.revoked = Some(at);
                }
            }
            Body::RealmCreated(created) => self.realms.push(Realm {
                id: created.realm,
                name: created.name.clone(),
                founders: created.founders.clone(),
            }),
            _ => {}
        }
    }

    fn create(
        &mut self,
        author: IdentityId,
        created: &IdentityCreated,
        signer: PublicKey,
        at: (EventId, u64),
    ) {
        let key = |public_key, purposes: &[KeyPurpose], label: &str| Key {
            public_key,
            purposes: purposes.to_vec(),
            label: label.to_owned(),
            added: at,
            revoked: None,
        };
        let mut keys =
            vec![key(signer, &[KeyPurpose::SignIn, KeyPurpose::Assertion], &created.key_label)];
        keys.extend(created.recovery_key.map(|k| key(k, &[KeyPurpose::Recovery], "")));
        self.insert(Identity {
            did: Did { namespace: created.namespace, identity: author },
            display_name: created.display_name.clone(),
            keys,
            controller: created.controller.as_ref().map(|controller| controller.identity),
            created: at,
        });
    }

    pub(crate) fn insert(&mut self, identity: Identity) {
        let id = identity.did.identity;
        for key in &identity.keys {
            self.owners.insert(key.public_key, id);
        }
        let index = u32::try_from(self.identities.len())
            .expect("a log in memory holds fewer than 2^32 identities");
        self.by_id.insert(id, index);
        self.identities.push(identity);
    }

    pub(crate) fn get_mut(&mut self, id: &IdentityId) -> Option<&mut Identity> {
        self.by_id.get(id).map(|&index| &mut self.identities[index as usize])
    }

    /// The identity with this id.
    #[must_use]
    pub fn find(&self, id: &IdentityId) -> Option<&Identity> {
        self.identity(id)
    }

    /// The identity that the key belongs to.
    #[must_use]
    pub fn find_by_key(&self, key: &PublicKey) -> Option<&Identity> {
        self.owner(key).and_then(|id| self.identity(&id))
    }

    /// The realm with this id.
    #[must_use]
    pub fn find_realm(&self, id: &RealmId) -> Option<&Realm> {
        self.realm(id)
    }

    /// Number of identities.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.identities.len()
    }

    /// Whether there is no identity.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.identities.is_empty()
    }

    /// Self-chosen name of the identity; empty when unknown.
    #[must_use]
    pub fn name_of(&self, id: &IdentityId) -> &str {
        self.identity(id).map_or("", |identity| identity.display_name.as_str())
    }

    /// DID of the identity as text; its bare id when unknown.
    #[must_use]
    pub fn did_text(&self, id: &IdentityId) -> String {
        self.identity(id).map_or_else(|| id.to_string(), |identity| identity.did.to_string())
    }

    /// Whether the key may answer sign-in challenges of the identity.
    #[must_use]
    pub fn may_sign_in(&self, id: &IdentityId, key: &PublicKey) -> bool {
        self.identity(id).and_then(|i| i.key(key)).is_some_and(|k| k.may(KeyPurpose::SignIn))
    }
}
