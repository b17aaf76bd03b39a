//! Bytes of other nodes, in and out (protocol §13).

use bytes::Bytes;
use erynoa_events::{MAX_ENTRY_BYTES, SigningKey, verify_signature};
use erynoa_kernel::{EventId, PublicKey, Signature};
use erynoa_proto::protocol::v1 as wire;
use prost::Message;
use wire::gossip::Payload as WirePayload;
use wire::log_request::Ask as WireAsk;
use wire::log_response::Answer as WireAnswer;

use crate::{
    ForkProof, MAX_ENTRIES, MAX_ENTRIES_BYTES, MAX_GOSSIP_BYTES, MAX_REQUEST_BYTES,
    MAX_RESPONSE_BYTES, NodeId,
};

/// What a signature of gossip begins with.
const GOSSIP_PREFIX: &[u8] = b"ERYNOA-GOSSIP-V1";
/// Most microseconds between a message's time and the receiver's clock.
pub const MAX_SKEW_US: u64 = 120_000_000;
/// Most hashes of a proof: a tree of 2⁶³ leaves has no longer one.
pub const MAX_PROOF: usize = 64;
/// Most bytes of a note on a topic or in an answer.
pub const MAX_NOTE_BYTES: usize = 16_384;
/// Most bytes of the name of a log.
const MAX_ORIGIN_BYTES: usize = 255;

/// Why bytes of a peer are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Larger than the protocol allows.
    #[error("the message is larger than the protocol allows")]
    TooLarge,
    /// Not canonical protobuf of the message.
    #[error("the bytes are no canonical message")]
    NotCanonical,
    /// A field is missing or outside of its range.
    #[error("{0}")]
    Field(&'static str),
    /// The signature does not hold.
    #[error("the signature of the message does not hold")]
    Signature,
    /// Said too long ago, or in the future.
    #[error("the message is more than 120 s away from our time")]
    Time,
}

impl FrameError {
    /// Stable code, for refusals on the wire and for logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "PEER_FRAME_TOO_LARGE",
            Self::NotCanonical | Self::Field(_) => "PEER_FRAME_INVALID",
            Self::Signature => "PEER_SIGNATURE_INVALID",
            Self::Time => "PEER_TIME",
        }
    }
}

/// What is said on a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// An entry of the log.
    Entry {
        /// Its position.
        sequence: u64,
        /// Its bytes.
        entry: Bytes,
    },
    /// A signed note.
    Note(String),
    /// Two heads that cannot both be.
    Fork(ForkProof),
    /// The signer's cosignature of a head.
    Cosignature(HeadCosignature),
}

/// What a witness adds to the note of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadCosignature {
    /// Entries.
    pub size: u64,
    /// Root of that many entries.
    pub root: [u8; 32],
    /// When, seconds since the Unix epoch.
    pub time_s: u64,
    /// Of C2SP tlog-cosignature.
    pub signature: Signature,
}

/// A message on a topic whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who has said it first.
    pub signer: NodeId,
    /// What.
    pub payload: Payload,
}

/// A question about a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The newest checkpoint that a node with this many entries can check.
    Head {
        /// Entries that the asker has.
        known: u64,
    },
    /// Entries.
    Entries {
        /// First position.
        from: u64,
        /// 1 to [`MAX_ENTRIES`].
        limit: usize,
        /// Size of the checkpoint under which they are proven.
        size: u64,
    },
    /// That one size continues another.
    Consistency {
        /// Smaller size.
        from: u64,
        /// Larger size.
        to: u64,
    },
    /// A tile of C2SP tlog-tiles.
    Tile {
        /// Level of tiles.
        level: u8,
        /// Which.
        index: u64,
        /// 1 to 256.
        width: u16,
    },
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Empty before the first checkpoint.
    Head(String),
    /// Entries in order.
    Entries {
        /// Entries.
        entries: Vec<Bytes>,
        /// Proof that leads from the tree that ends with them to the size that
        /// was asked for.
        proof: Vec<[u8; 32]>,
    },
    /// That the larger size continues the smaller one.
    Consistency {
        /// Root at the smaller size.
        root: [u8; 32],
        /// The proof.
        proof: Vec<[u8; 32]>,
    },
    /// Hashes of a tile.
    Tile(Bytes),
    /// A stable code.
    Refusal(String),
    /// In place of a head: the log has forked.
    Fork(ForkProof),
}

/// Decodes a message and makes sure that there is no other way to write it.
fn canonical<M: Message + Default>(bytes: &[u8], most: usize) -> Result<M, FrameError> {
    if bytes.len() > most {
        return Err(FrameError::TooLarge);
    }
    let message = M::decode(bytes).map_err(|_| FrameError::NotCanonical)?;
    if message.encoded_len() != bytes.len() || message.encode_to_vec() != bytes {
        return Err(FrameError::NotCanonical);
    }
    Ok(message)
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], FrameError> {
    bytes.try_into().map_err(|_| FrameError::Field("a hash has 32 bytes"))
}

fn hashes(list: &[Vec<u8>]) -> Result<Vec<[u8; 32]>, FrameError> {
    if list.len() > MAX_PROOF {
        return Err(FrameError::Field("a proof has at most 64 hashes"));
    }
    list.iter().map(|bytes| hash(bytes)).collect()
}

fn bounded_note(note: String) -> Result<String, FrameError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(FrameError::Field("a note has at most 16 384 bytes"));
    }
    Ok(note)
}

fn bounded_entry(entry: Vec<u8>) -> Result<Bytes, FrameError> {
    if entry.is_empty() || entry.len() > MAX_ENTRY_BYTES {
        return Err(FrameError::Field("an entry has 1 to 65 535 bytes"));
    }
    Ok(entry.into())
}

fn gossip_message(topic: &str, unsigned: &wire::Gossip) -> Vec<u8> {
    let length = u16::try_from(topic.len()).unwrap_or(u16::MAX);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_be_bytes());
    hasher.update(topic.as_bytes());
    hasher.update(&unsigned.encode_to_vec());
    [GOSSIP_PREFIX, hasher.finalize().as_bytes()].concat()
}

/// A signed message for `topic`.
#[must_use]
pub fn encode_gossip(topic: &str, key: &SigningKey, sent_at_us: u64, payload: &Payload) -> Bytes {
    let payload = match payload {
        Payload::Entry { sequence, entry } => {
            WirePayload::Entry(wire::LogEntry { sequence: *sequence, entry: entry.to_vec() })
        }
        Payload::Note(note) => WirePayload::Note(note.clone()),
        Payload::Fork(proof) => WirePayload::Fork(proof.to_wire()),
        Payload::Cosignature(said) => WirePayload::Cosignature(wire::HeadCosignature {
            size: said.size,
            root: said.root.to_vec(),
            time_s: said.time_s,
            signature: said.signature.as_bytes().to_vec(),
        }),
    };
    let mut message = wire::Gossip {
        signer: key.public_key().as_bytes().to_vec(),
        sent_at_us,
        payload: Some(payload),
        signature: Vec::new(),
    };
    message.signature = key.sign(&gossip_message(topic, &message)).as_bytes().to_vec();
    message.encode_to_vec().into()
}

/// The message in `bytes`, when its signature holds for `topic` and its time
/// is near `now_us`.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_gossip(topic: &str, bytes: &[u8], now_us: u64) -> Result<Said, FrameError> {
    let mut message: wire::Gossip = canonical(bytes, MAX_GOSSIP_BYTES)?;
    if message.sent_at_us.abs_diff(now_us) > MAX_SKEW_US {
        return Err(FrameError::Time);
    }
    let signer = PublicKey::try_from(message.signer.as_slice())
        .map_err(|_| FrameError::Field("signer: a public key has 32 bytes"))?;
    let signature = std::mem::take(&mut message.signature);
    let signature = Signature::try_from(signature.as_slice())
        .map_err(|_| FrameError::Field("signature: 64 bytes"))?;
    if !verify_signature(&signer, &gossip_message(topic, &message), &signature) {
        return Err(FrameError::Signature);
    }
    let payload = match message.payload {
        Some(WirePayload::Entry(entry)) => {
            Payload::Entry { sequence: entry.sequence, entry: bounded_entry(entry.entry)? }
        }
        Some(WirePayload::Note(note)) => Payload::Note(bounded_note(note)?),
        Some(WirePayload::Fork(proof)) => Payload::Fork(ForkProof::from_wire(proof)?),
        Some(WirePayload::Cosignature(said)) => Payload::Cosignature(HeadCosignature {
            size: said.size,
            root: hash(&said.root)?,
            time_s: said.time_s,
            signature: Signature::try_from(said.signature.as_slice())
                .map_err(|_| FrameError::Field("cosignature: 64 bytes"))?,
        }),
        None => {
            return Err(FrameError::Field("payload: an entry, a note, a fork or a cosignature"));
        }
    };
    Ok(Said { signer: NodeId(signer), payload })
}

impl ForkProof {
    fn to_wire(&self) -> wire::ForkProof {
        let (root, proof) = match &self.link {
            None => (Vec::new(), Vec::new()),
            Some((root, proof)) => {
                (root.to_vec(), proof.iter().map(|hash| hash.to_vec()).collect())
            }
        };
        wire::ForkProof { smaller: self.smaller.clone(), larger: self.larger.clone(), root, proof }
    }

    fn from_wire(proof: wire::ForkProof) -> Result<Self, FrameError> {
        let link = match (proof.root.as_slice(), proof.proof.as_slice()) {
            ([], []) => None,
            (root, path) => Some((hash(root)?, hashes(path)?)),
        };
        let smaller = bounded_note(proof.smaller)?;
        Ok(Self { smaller, larger: bounded_note(proof.larger)?, link })
    }
}

/// A question about the log `origin`.
#[must_use]
pub fn encode_ask(origin: &str, ask: &Ask) -> Bytes {
    let ask = match *ask {
        Ask::Head { known } => WireAsk::Head(wire::HeadRequest { known_size: known }),
        Ask::Entries { from, limit, size } => WireAsk::Entries(wire::EntriesRequest {
            from,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            size,
        }),
        Ask::Consistency { from, to } => {
            WireAsk::Consistency(wire::ConsistencyRequest { from, to })
        }
        Ask::Tile { level, index, width } => {
            WireAsk::Tile(wire::TileRequest { level: level.into(), index, width: width.into() })
        }
    };
    wire::LogRequest { origin: origin.to_owned(), ask: Some(ask) }.encode_to_vec().into()
}

/// Name of the log and the question.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_ask(bytes: &[u8]) -> Result<(String, Ask), FrameError> {
    let request: wire::LogRequest = canonical(bytes, MAX_REQUEST_BYTES)?;
    if request.origin.is_empty() || request.origin.len() > MAX_ORIGIN_BYTES {
        return Err(FrameError::Field("origin: 1 to 255 bytes"));
    }
    let ask = match request.ask {
        Some(WireAsk::Head(asked)) => Ask::Head { known: asked.known_size },
        Some(WireAsk::Entries(asked)) => {
            let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
            if !(1..=MAX_ENTRIES).contains(&limit) {
                return Err(FrameError::Field("limit: 1 to 1 000"));
            }
            if asked.from >= asked.size {
                return Err(FrameError::Field("from: less than size"));
            }
            Ask::Entries { from: asked.from, limit, size: asked.size }
        }
        Some(WireAsk::Consistency(asked)) => {
            if asked.from == 0 || asked.from > asked.to {
                return Err(FrameError::Field("from: 1 to the size of to"));
            }
            Ask::Consistency { from: asked.from, to: asked.to }
        }
        Some(WireAsk::Tile(asked)) => {
            let level = u8::try_from(asked.level).ok().filter(|level| *level < 8);
            let width = u16::try_from(asked.width).ok().filter(|w| (1..=256).contains(w));
            match (level, width) {
                (Some(level), Some(width)) => Ask::Tile { level, index: asked.index, width },
                _ => return Err(FrameError::Field("tile: level 0 to 7, width 1 to 256")),
            }
        }
        None => return Err(FrameError::Field("ask: head, entries, consistency or tile")),
    };
    Ok((request.origin, ask))
}

/// The answer to a question about a log.
#[must_use]
pub fn encode_answer(answer: Answer) -> Bytes {
    let list = |hashes: Vec<[u8; 32]>| hashes.iter().map(|hash| hash.to_vec()).collect();
    let answer = match answer {
        Answer::Head(note) => WireAnswer::Head(wire::Head { note }),
        Answer::Entries { entries, proof } => WireAnswer::Entries(wire::Entries {
            entries: entries.iter().map(|entry| entry.to_vec()).collect(),
            proof: list(proof),
        }),
        Answer::Consistency { root, proof } => {
            WireAnswer::Consistency(wire::Consistency { hashes: list(proof), root: root.to_vec() })
        }
        Answer::Tile(tile) => WireAnswer::Tile(tile.to_vec()),
        Answer::Refusal(code) => WireAnswer::Refusal(wire::Refusal { code }),
        Answer::Fork(proof) => WireAnswer::Fork(proof.to_wire()),
    };
    wire::LogResponse { answer: Some(answer) }.encode_to_vec().into()
}

/// The answer in `bytes`.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_answer(bytes: &[u8]) -> Result<Answer, FrameError> {
    let response: wire::LogResponse = canonical(bytes, MAX_RESPONSE_BYTES)?;
    Ok(match response.answer {
        Some(WireAnswer::Head(head)) => Answer::Head(bounded_note(head.note)?),
        Some(WireAnswer::Entries(page)) => {
            if page.entries.is_empty() || page.entries.len() > MAX_ENTRIES {
                return Err(FrameError::Field("entries: 1 to 1 000"));
            }
            let entries = page.entries.into_iter().map(bounded_entry).collect::<Result<_, _>>()?;
            Answer::Entries { entries, proof: hashes(&page.proof)? }
        }
        Some(WireAnswer::Consistency(said)) => {
            Answer::Consistency { root: hash(&said.root)?, proof: hashes(&said.hashes)? }
        }
        Some(WireAnswer::Fork(proof)) => Answer::Fork(ForkProof::from_wire(proof)?),
        Some(WireAnswer::Tile(tile)) => Answer::Tile(tile.into()),
        Some(WireAnswer::Refusal(refusal)) => Answer::Refusal(refusal.code),
        None => return Err(FrameError::Field("answer: none of the known ones")),
    })
}

/// Asks for events by id.
#[must_use]
pub fn encode_events_request(ids: &[EventId]) -> Bytes {
    let ids = ids.iter().map(|id| id.as_bytes().to_vec()).collect();
    wire::EventsRequest { ids }.encode_to_vec().into()
}

/// The ids that are asked for.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_events_request(bytes: &[u8]) -> Result<Vec<EventId>, FrameError> {
    let request: wire::EventsRequest = canonical(bytes, MAX_REQUEST_BYTES)?;
    if request.ids.is_empty() || request.ids.len() > MAX_ENTRIES {
        return Err(FrameError::Field("ids: 1 to 1 000"));
    }
    let id = |bytes: &Vec<u8>| {
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).ok()?;
        Some(EventId::from_bytes(bytes))
    };
    let ids: Option<Vec<EventId>> = request.ids.iter().map(id).collect();
    ids.ok_or(FrameError::Field("ids: 32 bytes each"))
}

/// Events with their positions.
#[must_use]
pub fn encode_events(entries: &[(u64, Bytes)]) -> Bytes {
    let entries = entries
        .iter()
        .map(|(sequence, entry)| wire::LogEntry { sequence: *sequence, entry: entry.to_vec() })
        .collect();
    wire::EventsResponse { entries }.encode_to_vec().into()
}

/// Events with their positions.
///
/// # Errors
/// See [`FrameError`].
pub fn decode_events(bytes: &[u8]) -> Result<Vec<(u64, Bytes)>, FrameError> {
    let response: wire::EventsResponse = canonical(bytes, MAX_RESPONSE_BYTES)?;
    if response.entries.len() > MAX_ENTRIES {
        return Err(FrameError::Field("entries: at most 1 000"));
    }
    let entry = |entry: wire::LogEntry| Ok((entry.sequence, bounded_entry(entry.entry)?));
    response.entries.into_iter().map(entry).collect()
}

/// How many of these lengths fit an answer: at least one.
#[must_use]
pub fn fitting(lengths: impl Iterator<Item = usize>) -> usize {
    let mut total = 0;
    let fits = lengths.take(MAX_ENTRIES).take_while(|length| {
        total += length;
        total <= MAX_ENTRIES_BYTES
    });
    fits.count().max(1)
}
