//! Who answers for whom (protocol §1, §4): chains of controllers, never longer
//! than [`MAX_CONTROLLERS`] and never closed.

use std::collections::BTreeSet;

use erynoa_kernel::{IdentityId, Namespace};
use rustc_hash::FxHashMap;

use crate::directory::Lookup;

/// Most links in a chain of controllers: it is followed for every event, and
/// no organisation hands things down further.
pub const MAX_CONTROLLERS: usize = 16;

/// The controllers of an identity, the nearest first.
pub(crate) fn controllers<'a>(
    lookup: &'a impl Lookup,
    identity: &IdentityId,
) -> impl Iterator<Item = IdentityId> + 'a {
    let above = |id: &IdentityId| lookup.identity(id).and_then(|identity| identity.controller);
    std::iter::successors(above(identity), move |id| above(id)).take(MAX_CONTROLLERS)
}

pub(crate) fn root_of(lookup: &impl Lookup, identity: &IdentityId) -> IdentityId {
    controllers(lookup, identity).last().unwrap_or(*identity)
}

/// Whether the identity and everybody who answers for it are live.
pub(crate) fn is_active(lookup: &impl Lookup, identity: &IdentityId) -> bool {
    let live = |id: &IdentityId| lookup.identity(id).is_some_and(|i| i.deactivated.is_none());
    live(identity) && controllers(lookup, identity).all(|controller| live(&controller))
}

/// Whether a chain of controllers may end there.
pub(crate) fn ends_well(lookup: &impl Lookup, root: &IdentityId) -> bool {
    lookup
        .identity(root)
        .is_some_and(|root| matches!(root.did.namespace, Namespace::SelfHood | Namespace::Guild))
}

/// Whom one identity controls.
#[derive(Clone, Debug, Default)]
struct Below {
    /// Positions in the order of creation.
    members: BTreeSet<u32>,
    /// How many of them have a chain of this many below them.
    heights: [u32; MAX_CONTROLLERS],
}

impl Below {
    fn height(&self) -> usize {
        self.heights.iter().rposition(|&count| count > 0).map_or(0, |height| height + 1)
    }
}

/// The chains of controllers, read downwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Controlled(FxHashMap<IdentityId, Below>);

impl Controlled {
    /// Identities in the longest chain below; 0 when it controls nobody.
    pub(crate) fn height(&self, identity: &IdentityId) -> usize {
        self.0.get(identity).map_or(0, Below::height)
    }

    /// Positions of those that it controls directly, ascending.
    pub(crate) fn members(&self, identity: &IdentityId) -> impl DoubleEndedIterator<Item = u32> {
        self.0.get(identity).into_iter().flat_map(|below| below.members.iter().copied())
    }

    /// `controller` answers for a child from now on; `above` gives the controller
    /// of those above it.
    pub(crate) fn attach(
        &mut self,
        (position, child): (u32, &IdentityId),
        controller: IdentityId,
        above: impl Fn(&IdentityId) -> Option<IdentityId>,
    ) {
        let height = self.height(child);
        self.0.entry(controller).or_default().members.insert(position);
        self.move_height(controller, None, Some(height), above);
    }

    /// `controller` does not answer for a child any more.
    pub(crate) fn detach(
        &mut self,
        (position, child): (u32, &IdentityId),
        controller: IdentityId,
        above: impl Fn(&IdentityId) -> Option<IdentityId>,
    ) {
        let height = self.height(child);
        self.0.entry(controller).or_default().members.remove(&position);
        self.move_height(controller, Some(height), None, above);
    }

    /// A height below `controller` is another now; carries that upwards as far
    /// as it makes a difference.
    fn move_height(
        &mut self,
        controller: IdentityId,
        mut old: Option<usize>,
        mut new: Option<usize>,
        above: impl Fn(&IdentityId) -> Option<IdentityId>,
    ) {
        let chain = std::iter::successors(Some(controller), above).take(MAX_CONTROLLERS);
        for identity in chain {
            let below = self.0.entry(identity).or_default();
            let before = below.height();
            if let Some(count) = old.and_then(|height| below.heights.get_mut(height)) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = new.and_then(|height| below.heights.get_mut(height)) {
                *count += 1;
            }
            let after = below.height();
            if before == after {
                break;
            }
            (old, new) = (Some(before), Some(after));
        }
    }
}
