//! Several gateways, as processes of their own, on one PostgreSQL, one Redis and
//! one S3 server.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use erynoa_events::VerifiedEvent;
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::event_service_client::EventServiceClient;
use erynoa_proto::api::v1::info_service_client::InfoServiceClient;
use erynoa_proto::api::v1::log_service_client::LogServiceClient;
use erynoa_proto::api::v1::session_service_client::SessionServiceClient;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::seat::{Person, signed, with};
use crate::services::{postgres_database, redis_url, s3};

/// Gateways of one installation.
const GATEWAYS: usize = 4;
/// People who write at once.
const WRITERS: u8 = 12;
/// Seed of whoever claims the installation.
const FOUNDER: u8 = 250;
/// Seconds of load; a soak of ten minutes sets the variable.
const SECONDS: u64 = 20;
const SECONDS_VARIABLE: &str = "ERYNOA_SOAK_SECONDS";
/// Another build of the server, such as an optimised one.
const SERVER_VARIABLE: &str = "ERYNOA_SOAK_SERVER";
/// Events of one batch; every third writer sends batches.
const BATCH: usize = 5;
/// Streams that follow the log from its first entry.
const WATCHERS: usize = 2;

/// One gateway, which may die and come back on the same port.
struct Gateway {
    data_dir: PathBuf,
    port: u16,
    database: String,
    child: Child,
    claim_token: Option<String>,
}

impl Gateway {
    fn start(data_dir: &Path, keys: &Path, port: u16, database: &str) -> Self {
        let server = std::env::var(SERVER_VARIABLE)
            .unwrap_or_else(|_| env!("CARGO_BIN_EXE_erynoa-gateway").to_owned());
        let s3 = s3();
        let mut child = Command::new(server)
            .env("APP_APPLICATION__PORT", port.to_string())
            .env("APP_APPLICATION__DATA_DIR", data_dir)
            .env("APP_APPLICATION__KEYS_DIR", keys)
            .env("APP_APPLICATION__PUBLIC_URL", "http://localhost:3000")
            .env("APP_DATABASE__BACKEND", "postgres")
            .env("APP_DATABASE__URL", database)
            .env("APP_DATABASE__MAX_CONNECTIONS", "6")
            .env("APP_CACHE__BACKEND", "redis")
            .env("APP_CACHE__URL", redis_url())
            .env("APP_STORAGE__BACKEND", "s3")
            .env("APP_STORAGE__ENDPOINT", s3.url)
            .env("APP_STORAGE__ACCESS_KEY_ID", s3.key)
            .env("APP_STORAGE__SECRET_ACCESS_KEY", s3.secret)
            .env("APP_STORAGE__DEFAULT_BUCKET", format!("gateways-{}", std::process::id()))
            .env("APP_LOG__EPOCH_MAX_SECONDS", "1")
            .env("APP_LIMITS__REQUESTS_PER_SECOND", "100000")
            .env("APP_LIMITS__BURST", "100000")
            .env("APP_LIMITS__MANA", "false")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let out = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("is ready")), "the gateway does not start");
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let claim_token = std::fs::read_to_string(data_dir.join("claim-link"))
            .ok()
            .and_then(|link| link.trim().rsplit_once('#').map(|(_, token)| token.to_owned()));
        let (data_dir, database) = (data_dir.to_owned(), database.to_owned());
        Self { data_dir, port, database, child, claim_token }
    }

    fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://127.0.0.1:{}", self.port))
            .expect("an address")
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_secs(15))
            .connect_lazy()
    }

    /// Dies without a word and comes back.
    fn is_killed_and_restarted(&mut self, keys: &Path) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it is gone");
        std::thread::sleep(Duration::from_millis(500));
        *self = Self::start(&self.data_dir.clone(), keys, self.port, &self.database.clone());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Everybody's acknowledged events with their positions.
type Acknowledged = Arc<Mutex<BTreeMap<u64, String>>>;

/// Submits until some gateway says that the event is in the log.
async fn submit(channels: &[Channel], first: usize, event: &VerifiedEvent) -> u64 {
    let began = Instant::now();
    for attempt in first.. {
        let channel = channels[attempt % channels.len()].clone();
        let request = api::SubmitRequest { event: Some(signed(event)), ..Default::default() };
        match EventServiceClient::new(channel).submit(request).await {
            Ok(answer) => return answer.into_inner().receipt.expect("a receipt").sequence,
            Err(status) => away(&status, began).await,
        }
    }
    unreachable!("attempts do not end")
}

/// The same for a batch; the positions of all of it.
async fn submit_batch(channels: &[Channel], first: usize, events: &[VerifiedEvent]) -> Vec<u64> {
    let began = Instant::now();
    for attempt in first.. {
        let channel = channels[attempt % channels.len()].clone();
        let request = api::SubmitBatchRequest { events: events.iter().map(signed).collect() };
        match EventServiceClient::new(channel).submit_batch(request).await {
            Ok(answer) => {
                let results = answer.into_inner().results.into_iter();
                let position = results.map(|result| match result.outcome {
                    Some(api::submit_result::Outcome::Receipt(receipt)) => receipt.sequence,
                    refused => panic!("refused within a batch: {refused:?}"),
                });
                return position.collect();
            }
            Err(status) => away(&status, began).await,
        }
    }
    unreachable!("attempts do not end")
}

/// A gateway is away; the next attempt goes to another one.
async fn away(status: &Status, began: Instant) {
    let away = matches!(
        status.code(),
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Internal
    );
    assert!(away, "{status:?}");
    assert!(began.elapsed() < Duration::from_secs(60), "nobody answers: {status:?}");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Writes for as long as `goes_on`; begins at another gateway each time.
async fn write(
    seed: u8,
    realm: RealmId,
    channels: Vec<Channel>,
    goes_on: Arc<AtomicBool>,
    acknowledged: Acknowledged,
) {
    let mut person = Person::new(seed);
    let friend = Person::new(FOUNDER).id;
    let mut number = usize::from(seed);
    let born = person.is_born(&format!("Person {seed}"));
    let mut next = vec![born];
    while goes_on.load(Ordering::Relaxed) {
        let sequences = if let [event] = &next[..] {
            vec![submit(&channels, number, event).await]
        } else {
            submit_batch(&channels, number, &next).await
        };
        assert!(sequences.is_sorted(), "what one key says is in its order");
        for (sequence, event) in sequences.into_iter().zip(&next) {
            let before =
                acknowledged.lock().expect("no panic").insert(sequence, event.id().to_string());
            assert_eq!(before, None, "position {sequence} was acknowledged twice");
        }
        let events = if seed.is_multiple_of(3) { BATCH } else { 1 };
        next = (0..events).map(|_| person.attests(realm, friend)).collect();
        number += 1;
    }
}

/// Follows the log from its first entry, at another gateway whenever a stream
/// ends, until it has `last` and all before it; the ids by position.
async fn follow(
    channels: Vec<Channel>,
    first: usize,
    last: tokio::sync::watch::Receiver<Option<u64>>,
) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for attempt in first.. {
        let is_over = || last.borrow().is_some_and(|last| seen.len() as u64 > last);
        if is_over() {
            break;
        }
        let channel = channels[attempt % channels.len()].clone();
        let from = seen.len() as u64;
        let request = api::WatchRequest { filter: None, from_sequence: Some(from) };
        let Ok(answer) = EventServiceClient::new(channel).watch(request).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let mut stream = answer.into_inner();
        // A stream has the channel's limit of time; then the next one goes on.
        while let Ok(Some(message)) = stream.message().await {
            if let Some(api::watch_response::Item::Event(event)) = message.item {
                assert_eq!(event.sequence, seen.len() as u64, "a gap or a repetition");
                seen.push(event.id);
            }
            if last.borrow().is_some_and(|last| seen.len() as u64 > last) {
                return seen;
            }
        }
    }
    seen
}

/// Reads here and there; how often that went well.
async fn read(channels: Vec<Channel>, goes_on: Arc<AtomicBool>) -> usize {
    let mut answered = 0;
    for attempt in 0.. {
        if !goes_on.load(Ordering::Relaxed) {
            break;
        }
        let mut events = EventServiceClient::new(channels[attempt % channels.len()].clone());
        let request = api::ListRequest { page_size: 20, ..Default::default() };
        if let Ok(page) = events.list(request).await {
            let newest: Vec<u64> =
                page.into_inner().events.iter().map(|event| event.sequence).collect();
            assert!(newest.is_sorted_by(|left, right| left > right), "{newest:?}");
            answered += 1;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    answered
}

/// Stores files; the contents of those that were acknowledged, by id.
async fn store(
    channels: Vec<Channel>,
    token: String,
    goes_on: Arc<AtomicBool>,
) -> HashMap<String, Vec<u8>> {
    let mut stored = HashMap::new();
    for number in 0.. {
        if !goes_on.load(Ordering::Relaxed) {
            break;
        }
        let data = format!("file {number} ").repeat(2000).into_bytes();
        let request = api::UploadFileRequest {
            name: format!("{number}.txt"),
            data: data.clone(),
            ..Default::default()
        };
        let channel = channels[number % channels.len()].clone();
        match StorageServiceClient::new(channel).upload_file(with(&token, request)).await {
            Ok(answer) => {
                stored.insert(answer.into_inner().file.expect("a file").id, data);
            }
            // Whether it is there nobody has said; the next one is another file.
            Err(status) => away(&status, Instant::now()).await,
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    stored
}

/// The tree head and the newest epoch once a gateway has caught up to `size`.
async fn settled(channel: &Channel, size: u64) -> (u64, Vec<u8>, Vec<u8>) {
    for _ in 0..200 {
        let mut log = LogServiceClient::new(channel.clone());
        if let Ok(answer) = log.get_checkpoint(api::GetCheckpointRequest {}).await {
            let answer = answer.into_inner();
            let checkpoint = answer.checkpoint.expect("a checkpoint");
            if answer.log_size >= size && checkpoint.size == answer.log_size {
                let request = api::ListEpochsRequest { page_size: 1, page_token: String::new() };
                let epochs = log.list_epochs(request).await.expect("epochs").into_inner().epochs;
                return (checkpoint.size, checkpoint.root, epochs[0].state_root.clone());
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a gateway has not caught up to {size} entries")
}

/// The token of a new session.
async fn sign_in(channel: &Channel, person: &Person) -> String {
    let mut sessions = SessionServiceClient::new(channel.clone());
    let request = api::CreateChallengeRequest { identity: person.did() };
    let given = sessions.create_challenge(request).await.unwrap().into_inner();
    let signed_in = sessions.sign_in(person.answers(&given)).await.unwrap().into_inner();
    signed_in.tokens.unwrap().access_token
}

/// Makes somebody the operator; who it is, the token of their session, and the
/// realm.
async fn claim(gateway: &Gateway) -> (Person, String, RealmId) {
    let mut olga = Person::new(FOUNDER);
    let channel = gateway.channel();
    submit(std::slice::from_ref(&channel), 0, &olga.is_born("Olga")).await;
    let token = sign_in(&channel, &olga).await;
    let mut sessions = SessionServiceClient::new(channel.clone());
    let request = api::ClaimInstallationRequest {
        claim_token: gateway.claim_token.clone().expect("a link"),
        realm_name: "Together".to_owned(),
    };
    let claimed = sessions.claim_installation(with(&token, request)).await;
    let token = claimed.unwrap().into_inner().tokens.unwrap().access_token;
    let info = InfoServiceClient::new(channel).get_info(api::GetInfoRequest {}).await.unwrap();
    (olga, token, info.into_inner().log.unwrap().root_realm.parse().unwrap())
}

/// One of the two that die, and after how long.
fn next_death(seconds: u64) -> (usize, Duration) {
    let random = RandomState::new().hash_one(());
    let most_ms = (seconds * 1000 / 5).clamp(2000, 30_000);
    (1 + 2 * (random % 2) as usize, Duration::from_millis(most_ms / 2 + (random >> 1) % most_ms))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_four_gateways_any_may_die_and_every_acknowledged_event_stands_once_under_one_root() {
    let seconds = std::env::var(SECONDS_VARIABLE)
        .map_or(SECONDS, |text| text.parse().expect("seconds are a number"));
    let home = tempfile::tempdir().unwrap();
    let keys = home.path().join("keys");
    let database = postgres_database("gateways");
    let mut gateways = Vec::new();
    for number in 0..GATEWAYS {
        let data_dir = home.path().join(format!("gateway-{number}"));
        gateways.push(Gateway::start(&data_dir, &keys, free_port(), &database));
    }
    let (olga, token, realm) = claim(&gateways[0]).await;

    let channels: Vec<Channel> = gateways.iter().map(Gateway::channel).collect();
    let goes_on = Arc::new(AtomicBool::new(true));
    let acknowledged = Acknowledged::default();
    let writers: Vec<_> = (1..=WRITERS)
        .map(|seed| {
            let (channels, goes_on) = (channels.clone(), Arc::clone(&goes_on));
            tokio::spawn(write(seed, realm, channels, goes_on, Arc::clone(&acknowledged)))
        })
        .collect();
    let reader = tokio::spawn(read(channels.clone(), Arc::clone(&goes_on)));
    let storing = tokio::spawn(store(channels.clone(), token.clone(), Arc::clone(&goes_on)));
    let (end, last) = tokio::sync::watch::channel(None);
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|first| tokio::spawn(follow(channels.clone(), first, last.clone())))
        .collect();
    let (paths, mut dying) = (keys.clone(), gateways);
    let (gateways, deaths) = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let mut deaths = 0;
        while began.elapsed() < Duration::from_secs(seconds) {
            let (victim, after) = next_death(seconds);
            std::thread::sleep(after);
            dying[victim].is_killed_and_restarted(&paths);
            deaths += 1;
        }
        (dying, deaths)
    })
    .await
    .unwrap();
    goes_on.store(false, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let reads = reader.await.unwrap();
    let files = storing.await.unwrap();

    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() > usize::from(WRITERS) * 5, "hardly anything was written");
    let distinct: HashSet<&String> = acknowledged.values().collect();
    assert_eq!(distinct.len(), acknowledged.len(), "an event stands at two positions");
    let last = *acknowledged.keys().next_back().unwrap();
    let mut heads = Vec::new();
    for gateway in &gateways {
        let channel = gateway.channel();
        heads.push(settled(&channel, last + 1).await);
        for (&sequence, id) in acknowledged.iter().step_by(7) {
            let request = api::GetRequest { id: id.clone() };
            let found = EventServiceClient::new(channel.clone()).get(request).await.unwrap();
            assert_eq!(found.into_inner().event.unwrap().sequence, sequence);
        }
    }
    heads.dedup();
    assert_eq!(heads.len(), 1, "one log has one root and one state");
    end.send_replace(Some(last));
    for watcher in watchers {
        let seen = watcher.await.unwrap();
        let distinct: HashSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "an event stands in the log twice");
        for (&sequence, id) in &acknowledged {
            assert_eq!(&seen[usize::try_from(sequence).unwrap()], id);
        }
    }
    assert!(!files.is_empty(), "no file was stored");
    // A long run outlives the session with which they were stored.
    let token = sign_in(&gateways[0].channel(), &olga).await;
    for (number, (id, content)) in files.iter().enumerate() {
        let url = format!("http://127.0.0.1:{}", gateways[number % GATEWAYS].port);
        let url = format!("{url}/api/v1/storage/files/{id}/content");
        let read = reqwest::Client::new().get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(read.status().as_u16(), 200, "{id}");
        assert_eq!(read.bytes().await.unwrap(), content.as_slice());
    }
    println!(
        "{} events acknowledged in {seconds} s, {} entries; {} files; {reads} pages read; \
         {deaths} times a gateway was killed",
        acknowledged.len(),
        heads[0].0,
        files.len()
    );
}
