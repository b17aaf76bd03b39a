//! Witnesses over HTTP (C2SP tlog-witness): this node as one, and others of
//! this node's log. Independent implementations are in `scripts/transparency.sh`.

use std::path::Path;
use std::time::Duration;

use erynoa_api_gateway::SystemClock;
use erynoa_api_gateway::config::{Config, Witness};
use erynoa_events::{
    AddCheckpoint, Checkpoint, SigningKey, Tree, VerifierKey, leaf_hash, parse_verifier_key,
    verifier_key, verify_cosignature,
};
use erynoa_kernel::Clock as _;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::log_service_client::LogServiceClient;

use crate::rest::{get, send};
use crate::seat::{Person, Seat, config};

const HOME: &str = "home.example/log";

/// The verifier keys of a node: of its log, and of itself as a witness.
async fn keys(seat: &Seat) -> (String, VerifierKey) {
    let (_, keys) = get(seat, "/log/keys", "").await;
    let (log, witness) = keys.trim_end().split_once('\n').unwrap();
    (log.to_owned(), parse_verifier_key(witness).unwrap())
}

fn home(folder: &Path) -> Config {
    let mut config = config(folder);
    config.log.origin = HOME.to_owned();
    config
}

/// A node that cosigns the logs with these keys, always at the same port.
fn witness(folder: &Path, port: u16, logs: &[String]) -> Config {
    let mut config = config(folder);
    config.application.port = port;
    config.log.witness_for = logs.to_vec();
    config
}

async fn posted(seat: &Seat, body: &str) -> (String, String) {
    let length = format!("content-length: {}\r\n", body.len());
    send(seat, "POST /log/add-checkpoint", &length, body).await
}

async fn checkpoint(seat: &Seat) -> String {
    let (head, note) = get(seat, "/log/checkpoint", "").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    note
}

/// The size of the checkpoint that is served as soon as this witness has
/// cosigned one that covers `sequence`.
async fn cosigned(seat: &Seat, witness: &VerifierKey, sequence: u64) -> u64 {
    seat.epoch_over(sequence).await;
    for _ in 0..600 {
        let note = checkpoint(seat).await;
        let size = Checkpoint::parse_unverified(&note).unwrap().size;
        if let Some(time_s) = verify_cosignature(&note, &witness.name, &witness.key)
            && size > sequence
        {
            let now_s = SystemClock.now_us() / 1_000_000;
            assert!(now_s.abs_diff(time_s) < 600, "the witness's clock is ours");
            return size;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody cosigned: {}", checkpoint(seat).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_cosigns_our_checkpoints_and_one_that_is_away_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let port = crate::several_gateways::free_port();
    let (ours, theirs) = (folder.path().join("home"), folder.path().join("witness"));
    // Both have to know the other's key before they start.
    let seat = Seat::take(home(&ours)).await;
    let (log_key, _) = keys(&seat).await;
    seat.leave().await;
    let watching = Seat::take(witness(&theirs, port, std::slice::from_ref(&log_key))).await;
    let (_, witness_key) = keys(&watching).await;
    let mut config = home(&ours);
    let url = format!("http://127.0.0.1:{port}/log/");
    config.log.witnesses = vec![Witness { url, verifier_key: witness_key.to_string() }];
    assert_eq!(config.mistakes(), []);

    let seat = Seat::take(config.clone()).await;
    let first = seat.submit(&Person::new(1).is_born("A")).await.unwrap();
    let size = cosigned(&seat, &witness_key, first.sequence).await;
    let (_, metrics) = get(&seat, "/metrics", "").await;
    let name = &witness_key.name;
    let gauge = format!("erynoa_witness_cosigned_entries{{witness=\"{name}\"}} {size}\n");
    assert!(metrics.contains(&gauge), "{metrics}");
    let mut log = LogServiceClient::new(seat.channel.clone());
    let head = log.get_checkpoint(api::GetCheckpointRequest {}).await.unwrap().into_inner();
    let note = head.checkpoint.unwrap().note;
    assert!(verify_cosignature(&note, name, &witness_key.key).is_some());

    // A restart forgets no cosignature.
    seat.leave().await;
    let seat = Seat::take(config).await;
    let kept = checkpoint(&seat).await;
    assert!(verify_cosignature(&kept, name, &witness_key.key).is_some(), "{kept}");

    // While it is away, the log goes on.
    watching.leave().await;
    let second = seat.submit(&Person::new(2).is_born("B")).await.unwrap();
    seat.epoch_over(second.sequence).await;
    let alone = checkpoint(&seat).await;
    assert!(Checkpoint::parse_unverified(&alone).unwrap().size > size);
    assert_eq!(verify_cosignature(&alone, name, &witness_key.key), None);
    let (head, _) = get(&seat, "/api/v1/ready", "").await;
    assert!(head.starts_with("http/1.1 200"), "a witness is no part of the server: {head}");
    let watching = Seat::take(witness(&theirs, port, &[log_key])).await;
    assert!(cosigned(&seat, &witness_key, second.sequence).await > size);
    seat.leave().await;
    watching.leave().await;
}

/// A log of others with this many entries.
fn foreign(key: &SigningKey, size: u64) -> (Tree, String) {
    let mut tree = Tree::new();
    (0..size).for_each(|number| tree.push(leaf_hash(&number.to_be_bytes())));
    let root = tree.root_at(size).unwrap();
    let note = Checkpoint { origin: "foreign.example/log".into(), size, root }.sign(key);
    (tree, note)
}

fn question(key: &SigningKey, old: u64, size: u64) -> String {
    let (tree, note) = foreign(key, size);
    let proof = tree.consistency(old, size).unwrap();
    AddCheckpoint { old_size: old, proof, note: &note }.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn this_node_answers_as_the_specification_of_witnesses_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed([77; 32]);
    let log = verifier_key("foreign.example/log", &key.public_key());
    let seat = Seat::take(witness(folder.path(), 0, std::slice::from_ref(&log))).await;
    let (_, own) = keys(&seat).await;
    let status = async |seat: &Seat, body: &str| {
        let (head, answer) = posted(seat, body).await;
        (head.lines().next().unwrap().to_owned(), head, answer)
    };

    let (line, _, answer) = status(&seat, &question(&key, 0, 5)).await;
    assert_eq!(line, "http/1.1 200 ok");
    let (_, note) = foreign(&key, 5);
    assert!(verify_cosignature(&(note + &answer), &own.name, &own.key).is_some(), "{answer}");

    let (line, head, answer) = status(&seat, &question(&key, 0, 7)).await;
    assert_eq!((line.as_str(), answer.as_str()), ("http/1.1 409 conflict", "5\n"));
    assert!(head.contains("content-type: text/x.tlog.size"), "{head}");

    let stranger = SigningKey::from_seed([78; 32]);
    let (line, ..) = status(&seat, &question(&stranger, 5, 7)).await;
    assert_eq!(line, "http/1.1 403 forbidden");
    let unknown = question(&key, 5, 7).replace("foreign.example", "unknown.example");
    let (line, ..) = status(&seat, &unknown).await;
    assert_eq!(line, "http/1.1 404 not found");
    let (_, note) = foreign(&key, 7);
    let unproven = AddCheckpoint { old_size: 5, proof: vec![[1; 32]], note: &note }.to_string();
    let (line, _, answer) = status(&seat, &unproven).await;
    assert_eq!(line, "http/1.1 422 unprocessable entity");
    assert!(answer.contains("WITNESS_PROOF"), "{answer}");
    let (line, ..) = status(&seat, "old 5\n").await;
    assert_eq!(line, "http/1.1 400 bad request");
    let (line, ..) = status(&seat, &"x".repeat((64 << 10) + 1)).await;
    assert_eq!(line, "http/1.1 413 payload too large");

    // What it has cosigned outlives it.
    seat.leave().await;
    let seat = Seat::take(witness(folder.path(), 0, &[log])).await;
    assert_eq!(keys(&seat).await.1, own, "the key stays");
    let (line, _, answer) = status(&seat, &question(&key, 0, 4)).await;
    assert_eq!((line.as_str(), answer.as_str()), ("http/1.1 409 conflict", "5\n"));
    let (line, ..) = status(&seat, &question(&key, 5, 7)).await;
    assert_eq!(line, "http/1.1 200 ok");
    seat.leave().await;
}
