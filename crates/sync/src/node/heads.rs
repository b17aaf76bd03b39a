//! Signed heads and the cosignatures under them.

use erynoa_events::{Checkpoint, CheckpointError, LogState, verify_cosignature};
use erynoa_kernel::PublicKey;

use super::{
    Call, HEAD_EVERY_US, Halt, MAX_AHEAD, MAX_SEEN, MAX_WITNESSES, Node, Output, Role, SignedHead,
    WitnessKey,
};
use crate::fork::contradict;
use crate::frame::{Ask, MAX_SKEW_US};
use crate::roster::Offence;
use crate::{ForkProof, Judgement, NodeId};

impl Node {
    pub(super) fn set_witnesses(&mut self, mut witnesses: Vec<WitnessKey>) {
        witnesses.truncate(MAX_WITNESSES);
        if witnesses == self.witnesses {
            return;
        }
        self.witnesses = witnesses;
        // What was said before they counted may be under the head that we hold.
        self.seen.clear();
        if let Some(SignedHead { head, note }) = self.settings.head.clone() {
            self.take_cosignatures(&note, &head);
        }
    }

    /// A note that somebody said or answered with.
    pub(super) fn hear_note(&mut self, from: NodeId, note: String, log: &LogState) -> Judgement {
        let hash = *blake3::hash(note.as_bytes()).as_bytes();
        if self.seen.contains(&hash) {
            return Judgement::Ignore;
        }
        let Some(head) = log.keys().head(&self.settings.origin, &note) else {
            return self.blame_for_note(from, &note, log);
        };
        if self.seen.len() == MAX_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back(hash);
        if let Some(peer) = self.roster.connected_mut(&from) {
            peer.head_size = peer.head_size.max(head.size);
        }
        self.take_head(SignedHead { head, note }, log);
        Judgement::Accept
    }

    fn blame_for_note(&mut self, from: NodeId, note: &str, log: &LogState) -> Judgement {
        let offence = match log.keys().check(&self.settings.origin, note) {
            Err(CheckpointError::OtherOrigin) => Offence::WrongOrigin,
            Err(CheckpointError::SignatureInvalid) => Offence::Forged,
            // Perhaps by a later home that we do not know of yet.
            Err(CheckpointError::Unsigned) | Ok(_) => return Judgement::Ignore,
            Err(CheckpointError::Malformed | CheckpointError::OtherText) => Offence::Garbage,
        };
        self.blame(from, offence);
        Judgement::Reject
    }

    /// A head that the log's key has signed: a target, a contradiction, or
    /// something that is known.
    fn take_head(&mut self, signed: SignedHead, log: &LogState) {
        if self.halt.is_some() {
            return;
        }
        let size = signed.head.size;
        let held = self.settings.head.as_ref().map_or(0, |held| held.head.size);
        if size <= held {
            match log.tree().root_at(size) {
                Some(root) if root == signed.head.root => {
                    self.take_cosignatures(&signed.note, &signed.head);
                }
                Some(_) => self.prove_fork(&signed, log),
                None => {}
            }
            return;
        }
        let known = self.ahead.get(&size).or(self.target.as_ref());
        if let Some(known) = known.filter(|known| contradict(&known.head, &signed.head)) {
            let proof = ForkProof::of_one_size(&known.note, &signed.note);
            self.stop(Halt::Forked(Box::new(proof)));
            return;
        }
        if self.settings.role == Role::Home {
            // Our key has signed what we have not.
            if log.tree().root_at(size).is_none_or(|root| root != signed.head.root) {
                let reason = format!("a head of {size} entries bears our key and is not ours");
                self.stop(Halt::Unfit(reason));
            }
            return;
        }
        self.keep_ahead(signed.clone());
        if self.target.as_ref().is_none_or(|target| target.head.size < size) {
            self.target = Some(signed);
        }
        self.reach(log);
    }

    /// Heads on the way are kept: when the log reaches them they must be the
    /// log's, and their cosignatures count.
    pub(super) fn keep_ahead(&mut self, signed: SignedHead) {
        let size = signed.head.size;
        match self.ahead.get_mut(&size) {
            // The longer one has more cosignatures.
            Some(known) if known.note.len() < signed.note.len() => *known = signed,
            Some(_) => {}
            None => {
                if self.ahead.len() == MAX_AHEAD {
                    self.ahead.pop_first();
                }
                self.ahead.insert(size, signed);
            }
        }
    }

    /// The log has grown: heads on the way are compared with it.
    pub(super) fn reach(&mut self, log: &LogState) {
        while let Some(first) = self.ahead.first_entry() {
            if *first.key() > log.size() {
                break;
            }
            let signed = first.remove();
            if log.tree().root_at(signed.head.size) == Some(signed.head.root) {
                self.take_cosignatures(&signed.note, &signed.head);
                let newer = |held: &SignedHead| held.head.size < signed.head.size;
                if self.settings.head.as_ref().is_none_or(newer) {
                    self.settings.head = Some(signed);
                }
            } else {
                self.prove_fork(&signed, log);
                return;
            }
        }
        let reached = |target: &SignedHead| target.head.size <= log.size();
        if self.target.as_ref().is_some_and(reached) {
            self.target = None;
        }
    }

    /// `signed` is not what our log was at its size, and our log is signed for.
    fn prove_fork(&mut self, signed: &SignedHead, log: &LogState) {
        let (tree, size) = (log.tree(), signed.head.size);
        let Some(held) = self.settings.head.as_ref().filter(|held| held.head.size >= size) else {
            let reason = format!("the signed head of {size} entries is not that of the log");
            self.stop(Halt::Unfit(reason));
            return;
        };
        let link = (held.head.size > size).then(|| {
            let proof = tree.consistency(size, held.head.size).unwrap_or_default();
            (tree.root_at(size).unwrap_or_default(), proof)
        });
        let proof = ForkProof { smaller: signed.note.clone(), larger: held.note.clone(), link };
        self.stop(Halt::Forked(Box::new(proof)));
    }

    /// Tells of every witness whose greatest head this is. The head is the
    /// log's: its root was compared.
    pub(super) fn take_cosignatures(&mut self, note: &str, head: &Checkpoint) {
        let latest_s = self.now_us.saturating_add(MAX_SKEW_US) / 1_000_000;
        let newer = |told: Option<&u64>| told.is_none_or(|size| *size < head.size);
        let candidates: Vec<&WitnessKey> =
            self.witnesses.iter().filter(|witness| newer(self.told.get(&witness.key))).collect();
        let mut found: Vec<(PublicKey, u64)> = Vec::new();
        for witness in candidates {
            let time_s = verify_cosignature(note, &witness.name, &witness.key);
            found.extend(time_s.filter(|time| *time <= latest_s).map(|time| (witness.key, time)));
        }
        for (key, time_s) in found {
            self.told.insert(key, head.size);
            let note = note.to_owned();
            self.out.push(Output::Witnessed { key, size: head.size, time_s, note });
        }
    }

    pub(super) fn ask_head(&mut self, node: NodeId) {
        self.head_asked_us = self.now_us;
        self.call(node, &Ask::Head, Call::Head(node));
    }

    /// Gossip can be kept from a node; so it looks by itself now and then, at
    /// whom it has not asked for the longest time.
    pub(super) fn look_for_heads(&mut self) {
        let due = self.now_us.saturating_sub(self.head_asked_us) >= HEAD_EVERY_US;
        if !due || self.halt.is_some() || self.calls.values().any(|c| matches!(c, Call::Head(_))) {
            return;
        }
        let rested = self
            .roster
            .iter()
            .filter(|(_, peer)| peer.connected && peer.rests_until_us <= self.now_us);
        let next = rested.min_by_key(|(node, peer)| (peer.asked_us, **node)).map(|(node, _)| *node);
        if let Some(node) = next {
            self.ask_head(node);
        }
    }
}
