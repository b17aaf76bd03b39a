//! The task that owns the node.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use erynoa_events::{Checkpoint, KeyPurpose, NoteKeyKind, VerifierKey, cosign, merge_signatures};
use erynoa_kernel::{IdentityId, Namespace, PublicKey, RealmId, StoreError};
use erynoa_sync::{
    Ban, Halt, Input, MAX_SAID, Node, NodeId, Offence, Output, Promise, Role, Settings, SignedHead,
    Standing, WitnessKey, checkpoints_topic, events_topic,
};
use tokio::sync::mpsc;

use super::standings::Standings;
use super::work::{self, Desk, Question};
use super::{Counters, Job, PeerView, Tools, View, role_of};
use crate::cosign_checkpoint::witness_name;
use crate::ledger::Models;

/// How often the node looks whether something is due.
const TICK: Duration = Duration::from_secs(1);
/// Between two looks whether the log can be read again.
const RETRY: Duration = Duration::from_millis(200);
/// Realms whose events are followed as they are said; those of others come with
/// the next checkpoint.
const MOST_TOPICS: usize = 512;

pub(super) struct Driver {
    tools: Tools,
    jobs: mpsc::Sender<Job>,
    counters: Arc<Counters>,
    desk: Desk,
    node: Node,
    standings: Standings,
    bans: BTreeMap<NodeId, Ban>,
    /// Who is connected, and since when.
    connected: BTreeMap<NodeId, u64>,
    topics: BTreeSet<String>,
    /// Entries that were told to others, and the head.
    told: (u64, u64),
    /// Epochs when rules were last looked at.
    epochs: usize,
}

fn signed_head(models: &Models, tools: &Tools) -> Option<SignedHead> {
    let newest = models.checkpoint.as_ref()?;
    let head = Checkpoint { origin: tools.origin.clone(), size: newest.size, root: newest.root };
    Some(SignedHead { head, note: tools.cosignatures.with_lines(newest) })
}

impl Driver {
    /// # Errors
    /// The book's.
    pub(super) async fn new(
        tools: Tools,
        jobs: mpsc::Sender<Job>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let bans = tools.book.bans().await?.into_iter().map(|ban| (ban.node, ban)).collect();
        let (head, told) = {
            let models = tools.ledger.read();
            let head = signed_head(&models, &tools);
            (head, (models.log.size(), models.checkpoint_size()))
        };
        let role = role_of(&tools.ledger, tools.witness);
        let settings = Settings { origin: tools.origin.clone(), role, head };
        Ok(Self {
            desk: Desk::new(
                Arc::clone(&tools.network),
                tools.ledger.clone(),
                Arc::clone(&tools.cosignatures),
                Arc::clone(&counters),
                &tools.origin,
            ),
            node: Node::new(tools.key.clone(), settings),
            standings: Standings::new(tools.network.as_ref(), &tools.kept, tools.least_trust_ppm),
            tools,
            jobs,
            counters,
            bans,
            connected: BTreeMap::new(),
            topics: BTreeSet::new(),
            told,
            epochs: usize::MAX,
        })
    }

    /// Works until the ledger closes.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.begin().await;
        let mut sizes = self.tools.ledger.sizes();
        let mut closing = self.tools.ledger.closing();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                job = jobs.recv() => match job {
                    Some(job) => self.take(job).await,
                    None => return,
                },
                changed = sizes.changed() => match changed {
                    Ok(()) => self.grew().await,
                    Err(_) => return,
                },
                _ = ticks.tick() => self.tick().await,
                () = async { drop(closing.wait_for(|closing| *closing).await) } => return,
            }
        }
    }

    async fn begin(&mut self) {
        let banned: Vec<NodeId> = self.bans.keys().copied().collect();
        for node in banned {
            self.tools.network.peers().set_standing(node, Standing::Blocked).await;
            self.handle(Input::Standing(node, Standing::Blocked)).await;
        }
        if let Err(error) = self.show_kept().await {
            tracing::warn!(%error, "the last heads of the log's earlier keys could not be read");
        }
        self.keep_passed().await;
        let topic = checkpoints_topic(&self.tools.origin);
        self.subscribe(topic).await;
        self.look_at_rules().await;
        for address in self.tools.kept.clone() {
            let network = Arc::clone(&self.tools.network);
            // It is tried again for as long as it takes.
            tokio::spawn(async move {
                if let Err(error) = network.peers().dial(&address, true).await {
                    tracing::warn!(%error, address, "a node of p2p.bootstrap_peers is not there");
                }
            });
        }
    }

    async fn take(&mut self, job: Job) {
        match job {
            Job::Input(input) => {
                if let Input::Disconnected(node) = &input {
                    self.connected.remove(node);
                }
                self.handle(input).await;
            }
            Job::Connected { node, outbound } => self.meet(node, outbound).await,
            Job::Asked { from, protocol, bytes, ticket } => {
                let now_us = self.tools.clock.now_us();
                if self.node.may_ask(from, now_us) {
                    let fork = self.node.fork().cloned();
                    let question = Question { from, protocol, bytes, ticket, fork };
                    tokio::spawn(self.desk.clone().answer(question, self.jobs.clone()));
                } else {
                    self.desk.refuse(ticket, "RATE_LIMITED").await;
                    self.handle(Input::Offended(from, Offence::Flood)).await;
                }
            }
            // A caller that has gone away does not need the answer.
            Job::View(reply) => {
                let view = self.view().await;
                let _ = reply.send(view);
            }
            Job::Ban(ban, reply) => {
                let done = self.ban(ban).await;
                let _ = reply.send(done);
            }
            Job::Unban(node, reply) => {
                let done = self.unban(node).await;
                let _ = reply.send(done);
            }
        }
    }

    async fn meet(&mut self, node: NodeId, outbound: bool) {
        self.connected.insert(node, self.tools.clock.now_us());
        tracing::info!(
            peer = self.tools.network.peers().name(&node),
            outbound,
            "a peer is connected"
        );
        self.stand(node).await;
        self.handle(Input::Connected(node)).await;
        // Its key may be that of a witness that the log does not know.
        self.name_witnesses().await;
    }

    /// Gives a node the standing that it has now.
    async fn stand(&mut self, node: NodeId) {
        let standing = match self.bans.contains_key(&node) {
            true => Standing::Blocked,
            false => self.standings.of(&self.tools.ledger.read(), &node),
        };
        let known = self.node.peer(&node).map(|peer| peer.standing);
        if known != Some(standing) {
            self.tools.network.peers().set_standing(node, standing).await;
            self.handle(Input::Standing(node, standing)).await;
        }
    }

    /// Hands the node what has happened, and does what it says.
    async fn handle(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            while self.tools.ledger.is_recovering() {
                // Nothing can be compared with a log that cannot be read.
                tokio::time::sleep(RETRY).await;
            }
            let outputs = {
                let models = self.tools.ledger.read();
                self.node.handle(input, &models.log, self.tools.clock.now_us())
            };
            for output in outputs {
                inputs.extend(self.carry_out(output).await);
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Publish { topic, bytes } => {
                if let Err(error) = self.tools.network.publish(&topic, bytes).await {
                    tracing::debug!(%error, topic, "nothing was said");
                }
            }
            Output::Judge(ticket, judgement) => {
                self.tools.network.judge(ticket, judgement).await;
            }
            Output::Call { call, node, protocol, bytes } => {
                let (network, jobs) = (Arc::clone(&self.tools.network), self.jobs.clone());
                tokio::spawn(work::call(network, jobs, (call, node), protocol, bytes));
            }
            Output::Store(batch) => {
                let (ledger, counters) = (self.tools.ledger.clone(), Arc::clone(&self.counters));
                let jobs = self.jobs.clone();
                tokio::spawn(async move {
                    let done = work::store(ledger, counters, batch).await;
                    // The driver has stopped when nobody takes it.
                    let _ = jobs.send(Job::Input(done)).await;
                });
            }
            Output::Cosign(head) => return self.cosign(head).await,
            Output::Witnessed { note, .. } => {
                if let Err(error) = self.tools.cosignatures.add_cosignatures(&note).await {
                    tracing::warn!(%error, "a cosignature could not be written down");
                }
            }
            Output::Ban { node, until_us, offence } => {
                let ban = Ban { node, until_us, reason: offence.reason().to_owned() };
                tracing::warn!(
                    peer = self.tools.network.peers().name(&node),
                    reason = ban.reason,
                    "a peer is banned"
                );
                if let Err(error) = self.ban(ban).await {
                    tracing::warn!(%error, "the ban could not be written down");
                }
            }
            Output::Forked(proof) => {
                tracing::error!(
                    smaller = proof.smaller,
                    larger = proof.larger,
                    "the log has forked; nothing of it is believed any more"
                );
            }
        }
        None
    }

    /// Promises, and only then signs.
    async fn cosign(&self, signed: SignedHead) -> Option<Input> {
        match self.try_cosign(&signed).await {
            Ok(note) => {
                if let Err(error) = self.tools.cosignatures.add_cosignatures(&note).await {
                    tracing::warn!(%error, "our cosignature could not be written down");
                }
                Some(Input::Cosigned(SignedHead { head: signed.head, note }))
            }
            Err(reason) => {
                tracing::error!(reason, size = signed.head.size, "a head is not cosigned");
                None
            }
        }
    }

    async fn try_cosign(&self, signed: &SignedHead) -> Result<String, String> {
        let origin = &self.tools.origin;
        let book = &self.tools.book;
        let next = Promise { size: signed.head.size, root: signed.head.root };
        let last = book.promised(origin).await.map_err(|error| error.to_string())?;
        if let Some(last) = &last {
            if last.size > next.size {
                return Err(format!("a head of {} entries was cosigned before", last.size));
            }
            // Our tree is the head's, so what we have promised must lie in it.
            if self.tools.ledger.read().log.tree().root_at(last.size) != Some(last.root) {
                return Err(format!("another head of {} entries was cosigned", last.size));
            }
        }
        let promised = book.promise(origin, last.as_ref(), &next).await;
        promised.map_err(|error| error.to_string())?;
        let key = &self.tools.key;
        let name = witness_name(&key.public_key());
        let time_s = self.tools.clock.now_us() / 1_000_000;
        let line = cosign(&signed.note, &name, key, time_s).map_err(|error| error.to_string())?;
        let own = format!("{}{line}", signed.note);
        merge_signatures(&signed.note, &own).map_err(|error| error.to_string())
    }

    /// The log was handed over, by us or to us: the node begins anew in its
    /// other part.
    async fn change_role(&mut self, role: Role) {
        tracing::info!(?role, "this node has another part now");
        let head = signed_head(&self.tools.ledger.read(), &self.tools);
        let settings = Settings { origin: self.tools.origin.clone(), role, head };
        self.node = Node::new(self.tools.key.clone(), settings);
        let banned: Vec<NodeId> = self.bans.keys().copied().collect();
        for node in banned {
            self.handle(Input::Standing(node, Standing::Blocked)).await;
        }
        let connected: Vec<NodeId> = self.connected.keys().copied().collect();
        for node in connected {
            self.stand(node).await;
            self.handle(Input::Connected(node)).await;
        }
        self.look_at_rules().await;
    }

    /// Keeps the last heads of earlier keys of the log: who was away when it was
    /// handed over, or comes later, learns the next key from them.
    async fn keep_passed(&self) {
        let passed = self.tools.ledger.read().passed.clone();
        for (key, note) in passed {
            if !self.desk.show_passed(key, &note) {
                continue;
            }
            let (book, origin) = (&self.tools.book, &self.tools.origin);
            if let Err(error) = book.keep(origin, &key, &note).await {
                tracing::warn!(%error, "the last head of the log's earlier key was not kept");
            }
        }
    }

    /// What was kept of it before the start.
    async fn show_kept(&self) -> Result<(), StoreError> {
        for (key, note) in self.tools.book.cosigned(&self.tools.origin).await? {
            let models = self.tools.ledger.read();
            let keys = models.log.keys();
            let head = keys.head(&self.tools.origin, &note);
            if head.is_some_and(|head| keys.ended_at(head.size) == Some(&key)) {
                self.desk.show_passed(key, &note);
            }
        }
        Ok(())
    }

    /// The log has grown.
    async fn grew(&mut self) {
        self.keep_passed().await;
        let role = role_of(&self.tools.ledger, self.tools.witness);
        if role != self.node.role() {
            self.change_role(role).await;
        }
        let (said, head) = {
            let models = self.tools.ledger.read();
            let size = models.log.size();
            let is_home = role == Role::Home;
            let few = is_home && size.saturating_sub(self.told.0) <= MAX_SAID as u64;
            let positions: Vec<(u64, RealmId)> = (self.told.0..size)
                .take(if few { MAX_SAID } else { 0 })
                .filter_map(|at| Some((at, models.log.at(at)?.realm)))
                .collect();
            self.told.0 = size;
            let newer = is_home && models.checkpoint_size() > self.told.1;
            self.told.1 = models.checkpoint_size();
            (positions, if newer { signed_head(&models, &self.tools) } else { None })
        };
        if !said.is_empty() {
            let positions: Vec<u64> = said.iter().map(|(at, _)| *at).collect();
            match self.tools.ledger.entries(&positions).await {
                Ok(entries) => {
                    let with_bytes = said.into_iter().zip(entries);
                    let grew = with_bytes.map(|((at, realm), entry)| (at, realm, entry)).collect();
                    self.handle(Input::Grew(grew)).await;
                }
                // Who needs them asks for them.
                Err(error) => tracing::warn!(%error, "new entries were not said"),
            }
        }
        if let Some(head) = head {
            self.handle(Input::Signed(head)).await;
        }
        let epochs = self.tools.ledger.read().log.epochs().len();
        if epochs != self.epochs {
            self.look_at_rules().await;
        }
    }

    /// After the end of an epoch: rules, trust and realms may have changed.
    async fn look_at_rules(&mut self) {
        let (epochs, realms) = {
            let models = self.tools.ledger.read();
            let realms: Vec<RealmId> =
                models.realms.realms().take(MOST_TOPICS).map(|realm| realm.id).collect();
            (models.log.epochs().len(), realms)
        };
        self.epochs = epochs;
        self.name_witnesses().await;
        let nodes: Vec<NodeId> = self.connected.keys().copied().collect();
        for node in nodes {
            self.stand(node).await;
        }
        if self.node.role() != Role::Home {
            for realm in realms.into_iter().chain([RealmId::NULL]) {
                self.subscribe(events_topic(&realm)).await;
            }
        }
    }

    async fn subscribe(&mut self, topic: String) {
        if self.topics.contains(&topic) {
            return;
        }
        match self.tools.network.subscribe(&topic, true).await {
            Ok(()) => {
                self.topics.insert(topic);
            }
            Err(error) => tracing::warn!(%error, topic, "a topic could not be followed"),
        }
    }

    /// Tells the node and the book whose cosignatures count now.
    async fn name_witnesses(&mut self) {
        let keys = {
            let models = self.tools.ledger.read();
            let own = self.tools.key.public_key();
            let nodes = self.connected.keys().map(|node| node.0).chain([own]);
            witness_keys(&models, nodes)
        };
        for WitnessKey { name, key } in &keys {
            let witness = VerifierKey { name: name.clone(), kind: NoteKeyKind::Witness, key: *key };
            if let Err(error) = self.tools.cosignatures.know(witness).await {
                tracing::warn!(%error, "the cosignatures could not be read");
            }
        }
        self.handle(Input::Witnesses(keys)).await;
    }

    async fn ban(&mut self, ban: Ban) -> Result<(), StoreError> {
        self.counters.bans.fetch_add(1, Ordering::Relaxed);
        let node = ban.node;
        let written = self.tools.book.set_ban(&ban).await;
        self.bans.insert(node, ban);
        self.tools.network.peers().set_standing(node, Standing::Blocked).await;
        Box::pin(self.handle(Input::Standing(node, Standing::Blocked))).await;
        written
    }

    async fn unban(&mut self, node: NodeId) -> Result<bool, StoreError> {
        let Some(ban) = self.bans.get(&node) else { return Ok(false) };
        self.tools.book.set_ban(&Ban { until_us: 0, ..ban.clone() }).await?;
        self.bans.remove(&node);
        self.handle(Input::Pardoned(node)).await;
        self.stand(node).await;
        Ok(true)
    }

    async fn tick(&mut self) {
        let now_us = self.tools.clock.now_us();
        let over = self.bans.values().filter(|ban| ban.until_us <= now_us);
        let over: Vec<NodeId> = over.map(|ban| ban.node).collect();
        for node in over {
            if let Err(error) = self.unban(node).await {
                tracing::warn!(%error, "a ban that is over could not be ended");
            }
        }
        self.handle(Input::Tick).await;
        // A hand-over that was missed: the log grew while it was not looked at.
        if role_of(&self.tools.ledger, self.tools.witness) != self.node.role() {
            self.grew().await;
        }
    }

    async fn view(&self) -> View {
        let status = self.tools.network.peers().status().await;
        let name = |node: &NodeId| self.tools.network.peers().name(node);
        let mut infos: BTreeMap<NodeId, _> = status.peers.iter().cloned().collect();
        let mut nodes: BTreeSet<NodeId> = infos.keys().copied().collect();
        nodes.extend(self.bans.keys());
        nodes.extend(self.connected.keys());
        let mut peers: Vec<PeerView> = nodes
            .into_iter()
            .map(|node| {
                let known = self.node.peer(&node);
                let ban = self.bans.get(&node).cloned();
                let unknown = if ban.is_some() { Standing::Blocked } else { Standing::ReceiveOnly };
                PeerView {
                    node,
                    name: name(&node),
                    info: infos.remove(&node).unwrap_or_default(),
                    standing: known.map_or(unknown, |peer| peer.standing),
                    score: known.map_or(0, |peer| peer.score),
                    last_offence: known
                        .and_then(|peer| peer.last_offence)
                        .map_or("", Offence::reason),
                    head_size: known.map_or(0, |peer| peer.head_size),
                    connected_since_us: self.connected.get(&node).copied().unwrap_or_default(),
                    ban,
                }
            })
            .collect();
        peers.sort_by_key(|peer| (!peer.info.connected, peer.node));
        let halted = self.tools.ledger.halted().or_else(|| {
            self.node.halt().map(|halt| match halt {
                Halt::Forked(_) => "the log has shown two histories".to_owned(),
                Halt::Unfit(reason) => reason.clone(),
            })
        });
        View {
            status,
            head_size: self.node.head_size(),
            halted,
            held_bytes: self.node.held_bytes(),
            peers,
        }
    }
}

/// Keys under which the witnesses of all realms may cosign: those of their
/// identities, and of nodes whose own identity is one of them.
pub(crate) fn witness_keys(
    models: &Models,
    nodes: impl Iterator<Item = PublicKey>,
) -> Vec<WitnessKey> {
    let log = *models.log.identity();
    let everybody: BTreeSet<IdentityId> =
        models.witnessing.everybody().into_iter().filter(|who| *who != log).collect();
    let mut keys: Vec<WitnessKey> = Vec::new();
    for who in &everybody {
        let Some(identity) = models.directory.find(who) else { continue };
        let name = models.directory.did_text(who);
        let live = identity.keys.iter().filter(|key| key.may(KeyPurpose::Assertion));
        keys.extend(live.map(|key| WitnessKey { name: name.clone(), key: key.public_key }));
    }
    for key in nodes {
        let is_named = everybody.contains(&IdentityId::of(Namespace::Craft, &key));
        if is_named && keys.iter().all(|known| known.key != key) {
            keys.push(WitnessKey { name: witness_name(&key), key });
        }
    }
    keys
}
