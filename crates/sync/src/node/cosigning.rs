//! Cosignatures under heads: heard, kept until their head is reached, told of.

use erynoa_events::{
    Checkpoint, LogState, bare_cosignature, cosignature_holds, cosignature_line, find_cosignature,
    verify_cosignature,
};
use erynoa_kernel::{PublicKey, Signature};

use super::{
    HEAD_EVERY_US, Halt, MAX_RECENT, MAX_WITNESSES, Node, Output, Role, SignedHead, WitnessKey,
};
use crate::frame::{HeadCosignature, MAX_SKEW_US, Payload};
use crate::{Judgement, NodeId};

/// A genuine cosignature of a head that the log has not reached yet.
#[derive(Clone, Debug)]
pub(super) struct Early {
    root: [u8; 32],
    size: u64,
    time_s: u64,
    signature: Signature,
}

impl Node {
    pub(super) fn set_witnesses(&mut self, mut witnesses: Vec<WitnessKey>, log: &LogState) {
        witnesses.truncate(MAX_WITNESSES);
        if witnesses == self.witnesses {
            return;
        }
        self.early.retain(|key, _| witnesses.iter().any(|witness| witness.key == *key));
        self.witnesses = witnesses;
        // What was said before they counted may be under the head that we hold.
        self.seen.clear();
        // Lines of who was unknown were not kept: others are asked again now.
        self.head_asked_us = self.steady_us.saturating_sub(HEAD_EVERY_US);
        if let Some(SignedHead { head, note }) = self.settings.head.clone() {
            self.take_cosignatures(&note, &head, log);
        }
    }

    /// A head that a witness, or we, have cosigned is said as short as it can
    /// be: everybody has the note.
    pub(super) fn cosigned(&mut self, signed: SignedHead, log: &LogState) {
        let SignedHead { head, note } = &signed;
        self.take_cosignatures(note, head, log);
        let own = self.key.public_key();
        let us = self.witnesses.iter().find(|witness| witness.key == own);
        let bare = us.and_then(|us| bare_cosignature(note, head, &us.name, &own));
        let payload = match bare {
            Some((time_s, signature)) => Payload::Cosignature(HeadCosignature {
                size: head.size,
                root: head.root,
                time_s,
                signature,
            }),
            None => Payload::Note(signed.note),
        };
        if self.may_say_note() {
            self.say(&payload);
        }
    }

    /// A cosignature without its note.
    pub(super) fn hear_cosignature(
        &mut self,
        from: NodeId,
        signer: NodeId,
        said: &HeadCosignature,
        log: &LogState,
    ) -> Judgement {
        let key = signer.0;
        let Some(name) = self.witnesses.iter().find(|w| w.key == key).map(|w| w.name.clone())
        else {
            return Judgement::Ignore;
        };
        if from == signer {
            self.claims(from, said.size);
        }
        if !self.is_newer(&key, said.size) || !self.is_past(said.time_s) {
            return Judgement::Ignore;
        }
        let origin = self.settings.origin.clone();
        let head = Checkpoint { origin, size: said.size, root: said.root };
        // Nobody but the signer itself can have put it into its message.
        if !cosignature_holds(&head, &key, said.time_s, &said.signature) {
            return Judgement::Ignore;
        }
        if log.tree().root_at(said.size).is_some_and(|root| root != said.root) {
            return Judgement::Ignore;
        }
        let line = cosignature_line(&name, &key, said.time_s, &said.signature);
        if self.settings.head.as_ref().is_some_and(|held| held.head.size >= said.size) {
            let recent = self.recent.iter().find(|recent| recent.head == head);
            let Some(note) = recent.map(|recent| format!("{}{line}", recent.note)) else {
                return Judgement::Ignore;
            };
            self.tell(key, said.size, said.time_s, note);
        } else {
            let HeadCosignature { size, root, time_s, signature } = said.clone();
            self.early.insert(key, Early { root, size, time_s, signature });
        }
        self.judge_note()
    }

    /// A head is reached: what was heard of it before counts.
    pub(super) fn take_early(&mut self, head: &SignedHead) {
        let of_it: Vec<PublicKey> = self
            .early
            .iter()
            .filter(|(_, early)| early.size <= head.head.size)
            .map(|(key, _)| *key)
            .collect();
        for key in of_it {
            let Some(early) = self.early.remove(&key) else { continue };
            let Some(witness) = self.witnesses.iter().find(|witness| witness.key == key) else {
                continue;
            };
            if early.size != head.head.size || early.root != head.head.root {
                continue;
            }
            let line = cosignature_line(&witness.name, &key, early.time_s, &early.signature);
            let note = format!("{}{line}", head.note);
            // The note may have extensions, which the short form does not cover.
            if verify_cosignature(&note, &witness.name, &key) == Some(early.time_s) {
                self.tell(key, early.size, early.time_s, note);
            }
        }
    }

    /// Whether this would be the witness's greatest head.
    fn is_newer(&self, key: &PublicKey, size: u64) -> bool {
        self.told.get(key).is_none_or(|told| *told < size)
            && self.early.get(key).is_none_or(|early| early.size < size)
    }

    const fn is_past(&self, time_s: u64) -> bool {
        time_s <= self.now_us.saturating_add(MAX_SKEW_US) / 1_000_000
    }

    fn tell(&mut self, key: PublicKey, size: u64, time_s: u64, note: String) {
        self.told.insert(key, size);
        self.out.push(Output::Witnessed { key, size, time_s, note });
    }

    /// Takes the cosignatures that are new out of a note. Tells of them when
    /// the head is reached, keeps them otherwise. Returns whether there are any.
    pub(super) fn take_cosignatures(
        &mut self,
        note: &str,
        head: &Checkpoint,
        log: &LogState,
    ) -> bool {
        let reached = self.settings.head.as_ref().is_some_and(|held| held.head.size >= head.size);
        let candidates: Vec<WitnessKey> =
            self.witnesses.iter().filter(|w| self.is_newer(&w.key, head.size)).cloned().collect();
        let mut news = false;
        for WitnessKey { name, key } in candidates {
            let Some(found) = find_cosignature(note, &name, &key) else { continue };
            if !self.is_past(found.time_s) {
                continue;
            }
            if reached {
                let Some(bare) = self.bare(note, head, log) else { continue };
                self.tell(key, head.size, found.time_s, format!("{bare}{}", found.line));
            } else {
                let Some((time_s, signature)) = bare_cosignature(note, head, &name, &key) else {
                    continue;
                };
                let (size, root) = (head.size, head.root);
                self.early.insert(key, Early { root, size, time_s, signature });
            }
            news = true;
        }
        news
    }

    /// A note with the signature of the log's key alone: what others have added
    /// may be anything.
    pub(super) fn bare(&self, note: &str, head: &Checkpoint, log: &LogState) -> Option<String> {
        Checkpoint::bare(note, &self.settings.origin, log.keys().at(head.size))
    }

    /// A witness cosigns the head that its log ends with, once; again after a
    /// restart, because what it has signed may not have been heard.
    pub(super) fn cosign(&mut self, log: &LogState) {
        if self.settings.role != Role::Witness || self.halt.is_some() {
            return;
        }
        let Some(held) = &self.settings.head else { return };
        if held.head.size == log.size() && self.cosigned_size < held.head.size {
            self.cosigned_size = held.head.size;
            self.out.push(Output::Cosign(held.clone()));
        }
    }

    /// Heads that were reached lately, for cosignatures that come after them.
    pub(super) fn remember(&mut self, head: SignedHead) {
        if self.recent.len() == MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(head);
    }

    /// Whether the log is known to have forked.
    pub(super) const fn is_forked(&self) -> bool {
        matches!(self.halt, Some(Halt::Forked(_)))
    }
}
