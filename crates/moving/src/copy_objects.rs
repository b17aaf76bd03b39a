//! The bytes of files.

use erynoa_storage::{BucketName, Entry, FileIndex, ObjectMeta, verified};

use crate::{CopyError, Objects, Side, Stage, Watch};

/// Objects that are listed at once.
const PAGE: usize = 256;

/// What became of the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopiedObjects {
    /// Those of the source.
    pub total: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that the target lacked.
    pub written: u64,
}

/// Copies every object of every bucket, parts of uploads too. Objects appear
/// whole or not at all and are never written twice under one name, so one that
/// is there with its size is there. The bytes of files must be what the index
/// says.
///
/// # Errors
/// `Damaged`, naming the object.
pub async fn copy_objects(
    index: &dyn FileIndex,
    from: &Objects,
    to: &Objects,
    watch: Watch<'_>,
) -> Result<CopiedObjects, CopyError> {
    let mut done = CopiedObjects::default();
    for bucket in from.buckets.list().await.map_err(Side::Source.store())? {
        to.buckets.create(&bucket).await.map_err(Side::Target.store())?;
        let mut after = None;
        loop {
            let page = from.store.list(&bucket, "", after.as_ref(), PAGE).await;
            let page = page.map_err(Side::Source.store())?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for object in page {
                done.total += 1;
                done.bytes += object.size;
                done.written += u64::from(copy_object(index, from, to, &bucket, &object).await?);
                watch(Stage::Objects, done.total, 0);
            }
        }
    }
    watch(Stage::Objects, done.total, done.total);
    Ok(done)
}

async fn copy_object(
    index: &dyn FileIndex,
    from: &Objects,
    to: &Objects,
    bucket: &BucketName,
    object: &ObjectMeta,
) -> Result<bool, CopyError> {
    let key = &object.key;
    let held = to.store.head(bucket, key).await.map_err(Side::Target.store())?;
    if held.is_some_and(|held| held.size == object.size) {
        return Ok(false);
    }
    let Some((_, bytes)) = from.store.get(bucket, key, None).await.map_err(Side::Source.store())?
    else {
        let reason = format!("object {bucket}/{key} has gone meanwhile");
        return Err(CopyError::Damaged { side: Side::Source, reason });
    };
    let file = match erynoa_storage::file_in(key) {
        Some(id) => index.find(&id).await.map_err(Side::Source.store())?,
        None => None,
    };
    let bytes = match file {
        Some(Entry::File(file)) if file.bucket == *bucket && file.key == *key => {
            verified(bytes, file.hash)
        }
        _ => bytes,
    };
    match to.store.put(bucket, key, bytes, object.size).await {
        Ok(size) if size == object.size => Ok(true),
        Ok(size) => {
            let reason = format!("object {bucket}/{key} has {size} of {} bytes", object.size);
            Err(CopyError::Damaged { side: Side::Source, reason })
        }
        // Damage comes out of the source on its way.
        Err(error) if error.kind == erynoa_kernel::StoreErrorKind::Corrupt => {
            let reason = format!("object {bucket}/{key}: {error}");
            Err(CopyError::Damaged { side: Side::Source, reason })
        }
        Err(error) => Err(Side::Target.store()(error)),
    }
}
