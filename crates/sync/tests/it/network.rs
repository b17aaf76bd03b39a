//! Who is connected, what is lost, and when the rest arrives.

use std::rc::Rc;

use bytes::Bytes;
use erynoa_sync::{Input, Judgement, NetworkError, NodeId};

use crate::plan::SECOND;
use crate::world::{Actor, What, World};

/// How long a question waits for its answer.
const PATIENCE: u64 = 10 * SECOND;
/// How long the network remembers what was said.
const REMEMBERED: u64 = 60 * SECOND;

impl World {
    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        let pair = (a.min(b), a.max(b));
        let refuses = |one: usize, other: usize| {
            self.host(one).is_some_and(|host| host.disk.bans.contains(&self.id(other)))
        };
        if refuses(a, b) || refuses(b, a) || !self.is_up(a) || !self.is_up(b) {
            return;
        }
        if self.cut.contains(&pair) || !self.connected.insert(pair) {
            return;
        }
        let (id_a, id_b) = (self.id(a), self.id(b));
        self.feed(a, Input::Connected(id_b));
        self.feed(b, Input::Connected(id_a));
    }

    pub(crate) fn disconnect(&mut self, a: usize, b: usize) {
        if !self.connected.remove(&(a.min(b), a.max(b))) {
            return;
        }
        for (one, other) in [(a, b), (b, a)] {
            let gone = self.id(other);
            let Some(host) = self.host_mut(one) else { continue };
            let open: Vec<u64> = host
                .pending
                .iter()
                .filter(|(_, to)| **to == other)
                .map(|(call, _)| *call)
                .collect();
            host.pending.retain(|call, _| !open.contains(call));
            for call in open {
                self.feed(one, Input::Answered { call, result: Err(NetworkError::Unreachable) });
            }
            self.feed(one, Input::Disconnected(gone));
        }
    }

    pub(crate) fn reconnect(&mut self, at: usize) {
        for (a, b) in self.links.clone() {
            if a == at || b == at {
                self.connect(a, b);
            }
        }
    }

    pub(crate) fn part(&mut self) {
        if self.calm {
            return;
        }
        let side: Vec<bool> = (0..self.actors.len()).map(|_| self.dice.chance(50)).collect();
        let hard = self.dice.chance(50);
        self.say(6, usize::from(hard), 0, 0);
        for (a, b) in self.links.clone() {
            if side[a] == side[b] {
                continue;
            }
            if hard {
                self.cut.insert((a, b));
                self.disconnect(a, b);
            } else {
                self.silent.insert((a, b));
            }
        }
        let lasts = self.dice.between(SECOND, 40 * SECOND);
        self.at(lasts, What::Heal);
    }

    pub(crate) fn heal(&mut self) {
        self.silent.clear();
        for (a, b) in std::mem::take(&mut self.cut) {
            if self.crosses(a, b) && !self.calm {
                self.cut.insert((a, b));
            } else {
                self.connect(a, b);
            }
        }
    }

    /// When copies of a message arrive, if any do.
    pub(crate) fn ways(&mut self, from: usize, to: usize, bytes: usize, once: bool) -> Vec<u64> {
        let pair = (from.min(to), from.max(to));
        let gone = !self.connected.contains(&pair) || self.silent.contains(&pair);
        if gone || self.dice.chance(self.weather.loss) {
            return Vec::new();
        }
        let (least, most) = self.weather.delay_us;
        let mut wait = self.dice.between(least, most);
        if let Some(takes) = (bytes as u64 * SECOND).checked_div(self.weather.bandwidth) {
            let begins = self.sending_until[from].max(self.now);
            self.sending_until[from] = begins + takes;
            wait += self.sending_until[from] - self.now;
        }
        let mut ways = vec![wait];
        if !once && self.dice.chance(self.weather.twice) {
            ways.push(self.dice.between(least, most));
        }
        ways
    }

    /// Says something to some neighbours.
    pub(crate) fn gossip(&mut self, from: usize, to: &[usize], topic: &str, bytes: &Bytes) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(topic.as_bytes());
        hasher.update(bytes);
        let id = hasher.finalize().as_bytes().first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        let topic: Rc<str> = topic.into();
        let now = self.now;
        if let Some(host) = self.host_mut(from) {
            host.seen.insert(id, now);
        }
        for &to in to {
            for way in self.ways(from, to, topic.len() + bytes.len(), false) {
                let (topic, bytes) = (Rc::clone(&topic), bytes.clone());
                self.at(way, What::Deliver { to, from, topic, bytes, id });
            }
        }
    }

    pub(crate) fn deliver(
        &mut self,
        to: usize,
        from: usize,
        topic: &Rc<str>,
        bytes: &Bytes,
        id: u64,
    ) {
        if !self.connected.contains(&(from.min(to), from.max(to))) {
            return;
        }
        let now = self.now;
        if let Actor::Villain(villain) = &mut self.actors[to] {
            villain.hear(topic, bytes);
            return;
        }
        let sender = self.id(from);
        let Some(host) = self.host_mut(to).filter(|host| host.node.is_some()) else { return };
        if host.seen.get(&id).is_some_and(|heard| now - heard < REMEMBERED) {
            return;
        }
        host.seen.insert(id, now);
        self.bytes_in[to] += (topic.len() + bytes.len()) as u64;
        self.messages_in[to] += 1;
        let (topic, ticket) = (topic.to_string(), erynoa_sync::Ticket(id));
        self.say(7, to, from, id);
        let input =
            Input::Gossip { from: sender, topic: topic.clone(), bytes: bytes.clone(), ticket };
        let judged = self.feed(to, input);
        if judged == Some(Judgement::Accept) {
            let others: Vec<usize> =
                self.neighbours(to).into_iter().filter(|other| *other != from).collect();
            self.gossip(to, &others, &topic, bytes);
        }
    }

    pub(crate) fn request(&mut self, from: usize, call: u64, to: NodeId, bytes: &Bytes) {
        let target = self.neighbours(from).into_iter().find(|at| self.id(*at) == to);
        let Some(host) = self.host_mut(from) else { return };
        let life = host.life;
        let Some(target) = target else {
            host.pending.insert(call, usize::MAX);
            let result = Err(NetworkError::Unreachable);
            self.at(1_000, What::Answer { to: from, life, call, result });
            return;
        };
        host.pending.insert(call, target);
        if let Some(way) = self.ways(from, target, bytes.len(), true).first() {
            let bytes = bytes.clone();
            self.at(*way, What::Ask { to: target, from, life, call, bytes });
        }
        let result = Err(NetworkError::TimedOut);
        self.at(PATIENCE, What::Answer { to: from, life, call, result });
    }

    /// Sends an answer back.
    pub(crate) fn answer(&mut self, from: usize, to: usize, life: u32, call: u64, bytes: Bytes) {
        if let Some(way) = self.ways(from, to, bytes.len(), true).first() {
            self.at(*way, What::Answer { to, life, call, result: Ok(bytes) });
        }
    }
}
