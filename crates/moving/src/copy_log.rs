//! The log: appended by position, then read back and folded.

use bytes::Bytes;
use erynoa_events::{Body, EventLog, Tree, from_own_log, leaf_hash};
use erynoa_replica::Replica;
use futures_util::future::try_join;

use crate::{CopyError, Side, Stage, Watch};

/// Entries that are read at once.
const PAGE: usize = 2048;
/// Bytes that are appended at once, so that a store far away answers in time.
const APPEND_BYTES: usize = 4 << 20;

/// What was read from the source, and how much of it the target lacked.
pub(crate) struct CopiedLog {
    pub(crate) size: u64,
    pub(crate) root: [u8; 32],
    pub(crate) written: u64,
}

/// Appends to the target whatever it lacks of the source. Its checkpoint stays
/// as it is.
///
/// # Errors
/// `Empty`; `Foreign` when what the target holds is no beginning of the source.
pub(crate) async fn copy_log(
    from: &dyn EventLog,
    to: &dyn EventLog,
    watch: Watch<'_>,
) -> Result<CopiedLog, CopyError> {
    let size = from.size().await.map_err(Side::Source.store())?;
    let held = to.size().await.map_err(Side::Target.store())?;
    if size == 0 {
        return Err(CopyError::Empty);
    }
    if held > size {
        let reason = format!("its log has {held} entries, that of the source {size}");
        return Err(CopyError::Foreign { reason });
    }
    let mut tree = Tree::new();
    let mut page = read(from, Side::Source, 0, size).await?;
    while !page.is_empty() {
        let position = tree.size();
        page.iter().for_each(|entry| tree.push(leaf_hash(entry)));
        let known = usize::try_from(held.saturating_sub(position)).unwrap_or(usize::MAX);
        let (known, new) = page.split_at(known.min(page.len()));
        compare(to, position, known).await?;
        let write = append(to, position + known.len() as u64, new);
        let following = read(from, Side::Source, tree.size(), size);
        (_, page) = try_join(write, following).await?;
        watch(Stage::Log, tree.size(), size);
    }
    let root = tree.root_at(size).ok_or_else(|| missing(Side::Source, tree.size()))?;
    Ok(CopiedLog { size, root, written: size - held })
}

fn missing(side: Side, position: u64) -> CopyError {
    CopyError::Damaged { side, reason: format!("log entry {position} is missing") }
}

/// The next entries below `size`; empty only at the end.
async fn read(
    log: &dyn EventLog,
    side: Side,
    from: u64,
    size: u64,
) -> Result<Vec<Bytes>, CopyError> {
    let limit = usize::try_from(size - from).map_or(PAGE, |left| left.min(PAGE));
    if limit == 0 {
        return Ok(Vec::new());
    }
    let page = log.read(from, limit).await.map_err(side.store())?;
    if page.is_empty() { Err(missing(side, from)) } else { Ok(page) }
}

/// Refuses a target that holds something else at these positions.
async fn compare(to: &dyn EventLog, from: u64, known: &[Bytes]) -> Result<(), CopyError> {
    let mut compared = 0;
    while compared < known.len() {
        let position = from + compared as u64;
        let left = known.len() - compared;
        let held = to.read(position, left).await.map_err(Side::Target.store())?;
        if held.is_empty() {
            return Err(missing(Side::Target, position));
        }
        for (held, wanted) in held.iter().zip(&known[compared..]) {
            if held != wanted {
                let position = from + compared as u64;
                let reason = format!("its log entry {position} is not that of the source");
                return Err(CopyError::Foreign { reason });
            }
            compared += 1;
        }
    }
    Ok(())
}

async fn append(to: &dyn EventLog, mut at: u64, mut entries: &[Bytes]) -> Result<(), CopyError> {
    while !entries.is_empty() {
        let mut bytes = 0;
        let fit = entries.iter().take_while(|entry| {
            bytes += entry.len();
            bytes <= APPEND_BYTES
        });
        let (now, later) = entries.split_at(fit.count().max(1));
        to.append(at, now.to_vec(), None).await.map_err(Side::Target.store())?;
        at += now.len() as u64;
        entries = later;
    }
    Ok(())
}

/// What a log says when it is folded from its beginning.
pub(crate) struct Folded {
    replica: Replica,
    /// Number and state root of the last epoch, as the log says them.
    said: (u64, [u8; 32]),
}

impl Folded {
    pub(crate) fn size(&self) -> u64 {
        self.replica.log.size()
    }

    pub(crate) fn root(&self) -> Option<[u8; 32]> {
        self.replica.log.tree().root_at(self.size())
    }

    /// Epochs that are closed, and the state root after them, as folded.
    pub(crate) fn state(&self) -> (u64, [u8; 32]) {
        (self.replica.trust.epoch(), self.replica.trust.state_root())
    }

    /// The same as the log says it.
    pub(crate) const fn said(&self) -> (u64, [u8; 32]) {
        self.said
    }

    /// Whether the log's own key has signed the note over these entries.
    pub(crate) fn check(&self, note: &str) -> Result<(), CopyError> {
        let damaged = |reason: String| CopyError::Damaged { side: Side::Source, reason };
        let origin = note.lines().next().unwrap_or_default();
        let keys = self.replica.log.keys();
        let checkpoint = keys
            .check(origin, note)
            .map_err(|error| damaged(format!("its checkpoint: {error}")))?;
        if self.replica.log.tree().root_at(checkpoint.size) == Some(checkpoint.root) {
            return Ok(());
        }
        let size = checkpoint.size;
        Err(damaged(format!("the {size} entries under its checkpoint are not what was signed")))
    }
}

/// Reads a log as it is stored and folds it; every epoch must come out with the
/// state root that the log says.
///
/// # Errors
/// `Damaged`, `Differs`, with the position.
pub(crate) async fn fold(
    log: &dyn EventLog,
    size: u64,
    watch: Watch<'_>,
) -> Result<Folded, CopyError> {
    let mut folded: Option<Folded> = None;
    let mut position = 0;
    let mut page = read(log, Side::Target, 0, size).await?;
    while !page.is_empty() {
        for entry in page {
            let event = from_own_log(entry).map_err(|error| CopyError::Damaged {
                side: Side::Source,
                reason: format!("log entry {position} is no event: {error}"),
            })?;
            let key = event.signer();
            // Entry 0 is the log's key, which makes itself known.
            let Folded { replica, said, .. } = folded.get_or_insert_with(|| {
                let replica = Replica::new(key);
                let said = (0, replica.trust.state_root());
                Folded { replica, said }
            });
            if let Body::EpochClosed(closed) = &event.event().body {
                let outcome = replica.close(closed.closed_at_us);
                Replica::compare(&outcome, closed).map_err(|difference| CopyError::Differs {
                    reason: format!(
                        "log entry {position} closes epoch {}: {difference}",
                        closed.epoch
                    ),
                })?;
                *said = (closed.epoch, closed.state_root);
            }
            replica.apply(&event);
            position += 1;
        }
        watch(Stage::Check, position, size);
        page = read(log, Side::Target, position, size).await?;
    }
    folded.ok_or(CopyError::Empty)
}
