//! Everything beside the log: both sides are walked in the order of keys. First
//! what is not the source's goes, then what is missing comes, so that nothing
//! that only one may have is ever in the way.

use std::cmp::Ordering;
use std::collections::VecDeque;

use erynoa_access::AuditChain;
use erynoa_sync::Promise;

use crate::{CopyError, Kind, Record, Records, Side, Stage, Watch};

/// Records that are read, and written, at once.
const PAGE: usize = 256;

/// What became of the records of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopiedRecords {
    /// Those of the source.
    pub total: u64,
    /// Those that the target lacked, or had otherwise.
    pub written: u64,
    /// Those that the target had and the source has not, or otherwise.
    pub removed: u64,
}

/// Records of one side, in order.
struct Pages<'a> {
    of: &'a dyn Records,
    side: Side,
    kind: Kind,
    page: VecDeque<Record>,
    last: Option<Record>,
    over: bool,
}

impl<'a> Pages<'a> {
    fn new(of: &'a dyn Records, side: Side, kind: Kind) -> Self {
        Self { of, side, kind, page: VecDeque::new(), last: None, over: false }
    }

    async fn next_key(&mut self) -> Result<Option<Vec<u8>>, CopyError> {
        if self.page.is_empty() && !self.over {
            let page = self.of.read(self.kind, self.last.as_ref(), PAGE).await;
            self.page = page.map_err(self.side.store())?.into();
            self.over = self.page.len() < PAGE;
            self.last = self.page.back().cloned().or(self.last.take());
        }
        Ok(self.page.front().map(Record::key))
    }
}

/// Both sides at once.
struct Walk<'a> {
    source: Pages<'a>,
    target: Pages<'a>,
}

impl<'a> Walk<'a> {
    fn new(from: &'a dyn Records, to: &'a dyn Records, kind: Kind) -> Self {
        Self {
            source: Pages::new(from, Side::Source, kind),
            target: Pages::new(to, Side::Target, kind),
        }
    }

    /// What stands under the next key, in the source and in the target; `None`
    /// on both sides at the end.
    async fn next(&mut self) -> Result<(Option<Record>, Option<Record>), CopyError> {
        let source = self.source.next_key().await?;
        let target = self.target.next_key().await?;
        let order = match (&source, &target) {
            (Some(source), Some(target)) => source.cmp(target),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        let source = if order.is_le() { self.source.page.pop_front() } else { None };
        let target = if order.is_ge() { self.target.page.pop_front() } else { None };
        Ok((source, target))
    }
}

/// Makes the target's records of a kind those of the source.
pub(crate) async fn copy_records(
    from: &dyn Records,
    to: &dyn Records,
    kind: Kind,
    watch: Watch<'_>,
) -> Result<CopiedRecords, CopyError> {
    let removed = remove_others(from, to, kind).await?;
    let mut done = CopiedRecords { removed, ..CopiedRecords::default() };
    let mut missing = Vec::new();
    let mut walk = Walk::new(from, to, kind);
    loop {
        match walk.next().await? {
            (None, None) => break,
            // Written since the page was read.
            (None, Some(_)) => {}
            (Some(_), Some(_)) => done.total += 1,
            (Some(record), None) => {
                done.total += 1;
                missing.push(record);
            }
        }
        if missing.len() == PAGE {
            done.written += insert(to, &mut missing).await?;
            watch(Stage::Records(kind), done.total, 0);
        }
    }
    done.written += insert(to, &mut missing).await?;
    watch(Stage::Records(kind), done.total, done.total);
    Ok(done)
}

async fn insert(to: &dyn Records, missing: &mut Vec<Record>) -> Result<u64, CopyError> {
    let records = std::mem::take(missing);
    let count = records.len() as u64;
    if count > 0 {
        to.insert(records).await.map_err(Side::Target.store())?;
    }
    Ok(count)
}

async fn remove_others(from: &dyn Records, to: &dyn Records, kind: Kind) -> Result<u64, CopyError> {
    let mut removed = 0;
    let mut others = Vec::new();
    let mut walk = Walk::new(from, to, kind);
    loop {
        let over = match walk.next().await? {
            (None, None) => true,
            (source, Some(target)) if source.as_ref() != Some(&target) => {
                if let Record::Audit(entry) = &target {
                    let reason =
                        format!("its audit entry {} is not that of the source", entry.sequence);
                    return Err(CopyError::Foreign { reason });
                }
                if let Record::Promise(origin, promised) = &target {
                    refuse_broken_promise(origin, promised, source.as_ref())?;
                }
                others.push(target);
                false
            }
            _ => false,
        };
        if others.len() == PAGE || (over && !others.is_empty()) {
            removed += others.len() as u64;
            to.remove(std::mem::take(&mut others)).await.map_err(Side::Target.store())?;
        }
        if over {
            return Ok(removed);
        }
    }
}

/// A witness never takes back what it has cosigned, so a target that has
/// promised more than the source keeps its promise.
fn refuse_broken_promise(
    origin: &str,
    promised: &Promise,
    source: Option<&Record>,
) -> Result<(), CopyError> {
    match source {
        Some(Record::Promise(_, ours)) if ours.size > promised.size => Ok(()),
        _ => {
            let size = promised.size;
            let reason = format!("it has cosigned {size} entries of {origin}, and the source less");
            Err(CopyError::Foreign { reason })
        }
    }
}

/// Whether there is any record of a kind.
pub(crate) async fn any(records: &dyn Records, side: Side, kind: Kind) -> Result<bool, CopyError> {
    let first = records.read(kind, None, 1).await.map_err(side.store())?;
    Ok(!first.is_empty())
}

/// Checks the whole audit log of one side.
///
/// # Errors
/// `Damaged` with the number of the first entry that does not hold.
pub(crate) async fn check_audit(
    records: &dyn Records,
    side: Side,
) -> Result<AuditChain, CopyError> {
    let mut chain = AuditChain::default();
    let mut pages = Pages::new(records, side, Kind::Audit);
    while pages.next_key().await?.is_some() {
        if let Some(Record::Audit(entry)) = pages.page.pop_front() {
            chain.extend(&entry).map_err(|fault| CopyError::Damaged {
                side,
                reason: format!("audit entry {}: {}", fault.sequence, fault.reason),
            })?;
        }
    }
    Ok(chain)
}

/// Whether both sides have the same records of a kind.
///
/// # Errors
/// `Differs`.
pub(crate) async fn compare(
    from: &dyn Records,
    to: &dyn Records,
    kind: Kind,
) -> Result<(), CopyError> {
    let mut walk = Walk::new(from, to, kind);
    let mut count = 0_u64;
    loop {
        match walk.next().await? {
            (None, None) => return Ok(()),
            (source, target) if source == target => count += 1,
            _ => {
                let reason = format!("number {count} of its {} is another one", kind.name());
                return Err(CopyError::Differs { reason });
            }
        }
    }
}
