//! What a peer may do here, by the trust of its identity (protocol §13).

use std::collections::HashSet;

use erynoa_kernel::{IdentityId, Namespace};
use erynoa_sync::{Network, NodeId, Standing};

use crate::ledger::Models;

/// R from which on a peer takes part in full, ppm.
const FULL_PPM: u32 = 500_000;
/// Place of R among the dimensions.
const RELIABILITY: usize = 0;

/// How standings are given.
pub(super) struct Standings {
    /// Nodes that the operator has named.
    kept: HashSet<NodeId>,
    least_trust_ppm: u32,
}

/// The identity of a node: the one that has its key, or the craft that its key
/// names.
pub(crate) fn identity_of(models: &Models, node: &NodeId) -> IdentityId {
    match models.directory.find_by_key(&node.0) {
        Some(owner) => owner.did.identity,
        None => IdentityId::of(Namespace::Craft, &node.0),
    }
}

impl Standings {
    pub(super) fn new(network: &dyn Network, kept: &[String], least_trust_ppm: u32) -> Self {
        let ids = kept.iter().filter_map(|address| address.rsplit_once("/p2p/"));
        let kept = ids.filter_map(|(_, id)| network.peers().parse(id)).collect();
        Self { kept, least_trust_ppm }
    }

    /// What a node may do that is not banned.
    pub(super) fn of(&self, models: &Models, node: &NodeId) -> Standing {
        if self.kept.contains(node) {
            return Standing::Full;
        }
        let identity = identity_of(models, node);
        let root = models.root_realm();
        let is_witness =
            models.witnessing.set_of(&root).weights.iter().any(|(witness, _)| *witness == identity);
        if is_witness {
            return Standing::Full;
        }
        if models.directory.find(&identity).is_none() {
            return Standing::ReceiveOnly;
        }
        match models.trust.glance(&root, &identity).values_ppm[RELIABILITY] {
            reliability if reliability < self.least_trust_ppm => Standing::Blocked,
            reliability if reliability < FULL_PPM => Standing::ReceiveOnly,
            _ => Standing::Full,
        }
    }
}
