//! One honest node: what it has on its disk and what it forgets in a crash.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use erynoa_events::{SigningKey, WitnessSet, merge_signatures};
use erynoa_kernel::{IdentityId, Namespace, PublicKey};
use erynoa_sync::{Halt, Node, NodeId, Promise, Role, SignedHead};

use crate::fold::{Fold, Genuine};

/// What survives.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) entries: Vec<Bytes>,
    pub(crate) head: Option<SignedHead>,
    pub(crate) promise: Option<Promise>,
    /// The greatest head of each witness, with its note.
    pub(crate) cosigned: BTreeMap<PublicKey, (u64, String)>,
    pub(crate) bans: BTreeSet<NodeId>,
}

pub(crate) struct Host {
    pub(crate) key: SigningKey,
    pub(crate) id: NodeId,
    pub(crate) role: Role,
    pub(crate) full: bool,
    pub(crate) disk: Disk,
    pub(crate) fold: Fold,
    /// None while it is down.
    pub(crate) node: Option<Node>,
    /// Counts starts: what belongs to an earlier one is void.
    pub(crate) life: u32,
    pub(crate) skew_us: i64,
    /// Messages that were heard, with when.
    pub(crate) seen: BTreeMap<u64, u64>,
    /// Questions under way, with whom they went to.
    pub(crate) pending: BTreeMap<u64, usize>,
    /// Home: something is being written.
    pub(crate) busy: bool,
    pub(crate) closed_us: u64,
    /// Home: something was said in the calm.
    pub(crate) last_word: bool,
    /// Breaches that were delivered to this life, by actor, in points.
    pub(crate) suffered: BTreeMap<usize, u32>,
    /// Greatest finality that was ever seen.
    pub(crate) finality: u64,
    pub(crate) halted: Option<Halt>,
}

/// The name under which a node cosigns.
pub(crate) fn name_of(key: &PublicKey) -> String {
    format!("did:erynoa:craft:{}", IdentityId::of(Namespace::Craft, key))
}

impl Host {
    pub(crate) fn new(key: SigningKey, role: Role, full: bool, log_key: PublicKey) -> Self {
        Self {
            id: NodeId(key.public_key()),
            key,
            role,
            full,
            disk: Disk::default(),
            fold: Fold::new(log_key, full),
            node: None,
            life: 0,
            skew_us: 0,
            seen: BTreeMap::new(),
            pending: BTreeMap::new(),
            busy: false,
            closed_us: 0,
            last_word: false,
            suffered: BTreeMap::new(),
            finality: 0,
            halted: None,
        }
    }

    /// Folds what is on the disk.
    pub(crate) fn refold(&mut self, log_key: PublicKey, genuine: &mut Genuine) {
        self.fold = Fold::new(log_key, self.full);
        for entry in &self.disk.entries {
            self.fold.follow(entry, genuine).expect("what is stored follows");
        }
    }

    /// What is lost.
    pub(crate) fn crash(&mut self) {
        self.node = None;
        self.life += 1;
        self.seen.clear();
        self.pending.clear();
        self.busy = false;
        self.suffered.clear();
    }

    /// The newest head with every cosignature of it that is known.
    pub(crate) fn note(&self) -> Option<String> {
        let head = self.disk.head.as_ref()?;
        let same = self.disk.cosigned.values().filter(|(size, _)| *size == head.head.size);
        Some(same.fold(head.note.clone(), |note, (_, other)| {
            merge_signatures(&note, other).unwrap_or(note)
        }))
    }

    /// The size that a quorum of the witnesses has signed. The home's own
    /// signature counts as its cosignature.
    pub(crate) fn witnessed(&self, set: &WitnessSet, home: &IdentityId) -> u64 {
        let by: BTreeMap<IdentityId, u64> = self
            .disk
            .cosigned
            .iter()
            .map(|(key, (size, _))| (IdentityId::of(Namespace::Craft, key), *size))
            .collect();
        let own = self.disk.head.as_ref().map(|head| head.head.size);
        set.witnessed(|who| if who == home { own } else { by.get(who).copied() })
    }
}
