//! Everything in its order: log, records, objects, checks, checkpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use erynoa_access::AuditChain;
use erynoa_events::EventLog;
use erynoa_notifications::{Cursor, Notifications};
use erynoa_storage::{Buckets, FileIndex, ObjectStore};

use crate::copy_log::{Folded, copy_log, fold};
use crate::copy_records::{any, check_audit, compare, copy_records};
use crate::{CopiedObjects, CopiedRecords, CopyError, Kind, Records, Side, copy_objects};

/// A store of an installation.
#[derive(Clone)]
pub struct Installation {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Everything beside it.
    pub records: Arc<dyn Records>,
    /// What is known about files.
    pub files: Arc<dyn FileIndex>,
    /// Up to where the log was told.
    pub notifications: Arc<dyn Notifications>,
}

/// The bytes of an installation's files.
#[derive(Clone)]
pub struct Objects {
    /// The objects.
    pub store: Arc<dyn ObjectStore>,
    /// Their buckets.
    pub buckets: Arc<dyn Buckets>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Entries of the log.
    Log,
    /// Records of a kind.
    Records(Kind),
    /// Objects.
    Objects,
    /// The target's log is read and folded.
    Check,
}

/// Is told how far a stage has come, and how far it goes; 0 while unknown.
pub type Watch<'a> = &'a (dyn Fn(Stage, u64, u64) + Send + Sync);

/// What an installation is, in short. Equal for source and target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Entries of the log.
    pub entries: u64,
    /// Merkle root over them (RFC 6962).
    pub root: [u8; 32],
    /// Epochs that are closed.
    pub epochs: u64,
    /// State root after the last of them.
    pub state_root: [u8; 32],
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// Hash of the newest of them, zeros when there is none.
    pub audit_head: [u8; 32],
}

/// What was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The source: what was read from it, and the state root that its log says.
    pub source: State,
    /// The target: what was read back, and the state root that its log folds to.
    pub target: State,
    /// Entries of the log that the target lacked.
    pub entries_written: u64,
    /// Records by kind.
    pub records: BTreeMap<Kind, CopiedRecords>,
    /// Objects, when they were moved.
    pub objects: Option<CopiedObjects>,
}

/// Moves an installation, and with `objects` the bytes of its files, from and
/// to. May be called again after it was cut off at any point; done twice it
/// writes nothing.
///
/// # Errors
/// [`CopyError`]. The source is never changed, and the target has no new
/// checkpoint then.
pub async fn copy_installation(
    from: &Installation,
    to: &Installation,
    objects: Option<(&Objects, &Objects)>,
    watch: Watch<'_>,
) -> Result<Copied, CopyError> {
    refuse_strangers(to).await?;
    let log = copy_log(from.log.as_ref(), to.log.as_ref(), watch).await?;
    let (ours, theirs) = (from.records.as_ref(), to.records.as_ref());
    let source_audit = check_audit(ours, Side::Source).await?;
    let mut records = BTreeMap::new();
    for kind in Kind::ALL {
        records.insert(kind, copy_records(ours, theirs, kind, watch).await?);
    }
    let objects = match objects {
        Some((have, get)) => Some(copy_objects(from.files.as_ref(), have, get, watch).await?),
        None => None,
    };

    let folded = fold(to.log.as_ref(), log.size, watch).await?;
    let Some(root) = folded.root().filter(|root| *root == log.root) else {
        let reason = "the Merkle roots of the logs differ".to_owned();
        return Err(CopyError::Differs { reason });
    };
    for kind in Kind::ALL {
        compare(ours, theirs, kind).await?;
    }
    let target_audit = check_audit(theirs, Side::Target).await?;
    move_cursor(from, to).await?;
    move_checkpoint(from, to, &folded).await?;
    let state = |entries, root, (epochs, state_root), audit: AuditChain| State {
        entries,
        root,
        epochs,
        state_root,
        audit_entries: audit.entries,
        audit_head: audit.head,
    };
    let source = state(log.size, log.root, folded.said(), source_audit);
    let target = state(folded.size(), root, folded.state(), target_audit);
    Ok(Copied { source, target, entries_written: log.written, records, objects })
}

/// What the source has not told yet, the target tells.
async fn move_cursor(from: &Installation, to: &Installation) -> Result<(), CopyError> {
    let told = from.notifications.cursor().await.map_err(Side::Source.store())?;
    let before = to.notifications.cursor().await.map_err(Side::Target.store())?;
    let Some(told) = told.filter(|_| told != before) else { return Ok(()) };
    let cursor = Cursor { from: before, to: told };
    let moved = to.notifications.write(&[], Some(cursor)).await.map_err(Side::Target.store())?;
    if moved {
        return Ok(());
    }
    let reason = "the cursor of the notifications moves".to_owned();
    Err(CopyError::InUse { side: Side::Target, reason })
}

/// What has records but no log is no target that was begun.
async fn refuse_strangers(to: &Installation) -> Result<(), CopyError> {
    if to.log.size().await.map_err(Side::Target.store())? > 0 {
        return Ok(());
    }
    for kind in Kind::ALL {
        if any(to.records.as_ref(), Side::Target, kind).await? {
            let reason = format!("it has {} but no log", kind.name());
            return Err(CopyError::Foreign { reason });
        }
    }
    Ok(())
}

async fn move_checkpoint(
    from: &Installation,
    to: &Installation,
    folded: &Folded,
) -> Result<(), CopyError> {
    let note = from.log.checkpoint().await.map_err(Side::Source.store())?;
    let held = to.log.checkpoint().await.map_err(Side::Target.store())?;
    if let Some(note) = &note {
        folded.check(note)?;
    }
    if note != held {
        let append = to.log.append(folded.size(), Vec::new(), note.clone());
        append.await.map_err(Side::Target.store())?;
        let kept = to.log.checkpoint().await.map_err(Side::Target.store())?;
        if kept != note {
            let reason = "its checkpoint is another one".to_owned();
            return Err(CopyError::Differs { reason });
        }
    }
    Ok(())
}
