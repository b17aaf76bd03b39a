//! Objects and buckets on S3: MinIO, AWS, or any other server that speaks it.
//!
//! The server is asked at `endpoint`; presigned URLs name `public_endpoint`,
//! because browsers often cannot reach where the server does. Buckets are part
//! of the path, as every server understands it.

mod buckets;
mod error;
mod objects;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use erynoa_kernel::{Secret, StoreError, StoreErrorKind};
use erynoa_storage::BucketName;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

/// Where the server is and who we are there.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// URL at which the server is asked, such as `http://localhost:9000`.
    pub endpoint: String,
    /// URL at which browsers reach it.
    pub public_endpoint: String,
    /// Region; servers without regions take any.
    pub region: String,
    /// Who we are.
    pub access_key_id: String,
    /// Proof of it.
    pub secret_access_key: Secret<String>,
}

/// Objects and buckets on an S3 server.
#[derive(Clone)]
pub struct S3ObjectStore(Arc<Inner>);

struct Inner {
    config: S3Config,
    http: HttpClient,
    /// One client for each bucket and address, made when first asked for.
    clients: Mutex<HashMap<(BucketName, Address), Arc<AmazonS3>>>,
}

/// Whom a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Address {
    Ours,
    Public,
}

impl std::fmt::Debug for S3ObjectStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("S3ObjectStore").field(&self.0.config.endpoint).finish()
    }
}

/// A call that gets no byte for so long has failed, early enough to say so within
/// a request. Whole calls have no limit: large objects take their time.
const SILENCE: Duration = Duration::from_secs(8);

fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_allow_http(true)
        .with_timeout_disabled()
        .with_connect_timeout(Duration::from_secs(3))
        .with_read_timeout(SILENCE)
}

impl S3ObjectStore {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// When an endpoint is no URL.
    pub fn new(config: S3Config) -> Result<Self, StoreError> {
        let http = ReqwestConnector::default()
            .connect(&client_options())
            .map_err(|error| error::failed("make an HTTP client", error))?;
        for url in [&config.endpoint, &config.public_endpoint] {
            let good = url.parse::<http::Uri>().is_ok_and(|url| {
                matches!(url.scheme_str(), Some("http" | "https")) && url.authority().is_some()
            });
            if !good {
                let message = format!("{url} is not a URL such as http://localhost:9000");
                return Err(StoreError::new(StoreErrorKind::Unavailable, message));
            }
        }
        Ok(Self(Arc::new(Inner { config, http, clients: Mutex::default() })))
    }
}

impl Inner {
    fn endpoint(&self, address: Address) -> &str {
        let endpoint = match address {
            Address::Ours => &self.config.endpoint,
            Address::Public => &self.config.public_endpoint,
        };
        endpoint.trim_end_matches('/')
    }

    fn build(&self, bucket: &BucketName, address: Address) -> Result<AmazonS3, StoreError> {
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(50),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: 4,
            retry_timeout: Duration::from_secs(8),
        };
        AmazonS3Builder::new()
            .with_endpoint(self.endpoint(address))
            .with_region(&self.config.region)
            .with_bucket_name(bucket.as_str())
            .with_access_key_id(&self.config.access_key_id)
            .with_secret_access_key(self.config.secret_access_key.expose())
            .with_virtual_hosted_style_request(false)
            .with_unsigned_payload(true)
            .with_client_options(client_options())
            .with_allow_http(true)
            .with_retry(retry)
            .build()
            .map_err(|error| error::failed("configure S3", error))
    }

    /// The client of a bucket.
    fn client(&self, bucket: &BucketName, address: Address) -> Result<Arc<AmazonS3>, StoreError> {
        let name = (bucket.clone(), address);
        // Nothing in here panics half way.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&name) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.build(bucket, address)?);
        clients.insert(name, Arc::clone(&client));
        Ok(client)
    }
}
