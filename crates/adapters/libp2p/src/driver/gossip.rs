//! What is said on topics.

use bytes::Bytes;
use erynoa_sync::{Judgement, MAX_GOSSIP_BYTES, NetworkError, NetworkEvent, Ticket};
use libp2p::PeerId;
use libp2p::gossipsub::{Event, MessageAcceptance, MessageId, PublishError};

use super::Driver;
use crate::behaviour::{blame, topic};
use crate::limits::MAX_UNJUDGED;
use crate::names::node_of;

/// A message that waits for a judgement.
pub struct Unjudged {
    id: MessageId,
    from: PeerId,
}

impl Driver {
    pub(super) fn follow(&mut self, name: &str, follow: bool) -> Result<(), NetworkError> {
        let topic = topic(name).ok_or(NetworkError::TooLarge)?;
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        if follow {
            if let Err(error) = gossip.set_topic_params(topic.clone(), blame()) {
                tracing::warn!(%error, name, "what is wrong on this topic is not counted");
            }
            gossip.subscribe(&topic).map_err(|_| NetworkError::Busy)?;
        } else {
            gossip.unsubscribe(&topic);
        }
        Ok(())
    }

    pub(super) fn publish(&mut self, name: &str, bytes: &Bytes) -> Result<(), NetworkError> {
        let topic = topic(name).ok_or(NetworkError::TooLarge)?;
        match self.swarm.behaviour_mut().gossip.publish(topic, bytes.to_vec()) {
            // Nobody need be there, and what has been said has been said.
            Ok(_) | Err(PublishError::NoPeersSubscribedToTopic | PublishError::Duplicate) => Ok(()),
            Err(PublishError::MessageTooLarge) => Err(NetworkError::TooLarge),
            Err(PublishError::AllQueuesFull(_)) => Err(NetworkError::Busy),
            Err(error) => {
                tracing::warn!(%error, "a message was not said");
                Err(NetworkError::Busy)
            }
        }
    }

    pub(super) fn hear_gossip(&mut self, event: Event) {
        let Event::Message { propagation_source, message_id, message } = event else { return };
        let Some(from) = node_of(&propagation_source) else { return };
        let ticket = self.ticket();
        self.unjudged.insert(ticket.0, Unjudged { id: message_id, from: propagation_source });
        if message.data.len() > MAX_GOSSIP_BYTES {
            // The limit of the frame leaves room for somewhat more.
            self.judge(ticket, Judgement::Reject);
            self.offence(propagation_source, "a message larger than allowed");
            return;
        }
        if self.unjudged.len() > MAX_UNJUDGED
            && let Some((oldest, _)) = self.unjudged.first_key_value()
        {
            self.judge(Ticket(*oldest), Judgement::Ignore);
        }
        self.tell(NetworkEvent::Gossip {
            from,
            topic: message.topic.into_string(),
            bytes: Bytes::from(message.data),
            ticket,
        });
    }

    pub(super) fn judge(&mut self, ticket: Ticket, judgement: Judgement) {
        let Some(Unjudged { id, from }) = self.unjudged.remove(&ticket.0) else { return };
        let acceptance = match judgement {
            Judgement::Accept => MessageAcceptance::Accept,
            Judgement::Ignore => MessageAcceptance::Ignore,
            Judgement::Reject => MessageAcceptance::Reject,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        gossip.report_message_validation_result(&id, &from, acceptance);
    }
}
