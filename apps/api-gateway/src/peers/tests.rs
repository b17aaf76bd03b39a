//! Several nodes in one process, on a network in memory.

use std::sync::Arc;
use std::time::Duration;

use erynoa_events::{
    Body, EpochPolicy, Event, Finality, IdentityCreated, LogClock, MemoryEventLog,
    RECOVERY_DELAY_S, Rule, RuleParameters, SigningKey, VerifiedEvent, sign_event,
};
use erynoa_kernel::{Clock, Coordinate, IdentityId, Namespace, RealmId};
use erynoa_sync::{Ban, MemoryHub, MemoryWitnessBook, Network, NodeId, Role, WitnessBook};

use super::{Peers, Running, Tools};
use crate::ledger::{self, Founding, Ledger, Policy};
use crate::system::SystemClock;
use crate::witnesses::Cosignatures;

const ORIGIN: &str = "home.example/log";
/// Longest that a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

fn log_key() -> SigningKey {
    SigningKey::from_seed([200; 32])
}

fn node_key(number: u8) -> SigningKey {
    SigningKey::from_seed([100 + number; 32])
}

fn born(key: &SigningKey, namespace: Namespace) -> VerifiedEvent {
    let event = Event {
        author: IdentityId::of(namespace, &key.public_key()),
        realm: RealmId::NULL,
        coordinate: Coordinate { wall_us: SystemClock.now_us(), counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    sign_event(&event, key).expect("a well-formed event")
}

fn person(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

/// One node with everything that it keeps.
struct Site {
    number: u8,
    log: Arc<MemoryEventLog>,
    book: Arc<MemoryWitnessBook>,
}

struct Alive {
    node: NodeId,
    address: String,
    ledger: Ledger,
    peers: Arc<Peers>,
    running: Running,
    writer: ledger::Running,
}

impl Site {
    fn new(number: u8) -> Self {
        Self { number, log: Arc::default(), book: Arc::default() }
    }

    async fn start(&self, hub: &MemoryHub, role: Role, kept: Vec<String>) -> Alive {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let policy = Policy {
            // Every second event ends an epoch.
            epochs: EpochPolicy { max_events: 2, max_us: 200_000, clock: LogClock::System },
            origin: ORIGIN.to_owned(),
        };
        let (ledger, writer) = if role == Role::Home {
            Ledger::start(self.log.clone(), log_key(), Arc::clone(&clock), policy).await
        } else {
            let (first, own) = (log_key().public_key(), person(199));
            Ledger::copy(self.log.clone(), first, own, Arc::clone(&clock), policy).await
        }
        .expect("the log holds together");
        let key = node_key(self.number);
        let node = NodeId(key.public_key());
        let network: Arc<dyn Network> = Arc::new(hub.join(node));
        let book: Arc<dyn WitnessBook> = self.book.clone();
        let cosignatures = Cosignatures::new(
            ORIGIN.to_owned(),
            ledger.clone(),
            Arc::clone(&book),
            Arc::clone(&clock),
        );
        let address = network.peers().status().await.addresses[0].clone();
        let tools = Tools {
            network,
            ledger: ledger.clone(),
            book,
            cosignatures: Arc::new(cosignatures),
            clock,
            key,
            witness: role == Role::Witness,
            origin: ORIGIN.to_owned(),
            kept,
            least_trust_ppm: 100_000,
        };
        let (peers, running) = Peers::start(tools).await.expect("memory");
        Alive { node, address, ledger, peers, running, writer }
    }
}

impl Alive {
    async fn stop(self) {
        self.ledger.announce_stop();
        self.running.stop().await;
        self.ledger.stop().await;
        drop(self.ledger);
        tokio::task::spawn_blocking(|| self.writer.join()).await.expect("the writer ends");
    }

    fn state(&self) -> (u64, [u8; 32]) {
        let models = self.ledger.read();
        (models.log.size(), models.trust.state_root())
    }

    fn witnessed(&self) -> u64 {
        let models = self.ledger.read();
        models.witnessed_size(&models.root_realm(), models.log.size())
    }

    async fn submit(&self, key: &SigningKey) {
        let event = born(key, Namespace::SelfHood);
        let verdicts = self.ledger.submit(vec![event]).await.expect("it is written");
        assert!(verdicts[0].is_ok());
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} does not come"));
}

/// A home whose root realm names itself with weight 5 and three witnesses of
/// weight 1.
async fn found(home: &Alive) {
    for number in 1..=3 {
        let event = born(&node_key(number), Namespace::Craft);
        let verdicts = home.ledger.submit(vec![event]).await.expect("it is written");
        assert!(verdicts[0].is_ok());
    }
    home.submit(&person(1)).await;
    let craft = |key: SigningKey| IdentityId::of(Namespace::Craft, &key.public_key());
    let mut members: Vec<(IdentityId, u32)> =
        (1..=3).map(|number| (craft(node_key(number)), 1)).collect();
    members.push((craft(log_key()), 5));
    members.sort_unstable();
    let parameters = RuleParameters::Witnesses(members);
    let rules = vec![Rule { id: "witnesses".to_owned(), effective_from_us: 0, parameters }];
    let founder = IdentityId::of(Namespace::SelfHood, &person(1).public_key());
    let founding = Founding { founder, name: "Town".to_owned(), rules };
    home.ledger.found(founding).await.expect("it is founded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_reach_the_state_of_their_home_and_witnesses_make_it_final() {
    let hub = MemoryHub::new();
    let sites: Vec<Site> = (0..4).map(Site::new).collect();
    let home = sites[0].start(&hub, Role::Home, Vec::new()).await;
    found(&home).await;
    until("the first checkpoint", || home.ledger.read().checkpoint_size() > 0).await;
    assert_eq!(home.witnessed(), 0, "the home alone is no quorum");
    let last = home.state().0 - 1;
    let finality = || {
        let models = home.ledger.read();
        models.finality(&models.log.at(last).expect("it is there"))
    };
    assert_eq!(finality(), Finality::Validated);
    let witness = sites[1].start(&hub, Role::Witness, vec![home.address.clone()]).await;
    let follower = sites[2].start(&hub, Role::Follower, vec![home.address.clone()]).await;
    // It knows another follower alone.
    let far = sites[3].start(&hub, Role::Witness, vec![follower.address.clone()]).await;
    for seed in 2..=30 {
        home.submit(&person(seed)).await;
    }
    let settled = || {
        let models = home.ledger.read();
        models.log.size() == models.checkpoint_size()
    };
    until("the last checkpoint", settled).await;
    for node in [&witness, &follower, &far] {
        until("the state of the home", || node.state() == home.state()).await;
        until("finality", || node.witnessed() == home.state().0).await;
    }
    until("finality at the home", || home.witnessed() == home.state().0).await;
    assert!(finality() >= Finality::Anchored);
    assert_eq!(witness.ledger.halted(), None);
    let view = home.peers.view().await.expect("it runs");
    assert_eq!(view.peers.iter().filter(|peer| peer.info.connected).count(), 2);
    let text = home.peers.counters().prometheus(&view, home.state().0);
    assert!(text.contains("erynoa_peers_connected 2\n"), "{text}");
    let taken = follower.peers.counters().taken();
    assert_eq!(taken, home.state().0, "each entry once");
    for node in [far, follower, witness, home] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_comes_back_has_forgotten_nothing_and_goes_on() {
    let hub = MemoryHub::new();
    let (home_site, site) = (Site::new(0), Site::new(1));
    let home = home_site.start(&hub, Role::Home, Vec::new()).await;
    found(&home).await;
    let witness = site.start(&hub, Role::Witness, vec![home.address.clone()]).await;
    until("finality", || home.witnessed() > 5).await;
    let before = home.witnessed();
    witness.stop().await;
    let promised = site.book.promised(ORIGIN).await.expect("memory").expect("it has cosigned");
    assert!(promised.size >= before);
    for seed in 40..=45 {
        home.submit(&person(seed)).await;
    }
    until("the last checkpoint", || {
        let models = home.ledger.read();
        models.log.size() == models.checkpoint_size() && models.log.size() > before
    })
    .await;
    assert!(home.witnessed() <= promised.size, "nobody has cosigned what is new");
    let witness = site.start(&hub, Role::Witness, vec![home.address.clone()]).await;
    assert!(witness.witnessed() >= before, "finality does not fall by a restart");
    until("finality", || home.witnessed() == home.state().0).await;
    witness.stop().await;
    home.stop().await;
    let home = home_site.start(&hub, Role::Home, Vec::new()).await;
    assert_eq!(home.witnessed(), home.state().0, "cosignatures outlive the home's restart");
    home.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_peer_is_refused_until_the_ban_is_over() {
    let hub = MemoryHub::new();
    let home = Site::new(0).start(&hub, Role::Home, Vec::new()).await;
    found(&home).await;
    let site = Site::new(9);
    let follower = site.start(&hub, Role::Follower, vec![home.address.clone()]).await;
    until("a copy", || follower.state() == home.state() && home.state().0 > 5).await;
    let until_us = SystemClock.now_us() + 3_600_000_000;
    let ban = Ban { node: follower.node, until_us, reason: "a test".to_owned() };
    home.peers.ban(ban).await.expect("memory");
    let view = home.peers.view().await.expect("it runs");
    let banned = view.peers.iter().find(|peer| peer.node == follower.node).expect("it is known");
    assert!(banned.ban.is_some() && !banned.info.connected);
    let refused = home.peers.connect(&follower.address).await.expect_err("it is banned");
    assert_eq!(refused.code, "PEER_REFUSED");
    home.submit(&person(50)).await;
    until("the checkpoint", || home.ledger.read().checkpoint_size() == home.state().0).await;
    assert!(follower.state().0 < home.state().0);
    home.peers.unban(follower.node).await.expect("it was banned");
    let unknown = home.peers.unban(follower.node).await.expect_err("it is not any more");
    assert_eq!(unknown.code, "PEER_UNKNOWN");
    home.peers.connect(&follower.address).await.expect("it may");
    until("the rest", || follower.state() == home.state()).await;
    follower.stop().await;
    home.stop().await;
}
