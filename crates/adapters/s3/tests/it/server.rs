//! An S3 server on a free port, with its objects in a folder that goes with it.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::Secret;
use erynoa_s3::{S3Config, S3ObjectStore};
use erynoa_storage::contract::presigned::{Browser, Reply};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use percent_encoding::percent_decode_str;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server, until it is dropped.
pub(crate) struct Server {
    pub(crate) config: S3Config,
    accepting: JoinHandle<()>,
    _home: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub(crate) fn store(&self) -> S3ObjectStore {
        S3ObjectStore::new(self.config.clone()).expect("a client")
    }

    /// No further connections.
    pub(crate) fn stop(&self) {
        self.accepting.abort();
    }
}

pub(crate) async fn start() -> Server {
    let home = TempDir::new().expect("a folder");
    let mut builder = S3ServiceBuilder::new(FileSystem::new(home.path()).expect("a file system"));
    builder.set_auth(SimpleAuth::from_single("the-key", "the-secret"));
    let service = builder.build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("is bound").port();
    let root = home.path().to_owned();
    let accepting = tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (service, root) = (service.clone(), root.clone());
            let answer = service_fn(move |request: Request<Incoming>| {
                let overrides = overrides(request.uri());
                let service = service.clone();
                let bucket_is_missing = writes_into_nothing(&root, &request);
                async move {
                    if bucket_is_missing {
                        let mut answer = Response::new(s3s::Body::empty());
                        *answer.status_mut() = StatusCode::NOT_FOUND;
                        return Ok(answer);
                    }
                    let mut answer = service.call(request.map(s3s::Body::from)).await?;
                    if answer.status().is_success() {
                        answer.headers_mut().extend(overrides);
                    }
                    Ok::<_, s3s::HttpError>(answer)
                }
            });
            tokio::spawn(async move {
                let connection = TokioIo::new(socket);
                // A client that goes away ends its connection as it likes.
                Builder::new(TokioExecutor::new()).serve_connection(connection, answer).await.ok();
            });
        }
    });
    let config = S3Config {
        endpoint: format!("http://127.0.0.1:{port}"),
        // The same server under the name that a browser would use.
        public_endpoint: format!("http://localhost:{port}/"),
        region: "us-east-1".to_owned(),
        access_key_id: "the-key".to_owned(),
        secret_access_key: Secret::new("the-secret".to_owned()),
    };
    Server { config, accepting, _home: home }
}

/// Whether an object is being written into a bucket that is not there. S3
/// refuses that; this server would make the bucket.
fn writes_into_nothing(root: &Path, request: &Request<Incoming>) -> bool {
    let mut segments = request.uri().path()[1..].splitn(2, '/');
    let bucket = segments.next().unwrap_or_default();
    let is_object = segments.next().is_some_and(|key| !key.is_empty());
    is_object && request.method() == Method::PUT && !root.join(bucket).is_dir()
}

/// What S3 does with `response-content-type` and `response-content-disposition`
/// in a signed query. This server checks their signature but does not act on
/// them.
fn overrides(uri: &Uri) -> Vec<(HeaderName, HeaderValue)> {
    uri.query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let header = match name {
                "response-content-type" => CONTENT_TYPE,
                "response-content-disposition" => CONTENT_DISPOSITION,
                _ => return None,
            };
            let value = percent_decode_str(value).decode_utf8().ok()?;
            Some((header, HeaderValue::from_str(&value).ok()?))
        })
        .collect()
}

/// A plain HTTP client.
#[derive(Default)]
pub(crate) struct Http(reqwest::Client);

#[async_trait]
impl Browser for Http {
    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Bytes) -> Reply {
        let method = method.parse().expect("a method");
        let mut request = self.0.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let status = answer.status().as_u16();
        Reply { status, headers, body: answer.bytes().await.expect("a body") }
    }

    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
