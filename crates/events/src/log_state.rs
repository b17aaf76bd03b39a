//! The log as far as it is applied: order, index, tree, heads, epochs
//! (protocol §3).
//!
//! Takes about 140 bytes of memory an event: 64 in the tree, 32 for the id, 32
//! for [`Row`], the rest for the indexes.

use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use crate::tree::{Tree, leaf_hash};
use crate::{Body, EpochMeta, EventKind, Finality, LogKeys, OpenEpoch, VerifiedEvent};

/// What the log remembers of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventMeta {
    /// Position in the log, from 0.
    pub sequence: u64,
    /// Its id.
    pub id: EventId,
    /// Who says it.
    pub author: IdentityId,
    /// Whom it is about, where it is about somebody else.
    pub subject: Option<IdentityId>,
    /// Where it counts.
    pub realm: RealmId,
    /// Kind of its body.
    pub kind: EventKind,
    /// When.
    pub coordinate: Coordinate,
    /// Key that signed it.
    pub signer: PublicKey,
}

/// Which events are asked for; every condition must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Who says it.
    pub author: Option<IdentityId>,
    /// Whom it is about.
    pub subject: Option<IdentityId>,
    /// Author or subject.
    pub participant: Option<IdentityId>,
    /// Where it counts.
    pub realm: Option<RealmId>,
    /// Any of these; empty = every kind.
    pub kinds: Vec<EventKind>,
    /// Wall time from this on.
    pub from_us: Option<u64>,
    /// Wall time before this.
    pub until_us: Option<u64>,
}

impl EventFilter {
    /// Whether an event meets every condition.
    #[must_use]
    pub fn matches(&self, event: &EventMeta) -> bool {
        self.author.is_none_or(|author| event.author == author)
            && self.subject.is_none_or(|subject| event.subject == Some(subject))
            && self.participant.is_none_or(|who| event.author == who || event.subject == Some(who))
            && self.realm.is_none_or(|realm| event.realm == realm)
            && (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && self.from_us.is_none_or(|from| event.coordinate.wall_us >= from)
            && self.until_us.is_none_or(|until| event.coordinate.wall_us < until)
    }
}

/// Order of a list, by position in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EventOrder {
    /// From the end of the log.
    #[default]
    NewestFirst,
    /// From its beginning.
    OldestFirst,
}

/// No subject.
const NOBODY: u32 = u32::MAX;

/// An event with its names interned.
#[derive(Clone, Copy, Debug)]
struct Row {
    wall_us: u64,
    counter: u32,
    author: u32,
    subject: u32,
    signer: u32,
    realm: u16,
    kind: EventKind,
}

const _: () = assert!(size_of::<Row>() == 32, "the memory of an event is part of the design");

/// Positions, ascending, of the events that an identity has to do with.
#[derive(Clone, Debug, Default)]
struct Trail {
    authored: Vec<u32>,
    about: Vec<u32>,
}

/// The applied log.
#[derive(Clone, Debug)]
pub struct LogState {
    keys: LogKeys,
    identity: IdentityId,
    /// The key to which the log is handed over at the end of the open epoch.
    next_key: Option<PublicKey>,
    tree: Tree,
    ids: Vec<EventId>,
    by_id: HashTable<u32>,
    rows: Vec<Row>,
    identities: Vec<(IdentityId, Trail)>,
    identity_index: FxHashMap<IdentityId, u32>,
    /// Each key with the position of its latest event.
    signers: Vec<(PublicKey, u32)>,
    signer_index: FxHashMap<PublicKey, u32>,
    realms: Vec<RealmId>,
    epochs: Vec<EpochMeta>,
    open: OpenEpoch,
    greatest_wall_us: u64,
}

impl LogState {
    /// The empty log of this key.
    #[must_use]
    pub fn new(log_key: PublicKey) -> Self {
        Self {
            keys: LogKeys::of(log_key),
            identity: IdentityId::of(Namespace::Craft, &log_key),
            next_key: None,
            tree: Tree::new(),
            ids: Vec::new(),
            by_id: HashTable::new(),
            rows: Vec::new(),
            identities: Vec::new(),
            identity_index: FxHashMap::default(),
            signers: Vec::new(),
            signer_index: FxHashMap::default(),
            realms: Vec::new(),
            epochs: Vec::new(),
            open: OpenEpoch::default(),
            greatest_wall_us: 0,
        }
    }

    /// Takes in the next entry of the log: one that [`crate::Admission`] has
    /// admitted at this position and that is durable, or one read back.
    ///
    /// # Panics
    /// After 2³² − 1 entries or 65 536 realms.
    pub fn apply(&mut self, event: &VerifiedEvent) {
        let sequence = u32::try_from(self.ids.len()).expect("a log has fewer than 2^32 entries");
        let said = event.event();
        let author = self.intern_identity(said.author);
        self.identities[author as usize].1.authored.push(sequence);
        let subject = said.subject().map_or(NOBODY, |subject| {
            let subject = self.intern_identity(subject);
            self.identities[subject as usize].1.about.push(sequence);
            subject
        });
        let row = Row {
            wall_us: said.coordinate.wall_us,
            counter: said.coordinate.counter,
            author,
            subject,
            signer: self.intern_signer(event.signer(), sequence),
            realm: self.intern_realm(said.realm),
            kind: said.body.kind(),
        };
        self.rows.push(row);
        self.tree.push(leaf_hash(event.entry()));
        self.ids.push(event.id());
        let ids = &self.ids;
        self.by_id.insert_unique(hash_of(&event.id()), sequence, |&at| hash_of(&ids[at as usize]));
        self.greatest_wall_us = self.greatest_wall_us.max(row.wall_us);
        self.apply_to_epochs(&said.body, u64::from(sequence), row.wall_us);
        self.apply_to_keys(event, u64::from(sequence));
    }

    /// A key that the log's identity adds takes over when the epoch ends.
    fn apply_to_keys(&mut self, event: &VerifiedEvent, sequence: u64) {
        match &event.event().body {
            Body::KeyAdded(added) if event.event().author == self.identity => {
                self.next_key = Some(added.public_key);
            }
            Body::EpochClosed(_) => {
                if let Some(next) = self.next_key.take() {
                    self.keys.hand_over(sequence + 1, next);
                }
            }
            _ => {}
        }
    }

    fn apply_to_epochs(&mut self, body: &Body, sequence: u64, wall_us: u64) {
        if let Body::EpochClosed(closed) = body {
            self.epochs.push(EpochMeta {
                epoch: closed.epoch,
                closed_at_us: closed.closed_at_us,
                first_sequence: self.open.first_sequence,
                sequence,
                events: self.open.events,
                state_root: closed.state_root,
            });
            self.open = OpenEpoch { first_sequence: sequence + 1, ..OpenEpoch::default() };
        } else {
            self.open.events += 1;
            self.open.greatest_wall_us = self.open.greatest_wall_us.max(wall_us);
        }
    }

    fn intern_identity(&mut self, id: IdentityId) -> u32 {
        let next = index(self.identities.len());
        let at = *self.identity_index.entry(id).or_insert(next);
        if at == next {
            self.identities.push((id, Trail::default()));
        }
        at
    }

    fn intern_signer(&mut self, key: PublicKey, sequence: u32) -> u32 {
        let next = index(self.signers.len());
        let at = *self.signer_index.entry(key).or_insert(next);
        if at == next {
            self.signers.push((key, sequence));
        }
        self.signers[at as usize].1 = sequence;
        at
    }

    fn intern_realm(&mut self, realm: RealmId) -> u16 {
        // A log has a handful of realms, and the present one is the common case.
        let at = self.realms.iter().rposition(|known| *known == realm).unwrap_or_else(|| {
            self.realms.push(realm);
            self.realms.len() - 1
        });
        u16::try_from(at).expect("a log has fewer than 65 536 realms")
    }

    /// The key that the log began with.
    #[must_use]
    pub const fn log_key(&self) -> &PublicKey {
        self.keys.first()
    }

    /// The log's keys, from home to home.
    #[must_use]
    pub const fn keys(&self) -> &LogKeys {
        &self.keys
    }

    /// The log's own identity.
    #[must_use]
    pub const fn identity(&self) -> &IdentityId {
        &self.identity
    }

    /// The key to which the log is handed over at the end of the open epoch.
    #[must_use]
    pub const fn next_key(&self) -> Option<&PublicKey> {
        self.next_key.as_ref()
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.ids.len() as u64
    }

    /// The Merkle tree over all entries.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The event with this id.
    #[must_use]
    pub fn find(&self, id: &EventId) -> Option<EventMeta> {
        let at = self.by_id.find(hash_of(id), |&at| self.ids[at as usize] == *id)?;
        self.at(u64::from(*at))
    }

    /// The event at this position.
    #[must_use]
    pub fn at(&self, sequence: u64) -> Option<EventMeta> {
        let at = usize::try_from(sequence).ok()?;
        let row = self.rows.get(at)?;
        Some(EventMeta {
            sequence,
            id: self.ids[at],
            author: self.identities[row.author as usize].0,
            subject: self.identities.get(row.subject as usize).map(|(id, _)| *id),
            realm: self.realms[usize::from(row.realm)],
            kind: row.kind,
            coordinate: Coordinate { wall_us: row.wall_us, counter: row.counter },
            signer: self.signers[row.signer as usize].0,
        })
    }

    /// The latest event of a key: the `prev` of its next one.
    #[must_use]
    pub fn head(&self, key: &PublicKey) -> Option<(EventId, Coordinate)> {
        let signer = *self.signer_index.get(key)?;
        let at = self.signers[signer as usize].1 as usize;
        let Row { wall_us, counter, .. } = self.rows[at];
        Some((self.ids[at], Coordinate { wall_us, counter }))
    }

    /// The latest wall time in the log, 0 when it is empty.
    #[must_use]
    pub const fn greatest_wall_us(&self) -> u64 {
        self.greatest_wall_us
    }

    /// Closed epochs; epoch e is at e − 1.
    #[must_use]
    pub fn epochs(&self) -> &[EpochMeta] {
        &self.epochs
    }

    /// The epoch that is still open.
    #[must_use]
    pub const fn open_epoch(&self) -> OpenEpoch {
        self.open
    }

    /// The closed epoch that the entry counts to; an `epoch_closed` counts to
    /// the epoch that it closes. `None` while that epoch is open.
    #[must_use]
    pub fn epoch_of(&self, sequence: u64) -> Option<u64> {
        let at = self.epochs.partition_point(|epoch| epoch.sequence < sequence);
        self.epochs.get(at).map(|epoch| epoch.epoch)
    }

    /// Finality of the entry at `sequence` when the greatest witnessed checkpoint
    /// has this size: the greatest that a quorum of the realm's witnesses has
    /// cosigned, see [`crate::WitnessSet::witnessed`]. Where the home is its only
    /// witness, that is the newest signed one.
    #[must_use]
    pub fn finality(&self, sequence: u64, checkpoint_size: u64) -> Finality {
        if sequence >= self.size() {
            return Finality::Nascent;
        }
        let under = self.epochs.partition_point(|epoch| epoch.sequence < checkpoint_size);
        let witnessed = self.epochs[..under].last().map_or(0, |epoch| epoch.epoch);
        self.epoch_of(sequence).map_or(Finality::Validated, |epoch| Finality::of(epoch, witnessed))
    }

    /// Number of events that an identity has authored.
    #[must_use]
    pub fn events_of(&self, identity: &IdentityId) -> u64 {
        self.trail(identity).map_or(0, |trail| trail.authored.len() as u64)
    }

    /// Positions of at most `limit` events that meet the filter, in order, after
    /// `cursor` (the last position of the page before).
    #[must_use]
    pub fn list(
        &self,
        filter: &EventFilter,
        order: EventOrder,
        cursor: Option<u64>,
        limit: usize,
    ) -> Vec<u64> {
        // The shortest of the lists that the filter allows to walk.
        let nothing = Trail::default();
        let trail = |who: &IdentityId| self.trail(who).unwrap_or(&nothing);
        let mut walks: Vec<Walk<'_>> = Vec::new();
        if let Some(author) = &filter.author {
            walks.push(Walk::Merged(&trail(author).authored, &[]));
        }
        if let Some(subject) = &filter.subject {
            walks.push(Walk::Merged(&trail(subject).about, &[]));
        }
        if let Some(who) = &filter.participant {
            walks.push(Walk::Merged(&trail(who).authored, &trail(who).about));
        }
        walks.push(Walk::All(self.size()));
        walks
            .into_iter()
            .min_by_key(Walk::len)
            .into_iter()
            .flat_map(|walk| walk.positions(order, cursor))
            .filter(|&at| self.at(at).is_some_and(|event| filter.matches(&event)))
            .take(limit)
            .collect()
    }

    fn trail(&self, identity: &IdentityId) -> Option<&Trail> {
        let at = *self.identity_index.get(identity)?;
        Some(&self.identities[at as usize].1)
    }
}

/// Ascending positions to walk through.
enum Walk<'a> {
    All(u64),
    /// Two lists that share no position.
    Merged(&'a [u32], &'a [u32]),
}

impl<'a> Walk<'a> {
    fn len(&self) -> u64 {
        match self {
            Self::All(size) => *size,
            Self::Merged(a, b) => (a.len() + b.len()) as u64,
        }
    }

    fn positions(
        self,
        order: EventOrder,
        cursor: Option<u64>,
    ) -> Box<dyn Iterator<Item = u64> + 'a> {
        match (self, order) {
            (Self::All(size), EventOrder::NewestFirst) => {
                Box::new((0..cursor.map_or(size, |cursor| cursor.min(size))).rev())
            }
            (Self::All(size), EventOrder::OldestFirst) => {
                Box::new(cursor.map_or(0, |cursor| cursor.saturating_add(1))..size)
            }
            (Self::Merged(a, b), EventOrder::NewestFirst) => {
                let end = cursor.unwrap_or(u64::MAX);
                let rest =
                    |list: &'a [u32]| &list[..list.partition_point(|&at| u64::from(at) < end)];
                Box::new(merge(rest(a).iter().rev(), rest(b).iter().rev(), |a, b| a > b))
            }
            (Self::Merged(a, b), EventOrder::OldestFirst) => {
                let rest = |list: &'a [u32]| match cursor {
                    Some(end) => &list[list.partition_point(|&at| u64::from(at) <= end)..],
                    None => list,
                };
                Box::new(merge(rest(a).iter(), rest(b).iter(), |a, b| a < b))
            }
        }
    }
}

fn merge<'a>(
    a: impl Iterator<Item = &'a u32>,
    b: impl Iterator<Item = &'a u32>,
    a_is_first: fn(u32, u32) -> bool,
) -> impl Iterator<Item = u64> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || {
        let next = match (a.peek(), b.peek()) {
            (Some(&&left), Some(&&right)) if !a_is_first(left, right) => b.next(),
            (Some(_), _) => a.next(),
            (None, _) => b.next(),
        };
        next.map(|&at| u64::from(at))
    })
}

/// An event id is a hash already; bytes 8 to 15 of it are as good as any.
fn hash_of(id: &EventId) -> u64 {
    let [_, _, _, _, _, _, _, _, bytes @ ..] = id.as_bytes();
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("fewer names than entries, and fewer than 2^32 of those")
}
