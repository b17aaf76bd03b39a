//! Files in the words of the API.

use std::collections::HashMap;

use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_storage::{
    Action, File, FileAccess, Finding, Grant, Link, Media, OwnerId, PART_BYTES, PresignedUrl, Scan,
    Upload, Usage, may,
};

use crate::app::App;
use crate::files::Visitor;

const fn encode_access(access: FileAccess) -> api::FileAccess {
    match access {
        FileAccess::Private => api::FileAccess::Private,
        FileAccess::Members => api::FileAccess::Members,
        FileAccess::Link => api::FileAccess::Link,
        FileAccess::Public => api::FileAccess::Public,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a file is told once")]
fn describe(file: File, names: &HashMap<OwnerId, String>, visitor: &Visitor) -> api::File {
    let can_edit = may(Action::Edit, &file, &visitor.caller().viewer(&file));
    api::File {
        id: file.id.to_string(),
        name: file.name.as_str().to_owned(),
        folder: file.folder.as_str().to_owned(),
        media_type: file.media_type.as_str().to_owned(),
        size: file.size,
        hash: file.hash.to_vec(),
        owner_id: file.owner.to_string(),
        owner_name: names.get(&file.owner).cloned().unwrap_or_default(),
        realm: file.realm.map(|realm| realm.to_string()).unwrap_or_default(),
        access: encode_access(file.access).into(),
        created_at_us: file.created_at_us,
        updated_at_us: file.updated_at_us,
        binned_at_us: file.binned_at_us.unwrap_or_default(),
        version: file.version,
        bucket: file.bucket.as_str().to_owned(),
        key: file.key.as_str().to_owned(),
        links: file.links,
        can_edit,
    }
}

/// A file as `visitor` sees it.
pub(crate) async fn encode_file(
    app: &App,
    visitor: &Visitor,
    file: File,
) -> Result<api::File, Problem> {
    let names = app.owner_names(std::iter::once(file.owner)).await?;
    Ok(describe(file, &names, visitor))
}

/// Files as `visitor` sees them.
pub(crate) async fn encode_files(
    app: &App,
    visitor: &Visitor,
    files: Vec<File>,
) -> Result<Vec<api::File>, Problem> {
    let owners: Vec<_> = files.iter().map(|file| file.owner).collect();
    let names = app.owner_names(owners.into_iter()).await?;
    Ok(files.into_iter().map(|file| describe(file, &names, visitor)).collect())
}

/// An upload, with the parts that have arrived whole.
pub(super) fn encode_upload(upload: Upload, received: Vec<(u32, u64)>) -> api::Upload {
    let received = received
        .into_iter()
        .filter(|(part, bytes)| upload.part_bytes(*part) == Some(*bytes))
        .map(|(part, _)| part)
        .collect();
    api::Upload {
        id: upload.id.to_string(),
        parts: upload.parts(),
        name: upload.name.as_str().to_owned(),
        folder: upload.folder.as_str().to_owned(),
        media_type: upload.media_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        size: upload.size,
        part_size: PART_BYTES,
        received,
        created_at_us: upload.created_at_us,
        expires_at_us: upload.expires_at_us,
        realm: upload.realm.map(|realm| realm.to_string()).unwrap_or_default(),
        access: encode_access(upload.access).into(),
    }
}

pub(super) fn encode_url(url: PresignedUrl) -> api::PresignedUrl {
    let method = match url.grant {
        Grant::Get => "GET",
        Grant::Put => "PUT",
    };
    api::PresignedUrl { url: url.url, method: method.to_owned(), expires_at_us: url.expires_at_us }
}

/// A link; its address is told once.
#[expect(clippy::needless_pass_by_value, reason = "a link is told once")]
pub(super) fn encode_link(link: Link, url: String) -> api::FileLink {
    api::FileLink {
        id: link.id.to_string(),
        file_id: link.file.to_string(),
        url,
        created_at_us: link.created_at_us,
        expires_at_us: link.expires_at_us.unwrap_or_default(),
        opened: link.opened,
    }
}

/// What is reserved for uploads counts, as it does against the quota.
pub(super) fn encode_usage(usage: &Usage, quota_bytes: u64) -> api::StorageUsage {
    let by_media = Media::ALL.into_iter().zip(usage.by_media);
    api::StorageUsage {
        files: usage.files,
        bytes: usage.taken_bytes(),
        binned_bytes: usage.binned_bytes,
        quota_bytes,
        by_media: by_media
            .filter(|(_, usage)| usage.files > 0)
            .map(|(media, usage)| api::MediaUsage {
                media: media.name().to_owned(),
                files: usage.files,
                bytes: usage.bytes,
            })
            .collect(),
    }
}

pub(super) fn encode_scan(scan: Scan) -> api::IntegrityScan {
    api::IntegrityScan {
        started_at_us: scan.started_at_us,
        finished_at_us: scan.finished_at_us.unwrap_or_default(),
        files: scan.files,
        checked: scan.checked,
        bytes: scan.bytes,
        findings: scan.findings.into_iter().map(encode_finding).collect(),
        error: scan.error.unwrap_or_default(),
    }
}

fn encode_finding(finding: Finding) -> api::IntegrityFinding {
    let of_file = |kind: api::IntegrityKind, file: File| api::IntegrityFinding {
        kind: kind.into(),
        file_id: file.id.to_string(),
        bucket: file.bucket.as_str().to_owned(),
        key: file.key.as_str().to_owned(),
        size: file.size,
    };
    match finding {
        Finding::Damaged(file) => of_file(api::IntegrityKind::Damaged, file),
        Finding::Missing(file) => of_file(api::IntegrityKind::Missing, file),
        Finding::Orphan { bucket, object } => api::IntegrityFinding {
            kind: api::IntegrityKind::Orphan.into(),
            file_id: String::new(),
            bucket: bucket.as_str().to_owned(),
            key: object.key.as_str().to_owned(),
            size: object.size,
        },
    }
}
