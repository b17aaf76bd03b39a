//! Each real server is killed and paused in mid-load: what was acknowledged
//! stays, `/ready` tells the truth, and nobody has to help.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use erynoa_api_gateway::SystemClock;
use erynoa_api_gateway::config::{
    Auth, AuthMode, CacheBackend, Config, DatabaseBackend, MailBackend, SecretText, StorageBackend,
};
use erynoa_api_gateway::wiring;
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::event_service_client::EventServiceClient;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_storage::contract::presigned::Browser;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::seat::{Person, Seat, code_of, config, operator, signed, with};
use crate::signed::Http;

/// Within this time `/ready` tells the truth.
const TRUTH: Duration = Duration::from_secs(2);
/// How long a server stays away once that is known, with the load going on.
const AWAY: Duration = Duration::from_millis(700);
/// Servers, and by which part of the gateway they are missed.
const SERVERS: [(&str, &str); 5] = [
    ("postgres", "log"),
    ("redis", "cache"),
    ("s3", "storage"),
    ("oidc", "identity provider"),
    ("smtp", "mail"),
];

/// Servers of our own: what happens to them disturbs no other test.
struct Servers {
    home: tempfile::TempDir,
    variables: HashMap<String, String>,
}

impl Servers {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut servers = Self { home, variables: HashMap::new() };
        let said = servers.run("start", &[]);
        let variables =
            said.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        servers.variables = variables.map(|(name, to)| (name.to_owned(), to.to_owned())).collect();
        servers
    }

    fn run(&self, verb: &str, names: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services.sh");
        let mut command = Command::new(script);
        command.arg(verb).args(names);
        command.env("ERYNOA_SERVICES_DIR", self.home.path()).env("ERYNOA_SERVICES_DURABLE", "0");
        let s3: PathBuf =
            Path::new(env!("CARGO_BIN_EXE_erynoa-gateway")).with_file_name("erynoa-s3-server");
        if s3.exists() {
            command.env("ERYNOA_S3_SERVER", s3);
        }
        let output = tokio::task::block_in_place(|| command.output()).expect("the script runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "services.sh {verb} {names:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn variable(&self, name: &str) -> String {
        self.variables.get(name).unwrap_or_else(|| panic!("services.sh gives no {name}")).clone()
    }

    fn config(&self, folder: &Path) -> Config {
        let mut config = config(folder);
        let secret = |name: &str| SecretText::new(self.variable(name));
        config.database.backend = DatabaseBackend::Postgres;
        config.database.url = secret("ERYNOA_TEST_POSTGRES_URL");
        config.cache.backend = CacheBackend::Redis;
        config.cache.url = secret("ERYNOA_TEST_REDIS_URL");
        config.storage.backend = StorageBackend::S3;
        config.storage.endpoint = self.variable("ERYNOA_TEST_S3_URL");
        config.storage.access_key_id = self.variable("ERYNOA_TEST_S3_KEY");
        config.storage.secret_access_key = secret("ERYNOA_TEST_S3_SECRET");
        config.mail.backend = MailBackend::Smtp;
        config.mail.url = secret("ERYNOA_TEST_SMTP_URL");
        config.mail.from = "Erynoa <erynoa@localhost>".to_owned();
        config.limits.mana = false;
        config
    }

    /// People sign in by their keys, and at the provider too.
    async fn gateway(&self, folder: &Path) -> Seat {
        let auth = Auth {
            mode: AuthMode::Oidc,
            issuer: self.variable("ERYNOA_TEST_OIDC_ISSUER"),
            client_id: "platform".to_owned(),
            audiences: vec!["erynoa".to_owned()],
            ..Auth::default()
        };
        let providers = wiring::providers(&auth, Arc::new(SystemClock)).unwrap();
        Seat::take_with(self.config(folder), providers).await
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.run("stop", &[]);
    }
}

/// What the gateway has promised to keep.
#[derive(Clone, Default)]
struct Promises {
    /// Ids of events by position.
    events: Arc<Mutex<BTreeMap<u64, String>>>,
    /// Contents of files by id.
    files: Arc<Mutex<HashMap<String, Bytes>>>,
    refused: Arc<Mutex<usize>>,
}

impl Promises {
    /// A request may fail, but honestly: it can be sent again, and when.
    fn refused(&self, what: &str, status: &Status) {
        assert_eq!(status.code(), Code::Unavailable, "{what}: {status:?}");
        assert_eq!(code_of(status), "SERVICE_UNAVAILABLE", "{what}: {status:?}");
        assert!(
            status.get_details_retry_info().is_some_and(|info| info.retry_delay.is_some()),
            "{what}: no hint when to try again: {status:?}"
        );
        *self.refused.lock().unwrap() += 1;
    }
}

async fn writes(
    channel: Channel,
    mut person: Person,
    realm: RealmId,
    goes_on: Arc<AtomicBool>,
    promises: Promises,
) {
    let friend = Person::new(1).id;
    let mut events = EventServiceClient::new(channel);
    let mut next = Some(person.is_born("Writer"));
    while goes_on.load(Ordering::Relaxed) {
        let event = next.take().unwrap_or_else(|| person.attests(realm, friend));
        let sequence = loop {
            let request = api::SubmitRequest { event: Some(signed(&event)), ..Default::default() };
            match events.submit(request).await {
                Ok(answer) => break answer.into_inner().receipt.unwrap().sequence,
                Err(status) => promises.refused("an event", &status),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let before = promises.events.lock().unwrap().insert(sequence, event.id().to_string());
        assert_eq!(before, None, "position {sequence} was acknowledged twice");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn uploads(channel: Channel, token: String, goes_on: Arc<AtomicBool>, promises: Promises) {
    let mut files = StorageServiceClient::new(channel);
    for number in 0.. {
        if !goes_on.load(Ordering::Relaxed) {
            break;
        }
        let data = Bytes::from(format!("file {number} ").repeat(1000));
        let request = api::UploadFileRequest {
            name: format!("{number}.txt"),
            data: data.to_vec(),
            ..Default::default()
        };
        match files.upload_file(with(&token, request)).await {
            Ok(answer) => {
                let id = answer.into_inner().file.unwrap().id;
                promises.files.lock().unwrap().insert(id, data);
            }
            Err(status) => promises.refused("an upload", &status),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Which parts `/ready` complains about.
async fn missing(url: &str) -> Vec<String> {
    let answer = reqwest::get(format!("{url}/api/v1/ready")).await.unwrap();
    let status = answer.status().as_u16();
    let ready: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let parts = ready["parts"].as_array().unwrap();
    let ill = parts.iter().filter(|part| part["healthy"] == false);
    let ill: Vec<_> = ill.map(|part| part["name"].as_str().unwrap().to_owned()).collect();
    let is_ready = ill.is_empty();
    assert_eq!(ready["ready"], is_ready);
    assert_eq!(status, if is_ready { 200 } else { 503 });
    ill
}

/// Waits until `/ready` misses this part, or with `None` nothing; how long it took.
async fn truth(url: &str, part: Option<&str>) -> Duration {
    let began = Instant::now();
    loop {
        let missing = missing(url).await;
        let told = match part {
            Some(part) => missing.iter().any(|name| name == part),
            None => missing.is_empty(),
        };
        let took = began.elapsed();
        assert!(took <= TRUTH, "after {took:?} /ready misses {missing:?}, but it is {part:?}");
        if told {
            return took;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

struct House {
    seat: Seat,
    servers: Servers,
    promises: Promises,
    admin: String,
    realm: RealmId,
}

impl House {
    async fn invite(&self, email: &str) -> Result<api::InviteUserResponse, Status> {
        let request = api::InviteUserRequest {
            email: email.to_owned(),
            name: "New".to_owned(),
            roles: vec!["member".to_owned()],
            language: "en".to_owned(),
            message: String::new(),
        };
        let invited = self.seat.users().invite_user(with(&self.admin, request)).await?;
        Ok(invited.into_inner())
    }

    /// What must hold while a server is away, beside the load.
    async fn without(&self, name: &str, is_killed: bool, seed: u8) {
        let is_away = |what: &str, status: &Status| self.promises.refused(what, status);
        match name {
            "postgres" => {
                let request = api::SubmitRequest {
                    event: Some(signed(&Person::new(seed).is_born("Too late"))),
                    ..Default::default()
                };
                let mut events = self.seat.events();
                let (submitted, invited) =
                    tokio::join!(events.submit(request), self.invite("nobody@erynoa.example"));
                is_away("an event", &submitted.unwrap_err());
                is_away("an invitation", &invited.unwrap_err());
            }
            "s3" => {
                let mut files = StorageServiceClient::new(self.seat.channel.clone());
                let request = api::UploadFileRequest {
                    name: "a".to_owned(),
                    data: b"too late".to_vec(),
                    ..Default::default()
                };
                let refused = files.upload_file(with(&self.admin, request)).await.unwrap_err();
                is_away("an upload", &refused);
            }
            "oidc" if is_killed => {
                // Signed by a key that nobody has seen: only the provider could tell.
                let id_token = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im5ldyIsInR5cCI6IkpXVCJ9.e30.AAAA";
                let request = api::SignInWithOidcRequest {
                    app: "platform".to_owned(),
                    id_token: id_token.to_owned(),
                };
                let refused = self.seat.sessions().sign_in_with_oidc(request).await.unwrap_err();
                assert_eq!(
                    (refused.code(), &*code_of(&refused)),
                    (Code::Unavailable, "PROVIDER_UNAVAILABLE")
                );
                assert!(refused.get_details_retry_info().is_some(), "{refused:?}");
            }
            "smtp" if is_killed => {
                let invited = self.invite("waits@erynoa.example").await.unwrap();
                assert!(invited.mail_sent, "the mail is queued");
            }
            _ => {}
        }
        if name != "postgres" {
            // Whoever is here goes on.
            let olga = Person::new(1);
            olga.signs_in(&self.seat).await.unwrap();
            let newcomer = Person::new(seed).is_born("Newcomer");
            self.seat.submit(&newcomer).await.unwrap();
        }
    }

    async fn fault(&self, name: &str, part: &str, is_killed: bool, seed: u8) {
        let (away, back) = if is_killed { ("kill", "start") } else { ("pause", "resume") };
        assert_eq!(missing(&self.seat.url).await, Vec::<String>::new());
        self.servers.run(away, &[name]);
        let seen = truth(&self.seat.url, Some(part)).await;
        self.without(name, is_killed, seed).await;
        tokio::time::sleep(AWAY).await;
        self.servers.run(back, &[name]);
        let well = truth(&self.seat.url, None).await;
        println!("{name} {away}: seen after {seen:?}; back after {well:?}");
    }
}

async fn mails_to(api: &str, email: &str) -> usize {
    let answer = reqwest::get(format!("{api}/messages?to={email}")).await.unwrap();
    let mails: Vec<serde_json::Value> =
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    mails.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_or_paused_in_mid_load_costs_nothing_that_was_acknowledged() {
    let servers = Servers::start();
    let folder = tempfile::tempdir().unwrap();
    let seat = servers.gateway(folder.path()).await;
    let (admin, realm) = operator(&seat, &mut Person::new(1)).await;
    let promises = Promises::default();
    let house = House { seat, servers, promises, admin, realm };
    let goes_on = Arc::new(AtomicBool::new(true));
    let mut load = Vec::new();
    for seed in 2..=5 {
        let (channel, promises) = (house.seat.channel.clone(), house.promises.clone());
        let person = Person::new(seed);
        load.push(tokio::spawn(writes(channel, person, house.realm, goes_on.clone(), promises)));
    }
    let (channel, promises) = (house.seat.channel.clone(), house.promises.clone());
    load.push(tokio::spawn(uploads(channel, house.admin.clone(), goes_on.clone(), promises)));

    let mut seeds = 100..;
    for is_killed in [true, false] {
        for (name, part) in SERVERS {
            let seed = seeds.next().expect("there are ten faults");
            house.fault(name, part, is_killed, seed).await;
        }
    }
    goes_on.store(false, Ordering::Relaxed);
    for writer in load {
        writer.await.unwrap();
    }

    let House { seat, servers, promises, .. } = house;
    let api = servers.variable("ERYNOA_TEST_SMTP_API");
    for _ in 0..150 {
        if mails_to(&api, "waits@erynoa.example").await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(mails_to(&api, "waits@erynoa.example").await, 1, "the mail has left by itself");
    // What was folded is what is stored: the next start checks every state root.
    seat.leave().await;
    let seat = servers.gateway(folder.path()).await;
    let events = promises.events.lock().unwrap().clone();
    let files = promises.files.lock().unwrap().clone();
    assert!(
        events.len() > 50 && files.len() > 10,
        "{} events, {} files",
        events.len(),
        files.len()
    );
    for (&sequence, id) in &events {
        let found = seat.events().get(api::GetRequest { id: id.clone() }).await.unwrap();
        assert_eq!(found.into_inner().event.unwrap().sequence, sequence);
    }
    let tokens = Person::new(1).signs_in(&seat).await.unwrap();
    let bearer = format!("Bearer {}", tokens.access_token);
    for (id, content) in &files {
        let url = format!("{}/api/v1/storage/files/{id}/content", seat.url);
        let headers = [("authorization", bearer.as_str())];
        let read = Http::default().send("GET", &url, &headers, Bytes::new()).await;
        assert!(read.status == 200 && read.body == content, "{id}: {}", read.status);
    }
    let refused = *promises.refused.lock().unwrap();
    println!("{} events, {} files kept; {refused} requests refused", events.len(), files.len());
    seat.leave().await;
}
