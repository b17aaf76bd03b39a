//! A small town to observe: people, what their realms think of them, a clock.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_events::EventKind;
use erynoa_kernel::{DAY_US, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId};
use erynoa_world::{EpochView, Observation, Sources, Stand, WorldFold};

pub(crate) const MINUTE: u64 = 60_000_000;
pub(crate) const HOUR: u64 = 3_600_000_000;

pub(crate) fn person(number: u32) -> IdentityId {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    IdentityId::of(Namespace::SelfHood, &PublicKey::from_bytes(key))
}

pub(crate) fn realm(number: u8) -> RealmId {
    RealmId(UniversalId::new(Tag::Realm, 1, &[&[number]]))
}

pub(crate) fn event_id(number: u64) -> EventId {
    EventId::of(&number.to_be_bytes())
}

/// An attestation in realm 0 about somebody, at some time.
pub(crate) fn word(number: u64, author: u32, partner: u32, wall_us: u64) -> Observation {
    Observation {
        sequence: number,
        event: event_id(number),
        author: person(author),
        author_root: person(author),
        realm: realm(0),
        kind: EventKind::Attestation,
        custom_type: None,
        partner_root: Some(person(partner)),
        speaks_for: true,
        critical_report: false,
        wall_us,
    }
}

/// What realms know of people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Town {
    pub(crate) stands: BTreeMap<(RealmId, IdentityId), Stand>,
    pub(crate) roots: BTreeMap<IdentityId, IdentityId>,
    pub(crate) verified: BTreeSet<IdentityId>,
}

impl Town {
    pub(crate) fn set(&mut self, place: u8, who: u32, norm_ppm: u32, power: u64) {
        let stand = Stand { norm_ppm, power, is_subject: true };
        self.stands.insert((realm(place), person(who)), stand);
    }
}

/// Trust of whom a realm knows nothing about.
pub(crate) const NEWCOMER: Stand = Stand { norm_ppm: 100_000, power: 0, is_subject: false };

impl Sources for Town {
    fn stand(&self, realm: &RealmId, subject: &IdentityId) -> Stand {
        self.stands.get(&(*realm, *subject)).copied().unwrap_or(NEWCOMER)
    }

    fn root_of(&self, identity: &IdentityId) -> IdentityId {
        self.roots.get(identity).copied().unwrap_or(*identity)
    }

    fn is_verified(&self, _: &RealmId, identity: &IdentityId) -> bool {
        self.verified.contains(identity)
    }
}

/// Closes epoch `epoch` on a day, with nobody's trust changed.
pub(crate) fn close(world: &mut WorldFold, town: &Town, epoch: u64, day: u64) {
    world.close(EpochView::new(epoch, day * DAY_US), &[], town);
}
