//! Files through the server beside files straight to its object store, in one
//! run, in turns: `scripts/services.sh run s3 -- cargo bench -p
//! erynoa-api-gateway --bench files`. Straight means in one request, and in the
//! parts of 8 MiB in which the server and the usual clients of S3 send what is
//! larger than one.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use std::time::Duration;

use bytes::Bytes;
use erynoa_api_gateway::config::{SecretText, StorageBackend};
use erynoa_kernel::Secret;
use erynoa_s3::{S3Config, S3ObjectStore};
use erynoa_storage::{BucketName, Buckets, Disposition, Grant, ObjectKey, ObjectStore};
use tokio::time::Instant;

#[path = "../tests/it/seat.rs"]
#[expect(dead_code, reason = "shared with the tests, which need more of it")]
mod seat;

use seat::{Seat, config};

const BYTES: usize = 64 << 20;
const PIECE: usize = 64 << 10;
const ROUNDS: usize = 7;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: scripts/services.sh run s3 -- cargo bench …, or make services")
    })
}

/// MiB a second at the median.
fn speed(mut times: Vec<Duration>) -> f64 {
    times.sort();
    (BYTES >> 20) as f64 / times[times.len() / 2].as_secs_f64()
}

async fn timed(times: &mut Vec<Duration>, run: impl Future<Output = reqwest::Response>) {
    let begun = Instant::now();
    let answer = run.await;
    assert!(answer.status().is_success(), "{}", answer.status());
    let body = answer.bytes().await.unwrap();
    times.push(begun.elapsed());
    assert!(body.len() < 4096 || body.len() == BYTES);
}

#[tokio::main]
async fn main() {
    // cargo test asks every bench target for its tests.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let url = variable("ERYNOA_TEST_S3_URL");
    let (key, secret) = (variable("ERYNOA_TEST_S3_KEY"), variable("ERYNOA_TEST_S3_SECRET"));
    let bucket = BucketName::new("bench-files").unwrap();
    let direct = S3ObjectStore::new(S3Config {
        endpoint: url.clone(),
        public_endpoint: url.clone(),
        region: "us-east-1".to_owned(),
        access_key_id: key.clone(),
        secret_access_key: Secret::new(secret.clone()),
    })
    .unwrap();
    Buckets::create(&direct, &bucket).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.storage.backend = StorageBackend::S3;
    config.storage.endpoint = url;
    config.storage.access_key_id = key;
    config.storage.secret_access_key = SecretText::new(secret);
    config.storage.default_bucket = bucket.as_str().to_owned();
    let seat = Seat::take(config).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let api = format!("{}/api/v1/storage/files", seat.url.replace("localhost", "127.0.0.1"));

    let http = reqwest::Client::new();
    let bytes = Bytes::from((0..BYTES).map(|at| (at * 31).to_le_bytes()[1]).collect::<Vec<_>>());
    let head = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
    let form = Bytes::from([head.as_bytes(), &bytes, b"\r\n--x--\r\n"].concat());
    let object = ObjectKey::new("direct/object").unwrap();
    let hour = Duration::from_secs(3600);
    let presign = async |grant| {
        direct.presign(&bucket, &object, grant, hour, Disposition::default()).await.unwrap()
    };
    let (put, get) = (presign(Grant::Put).await, presign(Grant::Get).await);

    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let send = http.put(&put).body(bytes.clone()).send();
        timed(&mut times[0], async { send.await.unwrap() }).await;
        // In pieces, as the network would bring it.
        let pieces = (0..BYTES).step_by(PIECE).map(|at| Ok(bytes.slice(at..at + PIECE)));
        let stream = Box::pin(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
        let begun = Instant::now();
        ObjectStore::put(&direct, &bucket, &object, stream, BYTES as u64).await.unwrap();
        times[1].push(begun.elapsed());
        let send = http
            .post(&api)
            .bearer_auth(&token)
            .header("content-type", "multipart/form-data; boundary=x")
            .body(form.clone())
            .send();
        timed(&mut times[2], async { send.await.unwrap() }).await;
        let listed = http.get(&api).bearer_auth(&token).send().await.unwrap();
        let listed: serde_json::Value =
            serde_json::from_slice(&listed.bytes().await.unwrap()).unwrap();
        let file = format!("{api}/{}", listed["files"][0]["id"].as_str().unwrap());
        timed(&mut times[3], async { http.get(&get).send().await.unwrap() }).await;
        let content = http.get(format!("{file}/content")).bearer_auth(&token).send();
        timed(&mut times[4], async { content.await.unwrap() }).await;
        let delete = http.delete(format!("{file}?version=1&forever=true")).bearer_auth(&token);
        assert!(delete.send().await.unwrap().status().is_success());
    }
    let [put, parts, upload, get, download] = times.map(speed);
    println!("{} MiB, median of {ROUNDS} rounds in turns, MiB/s", BYTES >> 20);
    println!(
        "upload    to S3 {parts:8.1} in parts, {put:.1} in one   through the gateway {upload:8.1}   \
         {:.0} % of the parts, {:.0} % of the one",
        100.0 * upload / parts,
        100.0 * upload / put
    );
    println!(
        "download  from S3 {get:6.1}   through the gateway {download:8.1}   {:.0} %",
        100.0 * download / get
    );
    ObjectStore::delete(&direct, &bucket, &object).await.unwrap();
    seat.leave().await;
}
