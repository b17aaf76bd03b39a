//! What others say on topics.

use bytes::Bytes;
use erynoa_events::{CheckpointError, LogState};

use super::{Halt, Node, Role};
use crate::frame::{FrameError, Payload, decode_gossip};
use crate::roster::{Offence, SAY_RATE};
use crate::{ForkProof, Judgement, NodeId, Standing};

impl Node {
    pub(super) fn hear(
        &mut self,
        from: NodeId,
        topic: &str,
        bytes: &Bytes,
        log: &LogState,
    ) -> Judgement {
        if self.roster.is_refused(&from) {
            return Judgement::Ignore;
        }
        if !self.roster.may_gossip(from, topic == self.topic, self.steady_us) {
            self.flooded(from);
            return Judgement::Ignore;
        }
        let said = match decode_gossip(topic, bytes, self.now_us) {
            Ok(said) => said,
            Err(error) => {
                self.blame(from, offence_of(error));
                let late = error == FrameError::Time;
                return if late { Judgement::Ignore } else { Judgement::Reject };
            }
        };
        match said.payload {
            Payload::Note(note) if topic == self.topic => {
                self.hear_note(from, &note, from == said.signer, log)
            }
            Payload::Fork(proof) if topic == self.topic => self.hear_fork(from, proof, log),
            Payload::Cosignature(cosignature) if topic == self.topic => {
                self.hear_cosignature(from, said.signer, &cosignature, log)
            }
            Payload::Entry { sequence, entry } if topic.ends_with(EVENTS) => {
                self.hear_entry(said.signer, sequence, entry)
            }
            _ => {
                self.blame(from, Offence::Garbage);
                Judgement::Reject
            }
        }
    }

    /// A message over the budget of a peer.
    pub(super) fn flooded(&mut self, from: NodeId) {
        if self.roster.is_over(from, self.steady_us) {
            self.blame(from, Offence::Flood);
        }
    }

    /// What is new is handed on, as long as nobody can take it for a flood.
    pub(super) fn judge_note(&mut self) -> Judgement {
        if self.may_say_note() { Judgement::Accept } else { Judgement::Ignore }
    }

    pub(super) fn hear_fork(
        &mut self,
        from: NodeId,
        proof: ForkProof,
        log: &LogState,
    ) -> Judgement {
        if self.is_forked() {
            return Judgement::Ignore;
        }
        if !proof.holds(&self.settings.origin, log.keys()) {
            let unknown = |note: &str| {
                let checked = log.keys().check(&self.settings.origin, note);
                matches!(checked, Err(CheckpointError::Unsigned))
            };
            if unknown(&proof.smaller) || unknown(&proof.larger) {
                // Perhaps of a later home that we do not know of yet.
                return Judgement::Ignore;
            }
            self.blame(from, Offence::Forged);
            return Judgement::Reject;
        }
        self.stop(Halt::Forked(Box::new(proof)));
        Judgement::Accept
    }

    /// An entry counts for nothing until a head covers it; who may take part
    /// may save us the way to fetch it.
    fn hear_entry(&mut self, signer: NodeId, sequence: u64, entry: Bytes) -> Judgement {
        let full = self.roster.get(&signer).is_some_and(|peer| peer.standing == Standing::Full);
        if !full || self.settings.role == Role::Home || self.halt.is_some() {
            return Judgement::Ignore;
        }
        let next = self.front.as_ref().map_or(0, erynoa_events::Frontier::size);
        if self.tail.hold(next, sequence, entry) && self.said_entries.take(SAY_RATE, self.steady_us)
        {
            Judgement::Accept
        } else {
            Judgement::Ignore
        }
    }
}

/// How the topic of a realm's events ends.
const EVENTS: &str = "/events/v1";

const fn offence_of(error: FrameError) -> Offence {
    match error {
        FrameError::Signature => Offence::Forged,
        FrameError::Time => Offence::WrongTime,
        FrameError::TooLarge | FrameError::NotCanonical | FrameError::Field(_) => Offence::Garbage,
    }
}

#[cfg(test)]
mod tests {
    use erynoa_kernel::RealmId;

    use super::EVENTS;
    use crate::events_topic;

    #[test]
    fn the_topic_of_a_realms_events_ends_as_it_is_known_by() {
        assert!(events_topic(&RealmId::NULL).ends_with(EVENTS));
    }
}
