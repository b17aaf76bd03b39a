//! The human factor Ĥ (protocol §6): people count more than what they run, in
//! the ranking and nowhere else.

use erynoa_events::{Body, Event};
use erynoa_kernel::{IdentityId, Namespace};
use rustc_hash::{FxHashMap, FxHashSet};

/// Ĥ of everybody else, ppm.
pub const HUMAN_NEUTRAL_PPM: u32 = 1_000_000;
/// Ĥ of a verified person, ppm.
pub const HUMAN_PERSON_PPM: u32 = 2_000_000;
/// Ĥ of a guild led by a verified person, ppm.
pub const HUMAN_GUILD_PPM: u32 = 1_300_000;
/// What all agents of one person have more than 1 together, ppm (Κ16).
pub const AGENTS_BONUS_PPM: u32 = 500_000;
/// Most that an identity at depth two has more than 1, ppm.
pub const DEPTH_TWO_BONUS_PPM: u32 = 100_000;

/// What an event says about who controls whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityChange {
    /// An identity begins.
    Created {
        /// The new identity.
        identity: IdentityId,
        /// Its kind.
        namespace: Namespace,
        /// Who controls it.
        controller: Option<IdentityId>,
    },
    /// An identity gets another controller; of a guild, somebody leads it.
    Controlled {
        /// The controlled identity.
        identity: IdentityId,
        /// Its controller from now on.
        controller: Option<IdentityId>,
    },
    /// An identity ends.
    Deactivated {
        /// The identity.
        identity: IdentityId,
    },
}

impl IdentityChange {
    /// What the event says about who controls whom, if anything.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match &event.body {
            Body::IdentityCreated(created) => Some(Self::Created {
                identity: event.author,
                namespace: created.namespace,
                controller: created.controller.as_ref().map(|controller| controller.identity),
            }),
            Body::ControllerSet(set) => Some(Self::Controlled {
                identity: set.identity,
                controller: Some(set.controller.identity),
            }),
            Body::IdentityDeactivated(ended) => {
                Some(Self::Deactivated { identity: ended.identity })
            }
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Known {
    namespace: Namespace,
    controller: Option<IdentityId>,
    live: bool,
    /// Whom it controls or leads, in the order of the log.
    controls: Vec<IdentityId>,
}

/// What each of so many agents has more than 1.
fn share_ppm(agents: u32) -> u32 {
    AGENTS_BONUS_PPM / agents.max(1)
}

/// Who controls whom, and how many live agents each person has.
#[derive(Clone, Debug, Default)]
pub struct Humans {
    known: FxHashMap<IdentityId, Known>,
    /// Live agents at depth one and two, of whoever has any.
    agents: FxHashMap<IdentityId, u32>,
}

impl Humans {
    /// Takes in a change. Gives the identities below which it may have moved Ĥ:
    /// their own, and that of everybody up to two steps below them. Whose share
    /// stays the same is not among them, so that whoever has very many agents
    /// does not make everybody's work with each further one.
    pub fn apply(&mut self, change: IdentityChange) -> Vec<IdentityId> {
        let identity = match change {
            IdentityChange::Created { identity, .. }
            | IdentityChange::Controlled { identity, .. }
            | IdentityChange::Deactivated { identity } => identity,
        };
        let mut tops = self.above(&identity);
        tops.push(identity);
        match change {
            IdentityChange::Created { namespace, controller, .. } => {
                if self.known.contains_key(&identity) {
                    return Vec::new();
                }
                let known = Known { namespace, controller: None, live: true, controls: Vec::new() };
                self.known.insert(identity, known);
                self.control(identity, controller);
                if !namespace.needs_controller() {
                    return Vec::new();
                }
                // A new identity controls nobody yet: one more, no recount.
                let mut above = self.above(&identity);
                above.retain(|top| {
                    let count = self.live_agents(top) + 1;
                    self.agents.insert(*top, count);
                    share_ppm(count) != share_ppm(count - 1)
                });
                return above;
            }
            IdentityChange::Controlled { controller, .. } => {
                self.control(identity, controller);
                tops.extend(self.above(&identity));
            }
            IdentityChange::Deactivated { .. } => {
                if let Some(known) = self.known.get_mut(&identity) {
                    known.live = false;
                }
            }
        }
        tops.retain(|top| {
            let count = self.count_agents(top);
            let before = self.agents.insert(*top, count).unwrap_or(0);
            *top == identity || share_ppm(count) != share_ppm(before)
        });
        tops
    }

    fn control(&mut self, identity: IdentityId, controller: Option<IdentityId>) {
        let Some(known) = self.known.get_mut(&identity) else { return };
        let before = std::mem::replace(&mut known.controller, controller);
        if let Some(before) = before.and_then(|before| self.known.get_mut(&before)) {
            before.controls.retain(|other| *other != identity);
        }
        if let Some(after) = controller.and_then(|after| self.known.get_mut(&after)) {
            after.controls.push(identity);
        }
    }

    fn controller(&self, identity: &IdentityId) -> Option<IdentityId> {
        self.known.get(identity)?.controller
    }

    /// The controller and the controller's controller.
    fn above(&self, identity: &IdentityId) -> Vec<IdentityId> {
        let first = self.controller(identity);
        let second = first.and_then(|first| self.controller(&first));
        first.into_iter().chain(second).collect()
    }

    fn controls(&self, identity: &IdentityId) -> &[IdentityId] {
        self.known.get(identity).map_or(&[], |known| &known.controls)
    }

    /// Everybody up to two steps below, itself first.
    pub(crate) fn household(&self, top: &IdentityId) -> FxHashSet<IdentityId> {
        let below = self.controls(top);
        let further = below.iter().flat_map(|one| self.controls(one));
        std::iter::once(top).chain(below).chain(further).copied().collect()
    }

    fn count_agents(&self, top: &IdentityId) -> u32 {
        let mut household = self.household(top);
        household.remove(top);
        let agents = household.iter().filter(|one| {
            self.known.get(*one).is_some_and(|one| one.live && one.namespace.needs_controller())
        });
        u32::try_from(agents.count()).unwrap_or(u32::MAX)
    }

    /// k: live agents of an identity, at depth one and two.
    #[must_use]
    pub fn live_agents(&self, identity: &IdentityId) -> u32 {
        self.agents.get(identity).copied().unwrap_or(0)
    }

    /// Ĥ of an identity, 1 000 000 to 2 000 000 ppm, where `is_verified` says
    /// which persons are verified.
    ///
    /// An identity at depth two has 1.1, or as much as any other agent of the
    /// same person when that is less: Κ16 bounds all of them together.
    #[must_use]
    pub fn factor_ppm(
        &self,
        identity: &IdentityId,
        is_verified: impl Fn(&IdentityId) -> bool,
    ) -> u32 {
        let Some(known) = self.known.get(identity).filter(|known| known.live) else {
            return HUMAN_NEUTRAL_PPM;
        };
        let is_person = |one: &IdentityId| {
            let person = self.known.get(one);
            person.is_some_and(|one| one.namespace == Namespace::SelfHood && one.live)
                && is_verified(one)
        };
        if known.namespace == Namespace::SelfHood {
            return if is_person(identity) { HUMAN_PERSON_PPM } else { HUMAN_NEUTRAL_PPM };
        }
        let above = self.above(identity);
        let Some(depth) = above.iter().position(is_person) else { return HUMAN_NEUTRAL_PPM };
        let share = share_ppm(self.live_agents(&above[depth]));
        match (depth, known.namespace) {
            (0, Namespace::Guild) => HUMAN_GUILD_PPM,
            (0, _) => HUMAN_NEUTRAL_PPM + share,
            (_, namespace) if namespace.needs_controller() => {
                HUMAN_NEUTRAL_PPM + share.min(DEPTH_TWO_BONUS_PPM)
            }
            _ => HUMAN_NEUTRAL_PPM + DEPTH_TWO_BONUS_PPM,
        }
    }
}
