//! How a follower gets what it lacks.

use bytes::Bytes;
use erynoa_events::{Frontier, LogState, MAX_ENTRY_BYTES, leaf_hash, verify_consistency};

use super::{Batch, Call, Halt, MAX_QUEUED, Node, Output, Role, SignedHead};
use crate::fork::contradict;
use crate::frame::{Answer, Ask, decode_answer};
use crate::roster::Offence;
use crate::{ForkProof, MAX_ENTRIES, MAX_ENTRIES_BYTES, NetworkError, NodeId, Standing};

/// A peer that could not help is left alone this long, microseconds.
const REST_US: u64 = 2_000_000;
/// Doubts that a peer may leave open.
const MAX_UNRESOLVED: u32 = 3;

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
        if self.pulling || !self.queued.is_empty() || front.size() >= target.head.size {
            return;
        }
        let from = front.size();
        let Some(entries) = self.tail.run(from, target.head.size) else { return };
        let next = grown(front, &entries);
        if next.root() == target.head.root {
            let head = Some(target.clone());
            self.basis.clone_from(&self.target);
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
        let Some(front) = &self.front else { return };
        let from = front.size();
        if self.pulling || self.queued.len() >= MAX_QUEUED {
            return;
        }
        let Some((node, head)) = self.help(from) else { return };
        self.pulling = true;
        let ask = Ask::Entries { from, limit: MAX_ENTRIES, size: head.head.size };
        self.call(node, &ask, Call::Entries { node, from, head });
    }

    /// Whom to ask for entries from `from` on, and under which head: the
    /// greatest that somebody has shown to have, or may have.
    fn help(&self, from: u64) -> Option<(NodeId, SignedHead)> {
        let target = self.target.as_ref().filter(|target| target.head.size > from)?;
        let smaller = self.ahead.range(from + 1..target.head.size).rev().map(|(_, head)| head);
        std::iter::once(target).chain(smaller).find_map(|head| {
            let node = self.helper(head.head.size)?;
            Some((node, head.clone()))
        })
    }

    /// Who has `size` entries: who has shown so, takes part, has the better
    /// score, was asked the longest time ago.
    fn helper(&self, size: u64) -> Option<NodeId> {
        let able = self.roster.iter().filter(|(_, peer)| {
            peer.connected
                && !peer.is_refused()
                && peer.head_size.max(peer.hint_size) >= size
                && peer.rests_until_us <= self.steady_us
        });
        let best = able.min_by_key(|(node, peer)| {
            let hint = peer.head_size < size;
            (hint, -peer.score, peer.standing != Standing::Full, peer.asked_us, **node)
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
                    self.hear_note(node, &note, true, log);
                }
                Ok(Ok(Answer::Fork(proof))) => {
                    self.hear_fork(node, proof, log);
                }
                // Of another log, perhaps: it is of no use, and no offence.
                Ok(Ok(Answer::Refusal(_))) => self.rest(node),
                Ok(_) => self.blame(node, Offence::Garbage),
                Err(error) => self.failed(node, error),
            },
            Call::Entries { node, from, head } => {
                self.pulling = false;
                match answer {
                    Ok(Ok(Answer::Entries { entries, proof })) => {
                        self.take_entries(node, from, head, entries, &proof);
                    }
                    Ok(Ok(Answer::Refusal(_))) => self.refused(node, head.head.size),
                    Ok(_) => {
                        self.rest(node);
                        self.blame(node, Offence::Garbage);
                    }
                    Err(error) => self.failed(node, error),
                }
            }
            Call::Doubt { node, basis, head } => match answer {
                Ok(Ok(Answer::Consistency { root, proof })) => {
                    self.resolve(node, &basis, &head, root, proof);
                }
                Ok(_) => self.blame(node, Offence::FalseProof),
                Err(_) => self.unresolved(node),
            },
        }
    }

    /// It does not have what it was asked for. If it has shown that head, or
    /// another of its size, it withholds; else it has handed the head on only.
    fn refused(&mut self, node: NodeId, size: u64) {
        self.rest(node);
        let Some(peer) = self.roster.connected_mut(&node) else { return };
        peer.hint_size = 0;
        if peer.head_size >= size {
            self.blame(node, Offence::Withheld);
        }
    }

    fn take_entries(
        &mut self,
        node: NodeId,
        from: u64,
        head: SignedHead,
        entries: Vec<Bytes>,
        proof: &[[u8; 32]],
    ) {
        let Some(front) = self.front.as_ref().filter(|front| front.size() == from) else {
            // Asked before a batch could not be stored.
            return;
        };
        if self.halt.is_some() {
            return;
        }
        let size = head.head.size;
        let next = grown(front, &entries);
        let proven = next.size() <= size
            && verify_consistency(next.size(), size, proof, &next.root(), &head.head.root);
        if !proven {
            self.rest(node);
            self.doubt(node, head);
            return;
        }
        let bytes: usize = entries.iter().map(Bytes::len).sum();
        let stingy = entries.len() < MAX_ENTRIES && bytes + MAX_ENTRY_BYTES <= MAX_ENTRIES_BYTES;
        if next.size() < size && stingy {
            // Others may give more at a time.
            self.rest(node);
        }
        self.basis = Some(head.clone());
        let head = (next.size() == size).then_some(head);
        self.queue(Batch { from, entries, head }, next);
    }

    /// Either the peer has lied, or its log is signed for as well as ours: how
    /// does it come from the head under which ours is proven?
    fn doubt(&mut self, node: NodeId, head: SignedHead) {
        let basis = self.basis.as_ref().or(self.settings.head.as_ref());
        let Some(basis) = basis.filter(|basis| (1..head.head.size).contains(&basis.head.size))
        else {
            self.blame(node, Offence::FalseProof);
            return;
        };
        let ask = Ask::Consistency { from: basis.head.size, to: head.head.size };
        let basis = basis.clone();
        self.call(node, &ask, Call::Doubt { node, basis, head });
    }

    /// Not to explain what does not fit is as good as to lie, unless the network
    /// has lost the question.
    fn unresolved(&mut self, node: NodeId) {
        let Some(peer) = self.roster.connected_mut(&node) else { return };
        peer.unresolved += 1;
        let lied = peer.unresolved >= MAX_UNRESOLVED;
        self.blame(node, if lied { Offence::FalseProof } else { Offence::Withheld });
    }

    fn resolve(
        &mut self,
        node: NodeId,
        basis: &SignedHead,
        head: &SignedHead,
        root: [u8; 32],
        proof: Vec<[u8; 32]>,
    ) {
        let (smaller, larger) = (&basis.head, &head.head);
        let holds = verify_consistency(smaller.size, larger.size, &proof, &root, &larger.root);
        if !holds || root == smaller.root {
            self.blame(node, Offence::FalseProof);
            return;
        }
        let link = Some((root, proof));
        let (smaller, larger) = (basis.note.clone(), head.note.clone());
        self.stop(Halt::Forked(Box::new(ForkProof { smaller, larger, link })));
    }

    fn failed(&mut self, node: NodeId, error: NetworkError) {
        self.rest(node);
        if error == NetworkError::TimedOut {
            self.blame(node, Offence::Withheld);
        }
    }

    fn rest(&mut self, node: NodeId) {
        let until_us = self.steady_us.saturating_add(REST_US);
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
        if let Some(head) = self.storing_head.take() {
            let other = self.ahead.get(&head.head.size);
            if let Some(other) = other.filter(|other| contradict(&other.head, &head.head)) {
                let proof = ForkProof::of_one_size(&other.note, &head.note);
                self.stop(Halt::Forked(Box::new(proof)));
                return;
            }
            self.keep_ahead(head);
        }
        self.reach(log);
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
