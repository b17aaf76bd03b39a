//! How a follower gets what it lacks.

use bytes::Bytes;
use erynoa_events::{Frontier, LogState, leaf_hash, verify_consistency};

use super::{Batch, Call, MAX_QUEUED, Node, Output, Role, SignedHead};
use crate::frame::{Answer, Ask, decode_answer};
use crate::roster::Offence;
use crate::{MAX_ENTRIES, NetworkError, NodeId, Standing};

/// A peer that could not help is left alone this long, microseconds.
const REST_US: u64 = 2_000_000;

impl Node {
    /// Goes on wherever something is missing.
    pub(super) fn follow(&mut self, log: &LogState) {
        if self.settings.role == Role::Home || self.halt.is_some() {
            return;
        }
        if self.front.is_none() {
            self.front = Frontier::at(log.tree(), log.size());
        }
        self.take_tail();
        self.pull();
        if !self.storing
            && let Some(batch) = self.queued.pop_front()
        {
            self.storing = true;
            self.storing_head.clone_from(&batch.head);
            self.out.push(Output::Store(batch));
        }
    }

    /// Everything up to the target may have been heard already.
    fn take_tail(&mut self) {
        let (Some(target), Some(front)) = (&self.target, &self.front) else { return };
        if self.pulling || self.queued.len() >= MAX_QUEUED || front.size() >= target.head.size {
            return;
        }
        let from = front.size();
        let Some(entries) = self.tail.run(from, target.head.size) else { return };
        let next = grown(front, &entries);
        if next.root() == target.head.root {
            let head = Some(target.clone());
            self.queue(Batch { from, entries, head }, next);
        } else {
            // Somebody who may take part has said what is not true. The entries
            // have come by several hands; what is true is fetched.
            self.tail.clear();
        }
    }

    fn queue(&mut self, batch: Batch, front: Frontier) {
        self.tail.passed(front.size());
        self.front = Some(front);
        self.queued.push_back(batch);
    }

    fn pull(&mut self) {
        let (Some(target), Some(front)) = (&self.target, &self.front) else { return };
        let (from, size) = (front.size(), target.head.size);
        if self.pulling || self.queued.len() >= MAX_QUEUED || from >= size {
            return;
        }
        let head = target.clone();
        let Some(node) = self.helper(from) else { return };
        self.pulling = true;
        let ask = Ask::Entries { from, limit: MAX_ENTRIES, size };
        self.call(node, &ask, Call::Entries { node, head });
    }

    /// Whom to ask for entries from `from` on: who has shown to have more,
    /// takes part, has the better score, was asked the longest time ago.
    fn helper(&self, from: u64) -> Option<NodeId> {
        let able = self.roster.iter().filter(|(_, peer)| {
            peer.connected
                && peer.standing != Standing::Blocked
                && peer.head_size > from
                && peer.rests_until_us <= self.now_us
        });
        let best = able.min_by_key(|(node, peer)| {
            (peer.standing != Standing::Full, -peer.score, peer.asked_us, **node)
        });
        best.map(|(node, _)| *node)
    }

    pub(super) fn answered(
        &mut self,
        call: u64,
        result: Result<Bytes, NetworkError>,
        log: &LogState,
    ) {
        let Some(call) = self.calls.remove(&call) else { return };
        let answer = result.map(|bytes| decode_answer(&bytes));
        match call {
            Call::Head(node) => match answer {
                Ok(Ok(Answer::Head(note))) if note.is_empty() => {}
                Ok(Ok(Answer::Head(note))) => {
                    self.note_head_of(node, &note, log);
                    self.hear_note(node, note, log);
                }
                // Of another log, perhaps: it is of no use, and no offence.
                Ok(Ok(Answer::Refusal(_))) => self.rest(node),
                Ok(_) => self.blame(node, Offence::Garbage),
                Err(error) => self.failed(node, error),
            },
            Call::Entries { node, head } => {
                self.pulling = false;
                match answer {
                    Ok(Ok(Answer::Entries { entries, proof })) => {
                        self.take_entries(node, head, entries, &proof);
                    }
                    Ok(Ok(Answer::Refusal(_))) => {
                        // It has shown that head, or another of its size.
                        self.rest(node);
                        self.blame(node, Offence::Withheld);
                    }
                    Ok(_) => {
                        self.rest(node);
                        self.blame(node, Offence::Garbage);
                    }
                    Err(error) => self.failed(node, error),
                }
            }
        }
    }

    /// A head that was seen before still tells what this peer has.
    fn note_head_of(&mut self, node: NodeId, note: &str, log: &LogState) {
        if let Some(head) = log.keys().head(&self.settings.origin, note)
            && let Some(peer) = self.roster.connected_mut(&node)
        {
            peer.head_size = peer.head_size.max(head.size);
        }
    }

    fn take_entries(
        &mut self,
        node: NodeId,
        head: SignedHead,
        entries: Vec<Bytes>,
        proof: &[[u8; 32]],
    ) {
        if self.halt.is_some() {
            return;
        }
        let Some(front) = &self.front else { return };
        let from = front.size();
        let size = head.head.size;
        let next = grown(front, &entries);
        let proven = next.size() <= size
            && verify_consistency(next.size(), size, proof, &next.root(), &head.head.root);
        if !proven {
            self.rest(node);
            self.blame(node, Offence::FalseProof);
            return;
        }
        let head = (next.size() == size).then_some(head);
        self.queue(Batch { from, entries, head }, next);
    }

    fn failed(&mut self, node: NodeId, error: NetworkError) {
        self.rest(node);
        if error == NetworkError::TimedOut {
            self.blame(node, Offence::Withheld);
        }
    }

    fn rest(&mut self, node: NodeId) {
        let until_us = self.now_us.saturating_add(REST_US);
        if let Some(peer) = self.roster.connected_mut(&node) {
            peer.rests_until_us = until_us;
        }
    }

    /// The batch that was to be stored is in the log.
    pub(super) fn stored(&mut self, log: &LogState) {
        self.storing = false;
        if self.halt.is_some() {
            return;
        }
        let before = self.settings.head.as_ref().map_or(0, |head| head.head.size);
        if let Some(head) = self.storing_head.take() {
            self.keep_ahead(head);
        }
        self.reach(log);
        let Some(held) = &self.settings.head else { return };
        let is_new = held.head.size > before && held.head.size == log.size();
        if is_new && self.halt.is_none() && self.settings.role == Role::Witness {
            self.out.push(Output::Cosign(held.clone()));
        }
    }

    /// A batch was not stored: everything behind it is fetched again.
    pub(super) fn not_stored(&mut self) {
        self.storing = false;
        self.queued.clear();
        self.front = None;
    }
}

fn grown(front: &Frontier, entries: &[Bytes]) -> Frontier {
    let mut next = front.clone();
    for entry in entries {
        next.push(leaf_hash(entry));
    }
    next
}
