//! What runs beside the driver and comes back to it as a job.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use erynoa_kernel::{Problem, PublicKey};
use erynoa_sync::{
    Answer, Batch, ForkProof, Input, Library, MAX_ENTRIES, Network, NetworkEvent, NodeId, Offence,
    Plan, Protocol, Ticket, encode_answer, entries_answer, events_answer, plan_events, plan_log,
};
use tokio::sync::{Semaphore, mpsc};

use super::{Counters, Job};
use crate::ledger::{FollowError, Ledger};
use crate::witnesses::Cosignatures;

/// Answers that are being made at once; each may hold a MiB of entries.
const ANSWERS: usize = 8;

/// Hands on what happens on the network. While the driver is busy, the network
/// holds what comes.
pub(super) async fn pump(network: Arc<dyn Network>, jobs: mpsc::Sender<Job>) {
    while let Some(event) = network.next().await {
        let job = match event {
            NetworkEvent::Connected { node, outbound, .. } => Job::Connected { node, outbound },
            NetworkEvent::Disconnected { node } => Job::Input(Input::Disconnected(node)),
            NetworkEvent::Gossip { from, topic, bytes, ticket } => {
                Job::Input(Input::Gossip { from, topic, bytes, ticket })
            }
            NetworkEvent::Request { from, protocol, bytes, ticket } => {
                Job::Asked { from, protocol, bytes, ticket }
            }
            NetworkEvent::Offence { node, reason } => {
                tracing::debug!(?node, reason, "a peer has broken a rule of the transport");
                Job::Input(Input::Offended(node, Offence::Garbage))
            }
        };
        if jobs.send(job).await.is_err() {
            return;
        }
    }
}

/// Stores a batch, and says how it went.
pub(super) async fn store(ledger: Ledger, counters: Arc<Counters>, batch: Batch) -> Input {
    let count = batch.entries.len() as u64;
    let note = batch.head.map(|head| head.note);
    let taken = match ledger.check(batch.from, batch.entries).await {
        Ok(checked) => ledger.follow(checked, note).await,
        Err(error) => Err(error),
    };
    match taken {
        Ok(_) => {
            counters.taken.fetch_add(count, Ordering::Relaxed);
            Input::Stored
        }
        Err(error @ (FollowError::Unavailable(_) | FollowError::Gap { .. })) => {
            tracing::warn!(%error, "entries could not be stored; they are fetched again");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            Input::NotStored
        }
        Err(FollowError::Halted(why)) => Input::Unfit(why),
        Err(error) => Input::Unfit(error.to_string()),
    }
}

/// Asks a node and hands on the answer.
pub(super) async fn call(
    network: Arc<dyn Network>,
    jobs: mpsc::Sender<Job>,
    (call, node): (u64, NodeId),
    protocol: Protocol,
    bytes: Bytes,
) {
    let result = network.request(node, protocol, bytes).await;
    // The driver has stopped when nobody takes it.
    let _ = jobs.send(Job::Input(Input::Answered { call, result })).await;
}

/// Answers questions of other nodes.
#[derive(Clone)]
pub(super) struct Desk {
    network: Arc<dyn Network>,
    ledger: Ledger,
    cosignatures: Arc<Cosignatures>,
    counters: Arc<Counters>,
    origin: Arc<str>,
    busy: Arc<Semaphore>,
    /// The last heads of earlier keys of the log, by key.
    passed: Arc<RwLock<Vec<(PublicKey, String)>>>,
}

/// A question of another node.
pub(super) struct Question {
    pub(super) from: NodeId,
    pub(super) protocol: Protocol,
    pub(super) bytes: Bytes,
    pub(super) ticket: Ticket,
    /// Proof that the log has forked, when it has.
    pub(super) fork: Option<ForkProof>,
}

/// What a question asks for, once it is understood.
enum Understood {
    Answer(Bytes),
    Entries { from: u64, limit: usize, size: u64 },
    Events(Vec<u64>),
}

impl Desk {
    pub(super) fn new(
        network: Arc<dyn Network>,
        ledger: Ledger,
        cosignatures: Arc<Cosignatures>,
        counters: Arc<Counters>,
        origin: &str,
    ) -> Self {
        let busy = Arc::new(Semaphore::new(ANSWERS));
        let passed = Arc::default();
        Self { network, ledger, cosignatures, counters, origin: origin.into(), busy, passed }
    }

    /// Shows the last head of an earlier key of the log to whoever knows no later
    /// one. Tells whether it is new.
    pub(super) fn show_passed(&self, key: PublicKey, note: &str) -> bool {
        let mut passed = self.passed.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = passed.iter().all(|(known, _)| *known != key);
        if is_new {
            passed.push((key, note.to_owned()));
        }
        is_new
    }

    /// Refuses without looking at the question.
    pub(super) async fn refuse(&self, ticket: Ticket, code: &str) {
        self.network.respond(ticket, encode_answer(Answer::Refusal(code.to_owned()))).await;
    }

    /// Answers; a question that breaks the protocol is held against who asks.
    pub(super) async fn answer(self, question: Question, jobs: mpsc::Sender<Job>) {
        // It is never closed.
        let Ok(_permit) = self.busy.acquire().await else { return };
        let ticket = question.ticket;
        let plan = match self.plan(&question) {
            Ok(plan) => plan,
            Err(code) => {
                self.refuse(ticket, code).await;
                let offended = Input::Offended(question.from, Offence::Garbage);
                // The driver has stopped when nobody takes it.
                let _ = jobs.send(Job::Input(offended)).await;
                return;
            }
        };
        match self.carry_out(plan).await {
            Ok(answer) => {
                self.counters.answered.fetch_add(1, Ordering::Relaxed);
                self.network.respond(ticket, answer).await;
            }
            Err(error) => {
                tracing::warn!(%error, "a question of a peer could not be answered");
                self.refuse(ticket, "SERVICE_UNAVAILABLE").await;
            }
        }
    }

    fn plan(&self, question: &Question) -> Result<Understood, &'static str> {
        let bytes = &question.bytes;
        let models = self.ledger.read();
        let head = models.checkpoint.as_ref();
        let note = head.map(|head| self.cosignatures.with_lines(head));
        let passed = self.passed.read().unwrap_or_else(PoisonError::into_inner);
        let library = Library {
            origin: &self.origin,
            log: &models.log,
            note: note.as_deref(),
            size: models.checkpoint_size(),
            passed: &passed,
            fork: question.fork.as_ref(),
        };
        let plan = match question.protocol {
            Protocol::Log => plan_log(&library, bytes),
            Protocol::Events => plan_events(&library, bytes),
        };
        Ok(match plan.map_err(erynoa_sync::FrameError::code)? {
            Plan::Answer(bytes) => Understood::Answer(bytes),
            Plan::Entries { from, limit, size } => Understood::Entries { from, limit, size },
            Plan::Events(positions) => Understood::Events(positions),
        })
    }

    async fn carry_out(&self, plan: Understood) -> Result<Bytes, Problem> {
        match plan {
            Understood::Answer(bytes) => Ok(bytes),
            Understood::Entries { from, limit, size } => {
                let entries = self.ledger.store().read(from, limit.min(MAX_ENTRIES)).await?;
                Ok(entries_answer(&self.ledger.read().log, from, size, entries))
            }
            Understood::Events(positions) => {
                let entries = self.ledger.entries(&positions).await?;
                Ok(events_answer(positions.into_iter().zip(entries).collect()))
            }
        }
    }
}
