//! Answers to the questions of other nodes (protocol §13).

use bytes::Bytes;
use erynoa_events::LogState;
use erynoa_kernel::PublicKey;

use crate::ForkProof;
use crate::frame::{
    Answer, Ask, FrameError, decode_ask, decode_events_request, encode_answer, encode_events,
    fitting,
};

/// What a node answers from.
pub struct Library<'a> {
    /// Name of the log.
    pub origin: &'a str,
    /// The log as far as it is applied.
    pub log: &'a LogState,
    /// The newest checkpoint with what witnesses have signed.
    pub note: Option<&'a str>,
    /// Its size, 0 without any. Nothing beyond it is proven to anybody.
    pub size: u64,
    /// The last heads of earlier keys of the log, by key.
    pub passed: &'a [(PublicKey, String)],
    /// Proof that the log has forked, when it has: [`crate::Node::fork`].
    pub fork: Option<&'a ForkProof>,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// At once.
    Answer(Bytes),
    /// With up to this many entries; [`entries_answer`] makes the answer.
    Entries {
        /// First position.
        from: u64,
        /// Most entries.
        limit: usize,
        /// Size under which they are proven.
        size: u64,
    },
    /// With the entries at these positions; [`events_answer`] makes the answer.
    Events(Vec<u64>),
}

impl Library<'_> {
    /// The newest head that a node with `known` entries can check: the last one
    /// of the key that it knows, when that has handed over.
    fn head_for(&self, known: u64) -> &str {
        let keys = self.log.keys();
        let key = keys.at(known.saturating_add(1));
        let newest = self.note.unwrap_or_default();
        if key == keys.at(self.size) {
            return newest;
        }
        self.passed.iter().find(|(of, _)| of == key).map_or(newest, |(_, note)| note)
    }
}

fn refuse(code: &str) -> Plan {
    Plan::Answer(encode_answer(Answer::Refusal(code.to_owned())))
}

/// What it takes to answer a question about the log.
///
/// # Errors
/// When the question breaks the protocol.
pub fn plan_log(library: &Library<'_>, bytes: &[u8]) -> Result<Plan, FrameError> {
    let (origin, ask) = decode_ask(bytes)?;
    if origin != library.origin {
        return Ok(refuse("PEER_LOG_UNKNOWN"));
    }
    let tree = library.log.tree();
    let answer = match ask {
        Ask::Head { known } => match library.fork {
            Some(proof) => Answer::Fork(proof.clone()),
            None => Answer::Head(library.head_for(known).to_owned()),
        },
        Ask::Entries { from, limit, size } => {
            if size > library.size {
                return Ok(refuse("PEER_RANGE"));
            }
            let left = usize::try_from(size - from).unwrap_or(usize::MAX);
            return Ok(Plan::Entries { from, limit: limit.min(left), size });
        }
        Ask::Consistency { from, to } => {
            let proof = tree.consistency(from, to).filter(|_| to <= library.size);
            match tree.root_at(from).zip(proof) {
                Some((root, proof)) => Answer::Consistency { root, proof },
                None => return Ok(refuse("PEER_RANGE")),
            }
        }
        Ask::Tile { level, index, width } => {
            let covered = library.size.checked_shr(8 * u32::from(level)).unwrap_or(0);
            let end = index.checked_mul(256).and_then(|first| first.checked_add(width.into()));
            let tile =
                end.filter(|end| *end <= covered).and_then(|_| tree.tile(level, index, width));
            match tile {
                Some(tile) => Answer::Tile(tile.into()),
                None => return Ok(refuse("PEER_RANGE")),
            }
        }
    };
    Ok(Plan::Answer(encode_answer(answer)))
}

/// The answer with entries that were read from position `from`.
#[must_use]
pub fn entries_answer(log: &LogState, from: u64, size: u64, mut entries: Vec<Bytes>) -> Bytes {
    entries.truncate(fitting(entries.iter().map(Bytes::len)));
    let end = from + entries.len() as u64;
    match log.tree().consistency(end, size) {
        Some(proof) if !entries.is_empty() => encode_answer(Answer::Entries { entries, proof }),
        _ => encode_answer(Answer::Refusal("PEER_RANGE".to_owned())),
    }
}

/// What it takes to answer a question for events.
///
/// # Errors
/// When the question breaks the protocol.
pub fn plan_events(library: &Library<'_>, bytes: &[u8]) -> Result<Plan, FrameError> {
    let ids = decode_events_request(bytes)?;
    let found = ids.iter().filter_map(|id| library.log.find(id)).map(|event| event.sequence);
    Ok(Plan::Events(found.filter(|sequence| *sequence < library.size).collect()))
}

/// The answer with those events.
#[must_use]
pub fn events_answer(mut events: Vec<(u64, Bytes)>) -> Bytes {
    if !events.is_empty() {
        events.truncate(fitting(events.iter().map(|(_, entry)| entry.len())));
    }
    encode_events(&events)
}
