//! Objects and buckets in a folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use erynoa_kernel::{Clock, StoreError, StoreErrorKind};
use erynoa_storage::{
    BucketName, Buckets, ByteStream, Disposition, Grant, ObjectKey, ObjectMeta, ObjectStore,
};
use futures_util::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use crate::Signer;
use crate::error::{at, blocking, found};

/// Where objects are written before they get their names. No bucket is called
/// so.
const INCOMING: &str = "~incoming";
/// Bytes read from a file at once.
const PIECE_BYTES: usize = 256 << 10;
/// Bytes written to a file at once.
const WRITE_BYTES: usize = 1 << 20;

/// Objects and buckets in a folder.
#[derive(Clone)]
pub struct LocalObjects(Arc<Inner>);

struct Inner {
    root: PathBuf,
    signer: Signer,
    clock: Arc<dyn Clock>,
    /// Numbers the files in [`INCOMING`]; the process is part of their names.
    written: AtomicU64,
}

impl std::fmt::Debug for LocalObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LocalObjects").field(&self.0.root).finish()
    }
}

/// A file that is removed again unless it is kept.
struct Incoming {
    path: PathBuf,
    kept: bool,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now goes at the next start.
            fs::remove_file(&self.path).ok();
        }
    }
}

impl LocalObjects {
    /// Opens the folder, creating it when needed, and removes what a crash has
    /// left half written. Blocks.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(root: &Path, signer: Signer, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let incoming = root.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(|error| at(&incoming, error))?;
        for entry in fs::read_dir(&incoming).map_err(|error| at(&incoming, error))? {
            let path = entry.map_err(|error| at(&incoming, error))?.path();
            fs::remove_file(&path).map_err(|error| at(&path, error))?;
        }
        let written = AtomicU64::new(0);
        Ok(Self(Arc::new(Inner { root: root.to_owned(), signer, clock, written })))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.0);
        blocking(move || work(&store)).await
    }

    /// Writes a stream into a fresh file and syncs it.
    async fn receive(
        &self,
        mut bytes: ByteStream,
        most: u64,
    ) -> Result<(Incoming, u64), StoreError> {
        let (incoming, file) = self.run(Inner::incoming).await?;
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(WRITE_BYTES);
        let failed = |error| at(&incoming.path, error);
        let mut size = 0_u64;
        while let Some(piece) = bytes.try_next().await? {
            size += piece.len() as u64;
            if size > most {
                let message = format!("more than {most} bytes came");
                return Err(StoreError::new(StoreErrorKind::Full, message));
            }
            file.write_all(&piece).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        Ok((incoming, size))
    }
}

impl Inner {
    fn bucket(&self, bucket: &BucketName) -> PathBuf {
        self.root.join(bucket.as_str())
    }

    fn object(&self, bucket: &BucketName, key: &ObjectKey) -> PathBuf {
        self.bucket(bucket).join(key.as_str())
    }

    fn incoming(&self) -> Result<(Incoming, File), StoreError> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let path = self.root.join(INCOMING).join(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path)
            .map_err(|error| at(&path, error))?;
        Ok((Incoming { path, kept: false }, file))
    }

    /// Gives a written and synced file its name.
    fn keep(
        &self,
        mut incoming: Incoming,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<(), StoreError> {
        let root = self.bucket(bucket);
        if !root.is_dir() {
            let message = format!("there is no bucket {bucket}");
            return Err(StoreError::new(StoreErrorKind::Unavailable, message));
        }
        let path = self.object(bucket, key);
        let folder = path.parent().unwrap_or(&root);
        // Somebody may be deleting the folder, for it was empty.
        for _ in 0..16 {
            make_folders(&root, folder)?;
            match fs::rename(&incoming.path, &path) {
                Ok(()) => {
                    incoming.kept = true;
                    return sync_folder(folder);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(at(&path, error)),
            }
        }
        Err(at(&path, ErrorKind::ResourceBusy.into()))
    }

    fn open_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, File, u64)>, StoreError> {
        let path = self.object(bucket, key);
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(&path);
        let Some(mut file) = found(&path, opened)? else {
            return Ok(None);
        };
        let metadata = file.metadata().map_err(|error| at(&path, error))?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let size = metadata.len();
        let range = range.unwrap_or(0..size);
        let (from, to) = (range.start.min(size), range.end.min(size));
        if from > 0 {
            file.seek(SeekFrom::Start(from)).map_err(|error| at(&path, error))?;
        }
        Ok(Some((meta(key.clone(), &metadata), file, to.saturating_sub(from))))
    }

    fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError> {
        let (root, path) = (self.bucket(bucket), self.object(bucket, key));
        // What is a folder is no object.
        let removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::IsADirectory => return Ok(()),
            other => other,
        };
        if found(&path, removed)?.is_none() {
            return Ok(());
        }
        let mut folder = path.parent();
        while let Some(empty) = folder.filter(|folder| **folder != root) {
            sync_folder(empty)?;
            // Fails where something is left, which is where it ends.
            if fs::remove_dir(empty).is_err() {
                return Ok(());
            }
            folder = empty.parent();
        }
        sync_folder(&root)
    }

    fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let mut walk = Walk { prefix, after, limit, listed: Vec::new() };
        walk.visit(&self.bucket(bucket), "")?;
        Ok(walk.listed)
    }
}

/// Goes through a bucket in the order of keys.
struct Walk<'a> {
    prefix: &'a str,
    after: Option<&'a str>,
    limit: usize,
    listed: Vec<ObjectMeta>,
}

impl Walk<'_> {
    /// `within` is what the keys in this folder begin with.
    fn visit(&mut self, folder: &Path, within: &str) -> Result<(), StoreError> {
        let Some(entries) = found(folder, fs::read_dir(folder))? else {
            return Ok(());
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| at(folder, error))?;
            let Some(kind) = found(folder, entry.file_type())? else {
                continue;
            };
            // What is neither, such as a link, is not ours.
            let (is_folder, is_file) = (kind.is_dir(), kind.is_file());
            if let Ok(name) = entry.file_name().into_string()
                && (is_folder || is_file)
            {
                // A folder sorts where its slash does.
                let slash = if is_folder { "/" } else { "" };
                names.push((format!("{within}{name}{slash}"), entry.path()));
            }
        }
        names.sort();
        for (key, path) in names {
            if self.listed.len() >= self.limit {
                return Ok(());
            }
            if key.ends_with('/') {
                // All keys in a folder begin with its name, so that whole
                // folders are before the place to go on from, or out of the
                // prefix.
                let over = self.after.is_some_and(|a| key.as_str() < a && !a.starts_with(&key));
                let apart = !key.starts_with(self.prefix) && !self.prefix.starts_with(&key);
                if !over && !apart {
                    self.visit(&path, &key)?;
                }
            } else if key.starts_with(self.prefix)
                && self.after.is_none_or(|after| key.as_str() > after)
                && let Ok(key) = ObjectKey::new(&key)
                && let Some(metadata) = found(&path, fs::symlink_metadata(&path))?
            {
                self.listed.push(meta(key, &metadata));
            }
        }
        Ok(())
    }
}

fn meta(key: ObjectKey, metadata: &fs::Metadata) -> ObjectMeta {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let modified_at_us =
        modified.and_then(|since| u64::try_from(since.as_micros()).ok()).unwrap_or_default();
    ObjectMeta { key, size: metadata.len(), modified_at_us }
}

/// Makes `folder` and those between it and `root`, each synced into its parent.
fn make_folders(root: &Path, folder: &Path) -> Result<(), StoreError> {
    if folder == root || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(root);
    make_folders(root, parent)?;
    match fs::create_dir(folder) {
        Ok(()) => sync_folder(parent),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        // The parent was empty and has just been deleted; the caller tries again.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(folder, error)),
    }
}

/// Removes the folders within that hold nothing, which a write that failed may
/// have left.
fn prune(folder: &Path) -> Result<(), StoreError> {
    let Some(entries) = found(folder, fs::read_dir(folder))? else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.map_err(|error| at(folder, error))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            prune(&entry.path())?;
            // Fails where something is left, which then stays.
            fs::remove_dir(entry.path()).ok();
        }
    }
    Ok(())
}

/// Makes the names in a folder durable; one that is gone has none.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    found(folder, File::open(folder).and_then(|folder| folder.sync_all())).map(|_| ())
}

#[async_trait]
impl ObjectStore for LocalObjects {
    async fn put(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        bytes: ByteStream,
        most: u64,
    ) -> Result<u64, StoreError> {
        let (incoming, size) = self.receive(bytes, most).await?;
        let (bucket, key) = (bucket.clone(), key.clone());
        self.run(move |store| store.keep(incoming, &bucket, &key)).await?;
        Ok(size)
    }

    async fn get(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<(ObjectMeta, ByteStream)>, StoreError> {
        let (bucket, name) = (bucket.clone(), key.clone());
        let opened = self.run(move |store| store.open_object(&bucket, &name, range)).await?;
        let Some((meta, file, length)) = opened else {
            return Ok(None);
        };
        let mut file = tokio::fs::File::from_std(file);
        file.set_max_buf_size(PIECE_BYTES);
        let doing = format!("read {key}");
        let bytes = ReaderStream::with_capacity(file.take(length), PIECE_BYTES);
        let bytes = bytes.map_err(move |error: io::Error| {
            StoreError::from_driver(StoreErrorKind::Unavailable, doing.clone(), error)
        });
        Ok(Some((meta, Box::pin(bytes))))
    }

    async fn head(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<Option<ObjectMeta>, StoreError> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.run(move |store| {
            let path = store.object(&bucket, &key);
            let metadata = found(&path, fs::symlink_metadata(&path))?;
            Ok(metadata.filter(fs::Metadata::is_file).map(|metadata| meta(key, &metadata)))
        })
        .await
    }

    async fn delete(&self, bucket: &BucketName, key: &ObjectKey) -> Result<(), StoreError> {
        let (bucket, key) = (bucket.clone(), key.clone());
        self.run(move |store| store.delete(&bucket, &key)).await
    }

    async fn list(
        &self,
        bucket: &BucketName,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<ObjectMeta>, StoreError> {
        let (bucket, prefix) = (bucket.clone(), prefix.to_owned());
        let after = after.map(|after| after.as_str().to_owned());
        self.run(move |store| store.list(&bucket, &prefix, after.as_deref(), limit)).await
    }

    async fn presign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        expires: Duration,
        disposition: Disposition,
    ) -> Result<String, StoreError> {
        self.0.signer.sign(bucket, key, grant, self.0.clock.now_us(), expires, disposition)
    }

    async fn copy(
        &self,
        bucket: &BucketName,
        from: &ObjectKey,
        to: &ObjectKey,
    ) -> Result<bool, StoreError> {
        let (bucket, from, to) = (bucket.clone(), from.clone(), to.clone());
        self.run(move |store| {
            let Some((_, mut source, _)) = store.open_object(&bucket, &from, None)? else {
                return Ok(false);
            };
            let (incoming, mut file) = store.incoming()?;
            // The kernel copies, and shares the bytes where the file system can.
            io::copy(&mut source, &mut file).map_err(|error| at(&incoming.path, error))?;
            file.sync_all().map_err(|error| at(&incoming.path, error))?;
            store.keep(incoming, &bucket, &to)?;
            Ok(true)
        })
        .await
    }
}

#[async_trait]
impl Buckets for LocalObjects {
    async fn list(&self) -> Result<Vec<BucketName>, StoreError> {
        self.run(|store| {
            let mut buckets = Vec::new();
            for entry in fs::read_dir(&store.root).map_err(|error| at(&store.root, error))? {
                let entry = entry.map_err(|error| at(&store.root, error))?;
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let name = entry.file_name().into_string().ok();
                let name = name.filter(|_| is_folder).and_then(|name| BucketName::new(&name).ok());
                buckets.extend(name);
            }
            buckets.sort();
            Ok(buckets)
        })
        .await
    }

    async fn create(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let bucket = bucket.clone();
        self.run(move |store| {
            let path = store.bucket(&bucket);
            match fs::create_dir(&path) {
                Ok(()) => sync_folder(&store.root).map(|()| true),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
                Err(error) => Err(at(&path, error)),
            }
        })
        .await
    }

    async fn delete(&self, bucket: &BucketName) -> Result<bool, StoreError> {
        let bucket = bucket.clone();
        self.run(move |store| {
            let path = store.bucket(&bucket);
            prune(&path)?;
            // Fails when anything is in it, which is what is asked for.
            match found(&path, fs::remove_dir(&path))? {
                Some(()) => sync_folder(&store.root).map(|()| true),
                None => Ok(false),
            }
        })
        .await
    }
}
