//! Certificates while everything is killed: each that was asked for is made
//! once, mailed once, and genuine.
//!
//! `ERYNOA_CERTIFICATES` and `ERYNOA_KILLS` say how many; `make
//! certificates-soak` runs 200 and 20.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::document_service_client::DocumentServiceClient;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::seat::{Person, Seat, code_of, operator, with};
use crate::services::OwnServers;

/// Who asks; each may ask for ten at once and for one a second.
const PEOPLE: usize = 4;
/// Longest time for one certificate, with everything that is killed meanwhile.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longest life of a gateway that is to be killed.
const LIFE_MOST_MS: u64 = 1500;

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// A port below those that outgoing connections take, so that it stays ours
/// while nobody listens.
fn port() -> u16 {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() as usize % 1000 * 8;
        let port = 10_000 + u16::try_from(step % 10_000).expect("is small");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Chance that repeats itself when it is told where to begin.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let seed = u64::try_from(number("ERYNOA_SEED", 0)).unwrap();
        let seed = if seed == 0 { u64::try_from(now % 1_000_000).unwrap() + 1 } else { seed };
        println!("ERYNOA_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, most: u64) -> u64 {
        // Xorshift: enough to look at every moment once.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// A gateway in a process of its own.
struct Gateway {
    settings: BTreeMap<&'static str, String>,
    folder: PathBuf,
    child: Child,
}

impl Gateway {
    fn new(folder: &Path, servers: &OwnServers, on_restate: bool) -> Self {
        let mut settings = BTreeMap::from([
            ("APP_APPLICATION__PORT", port().to_string()),
            ("APP_APPLICATION__DATA_DIR", folder.join("data").display().to_string()),
            ("APP_LOG__ORIGIN", "test.example/survives".to_owned()),
            ("APP_LOG__EPOCH_MAX_SECONDS", "1".to_owned()),
            ("APP_LIMITS__REQUESTS_PER_SECOND", "100000".to_owned()),
            ("APP_LIMITS__BURST", "100000".to_owned()),
            ("APP_MAIL__BACKEND", "smtp".to_owned()),
            ("APP_MAIL__URL", servers.variable("ERYNOA_TEST_SMTP_URL")),
            ("APP_MAIL__FROM", "Erynoa <erynoa@localhost>".to_owned()),
        ]);
        if on_restate {
            settings.extend([
                ("APP_WORKFLOWS__BACKEND", "restate".to_owned()),
                ("APP_WORKFLOWS__INGRESS_URL", servers.variable("ERYNOA_TEST_RESTATE_INGRESS")),
                ("APP_WORKFLOWS__ADMIN_URL", servers.variable("ERYNOA_TEST_RESTATE_ADMIN")),
                ("APP_WORKFLOWS__ENDPOINT_BIND", format!("127.0.0.1:{}", port())),
            ]);
        }
        let child = Self::spawn(folder, &settings);
        Self { settings, folder: folder.to_owned(), child }
    }

    fn spawn(folder: &Path, settings: &BTreeMap<&'static str, String>) -> Child {
        let path = folder.join("gateway.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        Command::new(env!("CARGO_BIN_EXE_erynoa-gateway"))
            .current_dir(folder)
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the gateway starts")
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings["APP_APPLICATION__PORT"])
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("gateway.log")).unwrap_or_default();
        let last: Vec<_> = log.lines().rev().take(40).collect();
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Waits until it answers.
    async fn awake(&mut self) {
        let since = Instant::now();
        loop {
            let health = format!("{}/api/v1/health", self.url());
            if reqwest::get(health).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && since.elapsed() < PATIENCE, "{ended:?}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn claim_token(&self) -> String {
        let link = std::fs::read_to_string(self.folder.join("data/claim-link")).unwrap();
        link.trim().rsplit_once('#').unwrap().1.to_owned()
    }

    fn kill(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("is gone");
    }

    fn start(&mut self) {
        self.child = Self::spawn(&self.folder, &self.settings);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // A test that fails leaves nobody behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether it helps to ask again: something was being killed, or it was too
/// often.
fn passes(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::ResourceExhausted | Code::Cancelled)
        || matches!(status.code(), Code::Unknown | Code::Internal) && code_of(status).is_empty()
}

/// Asks until there is an answer.
async fn insist<T, E: Future<Output = Result<T, Status>>>(what: &str, ask: impl Fn() -> E) -> T {
    let since = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(status) => {
                assert!(passes(&status), "{what}: {status:?}");
                assert!(since.elapsed() < PATIENCE, "{what} goes on for too long: {status:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Somebody who asks for certificates.
struct Asker {
    seat: Arc<Seat>,
    person: Person,
    token: String,
    email: String,
}

impl Asker {
    async fn new(seat: &Arc<Seat>, number: usize) -> Self {
        let seed = u8::try_from(number).unwrap() + 10;
        let (person, token) = seat.newcomer(seed, &format!("Asker {number}")).await;
        let user = seat.user(&token).await;
        let email = format!("asker-{number}@erynoa.example");
        let update = api::UpdateUserRequest {
            id: user.id,
            version: user.version,
            email: Some(email.clone()),
            language: Some(if number.is_multiple_of(2) { "de" } else { "en" }.to_owned()),
            ..api::UpdateUserRequest::default()
        };
        seat.users().update_user(with(&token, update)).await.unwrap();
        Self { seat: Arc::clone(seat), person, token, email }
    }

    async fn sign_in(&mut self) {
        let (seat, person) = (&self.seat, &self.person);
        self.token = insist("sign in", || person.signs_in(seat)).await.access_token;
    }

    /// Key of the run.
    async fn asks(&self, number: usize) -> String {
        let request = || api::RequestDocumentRequest {
            subject: self.person.did(),
            idempotency_key: format!("number-{number}"),
            ..api::RequestDocumentRequest::default()
        };
        let answer = insist("ask for a certificate", || async move {
            let mut documents = DocumentServiceClient::new(self.seat.channel.clone());
            documents.request_document(with(&self.token, request())).await
        });
        answer.await.into_inner().key
    }

    /// Waits until the run is over; how it ended.
    async fn until_over(&self, key: &str) -> api::Workflow {
        let since = Instant::now();
        loop {
            let run = insist("look at a run", || async move {
                let mut workflows = WorkflowServiceClient::new(self.seat.channel.clone());
                let request = api::GetWorkflowRequest { key: key.to_owned() };
                match workflows.get_workflow(with(&self.token, request)).await {
                    // Its start still waits for the engine.
                    Err(status) if code_of(&status) == "WORKFLOW_NOT_FOUND" => Ok(None),
                    answer => Ok(answer?.into_inner().workflow),
                }
            });
            let run = run.await;
            if let Some(run) = &run
                && !matches!(
                    run.status(),
                    api::WorkflowStatus::Running | api::WorkflowStatus::Waiting
                )
            {
                return run.clone();
            }
            assert!(since.elapsed() < PATIENCE, "{key} does not end: {run:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn files(&self) -> Vec<api::File> {
        let mut files = StorageServiceClient::new(self.seat.channel.clone());
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = api::ListFilesRequest {
                page_size: 100,
                page_token,
                ..api::ListFilesRequest::default()
            };
            let page = files.list_files(with(&self.token, request)).await.unwrap().into_inner();
            found.extend(page.files);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return found;
            }
        }
    }

    async fn is_genuine(&self, id: &str) {
        let mut documents = DocumentServiceClient::new(self.seat.channel.clone());
        let download = api::DownloadDocumentRequest { id: id.to_owned(), format: 0 };
        let download = documents.download_document(with(&self.token, download)).await.unwrap();
        let document = download.into_inner().data;
        let check = documents.verify_document(api::VerifyDocumentRequest { document }).await;
        let found = check.unwrap().into_inner();
        assert_eq!(found.verdict(), api::VerificationVerdict::Genuine, "{id}: {:#?}", found.steps);
    }
}

/// Message ids of all mail about certificates to somebody, as often as each has arrived.
async fn mails_to(api: &str, email: &str) -> BTreeMap<String, usize> {
    let answer = reqwest::get(format!("{api}/messages?to={email}")).await.unwrap();
    let mails: Vec<serde_json::Value> =
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let mut ids = BTreeMap::new();
    for mail in mails {
        let id = mail["headers"]["message-id"].as_str().unwrap().to_owned();
        if id.contains("<certificate-") {
            *ids.entry(id).or_default() += 1;
        }
    }
    ids
}

async fn survive(test: &str, on_restate: bool) {
    let certificates = number("ERYNOA_CERTIFICATES", 12);
    let kills = number("ERYNOA_KILLS", 3);
    let mut dice = Dice::new();
    let names = if on_restate { &["smtp", "restate"][..] } else { &["smtp"] };
    let servers = tokio::task::block_in_place(|| OwnServers::start(test, names));
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new(folder.path(), &servers, on_restate);
    gateway.awake().await;
    let seat = Arc::new(Seat::elsewhere(&gateway.url(), Some(gateway.claim_token())));
    operator(&seat, &mut Person::new(1)).await;
    let mut askers = Vec::new();
    for number in 0..PEOPLE {
        askers.push(Asker::new(&seat, number).await);
    }
    let born = seat.submit(&Person::new(200).is_born("Last")).await.unwrap();
    seat.epoch_over(born.sequence).await;

    let begun = Instant::now();
    let killed = Arc::new(AtomicUsize::new(0));
    let mut asking = Vec::new();
    for (number, mut asker) in askers.into_iter().enumerate() {
        let killed = Arc::clone(&killed);
        asking.push(tokio::spawn(async move {
            let mut keys = Vec::new();
            for number in (number..certificates).step_by(PEOPLE) {
                // So that something is under way at every kill.
                while killed.load(Ordering::Relaxed) < number * kills / certificates {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                if number % 25 == 24 {
                    asker.sign_in().await;
                }
                keys.push(asker.asks(number).await);
            }
            (asker, keys)
        }));
    }
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(dice.below(LIFE_MOST_MS))).await;
        gateway.kill();
        gateway.start();
        gateway.awake().await;
        if on_restate {
            tokio::time::sleep(Duration::from_millis(dice.below(LIFE_MOST_MS))).await;
            tokio::task::block_in_place(|| {
                servers.run("kill", &["restate"]);
                servers.run("start", &["restate"]);
            });
        }
        killed.fetch_add(1, Ordering::Relaxed);
    }

    let (mut keys, mut pdfs, mut mails, mut repeated) = (BTreeSet::new(), 0, 0, 0);
    for asker in asking {
        let (mut asker, asked) = asker.await.unwrap();
        asker.sign_in().await;
        let mut made = BTreeSet::new();
        for key in &asked {
            let run = asker.until_over(key).await;
            assert_eq!(run.status(), api::WorkflowStatus::Completed, "{run:?}\n{}", gateway.log());
            let stored = run.steps.iter().find(|step| step.name == "store").unwrap();
            let output: serde_json::Value = serde_json::from_str(&stored.output).unwrap();
            made.insert(output["file_id"].as_str().unwrap().to_owned());
        }
        let files = asker.files().await;
        let there: BTreeSet<_> = files.iter().map(|file| file.id.clone()).collect();
        assert_eq!(there, made, "one file for each run, and no other");
        assert!(files.iter().all(|file| file.folder == "/Certificates"), "{files:?}");
        assert_eq!((made.len(), files.len()), (asked.len(), asked.len()));
        for id in &made {
            asker.is_genuine(id).await;
        }
        pdfs += files.len();
        keys.extend(asked.iter().cloned());
        let api = servers.variable("ERYNOA_TEST_SMTP_API");
        let since = Instant::now();
        let arrived = loop {
            let arrived = mails_to(&api, &asker.email).await;
            if arrived.len() >= asked.len() || since.elapsed() > Duration::from_secs(30) {
                break arrived;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        assert_eq!(arrived.len(), asked.len(), "one mail for each run");
        mails += arrived.len();
        repeated += arrived.values().map(|times| times - 1).sum::<usize>();
    }
    assert_eq!((keys.len(), pdfs, mails), (certificates, certificates, certificates));
    // A server that has taken a mail in the very moment of a kill gets it again.
    assert!(repeated <= kills, "{repeated} mails came twice in {kills} kills");
    println!(
        "{certificates} certificates, {kills} kills in {:.1} s; {repeated} mails came twice",
        begun.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_certificate_is_made_and_mailed_once_while_the_gateway_is_killed() {
    survive("embedded", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_certificate_is_made_and_mailed_once_while_gateway_and_restate_are_killed() {
    survive("restate", true).await;
}
