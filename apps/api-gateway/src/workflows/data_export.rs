//! Everything that belongs to somebody, as one file among their files, for a
//! week.

use bytes::Bytes;
use erynoa_access::AccountId;
use erynoa_kernel::{DAY_US, Problem};
use erynoa_mail::Mail;
use erynoa_notifications::Kind as Told;
use erynoa_storage::{FileAccess, FileId, FileName, Folder, NewFile, StorageError};
use erynoa_workflows::{Call, Definition, Next, Past};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use super::archive::Archive;
use super::{acting, file_of, letter, owner, remove, unless_erased};
use crate::app::App;
use crate::users::export_account::{export_account, files_of};
use crate::users::user_id;

/// Its name.
pub(crate) const NAME: &str = "data_export";
/// How long the file is kept.
const KEPT_US: u64 = 7 * DAY_US;
/// Bytes of files that are put into it at most: it is made in memory. What does
/// not fit is named.
const MOST_BYTES: u64 = 64 << 20;
/// Names of the files that exports make begin with it.
const PREFIX: &str = "erynoa-export-";

/// Stores the file, says so by mail, keeps it for a week, removes it.
pub(crate) struct DataExport;

impl Definition for DataExport {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, past: &[Past]) -> Next {
        match past {
            [] => Next::Do { step: "store", arguments: Value::Null, undo: true },
            [Past::Refused { reason, .. }] => Next::Fail(reason.clone()),
            [_] => Next::Do { step: "mail", arguments: Value::Null, undo: false },
            // It is there, whether or not the mail was taken.
            [_, _] => Next::Wait { step: "keep", for_us: KEPT_US },
            [_, _, _] => Next::Do { step: "remove", arguments: Value::Null, undo: false },
            [.., Past::Refused { reason, .. }] => Next::Fail(reason.clone()),
            _ => Next::Done(Value::Null),
        }
    }
}

fn file(run: &str) -> FileId {
    file_of(run, "export of")
}

pub(super) async fn run(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    Some(match call.step.as_str() {
        "store" => store(app, call).await,
        "mail" => mail(app, call).await,
        "remove" => take_away(app, call).await,
        _ => return None,
    })
}

pub(super) async fn undo(app: &App, call: &Call) -> Option<Result<Value, Problem>> {
    match call.step.as_str() {
        "store" => Some(take_away(app, call).await),
        _ => None,
    }
}

/// Name of the file of a run; the same run always makes the same.
fn name_of(run: &str) -> String {
    format!("{PREFIX}{}.zip", &blake3::hash(run.as_bytes()).to_hex()[..16])
}

/// Makes the file, unless this run has made it already.
async fn store(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?.id;
    let (id, run) = (file(&call.key.run), &call.key.run);
    let made = match super::find(app, &id).await? {
        Some(made) => made,
        None => {
            let bytes = Bytes::from(archive(app, account).await?);
            let new = NewFile {
                name: FileName::new(&name_of(run)).map_err(StorageError::from)?,
                folder: Folder::new("/").map_err(StorageError::from)?,
                media_type: None,
                realm: None,
                access: FileAccess::Private,
                hash: Some(*blake3::hash(&bytes).as_bytes()),
            };
            app.files.storage.upload_once(id, new, bytes, &owner(&account)).await?
        }
    };
    unless_erased(app, call, &made.id).await?;
    Ok(json!({ "file_id": made.id.to_string(), "size": made.size }))
}

async fn take_away(app: &App, call: &Call) -> Result<Value, Problem> {
    remove(app, &user_id(&call.owner, "owner")?, &file(&call.key.run)).await?;
    Ok(Value::Null)
}

async fn mail(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = acting(app, call).await?;
    letter::send(app, call, &account, &Mail::ExportReady, Told::ExportReady, "/files").await
}

/// `account.json` with everything that is known, the files themselves, and
/// `manifest.json` with the hash of each, and what was left out.
async fn archive(app: &App, account: AccountId) -> Result<Vec<u8>, Problem> {
    let mut archive = Archive::default();
    let known = export_account(app, account, usize::MAX).await?;
    archive.add("account.json", format!("{known:#}").as_bytes())?;
    // What is known needs room beside the files.
    let mut left = MOST_BYTES.min(app.files.storage.rules.most_bytes / 2);
    for file in files_of(app, account, usize::MAX).await?.0 {
        // Exports of exports would never end.
        if file.name.as_str().starts_with(PREFIX) {
            continue;
        }
        let path = format!("files/{}/{}", file.id, file.name.as_str());
        if file.size > left {
            archive.leave_out(&path, file.size);
            continue;
        }
        left -= file.size;
        let pieces = app.files.storage.read_file(&file, None).await?;
        let bytes: Vec<Bytes> = pieces.try_collect().await?;
        archive.add(&path, &bytes.concat())?;
    }
    archive.end(app.clock.now_us())
}
