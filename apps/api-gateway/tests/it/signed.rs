//! The laws of presigned URLs on the addresses that the server signs itself,
//! through its own door.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{Clock, Entropy};
use erynoa_local_auth::load_or_create_secret;
use erynoa_local_fs::{LocalObjects, Signer};
use erynoa_storage::contract::presigned::{Browser, Reply};
use erynoa_storage::{Buckets, ObjectStore};
use tempfile::TempDir;

use crate::seat::{Seat, config};

struct Now;

impl Clock for Now {
    fn now_us(&self) -> u64 {
        u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap()
    }
}

struct NoDice;

impl Entropy for NoDice {
    fn bytes32(&self) -> [u8; 32] {
        panic!("the server has made its keys")
    }
}

/// A plain HTTP client.
#[derive(Default)]
pub(crate) struct Http(reqwest::Client);

#[async_trait]
impl Browser for Http {
    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Bytes) -> Reply {
        let url = url.replacen("localhost", "127.0.0.1", 1);
        let mut request = self.0.request(method.parse().unwrap(), url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let headers = headers.collect();
        Reply { status: answer.status().as_u16(), headers, body: answer.bytes().await.unwrap() }
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A server, and a second hand on its folder of files.
async fn empty() -> (Arc<dyn ObjectStore>, Arc<dyn Buckets>, Arc<dyn Browser>, (Seat, TempDir)) {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let secret = load_or_create_secret(&folder.path().join("keys/files.key"), &NoDice).unwrap();
    let signer = Signer::new(&seat.url, &secret);
    let store = LocalObjects::open(&folder.path().join("files"), signer, Arc::new(Now)).unwrap();
    let objects: Arc<dyn ObjectStore> = Arc::new(store.clone());
    (objects, Arc::new(store), Arc::new(Http::default()), (seat, folder))
}

erynoa_storage::presigned_contract!(empty().await);
