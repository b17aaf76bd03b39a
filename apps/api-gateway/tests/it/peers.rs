//! Nodes that follow and witness a log, over libp2p on loopback.

mod killed;
mod operators;

use std::path::Path;
use std::time::Duration;

use erynoa_api_gateway::config::{Config, FoundingWitness};
use erynoa_events::{Body, IdentityCreated, RECOVERY_DELAY_S, SigningKey, sign_event};
use erynoa_kernel::{Coordinate, Did, IdentityId, Namespace, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::peer_service_client::PeerServiceClient;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, operator, signed, with};

/// Longest that a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node on loopback that looks for nobody.
fn node(data_dir: &Path) -> Config {
    let mut config = config(data_dir);
    config.p2p.enabled = true;
    config.p2p.port = 0;
    (config.p2p.mdns, config.p2p.autonat, config.p2p.upnp) = (false, false, false);
    config
}

/// A node that follows the log of another one.
fn follower(data_dir: &Path, log: &str, peer: &str) -> Config {
    let mut config = node(data_dir);
    log.clone_into(&mut config.p2p.follow);
    config.log.origin = String::new();
    config.p2p.bootstrap_peers = vec![peer.to_owned()];
    config
}

fn peers(seat: &Seat) -> PeerServiceClient<Channel> {
    PeerServiceClient::new(seat.channel.clone())
}

async fn status(seat: &Seat, token: &str) -> api::GetNodeResponse {
    peers(seat).get_node(with(token, api::GetNodeRequest {})).await.unwrap().into_inner()
}

async fn witnessed(seat: &Seat) -> api::ListWitnessesResponse {
    let request = api::ListWitnessesRequest::default();
    peers(seat).list_witnesses(request).await.unwrap().into_inner()
}

/// An address of a node on TCP, with its peer id.
fn address(status: &api::GetNodeResponse) -> String {
    let is_tcp = |address: &&String| address.contains("/ip4/127.0.0.1/tcp/");
    status.addresses.iter().find(is_tcp).unwrap().clone()
}

/// Makes the key of a node before its first start.
fn node_key(data_dir: &Path, seed: u8) -> SigningKey {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = data_dir.join("keys");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("node.key");
    std::fs::write(&file, format!("{}\n", hex::encode([seed; 32]))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    SigningKey::from_seed([seed; 32])
}

fn did(key: &SigningKey) -> Did {
    let namespace = Namespace::Craft;
    Did { namespace, identity: IdentityId::of(namespace, &key.public_key()) }
}

/// Registers the identity of a node at a home.
async fn register(home: &Seat, key: &SigningKey) {
    let now_us = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
    let event = erynoa_events::Event {
        author: did(key).identity,
        realm: RealmId::NULL,
        coordinate: Coordinate { wall_us: now_us, counter: 0 },
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace: Namespace::Craft,
            display_name: "witness".to_owned(),
            key_label: "node".to_owned(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    };
    home.submit(&sign_event(&event, key).unwrap()).await.unwrap();
}

/// Asks until the answer is what it must become.
async fn until<T, F: Future<Output = T>>(
    what: &str,
    ask: impl Fn() -> F,
    holds: impl Fn(&T) -> bool,
) -> T {
    let asking = async {
        loop {
            let answer = ask().await;
            if holds(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{what}"))
}

/// Makes somebody of the home the operator of a copy.
async fn claim(copy: &Seat, person: &Person) -> String {
    let signs_in = || person.signs_in(copy);
    let tokens = until("the copy knows who signs in", signs_in, Result::is_ok).await.unwrap();
    let claim = api::ClaimInstallationRequest {
        claim_token: copy.claim_token.clone().unwrap(),
        realm_name: String::new(),
    };
    let claimed = copy.sessions().claim_installation(with(&tokens.access_token, claim)).await;
    claimed.unwrap().into_inner().tokens.unwrap().access_token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_serves_all_that_its_home_has_written_and_takes_nothing_itself() {
    let (at_home, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = Seat::take(node(at_home.path())).await;
    let mut olga = Person::new(1);
    let (token, root) = operator(&home, &mut olga).await;
    let known = status(&home, &token).await;
    assert_eq!(known.role(), api::NodeRole::Home);
    let copy = Seat::take(follower(far.path(), &known.verifier_key, &address(&known))).await;
    for seed in 2..=8 {
        let (mut person, _) = home.newcomer(seed, "Somebody").await;
        home.submit(&person.attests(root, olga.id)).await.unwrap();
    }
    let token_of_copy = claim(&copy, &olga).await;
    let home_is = until(
        "the home closes its epoch",
        || status(&home, &token),
        |node| node.log_size == node.checkpoint_size && node.log_size > 15,
    )
    .await;
    let copy_is = until(
        "the copy has everything",
        || status(&copy, &token_of_copy),
        |node| node.checkpoint_size == home_is.checkpoint_size,
    )
    .await;
    assert_eq!(copy_is.role(), api::NodeRole::Follower);
    assert_eq!(copy_is.state_root, home_is.state_root);
    assert_eq!((copy_is.origin, copy_is.epoch), (home_is.origin, home_is.epoch));
    assert_eq!(copy_is.witnessed_size, home_is.witnessed_size, "the home alone is the quorum");
    assert_eq!((copy_is.halted.as_str(), copy_is.events_taken), ("", home_is.log_size));

    let event = Person::new(9).is_born("Nobody");
    let refused = copy.submit(&event).await.unwrap_err();
    assert_eq!(code_of(&refused), "LOG_FOLLOWED");
    assert!(refused.message().contains("test.example/log"), "{}", refused.message());
    let batch = api::SubmitBatchRequest { events: vec![signed(&event)] };
    let refused = copy.events().submit_batch(batch).await.unwrap_err();
    assert_eq!(code_of(&refused), "LOG_FOLLOWED");

    let request = with(&token_of_copy, api::ListPeersRequest::default());
    let listed = peers(&copy).list_peers(request).await.unwrap().into_inner();
    assert_eq!((listed.total, listed.peers.len()), (1, 1));
    let peer = &listed.peers[0];
    assert_eq!(peer.peer_id, known.peer_id);
    assert!(peer.connected && peer.outbound && peer.is_home && !peer.is_witness);
    assert_eq!(peer.standing(), api::PeerStanding::Full, "the operator has named it");
    assert_eq!(peer.head_size, home_is.checkpoint_size);
    let metrics = reqwest::get(format!("{}/metrics", copy.url)).await.unwrap().text().await.unwrap();
    for line in ["erynoa_peers_connected 1", "erynoa_sync_lag_entries 0", "erynoa_sync_halted 0"] {
        assert!(metrics.lines().any(|known| known == line), "{line} in {metrics}");
    }
    copy.leave().await;

    let copy = Seat::take(follower(far.path(), &known.verifier_key, &address(&known))).await;
    let again = status(&copy, &claim_again(&copy, &olga).await).await;
    assert_eq!((again.log_size, again.state_root), (home_is.log_size, home_is.state_root));
    copy.leave().await;
    home.leave().await;
}

/// The operator signs in once more.
async fn claim_again(copy: &Seat, person: &Person) -> String {
    person.signs_in(copy).await.unwrap().access_token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_root_realms_first_witnesses_cosign_is_final_and_stays_it_without_two_of_them() {
    let folders: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let keys: Vec<SigningKey> =
        (1..4).map(|at| node_key(folders[at].path(), u8::try_from(50 + at).unwrap())).collect();
    let mut config = node(folders[0].path());
    let named = keys.iter().map(|key| FoundingWitness { did: did(key).to_string(), weight: 1 });
    config.log.founding_witnesses = named.collect();
    config.log.founding_witnesses.push(FoundingWitness { did: "self".to_owned(), weight: 5 });
    let home = Seat::take(config).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&home, &mut olga).await;
    for key in &keys {
        register(&home, key).await;
    }
    let known = until(
        "the home closes its epoch",
        || status(&home, &token),
        |node| node.log_size == node.checkpoint_size,
    )
    .await;
    assert!(known.witnessed_size < known.checkpoint_size, "the home alone is no quorum");
    let rule = witnessed(&home).await;
    assert_eq!((rule.total_weight, rule.witnesses.len()), (8, 4));

    let mut witnesses = Vec::new();
    for at in 1..4 {
        let mut config =
            follower(folders[at].path(), &known.verifier_key, &address(&known));
        config.p2p.witness = true;
        witnesses.push(Seat::take(config).await);
    }
    let final_everywhere = |seats: Vec<PeerServiceClient<Channel>>| async move {
        let mut sizes = Vec::new();
        for mut seat in seats {
            let request = api::ListWitnessesRequest::default();
            sizes.push(seat.list_witnesses(request).await.unwrap().into_inner().witnessed_size);
        }
        sizes
    };
    let seats = || witnesses.iter().chain([&home]).map(peers).collect::<Vec<_>>();
    let checkpoint = known.checkpoint_size;
    until(
        "all is witnessed",
        || final_everywhere(seats()),
        |sizes| sizes.iter().all(|size| *size >= checkpoint),
    )
    .await;
    let all = until(
        "all three have cosigned",
        || witnessed(&home),
        |answer| answer.witnesses.iter().all(|witness| witness.cosigned_size >= checkpoint),
    )
    .await;
    assert!(all.witnesses.iter().filter(|witness| witness.cosigned_at_s > 0).count() >= 3);
    // Everybody can check the lines under the checkpoint that is served.
    let served = reqwest::get(format!("{}/log/checkpoint", home.url)).await.unwrap();
    let note = served.text().await.unwrap();
    for key in &keys {
        let name = did(key).to_string();
        let time_s = erynoa_events::verify_cosignature(&note, &name, &key.public_key());
        assert!(time_s.is_some(), "{name} in {note}");
    }

    let last = witnesses.pop().unwrap();
    for gone in witnesses {
        gone.leave().await;
    }
    let receipt = home.submit(&Person::new(20).is_born("After")).await.unwrap();
    until(
        "the home and one witness are a quorum",
        || witnessed(&home),
        |answer| answer.witnessed_size > receipt.sequence,
    )
    .await;
    until("the witness knows", || witnessed(&last), |a| a.witnessed_size > receipt.sequence).await;
    let request = api::GetRequest { id: receipt.id.clone() };
    let event = last.events().get(request).await.unwrap().into_inner().event.unwrap();
    assert!(event.finality >= api::Finality::Witnessed as i32);

    last.leave().await;
    let before = witnessed(&home).await.witnessed_size;
    let alone = home.submit(&Person::new(21).is_born("Alone")).await.unwrap();
    home.epoch_over(alone.sequence).await;
    let answer = witnessed(&home).await;
    assert_eq!(answer.witnessed_size, before, "it neither grows nor falls");
    home.leave().await;
}
