//! Witnesses over HTTP (C2SP tlog-witness): this node as one, and others of
//! this node's log. Independent implementations are in `scripts/transparency.sh`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use erynoa_api_gateway::SystemClock;
use erynoa_api_gateway::config::{Config, Witness};
use erynoa_events::{
    AddCheckpoint, Checkpoint, SigningKey, Tree, VerifierKey, cosign, leaf_hash,
    parse_verifier_key, verifier_key, verify_cosignature, witness_verifier_key,
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

/// A witness's key that nobody signs with here.
fn key_of(number: u8) -> VerifierKey {
    let key = SigningKey::from_seed([200 + number; 32]).public_key();
    let text = witness_verifier_key(&format!("witness.example/{number}"), &key);
    parse_verifier_key(&text).unwrap()
}

/// What a witness that is none answers to a body of `add-checkpoint`.
async fn bad_answer(number: u8, body: String) -> Response {
    let asked = AddCheckpoint::parse(&body).expect("we ask as the specification has it");
    let other = SigningKey::from_seed([99; 32]);
    match number {
        0 => (StatusCode::INTERNAL_SERVER_ERROR, "sorry").into_response(),
        1 => Redirect::temporary("/elsewhere").into_response(),
        2 => "\u{2014} witness.example/2 nonsense\n".into_response(),
        3 => {
            cosign(asked.note, "witness.example/3", &other, 1_800_000_000).unwrap().into_response()
        }
        4 => "x".repeat(1 << 20).into_response(),
        5 => (StatusCode::CONFLICT, "18446744073709551615\n").into_response(),
        6 => (StatusCode::CONFLICT, "a lot\n").into_response(),
        // A time that is to come, under the right key.
        7 => {
            let key = SigningKey::from_seed([207; 32]);
            cosign(asked.note, "witness.example/7", &key, 1 << 40).unwrap().into_response()
        }
        _ => std::future::pending().await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_witness_answers_the_checkpoint_stays_good_and_the_log_goes_on() {
    const WITNESSES: u8 = 9;
    let asked: Arc<[AtomicU64; WITNESSES as usize]> = Arc::default();
    let elsewhere = Arc::new(AtomicU64::new(0));
    let (counts, sent) = (Arc::clone(&asked), Arc::clone(&elsewhere));
    let routes = Router::new()
        .route(
            "/{number}/add-checkpoint",
            post(move |number: axum::extract::Path<u8>, body: String| async move {
                counts[usize::from(*number)].fetch_add(1, Ordering::Relaxed);
                bad_answer(*number, body).await
            }),
        )
        .fallback(move || async move {
            sent.fetch_add(1, Ordering::Relaxed);
        });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { axum::serve(listener, routes).await });

    let folder = tempfile::tempdir().unwrap();
    let mut config = home(folder.path());
    config.log.witnesses = (0..WITNESSES)
        .map(|number| Witness {
            url: format!("http://{address}/{number}"),
            verifier_key: key_of(number).to_string(),
        })
        .collect();
    let seat = Seat::take(config).await;
    let first = seat.submit(&Person::new(1).is_born("A")).await.unwrap();
    seat.epoch_over(first.sequence).await;
    let failed = |metrics: &str, number: u8| {
        let line =
            format!("erynoa_witness_failures_total{{witness=\"witness.example/{number}\"}} ");
        let count = metrics.split_once(&line).unwrap().1.lines().next().unwrap();
        count.parse::<u64>().unwrap() > 0
    };
    // The last one never answers, so it has not failed yet.
    for round in 0.. {
        let (_, metrics) = get(&seat, "/metrics", "").await;
        let all_asked = asked.iter().all(|count| count.load(Ordering::Relaxed) > 0);
        if all_asked && (0..WITNESSES - 1).all(|number| failed(&metrics, number)) {
            break;
        }
        assert!(round < 600, "{metrics}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let second = seat.submit(&Person::new(2).is_born("B")).await.unwrap();
    seat.epoch_over(second.sequence).await;
    let note = checkpoint(&seat).await;
    assert!(Checkpoint::parse_unverified(&note).unwrap().size > second.sequence);
    assert_eq!(note.rsplit_once("\n\n").unwrap().1.lines().count(), 1, "{note}");
    assert_eq!(elsewhere.load(Ordering::Relaxed), 0, "no answer sends us elsewhere");
    let (head, _) = get(&seat, "/api/v1/ready", "").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    // Nor does the one that is still thinking hold up the end.
    seat.leave().await;
    served.abort();
}
