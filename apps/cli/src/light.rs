//! The check of a log's entry, or of its head alone, by somebody who trusts no
//! server: all that counts is bytes and signatures. Pure.

use bytes::Bytes;
use erynoa_events::{
    Checkpoint, CheckpointError, VerifiedEvent, is_quorum, is_small_order, leaf_hash, verify,
    verify_consistency, verify_inclusion,
};
use erynoa_kernel::{EventId, IdentityId, PublicKey};

use crate::light_keys::{followed, present_head};
use crate::light_witness::{Count, Witness, count_on, home_alone};

/// What is checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Event,
    Leaf,
    Inclusion,
    Checkpoint,
    Consistency,
    Cosignatures,
    Quorum,
}

impl Step {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Leaf => "leaf",
            Self::Inclusion => "inclusion",
            Self::Checkpoint => "checkpoint",
            Self::Consistency => "consistency",
            Self::Cosignatures => "cosignatures",
            Self::Quorum => "quorum",
        }
    }
}

/// How a step went, with the code of its page in docs/errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Holds,
    Fails(&'static str),
    /// Nothing is wrong, but it cannot be said yet.
    Open(&'static str),
}

impl Outcome {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails(_) => "fails",
            Self::Open(_) => "open",
        }
    }

    /// Empty when it holds.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Holds => "",
            Self::Fails(code) | Self::Open(code) => code,
        }
    }
}

/// Whose heads are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogKey {
    pub(crate) origin: String,
    pub(crate) key: PublicKey,
}

/// What was seen of the log before and held then.
#[derive(Clone, Debug)]
pub(crate) struct SeenHead {
    pub(crate) log: LogKey,
    /// Signed note of the greatest checkpoint.
    pub(crate) note: String,
    /// Signed note of the greatest one with a quorum, which `note` continues;
    /// empty when there was none.
    pub(crate) witnessed: String,
    /// Whether two heads that contradict each other have been seen already.
    pub(crate) is_forked: bool,
}

/// RFC 9162 proof of an entry's place in a tree.
#[derive(Clone, Debug)]
pub(crate) struct Inclusion {
    pub(crate) leaf_hash: Vec<u8>,
    pub(crate) sequence: u64,
    pub(crate) size: u64,
    pub(crate) root: Vec<u8>,
    /// From the leaf up.
    pub(crate) path: Vec<[u8; 32]>,
}

/// An entry, as somebody has told it.
#[derive(Clone, Debug)]
pub(crate) struct EntryClaim {
    /// Id that the event must have.
    pub(crate) id: EventId,
    /// `SignedEvent`, as in the log.
    pub(crate) entry: Bytes,
    /// Position that it must have, from 0.
    pub(crate) sequence: u64,
    /// `None` before a checkpoint covers the entry.
    pub(crate) inclusion: Option<Inclusion>,
}

/// The path between the head that was seen before and this one.
#[derive(Clone, Debug)]
pub(crate) enum Continuity {
    /// There was nobody to ask: a file is checked.
    NotAsked,
    /// The server has none, or none was needed.
    Missing,
    /// From the smaller head to the larger one.
    Path(Vec<[u8; 32]>),
}

/// Everything that somebody says; none of it is believed.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// `None` when the head alone is checked.
    pub(crate) entry: Option<EntryClaim>,
    /// Signed note of the checkpoint; `None` before the first.
    pub(crate) note: Option<String>,
    /// Whose note it must be, or that of a key to which this one has handed the
    /// log.
    pub(crate) log: LogKey,
    /// The log's own identity, which the keys are added to.
    pub(crate) identity: IdentityId,
    /// Entries by which the log went from key to key, in their order.
    pub(crate) hand_overs: Vec<EntryClaim>,
    /// Whether the user has named the key: then it may be another than the one
    /// that was seen before, and only the trees are compared.
    pub(crate) is_key_given: bool,
    /// `None` when the set is not known; empty for the default, the log alone.
    pub(crate) witnesses: Option<Vec<Witness>>,
    /// `None` at the first visit.
    pub(crate) seen: Option<SeenHead>,
    pub(crate) continuity: Continuity,
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The log contradicts what was seen of it.
    Forked,
    /// Something does not hold.
    Broken,
    /// No checkpoint covers the entry yet.
    Open,
    /// Under a head that the log has signed.
    Proven,
    /// And a quorum has seen that log.
    Witnessed,
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Forked => "forked",
            Self::Broken => "broken",
            Self::Open => "open",
            Self::Proven => "proven",
            Self::Witnessed => "witnessed",
        }
    }
}

/// Everything that was found.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) steps: Vec<(Step, Outcome)>,
    /// `None` when the event does not hold, or none was asked about.
    pub(crate) event: Option<VerifiedEvent>,
    /// `None` when the log has not signed it.
    pub(crate) head: Option<Checkpoint>,
    /// Key that speaks for the log: of the head, where there is one.
    pub(crate) key: PublicKey,
    /// The witnesses on the head, or on an earlier one that covers the entry.
    pub(crate) count: Count,
}

impl Verdict {
    pub(crate) fn outcome(&self, step: Step) -> Option<Outcome> {
        self.steps.iter().find(|(one, _)| *one == step).map(|(_, outcome)| *outcome)
    }

    pub(crate) fn state(&self) -> State {
        let ground = [Step::Event, Step::Leaf, Step::Inclusion, Step::Checkpoint];
        let ground = ground.map(|step| self.outcome(step));
        if matches!(self.outcome(Step::Consistency), Some(Outcome::Fails(_))) {
            State::Forked
        } else if ground.iter().any(|outcome| matches!(outcome, Some(Outcome::Fails(_)))) {
            State::Broken
        } else if ground.iter().any(|outcome| matches!(outcome, Some(Outcome::Open(_)))) {
            State::Open
        } else if self.outcome(Step::Quorum) == Some(Outcome::Holds) {
            State::Witnessed
        } else {
            State::Proven
        }
    }

    /// Whether nothing is left to be said: every step holds, at most without
    /// anything that the head could have been compared with.
    pub(crate) fn holds(&self) -> bool {
        self.steps.iter().all(|(_, outcome)| {
            matches!(outcome, Outcome::Holds | Outcome::Open("LOG_FIRST_SEEN" | "PROOF_NEEDS_LOG"))
        })
    }
}

const fn checkpoint_code(error: CheckpointError) -> &'static str {
    match error {
        CheckpointError::Malformed | CheckpointError::OtherText => "CHECKPOINT_MALFORMED",
        CheckpointError::OtherOrigin => "CHECKPOINT_ORIGIN_FOREIGN",
        CheckpointError::Unsigned | CheckpointError::SignatureInvalid => {
            "CHECKPOINT_SIGNATURE_INVALID"
        }
    }
}

/// The head in a note of this log.
pub(crate) fn head_of(note: &str, log: &LogKey) -> Result<Checkpoint, &'static str> {
    // Under a key of small order anybody can sign.
    if is_small_order(&log.key) {
        return Err("CHECKPOINT_SIGNATURE_INVALID");
    }
    Checkpoint::parse_and_verify(note, &log.origin, &log.key).map_err(checkpoint_code)
}

pub(crate) fn check_event(claim: &EntryClaim) -> Result<VerifiedEvent, &'static str> {
    let event = verify(claim.entry.clone()).map_err(|error| error.code)?;
    if event.id() == claim.id { Ok(event) } else { Err("EVENT_ID_FOREIGN") }
}

/// Leaf and inclusion.
pub(crate) fn check_place(claim: &EntryClaim) -> (Outcome, Outcome) {
    let Some(proof) = &claim.inclusion else {
        return (Outcome::Open("CHECKPOINT_UNKNOWN"), Outcome::Open("CHECKPOINT_UNKNOWN"));
    };
    let leaf = leaf_hash(&claim.entry);
    let of_leaf =
        if proof.leaf_hash == leaf { Outcome::Holds } else { Outcome::Fails("PROOF_LEAF_WRONG") };
    let is_included = proof.sequence == claim.sequence
        && proof.root.as_slice().try_into().is_ok_and(|root: &[u8; 32]| {
            verify_inclusion(&leaf, claim.sequence, proof.size, &proof.path, root)
        });
    (of_leaf, if is_included { Outcome::Holds } else { Outcome::Fails("PROOF_PATH_WRONG") })
}

/// Whether two heads of one log are heads of one history.
fn compare_heads(before: &Checkpoint, now: &Checkpoint, continuity: &Continuity) -> Outcome {
    if before.size == now.size {
        let is_same = before.root == now.root;
        return if is_same { Outcome::Holds } else { Outcome::Fails("LOG_FORKED") };
    }
    let (from, to) = if before.size < now.size { (before, now) } else { (now, before) };
    // Every tree begins with the empty one.
    if from.size == 0 {
        return Outcome::Holds;
    }
    let path: &[[u8; 32]] = match continuity {
        Continuity::Path(path) => path,
        Continuity::NotAsked => return Outcome::Open("PROOF_NEEDS_LOG"),
        // A follower that lags behind cannot prove what it has not got; a log
        // that has grown must.
        Continuity::Missing if now.size < before.size => return Outcome::Open("LOG_BEHIND"),
        Continuity::Missing => &[],
    };
    if verify_consistency(from.size, to.size, path, &from.root, &to.root) {
        Outcome::Holds
    } else {
        Outcome::Fails("PROOF_CONSISTENCY_WRONG")
    }
}

/// Whether the log of the head that was seen is this one: of one name and key, or
/// handed over from that key to this one.
fn is_seen_log(seen: &SeenHead, claim: &Claim, head: Option<&(Checkpoint, PublicKey)>) -> bool {
    if seen.log.origin != claim.log.origin {
        return false;
    }
    claim.is_key_given
        || head.map_or_else(
            || seen.log.key == claim.log.key || !claim.hand_overs.is_empty(),
            |(head, key)| followed(seen.log.key, claim, head).contains(key),
        )
}

fn check_consistency(claim: &Claim, head: Option<&(Checkpoint, PublicKey)>) -> Outcome {
    if let Some(seen) = &claim.seen {
        if !is_seen_log(seen, claim, head) {
            return Outcome::Fails("LOG_KEY_CHANGED");
        }
        if seen.is_forked {
            return Outcome::Fails("LOG_FORKED");
        }
    }
    let Some((head, _)) = head else { return Outcome::Open("CHECKPOINT_UNKNOWN") };
    // What was remembered is believed for its signature only.
    let before = claim.seen.as_ref().and_then(|seen| head_of(&seen.note, &seen.log).ok());
    before.map_or(Outcome::Open("LOG_FIRST_SEEN"), |before| {
        compare_heads(&before, head, &claim.continuity)
    })
}

/// Why nothing can be said of the witnesses.
const fn unsaid(claim: &Claim) -> &'static str {
    match (&claim.witnesses, &claim.note) {
        (None, _) => "WITNESSES_UNKNOWN",
        (_, None) => "CHECKPOINT_UNKNOWN",
        _ => "QUORUM_MISSING",
    }
}

fn check_cosignatures(count: &Count, claim: &Claim) -> Outcome {
    let mut said = count.said.iter().map(|said| said.outcome);
    if let Some(wrong) = said.clone().find(|outcome| matches!(outcome, Outcome::Fails(_))) {
        return wrong;
    }
    if said.any(|outcome| outcome == Outcome::Holds) {
        return Outcome::Holds;
    }
    match unsaid(claim) {
        "QUORUM_MISSING" => Outcome::Open("COSIGNATURES_MISSING"),
        code => Outcome::Open(code),
    }
}

/// Checks an entry of the log: its bytes and signatures (event), its hash
/// (leaf), its place in the tree (inclusion), the log's signature over that tree
/// (checkpoint), that the tree continues what was seen before (consistency), and
/// the witnesses' signatures (cosignatures) with their weight (quorum). Without
/// an entry the last four alone.
pub(crate) fn check(claim: &Claim) -> Verdict {
    let mut steps = Vec::new();
    let mut event = None;
    if let Some(entry) = &claim.entry {
        let checked = check_event(entry);
        steps.push((
            Step::Event,
            checked.as_ref().map_or_else(|c| Outcome::Fails(c), |_| Outcome::Holds),
        ));
        event = checked.ok();
        let (leaf, inclusion) = check_place(entry);
        steps.push((Step::Leaf, leaf));
        steps.push((Step::Inclusion, inclusion));
    }
    let head = claim.note.as_deref().map(|note| present_head(claim, note));
    let of_head = match &head {
        None => Outcome::Open("CHECKPOINT_UNKNOWN"),
        Some(Err(code)) => Outcome::Fails(code),
        // A signed head of another tree than the proof's is still the log's
        // word, and is held against what was seen.
        Some(Ok((head, _))) if !is_root_of(head, claim) => Outcome::Fails("PROOF_ROOT_WRONG"),
        Some(Ok(_)) => Outcome::Holds,
    };
    steps.push((Step::Checkpoint, of_head));
    let head = head.and_then(Result::ok);
    let consistency = check_consistency(claim, head.as_ref());
    steps.push((Step::Consistency, consistency));
    let key = head.as_ref().map_or(claim.log.key, |(_, key)| *key);
    let head = head.map(|(head, _)| head);
    let log = LogKey { origin: claim.log.origin.clone(), key };
    let count = count(claim, &log, head.as_ref(), consistency);
    steps.push((Step::Cosignatures, check_cosignatures(&count, claim)));
    let is_agreed = head.is_some() && is_quorum(count.signed, count.total);
    let quorum = if is_agreed { Outcome::Holds } else { Outcome::Open(unsaid(claim)) };
    steps.push((Step::Quorum, quorum));
    Verdict { steps, event, head, key, count }
}

/// Whether a signed head is the tree that the inclusion proof is about.
fn is_root_of(head: &Checkpoint, claim: &Claim) -> bool {
    let proof = claim.entry.as_ref().and_then(|entry| entry.inclusion.as_ref());
    proof.is_none_or(|proof| proof.size == head.size && proof.root == head.root)
}

/// The witnesses on the head; where that is no quorum, on the earlier head that
/// had one and covers what is asked about.
fn count(claim: &Claim, log: &LogKey, head: Option<&Checkpoint>, consistency: Outcome) -> Count {
    let alone = [home_alone(log)];
    let set = match &claim.witnesses {
        Some(set) if set.is_empty() => &alone[..],
        Some(set) => set,
        None => &[],
    };
    let note = head.and(claim.note.as_deref());
    let count = count_on(note.zip(head), set, log);
    let (Some(seen), Some(entry)) = (&claim.seen, &claim.entry) else { return count };
    if is_quorum(count.signed, count.total) || consistency != Outcome::Holds {
        return count;
    }
    // Whoever has cosigned an earlier head that covers the entry has cosigned
    // the entry: the head continues it.
    let earlier = head_of(&seen.witnessed, &seen.log).ok().filter(|e| e.size > entry.sequence);
    let before = earlier.map(|e| count_on(Some((&seen.witnessed, &e)), set, &seen.log));
    before.filter(|before| is_quorum(before.signed, before.total)).unwrap_or(count)
}
