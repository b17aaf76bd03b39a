//! What the runtime of a node does: writes, folds, signs, answers.

use bytes::Bytes;
use erynoa_events::{Checkpoint, LogKeys, VerifiedEvent, cosign, verify_cosignature};
use erynoa_sync::{
    Input, Judgement, Library, MAX_TAIL_BYTES, Offence, Output, Plan as AnswerPlan, Promise, Role,
    SignedHead, entries_answer, plan_log,
};

use crate::host::{Host, name_of};
use crate::laws::Law;
use crate::plan::{Kind, SECOND};
use crate::world::{Actor, LOG, ORIGIN, World, Write};

/// Most bytes that a node may hold: what was heard, and four answers.
const MOST_HELD: usize = 2 * MAX_TAIL_BYTES + 5 * (1 << 20);

impl World {
    /// Hands a node what has happened, and does what it says. Returns its last
    /// judgement.
    pub(crate) fn feed(&mut self, at: usize, input: Input) -> Option<Judgement> {
        let local = self.local_us(at);
        let Actor::Honest(host) = &mut self.actors[at] else { return None };
        let node = host.node.as_mut()?;
        let out = node.handle(input, host.fold.log(), local);
        let held = node.held_bytes();
        if node.head().map(|head| head.head.size) > host.disk.head.as_ref().map(|h| h.head.size) {
            host.disk.head = node.head().cloned();
        }
        if host.halted.is_none() {
            host.halted = node.halt().cloned();
        }
        if held > MOST_HELD {
            self.breaks(Law::Memory, || format!("node {at} holds {held} bytes"));
        }
        let mut judged = None;
        for output in out {
            if let Some(judgement) = self.carry_out(at, output) {
                judged = Some(judgement);
            }
        }
        self.watch_finality(at);
        judged
    }

    fn carry_out(&mut self, at: usize, output: Output) -> Option<Judgement> {
        match output {
            Output::Publish { topic, bytes } => {
                let to = self.neighbours(at);
                self.gossip(at, &to, &topic, &bytes);
            }
            Output::Judge(_, judgement) => return Some(judgement),
            Output::Call { call, node, protocol, bytes } => {
                assert_eq!(protocol, LOG, "everything is asked about the log");
                self.request(at, call, node, &bytes);
            }
            Output::Store(batch) => self.write(at, Write::Batch(batch)),
            Output::Cosign(head) => {
                if self.may_promise(at, &head) {
                    self.write(at, Write::Promise(head));
                }
            }
            Output::Witnessed { key, size, time_s, note } => {
                self.say(11, at, 0, size);
                self.check_witnessed(at, &note, size, time_s, &key);
                let host = self.host_mut(at)?;
                let kept = host.disk.cosigned.get(&key).map_or(0, |(size, _)| *size);
                if size > kept {
                    host.disk.cosigned.insert(key, (size, note));
                }
            }
            Output::Ban { node, offence, .. } => {
                self.say(12, at, offence as usize, 0);
                if self.is_honest(&node) {
                    self.breaks(Law::Bans, || format!("node {at} bans {node:?}: {offence:?}"));
                }
                if let Some(host) = self.host_mut(at) {
                    host.disk.bans.insert(node);
                }
                for other in self.neighbours(at) {
                    if self.id(other) == node {
                        self.disconnect(at, other);
                    }
                }
            }
            Output::Forked(proof) => {
                self.say(13, at, 0, 0);
                let third = LogKeys::of(self.log_key());
                if !proof.holds(ORIGIN, &third) {
                    self.breaks(Law::Fork, || format!("the proof of node {at} does not hold"));
                }
                if self.plan.kind != Kind::Fork {
                    self.breaks(Law::Frame, || format!("node {at} believes in a fork"));
                }
            }
        }
        None
    }

    fn write(&mut self, at: usize, write: Write) {
        let Some(host) = self.host(at) else { return };
        let life = host.life;
        // One after the other.
        let begins = self.writing_until[at].max(self.now);
        self.writing_until[at] = begins + self.dice.between(500, 60_000);
        let wait = self.writing_until[at] - self.now;
        self.at(wait, crate::world::What::Durable { at, life, write });
    }

    /// What a witness's book allows: nothing smaller than what was promised,
    /// nothing that does not continue it.
    fn may_promise(&mut self, at: usize, head: &SignedHead) -> bool {
        let Some(host) = self.host(at) else { return false };
        let Some(last) = &host.disk.promise else { return true };
        let head = &head.head;
        let continues = host.fold.log().tree().root_at(last.size) == Some(last.root);
        let same = last.size == head.size && last.root == head.root;
        let allowed = same || (last.size < head.size && continues);
        if !allowed {
            let sizes = (last.size, head.size);
            self.breaks(Law::Witness, || format!("node {at} was told to cosign {sizes:?}"));
        }
        allowed
    }

    fn check_witnessed(
        &mut self,
        at: usize,
        note: &str,
        size: u64,
        time_s: u64,
        key: &erynoa_kernel::PublicKey,
    ) {
        let head = LogKeys::of(self.log_key()).head(ORIGIN, note);
        let Some(host) = self.host(at) else { return };
        let log = host.fold.log();
        let of_the_log = head
            .is_some_and(|head| head.size == size && log.tree().root_at(size) == Some(head.root));
        let genuine = verify_cosignature(note, &name_of(key), key) == Some(time_s);
        if !of_the_log || !genuine {
            self.breaks(Law::Finality, || format!("node {at} counts a cosignature of {size}"));
        }
    }

    fn watch_finality(&mut self, at: usize) {
        let home = self.home_identity();
        let Some(host) = self.host(at) else { return };
        let now = host.witnessed(&self.set, &home);
        let before = host.finality;
        if now < before {
            self.breaks(Law::Finality, || format!("node {at} falls from {before} to {now}"));
        }
        if let Some(host) = self.host_mut(at) {
            host.finality = host.finality.max(now);
        }
    }

    /// Something has reached the disk.
    pub(crate) fn durable(&mut self, at: usize, write: Write) {
        match write {
            Write::Entries { entries, closes } => self.grew(at, &entries, closes),
            Write::Head(head) => {
                self.say(15, at, 1, head.head.size);
                let Some(host) = self.host_mut(at) else { return };
                host.disk.head = Some(head.clone());
                host.busy = false;
                self.first_note.get_or_insert(head.note.clone());
                self.feed(at, Input::Signed(head));
            }
            Write::Batch(batch) => {
                if self.dice.chance(2) && !self.calm {
                    self.feed(at, Input::NotStored);
                    return;
                }
                self.say(9, at, batch.entries.len(), batch.from);
                let log_key = self.log_key();
                let Actor::Honest(host) = &mut self.actors[at] else { return };
                let first = host.fold.log().size();
                assert_eq!(first, batch.from, "batches come in order");
                let genuine = &mut self.genuine;
                let unfit = batch.entries.iter().find_map(|e| host.fold.follow(e, genuine).err());
                if let Some(reason) = unfit {
                    host.refold(log_key, genuine);
                    self.say(14, at, 0, first);
                    self.feed(at, Input::Unfit(reason));
                    return;
                }
                host.disk.entries.extend(batch.entries);
                self.feed(at, Input::Stored);
            }
            Write::Promise(head) => {
                let Some(host) = self.host_mut(at) else { return };
                host.disk.promise = Some(Promise { size: head.head.size, root: head.head.root });
                self.write(at, Write::Sign(head));
            }
            Write::Sign(SignedHead { head, note }) => {
                self.say(10, at, 0, head.size);
                self.signed.push((at, head.size, head.root));
                let time_s = self.local_us(at) / SECOND;
                let Some(host) = self.host(at) else { return };
                let name = name_of(&host.id.0);
                let line = cosign(&note, &name, &host.key, time_s).expect("a checkpoint");
                self.feed(at, Input::Cosigned(SignedHead { head, note: format!("{note}{line}") }));
            }
        }
    }

    /// A node is asked.
    pub(crate) fn asked(&mut self, at: usize, from: usize, life: u32, call: u64, bytes: &Bytes) {
        if matches!(self.actors[at], Actor::Villain(_)) {
            self.villain_is_asked(at, from, life, call, bytes);
            return;
        }
        let (asker, local) = (self.id(from), self.local_us(at));
        let Some(host) = self.host_mut(at) else { return };
        let Some(node) = host.node.as_mut() else { return };
        if !node.may_ask(asker, local) {
            self.feed(at, Input::Offended(asker, Offence::Flood));
            return;
        }
        let (note, fork) = (host.note(), host.node.as_ref().and_then(|node| node.fork().cloned()));
        let library = Library {
            origin: ORIGIN,
            log: host.fold.log(),
            note: note.as_deref(),
            size: host.disk.head.as_ref().map_or(0, |head| head.head.size),
            passed: &[],
            fork: fork.as_ref(),
        };
        let answer = match plan_log(&library, bytes) {
            Ok(AnswerPlan::Answer(answer)) => answer,
            Ok(AnswerPlan::Entries { from, limit, size }) => {
                let first = usize::try_from(from).expect("a position");
                let entries = host.disk.entries[first..].iter().take(limit).cloned().collect();
                entries_answer(host.fold.log(), from, size, entries)
            }
            Ok(AnswerPlan::Events(_)) => return,
            Err(_) => {
                self.feed(at, Input::Offended(asker, Offence::Garbage));
                return;
            }
        };
        self.say(8, at, from, answer.len() as u64);
        self.answer(at, from, life, call, answer);
    }

    /// Homes begin with a founded town, and a head over it.
    pub(crate) fn found_homes(&mut self) {
        for at in 0..self.homes() {
            let Actor::Honest(host) = &mut self.actors[at] else { continue };
            let mut replica = erynoa_replica::Replica::new(self.town.log_public());
            host.disk.entries = self.town.found(&mut replica, self.now);
            let entries = host.disk.entries.iter().cloned();
            let acknowledged = self.acknowledged.entry(at).or_default();
            acknowledged.extend((0..).zip(entries));
        }
    }

    /// A home that has closed an epoch and lost the head over it signs anew.
    pub(crate) fn sign_anew(&mut self, at: usize) {
        let Some(host) = self.host(at) else { return };
        let size = host.fold.log().size();
        let open = host.fold.log().open_epoch().events;
        let signed = host.disk.head.as_ref().map_or(0, |head| head.head.size);
        if host.role == Role::Home && open == 0 && signed < size {
            self.sign_head(at);
        }
    }

    fn sign_head(&mut self, at: usize) {
        let log_key = self.town.log_key.clone();
        let Some(host) = self.host_mut(at) else { return };
        host.busy = true;
        let log = host.fold.log();
        let size = log.size();
        let root = log.tree().root_at(size).expect("its own size");
        let head = Checkpoint { origin: ORIGIN.into(), size, root };
        let note = head.sign(&log_key);
        self.write(at, Write::Head(SignedHead { head, note }));
    }

    /// The home's turn: people speak, or an epoch ends.
    pub(crate) fn write_something(&mut self, at: usize) {
        let local = self.local_us(at);
        let (calm, epoch_us, group) = (self.calm, self.plan.epoch_us, self.plan.group);
        let Actor::Honest(host) = &mut self.actors[at] else { return };
        if host.node.is_none() || host.busy || self.lie_at.is_some() {
            return;
        }
        let Some(replica) = host.fold.replica_mut() else { return };
        let open = replica.log.open_epoch().events;
        let due = self.now.saturating_sub(host.closed_us) >= epoch_us || calm;
        let lies = self.plan.kind == Kind::Lie && replica.log.epochs().len() >= 2;
        let mut events: Vec<VerifiedEvent> = Vec::new();
        let mut broken: Option<Bytes> = None;
        let closes = open > 0 && due;
        if closes {
            host.closed_us = self.now;
            let lie = lies && self.plan.seed.is_multiple_of(3);
            if lie {
                self.lie_at = Some(replica.log.size());
            }
            events.push(self.town.close(replica, local, lie));
        } else if !calm || !std::mem::replace(&mut host.last_word, true) {
            // The last word comes when all clocks are right again.
            let wanted = self.dice.between(1, group);
            events = self.town.says(&mut self.dice, replica, wanted, local);
            if lies && !self.plan.seed.is_multiple_of(3) {
                self.lie_at = Some(replica.log.size() + events.len() as u64);
                let stale = self.town.stale(replica, local);
                broken = Some(if self.plan.seed % 3 == 1 {
                    stale.entry().clone()
                } else {
                    let mut bytes = stale.entry().to_vec();
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    bytes.into()
                });
            }
        }
        let entries: Vec<Bytes> =
            events.iter().map(|event| event.entry().clone()).chain(broken).collect();
        if !entries.is_empty() {
            host.busy = true;
            self.write(at, Write::Entries { entries, closes });
        }
    }

    /// Entries of the home are durable.
    fn grew(&mut self, at: usize, entries: &[Bytes], closes: bool) {
        let lie = self.lie_at;
        let Actor::Honest(host) = &mut self.actors[at] else { return };
        let first = host.fold.log().size();
        let mut said = Vec::new();
        for (sequence, entry) in (first..).zip(entries) {
            host.fold.take_own(entry);
            let realm = host.fold.log().at(sequence).expect("just applied").realm;
            said.push((sequence, realm, entry.clone()));
            self.acknowledged.entry(at).or_default().push((sequence, entry.clone()));
        }
        host.disk.entries.extend(entries.iter().cloned());
        host.busy = false;
        let size = host.fold.log().size();
        self.say(15, at, 0, size);
        self.feed(at, Input::Grew(said));
        if closes || lie.is_some_and(|lie| lie < size) {
            self.sign_head(at);
        }
    }
}

impl Host {
    /// Whether both have the same log.
    pub(crate) fn agrees_with(&self, home: &Self) -> bool {
        let (log, other) = (self.fold.log(), home.fold.log());
        let states = self.fold.replica().zip(home.fold.replica());
        log.size() == other.size()
            && log.tree().root_at(log.size()) == other.tree().root_at(other.size())
            && states.is_none_or(|(a, b)| a.trust.state_root() == b.trust.state_root())
    }
}
