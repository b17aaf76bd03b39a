//! The fold of identity events.

use std::collections::BTreeSet;

use erynoa_events::{Body, Event, IdentityCreated, IdentityRecovered, KeyPurpose};
use erynoa_kernel::{Did, EventId, IdentityId, PublicKey, RealmId, Violation};
use rustc_hash::FxHashMap;

use crate::admission::answering_for;
use crate::controllers::{Controlled, is_active};
use crate::delegation::{Authority, Beginnings};
use crate::{Capability, Delegation, DelegationState, Delegations, Identity, Key, Recovery};

/// All identities, realms and delegations of a log, in the order of their
/// creation.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub(crate) identities: Vec<Identity>,
    by_id: FxHashMap<IdentityId, u32>,
    owners: FxHashMap<PublicKey, IdentityId>,
    controlled: Controlled,
    delegations: Delegations,
    /// Recoveries of the open epoch.
    requested: Vec<IdentityId>,
    /// Recoveries that wait, by the time of their effect.
    waiting: BTreeSet<(u64, IdentityId)>,
    /// End of the last closed epoch.
    closed_at_us: u64,
}

/// Read access to a directory and what is staged over it.
pub(crate) trait Lookup {
    fn identity(&self, id: &IdentityId) -> Option<&Identity>;
    fn owner(&self, key: &PublicKey) -> Option<IdentityId>;
    fn height(&self, id: &IdentityId) -> usize;
    fn delegations(&self) -> &Delegations;
    fn closed_at_us(&self) -> u64;
}

impl Lookup for Directory {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.by_id.get(id).map(|&index| &self.identities[index as usize])
    }

    fn owner(&self, key: &PublicKey) -> Option<IdentityId> {
        self.owners.get(key).copied()
    }

    fn height(&self, id: &IdentityId) -> usize {
        self.controlled.height(id)
    }

    fn delegations(&self) -> &Delegations {
        &self.delegations
    }

    fn closed_at_us(&self) -> u64 {
        self.closed_at_us
    }
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
                $crate::admission::check_author(self, event, signer)
            }

            fn is_live(
                &self,
                identity: &erynoa_kernel::IdentityId,
                key: &erynoa_kernel::PublicKey,
            ) -> bool {
                $crate::admission::is_live(self, identity, key)
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
                $crate::controllers::root_of(self, identity)
            }

            fn check_delegation(
                &self,
                event: &erynoa_events::Event,
                realms: &dyn erynoa_events::RealmRules,
            ) -> Result<(), erynoa_events::EventError> {
                $crate::admission::check_delegation(self, event, |realm, ancestor| {
                    realms.is_within(realm, ancestor)
                })
            }
        }
    };
}
pub(crate) use answer_the_log;

answer_the_log!(Directory);

impl Directory {
    /// Folds one event that the log has accepted. `epoch_closed` ends the epoch
    /// here too; events that say nothing about identities, delegations or
    /// realms change nothing.
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
                    identity.updated = at;
                }
            }
            Body::KeyRevoked(revoked) => self.revoke(&event.author, &revoked.public_key, at),
            Body::ControllerSet(set) => {
                self.set_controller(&set.identity, set.controller.identity, at);
            }
            Body::IdentityDeactivated(ended) => self.deactivate(&ended.identity, at),
            Body::IdentityRecovered(recovered) => self.request(event.author, recovered, at),
            Body::Delegation(_) | Body::DelegationRevoked(_) => {
                // Apart while it is changed, for it asks who is active.
                let mut delegations = std::mem::take(&mut self.delegations);
                delegations.apply(id, event, self.closed_at_us, |id| is_active(self, id));
                self.delegations = delegations;
            }
            Body::EpochClosed(closed) => self.close(closed.closed_at_us),
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
        let controller = created.controller.as_ref().map(|controller| controller.identity);
        self.insert(Identity {
            did: Did { namespace: created.namespace, identity: author },
            display_name: created.display_name.clone(),
            keys,
            controller,
            created: at,
            updated: at,
            deactivated: None,
            recovery_delay_s: created.recovery_delay_s,
            recovery: None,
        });
        if let Some(controller) = controller {
            self.attach(&author, controller);
        }
    }

    fn revoke(&mut self, author: &IdentityId, revoked: &PublicKey, at: (EventId, u64)) {
        let Some(identity) = self.get_mut(author) else { return };
        if identity.recovery.as_ref().is_some_and(|r| r.public_key == *revoked) {
            self.cancel(author);
        } else if let Some(key) = identity.keys.iter_mut().find(|k| k.public_key == *revoked) {
            key.revoked = Some(at);
            identity.updated = at;
        }
    }

    fn set_controller(&mut self, id: &IdentityId, next: IdentityId, at: (EventId, u64)) {
        let before = self.identity(id).and_then(|identity| identity.controller);
        if let (Some(before), Some(&position)) = (before, self.by_id.get(id)) {
            let mut controlled = std::mem::take(&mut self.controlled);
            controlled.detach((position, id), before, |above| self.controller(above));
            self.controlled = controlled;
        }
        if let Some(identity) = self.get_mut(id) {
            identity.controller = Some(next);
            identity.updated = at;
            self.attach(id, next);
        }
    }

    fn attach(&mut self, id: &IdentityId, controller: IdentityId) {
        let Some(&position) = self.by_id.get(id) else { return };
        let mut controlled = std::mem::take(&mut self.controlled);
        controlled.attach((position, id), controller, |above| self.controller(above));
        self.controlled = controlled;
    }

    fn controller(&self, id: &IdentityId) -> Option<IdentityId> {
        self.identity(id).and_then(|identity| identity.controller)
    }

    fn deactivate(&mut self, id: &IdentityId, at: (EventId, u64)) {
        self.cancel(id);
        let Some(identity) = self.get_mut(id) else { return };
        identity.deactivated = Some(at);
        identity.updated = at;
        for key in &mut identity.keys {
            key.revoked.get_or_insert(at);
        }
    }

    fn request(&mut self, author: IdentityId, said: &IdentityRecovered, at: (EventId, u64)) {
        for key in std::iter::once(&said.public_key).chain(&said.recovery_key) {
            self.owners.insert(*key, author);
        }
        self.requested.push(author);
        if let Some(identity) = self.get_mut(&author) {
            identity.recovery = Some(Box::new(Recovery {
                requested: at,
                public_key: said.public_key,
                key_label: said.key_label.clone(),
                recovery_key: said.recovery_key,
                effective_at_us: None,
            }));
        }
    }

    fn cancel(&mut self, id: &IdentityId) {
        let recovery = self.get_mut(id).and_then(|identity| identity.recovery.take());
        if let Some(effective_at_us) = recovery.and_then(|recovery| recovery.effective_at_us) {
            self.waiting.remove(&(effective_at_us, *id));
        }
    }

    /// Ends an epoch: recoveries whose time has come take effect, those that
    /// were asked for in the epoch begin to wait. Once more with the same time
    /// changes nothing.
    pub fn close(&mut self, closed_at_us: u64) {
        self.closed_at_us = self.closed_at_us.max(closed_at_us);
        while let Some(due) = self.waiting.first().copied().filter(|due| due.0 <= closed_at_us) {
            self.waiting.remove(&due);
            self.recover(&due.1, closed_at_us);
        }
        for id in std::mem::take(&mut self.requested) {
            let scheduled = self.get_mut(&id).and_then(|identity| {
                let delay_us = u64::from(identity.recovery_delay_s) * 1_000_000;
                let recovery = identity.recovery.as_deref_mut()?;
                if recovery.effective_at_us.is_some() {
                    return None;
                }
                recovery.effective_at_us = Some(closed_at_us.saturating_add(delay_us));
                recovery.effective_at_us
            });
            self.waiting.extend(scheduled.map(|at| (at, id)));
        }
    }

    fn recover(&mut self, id: &IdentityId, closed_at_us: u64) {
        let Some(identity) = self.get_mut(id) else { return };
        let Some(recovery) = identity.recovery.take() else { return };
        let at = (recovery.requested.0, closed_at_us);
        let key = |public_key, purposes: Vec<KeyPurpose>, label| Key {
            public_key,
            purposes,
            label,
            added: at,
            revoked: None,
        };
        for old in &mut identity.keys {
            let stays = old.purposes == [KeyPurpose::Recovery] && recovery.recovery_key.is_none();
            if !stays {
                old.revoked.get_or_insert(at);
            }
        }
        let device = vec![KeyPurpose::SignIn, KeyPurpose::Assertion];
        identity.keys.push(key(recovery.public_key, device, recovery.key_label));
        if let Some(next) = recovery.recovery_key {
            identity.keys.push(key(next, vec![KeyPurpose::Recovery], String::new()));
        }
        identity.updated = at;
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

    fn get_mut(&mut self, id: &IdentityId) -> Option<&mut Identity> {
        self.by_id.get(id).map(|&index| &mut self.identities[index as usize])
    }

    /// The identity with this id.
    #[must_use]
    pub fn find(&self, id: &IdentityId) -> Option<&Identity> {
        self.identity(id)
    }

    /// The identity that the key belongs to; also that of a key whose recovery
    /// waits.
    #[must_use]
    pub fn find_by_key(&self, key: &PublicKey) -> Option<&Identity> {
        self.owner(key).and_then(|id| self.identity(&id))
    }

    /// All identities, in the order of their creation.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter()
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

    /// Whether the identity and everybody who answers for it are live.
    #[must_use]
    pub fn is_active(&self, id: &IdentityId) -> bool {
        is_active(self, id)
    }

    /// Those that the identity controls directly, newest first, at most
    /// `limit`, created before position `before`. Each comes with its position,
    /// the cursor of the next page.
    #[must_use]
    pub fn controlled_by(
        &self,
        controller: &IdentityId,
        before: Option<usize>,
        limit: usize,
    ) -> Vec<(usize, &Identity)> {
        let before = before.unwrap_or(usize::MAX);
        let positions = self.controlled.members(controller).rev().map(|index| index as usize);
        positions
            .filter(|&position| position < before)
            .take(limit)
            .map(|position| (position, &self.identities[position]))
            .collect()
    }

    /// All delegations.
    #[must_use]
    pub const fn delegations(&self) -> &Delegations {
        &self.delegations
    }

    /// How a delegation stands at a time, microseconds.
    #[must_use]
    pub fn state_of(&self, delegation: &Delegation, at_us: u64) -> DelegationState {
        self.delegations.state(delegation, at_us, |id| is_active(self, id))
    }

    /// The chain by which `delegate` may use `capability` in `realm` at a time,
    /// as submitted events are judged; anybody's authority counts for whom is
    /// no agent. `is_within` says whether a realm is another or below it.
    ///
    /// # Errors
    /// Every reason why not.
    pub fn authorise(
        &self,
        delegate: &IdentityId,
        capability: &Capability,
        realm: &RealmId,
        at_us: u64,
        is_within: impl Fn(&RealmId, &RealmId) -> bool,
    ) -> Result<Vec<&Delegation>, Vec<Violation>> {
        let is_agent = crate::admission::is_agent(self, delegate);
        let answering = answering_for(self, delegate);
        let beginnings = if is_agent { Beginnings::Of(&answering) } else { Beginnings::Any };
        self.delegations.authorise(
            &Authority { delegate, capability, realm, at_us, beginnings },
            |id| is_active(self, id),
            is_within,
        )
    }

    /// The time at which a waiting recovery takes effect next; an epoch that
    /// closes then brings it about.
    #[must_use]
    pub fn next_deadline_us(&self) -> Option<u64> {
        self.waiting.first().map(|&(at, _)| at)
    }
}
