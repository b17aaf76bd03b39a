//! Whatever peers send (protocol §13): every decoder of frames, proofs of forks,
//! and a follower that is told anything. Nothing panics; what decodes encodes to
//! the same bytes; heads of one history never prove a fork; and a follower holds
//! a bounded amount and stores nothing but what the log's key has signed for.

#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use erynoa_events::{
    Body, Checkpoint, Custom, Event, IdentityCreated, LogKeys, LogState, RECOVERY_DELAY_S,
    SigningKey, bare_cosignature, cosign, from_own_log, sign_event, verify_cosignature,
};
use erynoa_kernel::{Coordinate, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_proto::protocol::v1 as wire;
use erynoa_sync::{
    Answer, BAN_SCORE, Batch, ForkProof, HeadCosignature, Input, Library, MAX_GOSSIP_BYTES,
    MAX_TAIL_BYTES, NetworkError, Node, NodeId, Offence, Output, Payload, Plan, Role, Settings,
    SignedHead, Standing, Ticket, WitnessKey, checkpoints_topic, decode_answer, decode_ask,
    decode_events, decode_events_request, decode_gossip, encode_answer, encode_ask, encode_events,
    encode_events_request, encode_gossip, entries_answer, events_topic, plan_events, plan_log,
};
use libfuzzer_sys::fuzz_target;
use prost::Message;

const ORIGIN: &str = "log.example";
const NOW_US: u64 = 1_800_000_000_000_000;
/// Entries of a history, and how many two histories have in common.
const ENTRIES: u64 = 24;
const COMMON: u64 = 9;
/// What is heard, and four answers.
const MOST_HELD: usize = 2 * MAX_TAIL_BYTES + 5 * (1 << 20);

static KEYS: LazyLock<[SigningKey; 6]> =
    LazyLock::new(|| [1, 2, 3, 4, 5, 6].map(|seed| SigningKey::from_seed([seed; 32])));
static HISTORIES: LazyLock<[History; 2]> = LazyLock::new(|| [History::new(0), History::new(1)]);

fn log_key() -> &'static SigningKey {
    &KEYS[0]
}

fn peer(byte: u8) -> &'static SigningKey {
    &KEYS[1 + usize::from(byte % 4)]
}

fn node_of(key: &SigningKey) -> NodeId {
    NodeId(key.public_key())
}

/// One of two histories that the log's key could show.
struct History {
    entries: Vec<Bytes>,
    log: LogState,
}

impl History {
    fn new(number: u8) -> Self {
        let (key, public) = (log_key(), log_key().public_key());
        let author = IdentityId::of(Namespace::Craft, &public);
        let mut history = Self { entries: Vec::new(), log: LogState::new(public) };
        for sequence in 0..ENTRIES {
            let data = vec![if sequence < COMMON { 0 } else { number }; 40].into();
            let body = match sequence {
                0 => Body::IdentityCreated(IdentityCreated {
                    namespace: Namespace::Craft,
                    display_name: String::new(),
                    key_label: String::new(),
                    recovery_key: None,
                    recovery_delay_s: RECOVERY_DELAY_S.1,
                    controller: None,
                }),
                _ => Body::Custom(Custom { type_number: 2, version: 1, data }),
            };
            let realm = if sequence == 0 { RealmId::NULL } else { RealmId::root_of(&public) };
            let head = history.log.head(&public);
            let event = Event {
                author,
                realm,
                coordinate: Coordinate::next(NOW_US + sequence, head.map(|(_, at)| at)),
                prev: head.map(|(id, _)| id),
                parents: Vec::new(),
                body,
            };
            let event = sign_event(&event, key).expect("well-formed");
            history.log.apply(&event);
            history.entries.push(event.entry().clone());
        }
        history
    }

    fn head(&self, size: u64) -> Checkpoint {
        let root = self.log.tree().root_at(size).expect("within the history");
        Checkpoint { origin: ORIGIN.to_owned(), size, root }
    }

    /// What an honest node with this history answers.
    fn answer(&self, question: &[u8]) -> Bytes {
        let note = self.head(ENTRIES).sign(log_key());
        let library = Library {
            origin: ORIGIN,
            log: &self.log,
            note: Some(&note),
            size: ENTRIES,
            passed: &[],
            fork: None,
        };
        match plan_log(&library, question).expect("a node asks as it should") {
            Plan::Answer(bytes) => bytes,
            Plan::Entries { from, limit, size } => {
                let from_index = usize::try_from(from).expect("small");
                let entries = self.entries[from_index..from_index + limit].to_vec();
                entries_answer(&self.log, from, size, entries)
            }
            Plan::Events(_) => unreachable!("a question about the log"),
        }
    }
}

struct Data<'a>(&'a [u8]);

impl<'a> Data<'a> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn size(&mut self) -> u64 {
        1 + u64::from(self.byte()) % ENTRIES
    }
}

/// Any bytes through every decoder.
fn decoders(data: &[u8]) {
    let said = decode_gossip(&checkpoints_topic(ORIGIN), data, NOW_US);
    assert!(said.is_err(), "a signature out of nothing");
    if let Ok((origin, ask)) = decode_ask(data) {
        assert_eq!(encode_ask(&origin, &ask), data, "a question of other bytes");
    }
    if let Ok(answer) = decode_answer(data) {
        if let Answer::Fork(proof) = &answer {
            let keys = LogKeys::of(log_key().public_key());
            assert!(!proof.holds(ORIGIN, &keys), "a proof out of nothing");
        }
        assert_eq!(encode_answer(answer), data, "an answer of other bytes");
    }
    if let Ok(ids) = decode_events_request(data) {
        assert_eq!(encode_events_request(&ids), data, "ids of other bytes");
    }
    if let Ok(events) = decode_events(data) {
        assert_eq!(encode_events(&events), data, "events of other bytes");
    }
    // Who answers questions reads the same bytes.
    let log = &HISTORIES[0].log;
    let library = Library { origin: ORIGIN, log, note: None, size: ENTRIES, passed: &[], fork: None };
    let _ = (plan_log(&library, data), plan_events(&library, data));
}

/// What the message of these bytes would be if somebody had signed it.
fn signed(topic: &str, key: &SigningKey, data: &[u8]) -> Option<(wire::Gossip, Bytes)> {
    let mut message = wire::Gossip::decode(data).ok()?;
    message.signer = key.public_key().as_bytes().to_vec();
    message.signature = Vec::new();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&u16::try_from(topic.len()).expect("short").to_be_bytes());
    hasher.update(topic.as_bytes());
    hasher.update(&message.encode_to_vec());
    let said = [b"ERYNOA-GOSSIP-V1".as_slice(), hasher.finalize().as_bytes()].concat();
    message.signature = key.sign(&said).as_bytes().to_vec();
    let bytes = message.encode_to_vec().into();
    Some((message, bytes))
}

fn gossip(data: &[u8]) {
    let (topic, key) = (checkpoints_topic(ORIGIN), peer(0));
    let Some((message, bytes)) = signed(&topic, key, data) else { return };
    let Ok(said) = decode_gossip(&topic, &bytes, message.sent_at_us) else { return };
    assert_eq!(said.signer, node_of(key));
    assert_eq!(
        encode_gossip(&topic, key, message.sent_at_us, &said.payload),
        bytes,
        "a message of other bytes"
    );
    assert!(decode_gossip("/another/topic", &bytes, message.sent_at_us).is_err());
}

/// A proof from two heads of these histories, perhaps with something changed,
/// and what is known of it: whether it may hold, and whether it must.
fn fork(data: &mut Data<'_>, next: Option<&SigningKey>) -> (ForkProof, bool, bool) {
    let (of_smaller, of_larger) = (data.byte() % 2, data.byte() % 2);
    let [smaller, larger] = [of_smaller, of_larger].map(|of| &HISTORIES[usize::from(of)]);
    let (a, b) = (data.size(), data.size());
    let (s, l) = (a.min(b), a.max(b));
    let signer = |byte: u8| match next {
        Some(key) if byte % 4 == 1 => key,
        _ => log_key(),
    };
    let signers = [signer(data.byte()), signer(data.byte())];
    // The first key signs up to the head that covers the hand-over.
    let of_its_time = |size: u64, key: &SigningKey| match next {
        Some(next) => (size > COMMON) == (key.public_key() == next.public_key()),
        None => true,
    };
    let genuine = of_its_time(s, signers[0]) && of_its_time(l, signers[1]);
    let differs = of_smaller != of_larger && s > COMMON;
    let link = (s < l).then(|| {
        let tree = larger.log.tree();
        (tree.root_at(s).expect("within"), tree.consistency(s, l).expect("within"))
    });
    let mut proof = ForkProof {
        smaller: smaller.head(s).sign(signers[0]),
        larger: larger.head(l).sign(signers[1]),
        link,
    };
    let whole = proof.clone();
    let (at, bit) = (usize::from(data.byte()), 1 << (data.byte() % 8));
    match (data.byte() % 6, &mut proof.link) {
        (1, Some((root, _))) => root[at % 32] ^= bit,
        (2, Some((_, path))) if !path.is_empty() => {
            let hash = at % path.len();
            path[hash][at % 32] ^= bit;
        }
        (3, Some((_, path))) => path.truncate(at % 8),
        (4, link) => *link = Some(([bit; 32], vec![[bit; 32]; at % 8])),
        (5, _) => {
            let mut note = proof.larger.clone().into_bytes();
            let at = at % note.len();
            note[at] ^= bit & 0x7f;
            // A dash is more than one byte.
            proof.larger = String::from_utf8(note).unwrap_or(proof.larger);
        }
        _ => {}
    }
    let must = genuine && differs && proof == whole;
    (proof, genuine && differs, must)
}

fn forks(data: &mut Data<'_>) {
    let mut keys = LogKeys::of(log_key().public_key());
    let next = (data.byte() % 2 == 1).then(|| peer(0));
    if let Some(next) = next {
        keys.hand_over(COMMON, next.public_key());
    }
    let (proof, may, must) = fork(data, next);
    let holds = proof.holds(ORIGIN, &keys);
    assert!(may || !holds, "one history is proven to be two");
    assert!(holds || !must, "two histories are not seen");
    assert!(!proof.holds("other.example", &keys), "of another log");
    let answer = encode_answer(Answer::Fork(proof.clone()));
    assert_eq!(decode_answer(&answer), Ok(Answer::Fork(proof)), "it is said as it is");
}

/// A follower, and what its runtime knows of it.
struct Follower {
    node: Node,
    log: LogState,
    stored: Vec<Bytes>,
    storing: Option<Batch>,
    calls: Vec<(u64, Bytes)>,
    cosign: Option<SignedHead>,
    cosigned_size: u64,
    now_us: u64,
    /// Whether the log's key has shown anything but the first history.
    shown_other: bool,
}

impl Follower {
    fn handle(&mut self, input: Input) {
        let outputs = self.node.handle(input, &self.log, self.now_us);
        for output in outputs {
            match output {
                Output::Publish { bytes, .. } => assert!(bytes.len() <= MAX_GOSSIP_BYTES),
                Output::Call { call, bytes, .. } => {
                    assert!(decode_ask(&bytes).is_ok(), "it asks as it should");
                    self.calls.push((call, bytes));
                }
                Output::Store(batch) => {
                    assert!(self.storing.is_none(), "one at a time");
                    self.check(&batch);
                    self.storing = Some(batch);
                }
                Output::Cosign(signed) => {
                    assert_eq!(self.log.size(), signed.head.size);
                    let root = self.log.tree().root_at(signed.head.size);
                    assert_eq!(root, Some(signed.head.root), "signs what it has not");
                    assert!(signed.head.size > self.cosigned_size, "signs again");
                    self.cosigned_size = signed.head.size;
                    self.cosign = Some(signed);
                }
                Output::Forked(proof) => {
                    assert!(proof.holds(ORIGIN, self.log.keys()), "a proof proves");
                    assert!(self.shown_other, "an honest home is framed");
                }
                Output::Witnessed { key, size, time_s, note } => {
                    assert_eq!(verify_cosignature(&note, &name_of(&key), &key), Some(time_s));
                    let head = self.log.keys().head(ORIGIN, &note).expect("a note of the log");
                    assert_eq!((head.size, Some(head.root)), (size, self.log.tree().root_at(size)));
                }
                Output::Judge(..) | Output::Ban { .. } => {}
            }
        }
        assert!(self.node.held_bytes() <= MOST_HELD, "too much is held");
        assert!(self.node.peers().all(|(_, peer)| (BAN_SCORE..=0).contains(&peer.score)));
    }

    /// What is stored continues one of the histories, and the first while no
    /// other was signed.
    fn check(&self, batch: &Batch) {
        assert_eq!(batch.from, self.log.size());
        let whole = [self.stored.as_slice(), batch.entries.as_slice()].concat();
        let others = if self.shown_other { 2 } else { 1 };
        let follows = HISTORIES[..others].iter().any(|h| h.entries.starts_with(&whole));
        assert!(follows, "stores what the log's key has not signed for");
    }

    fn stored(&mut self) {
        let Some(batch) = self.storing.take() else { return };
        for entry in &batch.entries {
            let event = from_own_log(entry.clone()).expect("of a history");
            self.log.apply(&event);
        }
        self.stored.extend(batch.entries);
        self.handle(Input::Stored);
    }

    fn say(&mut self, data: &mut Data<'_>, topic: &str, payload: &Payload) {
        let (from, signer) = (node_of(peer(data.byte())), peer(data.byte()));
        let bytes = encode_gossip(topic, signer, self.now_us, payload);
        self.hear(from, topic, bytes);
    }

    fn hear(&mut self, from: NodeId, topic: &str, bytes: Bytes) {
        self.handle(Input::Gossip { from, topic: topic.to_owned(), bytes, ticket: Ticket(0) });
    }

    fn answer(&mut self, data: &mut Data<'_>) {
        if self.calls.is_empty() {
            return;
        }
        let at = usize::from(data.byte()) % self.calls.len();
        let (call, question) = self.calls.remove(at);
        let result = match data.byte() % 8 {
            0 => Err(NetworkError::TimedOut),
            1 => Err(NetworkError::Unreachable),
            2 => {
                let most = usize::from(data.byte()) * 8;
                Ok(Bytes::copy_from_slice(data.take(most)))
            }
            3 => {
                self.shown_other = true;
                Ok(HISTORIES[1].answer(&question))
            }
            4 => {
                let mut bytes = HISTORIES[0].answer(&question).to_vec();
                let at = (usize::from(data.byte()) * 61) % bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (data.byte() % 8);
                }
                Ok(bytes.into())
            }
            5 => Ok(encode_answer(Answer::Refusal("PEER_RANGE".to_owned()))),
            _ => Ok(HISTORIES[0].answer(&question)),
        };
        self.handle(Input::Answered { call, result });
    }

    fn note(&mut self, data: &mut Data<'_>) -> Checkpoint {
        let kind = data.byte() % 8;
        let size = data.size();
        self.shown_other |= kind < 3;
        match kind {
            0 => Checkpoint { size: u64::MAX - size, ..HISTORIES[0].head(1) },
            1 => Checkpoint { size: size * 1_000, ..HISTORIES[1].head(size) },
            2 => HISTORIES[1].head(size),
            _ => HISTORIES[0].head(size),
        }
    }

    fn step(&mut self, data: &mut Data<'_>) {
        let checkpoints = checkpoints_topic(ORIGIN);
        let events = events_topic(&RealmId::root_of(&log_key().public_key()));
        match data.byte() % 16 {
            0 => self.handle(Input::Connected(node_of(peer(data.byte())))),
            1 => self.handle(Input::Disconnected(node_of(peer(data.byte())))),
            2 => {
                let node = node_of(peer(data.byte()));
                let standings = [Standing::Blocked, Standing::ReceiveOnly, Standing::Full];
                let standing = standings[usize::from(data.byte() % 3)];
                self.handle(Input::Standing(node, standing));
            }
            3 => {
                let passed = u64::from(data.byte()) * 200_000;
                let back = data.byte() % 8 == 0;
                self.now_us = if back { self.now_us - passed } else { self.now_us + passed };
                self.handle(Input::Tick);
            }
            4 | 5 => {
                let (what, sequence) = (data.byte(), u64::from(data.byte()));
                let at = usize::try_from(sequence % ENTRIES).expect("small");
                let (sequence, entry) = match what % 4 {
                    0 => (sequence * 50, vec![what; 1 + usize::from(what) * 256].into()),
                    1 => (at as u64, HISTORIES[1].entries[at].clone()),
                    _ => (at as u64, HISTORIES[0].entries[at].clone()),
                };
                self.say(data, &events, &Payload::Entry { sequence, entry });
            }
            6 | 7 => {
                let note = self.note(data).sign(log_key());
                let witness = peer(data.byte());
                let cosigned = data.byte() % 2 == 0;
                let time_s = self.now_us / 1_000_000;
                let note = if cosigned { cosigned_by(witness, note, time_s) } else { note };
                self.say(data, &checkpoints, &Payload::Note(note));
            }
            8 => {
                let (proof, may, _) = fork(data, None);
                self.shown_other |= may;
                self.say(data, &checkpoints, &Payload::Fork(proof));
            }
            9 => {
                let (head, witness) = (self.note(data), peer(data.byte()));
                let time_s = self.now_us / 1_000_000 + u64::from(data.byte());
                let note = cosigned_by(witness, head.sign(log_key()), time_s);
                let (name, key) = (name_of(&witness.public_key()), witness.public_key());
                let bare = bare_cosignature(&note, &head, &name, &key);
                let (time_s, signature) = bare.expect("it has just been signed");
                let said = HeadCosignature { size: head.size, root: head.root, time_s, signature };
                self.say(data, &checkpoints, &Payload::Cosignature(said));
            }
            10 => {
                let (from, topic) = (node_of(peer(data.byte())), data.byte());
                let topic = if topic % 2 == 0 { &events } else { &checkpoints };
                let most = usize::from(data.byte());
                let bytes = data.take(most);
                self.hear(from, topic, Bytes::copy_from_slice(bytes));
            }
            11..=13 => self.answer(data),
            14 => match data.byte() % 16 {
                0 if self.storing.take().is_some() => self.handle(Input::NotStored),
                1 if self.storing.take().is_some() => {
                    self.handle(Input::Unfit("it does not follow".to_owned()));
                }
                _ => self.stored(),
            },
            _ => match data.byte() % 4 {
                0 => self.handle(Input::Pardoned(node_of(peer(data.byte())))),
                1 => self.handle(Input::Offended(node_of(peer(data.byte())), Offence::Flood)),
                2 => {
                    let count = data.byte() % 5;
                    let key = |at| WitnessKey {
                        name: name_of(&peer(at).public_key()),
                        key: peer(at).public_key(),
                    };
                    self.handle(Input::Witnesses((0..count).map(key).collect()));
                }
                _ => {
                    let Some(head) = self.cosign.take() else { return };
                    self.handle(Input::Cosigned(head));
                }
            },
        }
    }
}

fn name_of(key: &PublicKey) -> String {
    format!("did:erynoa:craft:{}", IdentityId::of(Namespace::Craft, key))
}

fn cosigned_by(witness: &SigningKey, note: String, time_s: u64) -> String {
    let line = cosign(&note, &name_of(&witness.public_key()), witness, time_s);
    note + &line.expect("a note of a checkpoint")
}

fn follower(data: &mut Data<'_>) {
    let role = if data.byte() % 2 == 0 { Role::Follower } else { Role::Witness };
    let settings = Settings { origin: ORIGIN.to_owned(), role, head: None };
    let mut follower = Follower {
        node: Node::new(peer(0).clone(), settings),
        log: LogState::new(log_key().public_key()),
        stored: Vec::new(),
        storing: None,
        calls: Vec::new(),
        cosign: None,
        cosigned_size: 0,
        now_us: NOW_US,
        shown_other: false,
    };
    let mut steps = 0;
    while !data.0.is_empty() && steps < 200 {
        steps += 1;
        follower.step(data);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    match kind {
        b'D' => decoders(rest),
        b'G' => gossip(rest),
        b'F' => forks(&mut Data(rest)),
        b'N' => follower(&mut Data(rest)),
        _ => {}
    }
});
