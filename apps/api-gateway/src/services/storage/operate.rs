//! What those who run the installation do with its files. What changes
//! something is written down.

use std::sync::Arc;

use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_storage::{BucketName, Share, StorageError, Usage};
use serde_json::json;

use super::encode::{encode_files, encode_scan, encode_usage};
use crate::app::{App, Caller};
use crate::files::Visitor;

/// Entries of each list in the overview.
const LARGEST: usize = 20;

fn bucket(app: &App, name: &BucketName, usage: &Usage) -> api::Bucket {
    api::Bucket {
        name: name.as_str().to_owned(),
        files: usage.files,
        bytes: usage.bytes,
        is_default: *name == app.files.storage.rules.bucket,
    }
}

fn bucket_name(text: &str) -> Result<BucketName, Problem> {
    Ok(BucketName::new(text).map_err(StorageError::from)?)
}

pub(super) async fn list_buckets(app: &App) -> Result<api::ListBucketsResponse, Problem> {
    let buckets = app.files.storage.list_buckets().await?;
    let buckets = buckets.iter().map(|(name, usage)| bucket(app, name, usage)).collect();
    Ok(api::ListBucketsResponse { buckets })
}

pub(super) async fn create_bucket(
    app: &App,
    by: &Caller,
    name: &str,
) -> Result<api::Bucket, Problem> {
    let name = bucket_name(name)?;
    app.files.storage.create_bucket(&name).await?;
    app.audit(by, "bucket.create", name.as_str(), json!({})).await?;
    Ok(bucket(app, &name, &Usage::default()))
}

pub(super) async fn delete_bucket(app: &App, by: &Caller, name: &str) -> Result<(), Problem> {
    let name = bucket_name(name)?;
    app.files.storage.delete_bucket(&name).await?;
    app.audit(by, "bucket.delete", name.as_str(), json!({})).await
}

pub(super) async fn overview(
    app: &App,
    visitor: &Visitor,
) -> Result<api::GetStorageOverviewResponse, Problem> {
    let overview = app.files.storage.overview(LARGEST).await?;
    let mut owners = Vec::with_capacity(overview.holders.len());
    for (share, usage) in &overview.holders {
        let Share::Holder(holder) = share else {
            continue;
        };
        let (owner_id, owner_name) = app.holder_name(holder).await?;
        let (files, bytes) = (usage.files, usage.bytes);
        owners.push(api::OwnerUsage { owner_id, owner_name, files, bytes });
    }
    Ok(api::GetStorageOverviewResponse {
        usage: Some(encode_usage(&overview.usage, 0)),
        owners,
        biggest: encode_files(app, visitor, overview.biggest).await?,
        uploads: u32::try_from(overview.usage.uploads).unwrap_or(u32::MAX),
        backend: app.config.storage.backend.name().to_owned(),
    })
}

pub(super) async fn start_scan(app: &Arc<App>, by: &Caller) -> Result<api::IntegrityScan, Problem> {
    let scan = app.start_scan().await?;
    app.audit(by, "storage.scan", "", json!({ "files": scan.files })).await?;
    Ok(encode_scan(scan))
}

pub(super) async fn delete_orphans(
    app: &App,
    by: &Caller,
) -> Result<api::DeleteOrphansResponse, Problem> {
    let Some(scan) = app.files.newest_scan() else {
        return Ok(api::DeleteOrphansResponse::default());
    };
    let (objects, bytes) = app.files.storage.delete_orphans(&scan).await?;
    let details = json!({ "objects": objects, "bytes": bytes });
    app.audit(by, "storage.delete_orphans", "", details).await?;
    Ok(api::DeleteOrphansResponse { objects, bytes })
}
