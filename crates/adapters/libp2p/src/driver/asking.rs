//! Questions and answers.

use bytes::Bytes;
use erynoa_sync::{
    MAX_REQUESTS, MAX_REQUESTS_PER_NODE, MAX_RESPONSE_BYTES, NetworkError, NetworkEvent, NodeId,
    Protocol, Ticket,
};
use libp2p::PeerId;
use libp2p::request_response::{
    Event, InboundRequestId, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
};
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use super::Driver;
use crate::codec::{Answer, Question};
use crate::limits::MAX_ANSWER_BYTES_UNDER_WAY;
use crate::names::{node_of, peer_of};

/// Who waits for an answer.
type Asker = oneshot::Sender<Result<Bytes, NetworkError>>;

/// Our questions that have no answer yet.
#[derive(Default)]
pub struct Asked(FxHashMap<(Protocol, OutboundRequestId), (PeerId, Asker)>);

/// Questions of others that are not done with: until the answer has gone out,
/// not only until it is given.
#[derive(Default)]
pub struct Opened {
    tickets: FxHashMap<u64, Open>,
    by_request: FxHashMap<(Protocol, InboundRequestId), u64>,
    answer_bytes: usize,
}

struct Open {
    peer: PeerId,
    protocol: Protocol,
    request: InboundRequestId,
    channel: Option<ResponseChannel<Answer>>,
    answer_bytes: usize,
}

impl Opened {
    fn has_room(&self, peer: PeerId) -> bool {
        let of_peer = self.tickets.values().filter(|open| open.peer == peer).count();
        self.tickets.len() < MAX_REQUESTS && of_peer < MAX_REQUESTS_PER_NODE
    }

    fn has_room_for(&self, answer: &Bytes) -> bool {
        self.answer_bytes + answer.len() <= MAX_ANSWER_BYTES_UNDER_WAY
    }

    fn remove(&mut self, ticket: u64) {
        if let Some(open) = self.tickets.remove(&ticket) {
            self.by_request.remove(&(open.protocol, open.request));
            self.answer_bytes -= open.answer_bytes;
        }
    }
}

impl Driver {
    pub(super) fn ask(&mut self, node: &NodeId, protocol: Protocol, bytes: Bytes, asker: Asker) {
        let peer = peer_of(node);
        let refused = if self.blocked.contains(&peer) {
            Some(NetworkError::Refused)
        } else if peer == self.me {
            Some(NetworkError::Unreachable)
        } else {
            let under_way = self.asked.0.values().filter(|(other, _)| *other == peer).count();
            let full = under_way >= MAX_REQUESTS_PER_NODE || self.asked.0.len() >= MAX_REQUESTS;
            full.then_some(NetworkError::Busy)
        };
        if let Some(error) = refused {
            // Who has stopped waiting needs no answer.
            let _ = asker.send(Err(error));
            return;
        }
        let asking = self.swarm.behaviour_mut().asking(protocol);
        let request = asking.send_request(&peer, Question::Asked(bytes));
        self.asked.0.insert((protocol, request), (peer, asker));
    }

    pub(super) fn hear_asking(&mut self, protocol: Protocol, event: Event<Question, Answer>) {
        match event {
            Event::Message { peer, message, .. } => match message {
                Message::Request { request_id, request: Question::Asked(bytes), channel } => {
                    self.open(peer, protocol, request_id, bytes, channel);
                }
                Message::Request { request: Question::Flawed(reason), .. } => {
                    self.offence(peer, reason);
                }
                Message::Response { request_id, response: Some(bytes) } => {
                    self.answered(protocol, request_id, Ok(bytes));
                }
                Message::Response { request_id, response: None } => {
                    self.answered(protocol, request_id, Err(NetworkError::TooLarge));
                    self.offence(peer, "an answer larger than allowed");
                }
            },
            Event::OutboundFailure { request_id, error, .. } => {
                self.answered(protocol, request_id, Err(reason(&error)));
            }
            Event::InboundFailure { request_id, .. } | Event::ResponseSent { request_id, .. } => {
                if let Some(ticket) = self.opened.by_request.get(&(protocol, request_id)) {
                    self.opened.remove(*ticket);
                }
            }
        }
    }

    fn answered(
        &mut self,
        protocol: Protocol,
        request: OutboundRequestId,
        answer: Result<Bytes, NetworkError>,
    ) {
        if let Some((_, asker)) = self.asked.0.remove(&(protocol, request)) {
            // Who has stopped waiting needs no answer.
            let _ = asker.send(answer);
        }
    }

    fn open(
        &mut self,
        peer: PeerId,
        protocol: Protocol,
        request: InboundRequestId,
        bytes: Bytes,
        channel: ResponseChannel<Answer>,
    ) {
        let Some(from) = node_of(&peer) else { return };
        if !self.opened.has_room(peer) {
            // To let go of the channel ends the stream: come again later.
            return;
        }
        let ticket = self.ticket();
        self.opened.by_request.insert((protocol, request), ticket.0);
        let open = Open { peer, protocol, request, channel: Some(channel), answer_bytes: 0 };
        self.opened.tickets.insert(ticket.0, open);
        self.tell(NetworkEvent::Request { from, protocol, bytes, ticket });
    }

    pub(super) fn respond(&mut self, ticket: Ticket, bytes: Bytes) {
        let has_room = self.opened.has_room_for(&bytes);
        let Some(open) = self.opened.tickets.get_mut(&ticket.0) else { return };
        let Some(channel) = open.channel.take() else { return };
        let answer = if bytes.len() > MAX_RESPONSE_BYTES {
            tracing::error!(bytes = bytes.len(), "an answer larger than allowed");
            None
        } else if has_room {
            open.answer_bytes = bytes.len();
            self.opened.answer_bytes += bytes.len();
            Some(bytes)
        } else {
            self.opened.remove(ticket.0);
            return;
        };
        let asking = self.swarm.behaviour_mut().asking(open.protocol);
        if asking.send_response(channel, answer).is_err() {
            self.opened.remove(ticket.0);
        }
    }

    /// Nobody will answer; whoever asks is told to come again.
    pub(super) fn turn_away(&mut self, ticket: Ticket) {
        self.opened.remove(ticket.0);
    }
}

fn reason(failure: &OutboundFailure) -> NetworkError {
    match failure {
        OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => {
            NetworkError::Unreachable
        }
        OutboundFailure::Timeout => NetworkError::TimedOut,
        OutboundFailure::UnsupportedProtocols => NetworkError::Unsupported,
        OutboundFailure::Io(error) => match error.kind() {
            // The stream ends without an answer: it was turned away.
            std::io::ErrorKind::UnexpectedEof => NetworkError::Busy,
            std::io::ErrorKind::TimedOut => NetworkError::TimedOut,
            _ => NetworkError::Unreachable,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_on_their_way_have_as_many_bytes_as_are_allowed_and_no_more() {
        let most = Bytes::from(vec![0; MAX_RESPONSE_BYTES]);
        let under_way = MAX_ANSWER_BYTES_UNDER_WAY - MAX_RESPONSE_BYTES;
        let mut opened = Opened { answer_bytes: under_way, ..Opened::default() };
        assert!(opened.has_room_for(&most));
        opened.answer_bytes += 1;
        assert!(!opened.has_room_for(&most));
        assert!(opened.has_room_for(&most.slice(1..)));
    }
}
