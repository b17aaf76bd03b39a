//! Signed heads: what is said of the log, and what contradicts it.

use erynoa_events::{CheckpointError, LogState};

use super::{Call, HEAD_EVERY_US, Halt, MAX_AHEAD, MAX_SEEN, Node, Role, SignedHead};
use crate::fork::contradict;
use crate::frame::Ask;
use crate::roster::Offence;
use crate::{ForkProof, Judgement, NodeId};

impl Node {
    /// A note that somebody said or answered with. `is_own` says that it shows
    /// what `from` has itself. Only what is new is handed on.
    pub(super) fn hear_note(
        &mut self,
        from: NodeId,
        note: &str,
        is_own: bool,
        log: &LogState,
    ) -> Judgement {
        let hash = *blake3::hash(note.as_bytes()).as_bytes();
        let is_known = self.seen.iter().find(|(seen, _)| *seen == hash).map(|(_, size)| *size);
        if let Some(size) = is_known {
            self.shows(from, size, is_own);
            return Judgement::Ignore;
        }
        let Some(head) = log.keys().head(&self.settings.origin, note) else {
            return self.blame_for_note(from, note, log);
        };
        if self.seen.len() == MAX_SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back((hash, head.size));
        self.shows(from, head.size, is_own);
        let Some(bare) = self.bare(note, &head, log) else { return Judgement::Ignore };
        let greatest = self.head_size();
        let size = head.size;
        let cosigned = self.take_head(SignedHead { head, note: bare }, note, log);
        if size > greatest || cosigned { self.judge_note() } else { Judgement::Ignore }
    }

    fn shows(&mut self, node: NodeId, size: u64, is_own: bool) {
        if is_own {
            self.claims(node, size);
        } else if let Some(peer) = self.roster.connected_mut(&node) {
            peer.hint_size = peer.hint_size.max(size);
        }
    }

    pub(super) fn claims(&mut self, node: NodeId, size: u64) {
        if let Some(peer) = self.roster.connected_mut(&node) {
            peer.head_size = peer.head_size.max(size);
        }
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
    /// something that is known. `note` has the cosignatures, too. Returns
    /// whether one of them is new.
    fn take_head(&mut self, signed: SignedHead, note: &str, log: &LogState) -> bool {
        if self.halt.is_some() {
            return false;
        }
        let size = signed.head.size;
        let held = self.settings.head.as_ref().map_or(0, |held| held.head.size);
        if size <= held {
            return match log.tree().root_at(size) {
                Some(root) if root == signed.head.root => {
                    self.take_cosignatures(note, &signed.head, log)
                }
                Some(_) => {
                    self.prove_fork(&signed, log);
                    false
                }
                None => false,
            };
        }
        let known = self.ahead.get(&size).or(self.target.as_ref());
        if let Some(known) = known.filter(|known| contradict(&known.head, &signed.head)) {
            let proof = ForkProof::of_one_size(&known.note, &signed.note);
            self.stop(Halt::Forked(Box::new(proof)));
            return false;
        }
        if self.settings.role == Role::Home {
            // Our key has signed what we have not.
            if log.tree().root_at(size).is_none_or(|root| root != signed.head.root) {
                let reason = format!("a head of {size} entries bears our key and is not ours");
                self.stop(Halt::Unfit(reason));
            }
            return false;
        }
        let cosigned = self.take_cosignatures(note, &signed.head, log);
        self.keep_ahead(signed.clone());
        if self.target.as_ref().is_none_or(|target| target.head.size < size) {
            self.target = Some(signed);
        }
        self.reach(log);
        cosigned
    }

    /// Heads on the way are kept: when the log reaches them they must be the
    /// log's, and their cosignatures count.
    pub(super) fn keep_ahead(&mut self, signed: SignedHead) {
        if self.ahead.len() == MAX_AHEAD
            && !self.ahead.contains_key(&signed.head.size)
            && let Some((forgotten, _)) = self.ahead.pop_first()
        {
            // It may be told of again.
            self.seen.retain(|(_, size)| *size != forgotten);
        }
        self.ahead.entry(signed.head.size).or_insert(signed);
    }

    /// The log has grown: heads on the way are compared with it.
    pub(super) fn reach(&mut self, log: &LogState) {
        let reached: Vec<u64> = self.ahead.range(..=log.size()).map(|(size, _)| *size).collect();
        for size in reached {
            let is_ours = |signed: &SignedHead| log.tree().root_at(size) == Some(signed.head.root);
            let Some(signed) = self.ahead.get(&size).filter(|signed| is_ours(signed)) else {
                continue;
            };
            let signed = signed.clone();
            self.ahead.remove(&size);
            let newer = |held: &SignedHead| held.head.size < size;
            if self.settings.head.as_ref().is_none_or(newer) {
                self.settings.head = Some(signed.clone());
            }
            self.take_early(&signed);
            self.remember(signed);
        }
        if self.target.as_ref().is_some_and(|target| target.head.size <= log.size()) {
            self.target = None;
        }
        // What is left is not the log's. It proves a fork as soon as a head of
        // that size or a greater one is held; until then entries of the log
        // wait for their head.
        let held = self.settings.head.as_ref().map_or(0, |held| held.head.size);
        if let Some(other) = self.ahead.range(..=held).next().map(|(_, other)| other.clone()) {
            self.prove_fork(&other, log);
        }
    }

    /// `signed` is not what our log was at its size, and our log is signed for.
    fn prove_fork(&mut self, signed: &SignedHead, log: &LogState) {
        let (tree, size) = (log.tree(), signed.head.size);
        let Some(held) = self.settings.head.as_ref().filter(|held| held.head.size >= size) else {
            return;
        };
        let link = (held.head.size > size).then(|| {
            let proof = tree.consistency(size, held.head.size).unwrap_or_default();
            (tree.root_at(size).unwrap_or_default(), proof)
        });
        let larger = self.bare(&held.note, &held.head, log).unwrap_or_else(|| held.note.clone());
        let proof = ForkProof { smaller: signed.note.clone(), larger, link };
        self.stop(Halt::Forked(Box::new(proof)));
    }

    pub(super) fn ask_head(&mut self, node: NodeId) {
        self.head_asked_us = self.steady_us;
        let ask = Ask::Head { known: self.known };
        self.call(node, &ask, Call::Head(node));
    }

    /// Gossip can be kept from a node; so it looks by itself now and then, at
    /// whom it has not asked for the longest time.
    pub(super) fn look_for_heads(&mut self) {
        let due = self.steady_us.saturating_sub(self.head_asked_us) >= HEAD_EVERY_US;
        if !due || self.halt.is_some() || self.calls.values().any(|c| matches!(c, Call::Head(_))) {
            return;
        }
        let rested = self.roster.iter().filter(|(_, peer)| {
            peer.connected && !peer.is_refused() && peer.rests_until_us <= self.steady_us
        });
        let next = rested.min_by_key(|(node, peer)| (peer.asked_us, **node)).map(|(node, _)| *node);
        if let Some(node) = next {
            self.ask_head(node);
        }
    }
}
