//! Peers that break the protocol.

use bytes::Bytes;
use erynoa_events::{Checkpoint, SigningKey};
use erynoa_kernel::RealmId;
use erynoa_sync::{
    Answer, Ask, ForkProof, NodeId, Payload, checkpoints_topic, decode_ask, encode_answer,
    encode_ask, encode_gossip, events_topic,
};

use crate::plan::{SECOND, Vice};
use crate::world::{Actor, ORIGIN, What, World};

/// Most messages that a villain remembers.
const MEMORY: usize = 40;

pub(crate) struct Villain {
    pub(crate) vice: Vice,
    pub(crate) key: SigningKey,
    pub(crate) id: NodeId,
    heard: Vec<(String, Bytes)>,
}

/// What was said on topics.
type Heard = Vec<(String, Bytes)>;

impl Villain {
    pub(crate) fn new(vice: Vice, key: SigningKey) -> Self {
        Self { vice, id: NodeId(key.public_key()), key, heard: Vec::new() }
    }

    pub(crate) fn hear(&mut self, topic: &str, bytes: &Bytes) {
        if self.heard.len() == MEMORY {
            self.heard.remove(MEMORY / 2);
        }
        self.heard.push((topic.to_owned(), bytes.clone()));
    }
}

impl World {
    /// The newest note that the home has signed.
    fn newest(&self) -> Option<String> {
        self.host(0).and_then(Host::note)
    }

    fn villain(&self, at: usize) -> Option<(Vice, SigningKey, Heard)> {
        match &self.actors[at] {
            Actor::Villain(villain) => {
                Some((villain.vice, villain.key.clone(), villain.heard.clone()))
            }
            Actor::Honest(_) => None,
        }
    }

    /// What a villain does from time to time.
    pub(crate) fn mischief(&mut self, at: usize) {
        let Some((vice, key, heard)) = self.villain(at) else { return };
        let checkpoints = checkpoints_topic(ORIGIN);
        let now = self.now;
        let note = self.newest().unwrap_or_default();
        let said = |payload: &Payload| encode_gossip(&checkpoints, &key, now, payload);
        match vice {
            Vice::Garbage => self.say_garbage(at, &checkpoints, &heard),
            Vice::FloodOfNotes => {
                let many = self.dice.between(100, 700);
                for number in 0..many {
                    let junk = Payload::Note(format!("{note}{number}"));
                    // Not worth a signature: it is to be dropped unread.
                    let bytes = said(&junk);
                    self.spread(at, &checkpoints, &bytes, 0);
                }
            }
            Vice::FloodOfQuestions => {
                let ask = encode_ask(ORIGIN, &Ask::Head { known: 0 });
                for to in self.neighbours(at) {
                    for _ in 0..200 {
                        self.ask_as(at, to, &ask);
                    }
                }
            }
            Vice::Replay => {
                for (topic, bytes) in &heard {
                    self.spread(at, topic, bytes, 0);
                }
                let line =
                    format!("{note}\u{2014} nobody AAAAAAAA{}\n", self.dice.between(1000, 9999));
                let bytes = said(&Payload::Note(line));
                self.spread(at, &checkpoints, &bytes, 0);
            }
            Vice::WrongOrigin => {
                let size = self.dice.below(1_000);
                let head = Checkpoint { origin: "evil.example/log".into(), size, root: [7; 32] };
                let bytes = said(&Payload::Note(head.sign(&key)));
                self.spread(at, &checkpoints, &bytes, 5);
            }
            Vice::Future => {
                let bytes =
                    encode_gossip(&checkpoints, &key, now + 3_600 * SECOND, &Payload::Note(note));
                self.spread(at, &checkpoints, &bytes, 0);
            }
            Vice::Forge => {
                let size = self.dice.between(1_000, 2_000);
                let forged = note.lines().enumerate().map(|(number, line)| match number {
                    1 => format!("{size}\n"),
                    _ => format!("{line}\n"),
                });
                let bytes = said(&Payload::Note(forged.collect()));
                self.spread(at, &checkpoints, &bytes, 50);
            }
            Vice::Frame => {
                let link = self.dice.chance(50).then(|| ([9; 32], vec![[8; 32]; 3]));
                let first = self.host(0).and_then(|home| home.disk.head.clone());
                let smaller = first.map(|head| head.note).unwrap_or_default();
                let proof = ForkProof { smaller, larger: note, link };
                let bytes = said(&Payload::Fork(proof));
                self.spread(at, &checkpoints, &bytes, 50);
            }
            Vice::Poison => {
                let size = self.host(0).map_or(0, |home| home.fold.log().size());
                let topic = events_topic(&RealmId::root_of(&self.log_key()));
                for _ in 0..4 {
                    let sequence = size + self.dice.below(20);
                    let len = 1 + self.dice.index(300);
                    let entry: Bytes = self.dice.bytes(len).into();
                    let payload = Payload::Entry { sequence, entry };
                    let bytes = encode_gossip(&topic, &key, now, &payload);
                    self.spread(at, &topic, &bytes, 0);
                }
            }
            Vice::FalseAnswers | Vice::Withhold | Vice::Stale | Vice::Stingy => {
                // They show a head, so that they are asked.
                if let Some((topic, bytes)) = heard.last() {
                    self.spread(at, topic, bytes, 0);
                }
                if vice != Vice::Stale && !note.is_empty() {
                    let bytes = said(&Payload::Note(note));
                    self.spread(at, &checkpoints, &bytes, 0);
                }
            }
        }
    }

    fn say_garbage(&mut self, at: usize, topic: &str, heard: &[(String, Bytes)]) {
        let len = 1 + self.dice.index(400);
        let mut bytes = self.dice.bytes(len);
        // Field 31 does not exist: no luck makes this a message.
        bytes.splice(0..0, [0xf8, 0x01]);
        self.spread(at, topic, &bytes.into(), 25);
        if let Some((topic, bytes)) = self.dice.pick(heard).cloned() {
            let keep = self.dice.index(bytes.len());
            self.spread(at, &topic, &bytes.slice(..keep), 0);
            let mut flipped = bytes.to_vec();
            let bit = self.dice.index(flipped.len() * 8);
            flipped[bit / 8] ^= 1 << (bit % 8);
            self.spread(at, &topic, &flipped.into(), 0);
        }
        for to in self.neighbours(at) {
            self.ask_as(at, to, &Bytes::from_static(b"\xf8\x01garbage"));
        }
    }

    /// Says something to everybody near; `points` is what it should cost.
    fn spread(&mut self, at: usize, topic: &str, bytes: &Bytes, points: u32) {
        let to = self.neighbours(at);
        self.gossip(at, &to, topic, bytes);
        if points == 0 || !self.calm {
            return;
        }
        for to in to {
            if let Some(host) = self.host_mut(to) {
                *host.suffered.entry(at).or_default() += points;
            }
        }
    }

    fn ask_as(&mut self, at: usize, to: usize, bytes: &Bytes) {
        if let Some(way) = self.ways(at, to, bytes.len(), true).first() {
            let bytes = bytes.clone();
            self.at(*way, What::Ask { to, from: at, life: 0, call: 0, bytes });
        }
    }

    pub(crate) fn villain_is_asked(
        &mut self,
        at: usize,
        from: usize,
        life: u32,
        call: u64,
        bytes: &Bytes,
    ) {
        let Some((vice, ..)) = self.villain(at) else { return };
        let Ok((_, ask)) = decode_ask(bytes) else { return };
        let Some(home) = self.host(0) else { return };
        let (entries, note) = (home.disk.entries.clone(), home.note().unwrap_or_default());
        let log = home.fold.log();
        let genuine = |limit: usize| {
            let Ask::Entries { from, limit: wanted, size } = ask else { return None };
            let first = usize::try_from(from).ok().filter(|first| *first < entries.len())?;
            let some: Vec<Bytes> =
                entries[first..].iter().take(limit.min(wanted)).cloned().collect();
            let proof = log.tree().consistency(from + some.len() as u64, size)?;
            Some(Answer::Entries { entries: some, proof })
        };
        let answer = match (vice, &ask) {
            (Vice::Stale, Ask::Head { .. }) => {
                let Some(first) = self.first_note.clone() else { return };
                Some(Answer::Head(first))
            }
            (Vice::Stale, _) => Some(Answer::Refusal("PEER_RANGE".into())),
            (_, Ask::Head { .. }) => Some(Answer::Head(note)),
            (Vice::Withhold, _) => None,
            (Vice::Stingy, _) => genuine(1),
            (Vice::FalseAnswers, Ask::Consistency { from, to }) => {
                let (from, to) = (*from, *to);
                let root = log.tree().root_at(from).unwrap_or([1; 32]);
                let proof = log.tree().consistency(from, to).unwrap_or_default();
                match self.dice.below(3) {
                    0 => None,
                    1 => Some(Answer::Consistency { root, proof }),
                    _ => Some(Answer::Consistency { root: [6; 32], proof }),
                }
            }
            (Vice::FalseAnswers, _) => {
                let Some(Answer::Entries { mut entries, mut proof }) = genuine(1_000) else {
                    return;
                };
                if self.dice.chance(50) || proof.is_empty() {
                    let at = self.dice.index(entries.len());
                    entries[at] = Bytes::from_static(b"what nobody has said");
                } else {
                    let at = self.dice.index(proof.len());
                    proof[at][5] ^= 1;
                }
                if self.calm
                    && let Some(host) = self.host_mut(from)
                {
                    *host.suffered.entry(at).or_default() += 50;
                }
                Some(Answer::Entries { entries, proof })
            }
            (Vice::Garbage, _) => {
                let junk: Bytes = self.dice.bytes(50).into();
                self.answer(at, from, life, call, junk);
                return;
            }
            _ => genuine(1_000),
        };
        if let Some(answer) = answer {
            self.answer(at, from, life, call, encode_answer(answer));
        }
    }
}

use crate::host::Host;
