//! Objects on S3.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_storage::{
    BucketName, ByteStream, Disposition, Grant, ObjectKey, ObjectMeta, ObjectStore, whole,
};
use futures_util::TryStreamExt;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::signer::{Method, SignedUrlOptions, Signer};
use object_store::{GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, WriteMultipart};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{failed, found};
use crate::{Address, S3ObjectStore};

/// Bytes of each part but the last of what does not fit into one request.
const PART_BYTES: usize = 8 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 4;
/// The largest object that servers copy in one request.
const COPY_MOST_BYTES: u64 = 5 << 30;
/// Longest life of a presigned URL.
const LIFE_MOST: Duration = Duration::from_secs(604_800);
/// What may stand in an extended header value as it is (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn path(key: &ObjectKey) -> Path {
    // A key has no empty segments, no `.` and `..`, and no characters that
    // paths encode.
    Path::from(key.as_str())
}

fn meta(found: &object_store::ObjectMeta) -> Option<ObjectMeta> {
    Some(ObjectMeta {
        key: ObjectKey::new(found.location.as_ref()).ok()?,
        size: found.size,
        modified_at_us: u64::try_from(found.last_modified.timestamp_micros()).unwrap_or_default(),
    })
}

fn too_much(most: u64) -> StoreError {
    StoreError::new(StoreErrorKind::Full, format!("more than {most} bytes came"))
}

/// Pieces of a stream, as long as there are not more than `most` bytes.
struct Limited {
    bytes: ByteStream,
    size: u64,
    most: u64,
}

impl Limited {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let piece = self.bytes.try_next().await?;
        self.size += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.size > self.most {
            return Err(too_much(self.most));
        }
        Ok(piece)
    }
}

impl S3ObjectStore {
    /// Sends what does not fit into one request in parts; `first` is the
    /// beginning.
    async fn put_parts(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        first: Bytes,
        rest: &mut Limited,
    ) -> Result<(), StoreError> {
        let doing = format!("write {bucket}/{key}");
        let client = self.0.client(bucket, Address::Ours)?;
        let upload =
            client.put_multipart(&path(key)).await.map_err(|error| failed(&doing, error))?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        parts.put(first);
        loop {
            let next = match rest.next().await {
                Ok(next) => next,
                Err(error) => {
                    // When the server cannot be reached now, it forgets the
                    // parts by its own rules; the object was never there.
                    parts.abort().await.ok();
                    return Err(error);
                }
            };
            let Some(piece) = next else {
                break;
            };
            if let Err(error) = parts.wait_for_capacity(PARTS_AT_ONCE).await {
                parts.abort().await.ok();
                return Err(failed(&doing, error));
            }
            parts.put(piece);
        }
        // On failure it aborts by itself.
        parts.finish().await.map(|_| ()).map_err(|error| failed(&doing, error))
    }
}

#[async_trait]
impl ObjectStore for S3ObjectStore {
    async fn put(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        bytes: ByteStream,
        most: u64,
    ) -> Result<u64, StoreError> {
        let mut bytes = Limited { bytes, size: 0, most };
        let mut first = BytesMut::new();
        while let Some(piece) = bytes.next().await? {
            first.extend_from_slice(&piece);
            if first.len() > PART_BYTES {
                self.put_parts(bucket, key, first.freeze(), &mut bytes).await?;
                return Ok(bytes.size);
            }
        }
        let client = self.0.client(bucket, Address::Ours)?;
        client
            .put(&path(key), first.freeze().into())
            .await
            .map_err(|error| failed(&format!("write {bucket}/{key}"), error))?;
        Ok(bytes.size)
    }

    async fn get(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, ByteStream)>, StoreError> {
        if range.as_ref().is_some_and(|range| range.start >= range.end) {
            return Ok(self.head(bucket, key).await?.map(|meta| (meta, whole(Bytes::new()))));
        }
        let start = range.as_ref().map_or(0, |range| range.start);
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let client = self.0.client(bucket, Address::Ours)?;
        let doing = format!("read {bucket}/{key}");
        let got = match client.get_opts(&path(key), options).await {
            Err(error @ object_store::Error::NotFound { .. }) => {
                return found(&doing, Err(error));
            }
            // Servers refuse a range behind the end, in ways of their own.
            Err(error) if start > 0 => {
                return match self.head(bucket, key).await? {
                    Some(meta) if meta.size <= start => Ok(Some((meta, whole(Bytes::new())))),
                    _ => Err(failed(&doing, error)),
                };
            }
            other => other.map_err(|error| failed(&doing, error))?,
        };
        let meta = ObjectMeta {
            key: key.clone(),
            size: got.meta.size,
            modified_at_us: u64::try_from(got.meta.last_modified.timestamp_micros())
                .unwrap_or_default(),
        };
        let bytes = got.into_stream().map_err(move |error| failed(&doing, error));
        Ok(Some((meta, Box::pin(bytes))))
    }

    async fn head(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        let client = self.0.client(bucket, Address::Ours)?;
        let doing = format!("look for {bucket}/{key}");
        let got = found(&doing, client.head(&path(key)).await)?;
        Ok(got.as_ref().and_then(meta))
    }

    async fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError> {
        let client = self.0.client(bucket, Address::Ours)?;
        let doing = format!("delete {bucket}/{key}");
        found(&doing, client.delete(&path(key)).await).map(|_| ())
    }

    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let client = self.0.client(bucket, Address::Ours)?;
        let doing = format!("list {bucket}");
        let mut listed = Vec::new();
        let mut token = None;
        while listed.len() < limit {
            let options = PaginatedListOptions {
                offset: after.map(|after| after.as_str().to_owned()),
                max_keys: Some((limit - listed.len()).min(1000)),
                page_token: token,
                ..PaginatedListOptions::default()
            };
            let prefix = (!prefix.is_empty()).then_some(prefix);
            let page = match client.list_paginated(prefix, options).await {
                Ok(page) => page,
                // The client does not tell what is missing from what failed.
                Err(_) if !self.0.bucket_exists(bucket).await? => break,
                Err(error) => return Err(failed(&doing, error)),
            };
            // Names that are no keys of ours were put there by others.
            listed.extend(page.result.objects.iter().filter_map(meta));
            token = page.page_token;
            if token.is_none() {
                break;
            }
        }
        Ok(listed)
    }

    async fn presign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        expires: Duration,
        disposition: Disposition,
    ) -> Result<String, StoreError> {
        if !(Duration::from_secs(1)..=LIFE_MOST).contains(&expires) {
            let message = "a presigned URL lives 1 s to 7 d";
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        let mut query = Vec::new();
        if !disposition.media_type.is_empty() {
            query.push(("response-content-type", disposition.media_type));
        }
        if let Some(name) = disposition.save_as {
            let name = utf8_percent_encode(&name, PLAIN);
            query.push((
                "response-content-disposition",
                format!("attachment; filename*=UTF-8''{name}"),
            ));
        }
        let method = match grant {
            Grant::Get => Method::GET,
            Grant::Put => Method::PUT,
        };
        let client = self.0.client(bucket, Address::Public)?;
        let options = SignedUrlOptions::new().with_query(query);
        let url = client.signed_url_opts(method, &path(key), expires, &options).await;
        url.map(String::from).map_err(|error| failed("sign a URL", error))
    }

    async fn copy(
        &self,
        bucket: &BucketName,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<bool, StoreError> {
        match self.head(bucket, from).await? {
            None => return Ok(false),
            Some(meta) if meta.size > COPY_MOST_BYTES => {
                let Some((meta, bytes)) = self.get(bucket, from, None).await? else {
                    return Ok(false);
                };
                return self.put(bucket, to, bytes, meta.size).await.map(|_| true);
            }
            Some(_) => {}
        }
        let client = self.0.client(bucket, Address::Ours)?;
        let doing = format!("copy {bucket}/{from}");
        Ok(found(&doing, client.copy(&path(from), &path(to)).await)?.is_some())
    }
}
