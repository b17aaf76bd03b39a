//! Buckets on S3. The client library knows objects only, so these four requests
//! are made by hand and signed by it.

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_storage::{BucketName, Buckets};
use http::{Method, Request, StatusCode};
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::HttpRequestBody;

use crate::{Address, Inner, S3ObjectStore};

/// An answer of a server that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {body}")]
struct Refused {
    status: StatusCode,
    body: String,
}

impl Inner {
    async fn ask(&self, method: Method, path: &str) -> Result<(StatusCode, Bytes), StoreError> {
        let doing = format!("{method} {path}");
        let broken = |source: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::from_driver(StoreErrorKind::Unavailable, doing.clone(), source)
        };
        let credential = AwsCredential {
            key_id: self.config.access_key_id.clone(),
            secret_key: self.config.secret_access_key.expose().clone(),
            token: None,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint(Address::Ours)))
            .body(HttpRequestBody::empty())
            .map_err(|error| broken(error.into()))?;
        AwsAuthorizer::new(&credential, "s3", &self.config.region)
            .try_authorize(&mut request, None)
            .map_err(|error| broken(error.into()))?;
        let answer = self.http.execute(request).await.map_err(|error| broken(error.into()))?;
        let status = answer.status();
        let body = answer.into_body().bytes().await.map_err(|error| broken(error.into()))?;
        Ok((status, body))
    }

    pub(crate) async fn bucket_exists(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        match self.ask(Method::HEAD, &format!("/{bucket}")).await?.0 {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            status => Err(refused(&format!("look for bucket {bucket}"), status, b"")),
        }
    }
}

fn refused(doing: &str, status: StatusCode, body: &[u8]) -> StoreError {
    let error = Refused { status, body: String::from_utf8_lossy(body).into_owned() };
    StoreError::from_driver(StoreErrorKind::Unavailable, format!("{doing}: {status}"), error)
}

/// Names in an answer. They have no characters that XML encodes, and no other
/// element of the answer is called so.
fn names(xml: &str) -> Vec<BucketName> {
    xml.split("<Name>")
        .skip(1)
        .filter_map(|rest| BucketName::new(rest.split("</Name>").next()?).ok())
        .collect()
}

#[async_trait]
impl Buckets for S3ObjectStore {
    async fn list(&self) -> Result<Vec<BucketName>, StoreError> {
        match self.0.ask(Method::GET, "/").await? {
            (StatusCode::OK, body) => {
                let mut buckets = names(&String::from_utf8_lossy(&body));
                buckets.sort();
                Ok(buckets)
            }
            (status, body) => Err(refused("list the buckets", status, &body)),
        }
    }

    async fn create(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        // Some servers, and one region of AWS, answer 200 for a bucket that is
        // there already.
        if self.0.bucket_exists(bucket).await? {
            return Ok(false);
        }
        match self.0.ask(Method::PUT, &format!("/{bucket}")).await? {
            (StatusCode::OK, _) => Ok(true),
            (StatusCode::CONFLICT, _) => Ok(false),
            (status, body) => Err(refused(&format!("create bucket {bucket}"), status, &body)),
        }
    }

    async fn delete(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let conflict = || {
            let message = format!("bucket {bucket} holds objects");
            StoreError::new(StoreErrorKind::Conflict, message)
        };
        // Not every server refuses by itself.
        let objects: &dyn erynoa_storage::ObjectStore = self;
        if !objects.list(bucket, "", None, 1).await?.is_empty() {
            return Err(conflict());
        }
        match self.0.ask(Method::DELETE, &format!("/{bucket}")).await? {
            (status, _) if status.is_success() => Ok(true),
            (StatusCode::NOT_FOUND, _) => Ok(false),
            (StatusCode::CONFLICT, _) => Err(conflict()),
            (status, body) => Err(refused(&format!("delete bucket {bucket}"), status, &body)),
        }
    }
}
