//! Every object is read and compared with its hash, and every object is asked
//! which file it belongs to. One step reads one page, so that a scan of any
//! size can be watched and stopped between steps.

use crate::storage::OBJECTS_PER_PAGE;
use crate::stream::drain;
use crate::{
    Bin, BucketName, Entry, File, FileQuery, Leftover, ObjectKey, ObjectMeta, Order, Position,
    Scope, Share, Sight, Storage, StorageError, layout,
};

/// Most findings that a scan keeps.
pub const FINDINGS_MOST: usize = 1000;
/// Files read in one step.
const FILES_PER_STEP: usize = 20;

/// What a scan has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The bytes of a file are not those that were stored.
    Damaged(File),
    /// A file without bytes.
    Missing(File),
    /// Bytes of ours without a file. What else lies in a bucket is not ours and
    /// not looked at.
    Orphan {
        /// Where.
        bucket: BucketName,
        /// Which.
        object: ObjectMeta,
    },
}

/// A scan as far as it has come.
#[derive(Clone, Debug)]
pub struct Scan {
    /// µs since the Unix epoch.
    pub started_at_us: u64,
    /// µs since the Unix epoch; `None` = it goes on.
    pub finished_at_us: Option<u64>,
    /// Files that there were at the start.
    pub files: u64,
    /// Files compared so far.
    pub checked: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// At most [`FINDINGS_MOST`].
    pub findings: Vec<Finding>,
    /// Why it ended early.
    pub error: Option<String>,
    next: Next,
}

#[derive(Clone, Debug)]
enum Next {
    Files(Option<Position>),
    Objects(Vec<BucketName>, Option<ObjectKey>),
    Nothing,
}

impl Scan {
    fn find(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MOST {
            self.findings.push(finding);
        }
    }
}

impl Storage {
    /// A scan that has not read anything yet.
    ///
    /// # Errors
    /// `Store`.
    pub async fn begin_scan(&self) -> Result<Scan, StorageError> {
        Ok(Scan {
            started_at_us: self.clock.now_us(),
            finished_at_us: None,
            files: self.usage_of(Share::Everything).await?.files,
            checked: 0,
            bytes: 0,
            findings: Vec::new(),
            error: None,
            next: Next::Files(None),
        })
    }

    /// Goes on by one page. A store that fails ends the scan with its error.
    pub async fn step_scan(&self, mut scan: Scan) -> Scan {
        if let Err(error) = self.advance(&mut scan).await {
            scan.error = Some(error.to_string());
            scan.next = Next::Nothing;
        }
        if matches!(scan.next, Next::Nothing) && scan.finished_at_us.is_none() {
            scan.finished_at_us = Some(self.clock.now_us());
        }
        scan
    }

    async fn advance(&self, scan: &mut Scan) -> Result<(), StorageError> {
        scan.next = match std::mem::replace(&mut scan.next, Next::Nothing) {
            Next::Files(after) => self.compare_files(scan, after).await?,
            Next::Objects(buckets, after) => self.look_for_orphans(scan, buckets, after).await?,
            Next::Nothing => Next::Nothing,
        };
        Ok(())
    }

    async fn compare_files(
        &self,
        scan: &mut Scan,
        after: Option<Position>,
    ) -> Result<Next, StorageError> {
        let query = FileQuery {
            scope: Scope::All,
            bin: Bin::Either,
            sight: Sight::EVERYTHING,
            folder: None,
            name_part: String::new(),
            media: None,
            order: Order::Id,
            after,
            limit: FILES_PER_STEP,
        };
        let files = self.index.list_files(&query).await?.files;
        let Some(last) = files.last().map(|file| Order::Id.position(file)) else {
            return Ok(Next::Objects(self.buckets.list().await?, None));
        };
        for file in files {
            match self.objects.get(&file.bucket, &file.key, None).await? {
                Some((_, bytes)) => {
                    let measured = drain(bytes).await?;
                    scan.bytes += measured.size;
                    if measured.hash != file.hash && self.is_still(&file).await? {
                        scan.find(Finding::Damaged(file));
                    }
                }
                None if self.is_still(&file).await? => scan.find(Finding::Missing(file)),
                None => {}
            }
            scan.checked += 1;
        }
        Ok(Next::Files(Some(last)))
    }

    /// Whether a file is there, now that its object was read.
    async fn is_still(&self, file: &File) -> Result<bool, StorageError> {
        Ok(matches!(self.index.find(&file.id).await?, Some(Entry::File(_))))
    }

    async fn look_for_orphans(
        &self,
        scan: &mut Scan,
        mut buckets: Vec<BucketName>,
        after: Option<ObjectKey>,
    ) -> Result<Next, StorageError> {
        let Some(bucket) = buckets.last().cloned() else {
            return Ok(Next::Nothing);
        };
        let page = self.objects.list(&bucket, "", after.as_ref(), OBJECTS_PER_PAGE).await?;
        let last = page.last().map(|object| object.key.clone());
        for object in page {
            if self.is_orphan(&bucket, &object.key).await? {
                scan.find(Finding::Orphan { bucket: bucket.clone(), object });
            }
        }
        if last.is_none() {
            buckets.pop();
        }
        Ok(Next::Objects(buckets, last))
    }

    /// Whether an object has one of our keys, but neither a file nor an upload
    /// nor the sweep knows it.
    pub(crate) async fn is_orphan(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<bool, StorageError> {
        let part = layout::part_in(key).map(|(id, _)| id);
        let Some(id) = part.or_else(|| layout::file_in(key)) else {
            return Ok(false);
        };
        let known = match self.index.find(&id).await? {
            Some(Entry::Upload(upload)) => part.is_some() || upload.key == *key,
            Some(Entry::File(file)) => part.is_none() && file.key == *key && file.bucket == *bucket,
            None => false,
        };
        Ok(!known && !self.is_leftover(bucket, key).await?)
    }

    async fn is_leftover(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
    ) -> Result<bool, StorageError> {
        let mut after: Option<Leftover> = None;
        loop {
            let page = self.index.list_leftovers(after.as_ref(), OBJECTS_PER_PAGE).await?;
            if page.iter().any(|leftover| leftover.bucket == *bucket && leftover.key == *key) {
                return Ok(true);
            }
            match page.last() {
                Some(last) => after = Some(last.clone()),
                None => return Ok(false),
            }
        }
    }
}
