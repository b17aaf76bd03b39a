//! Everything that belongs to somebody, as one file among their files, for a
//! week.

use bytes::Bytes;
use erynoa_access::AccountId;
use erynoa_kernel::{DAY_US, Problem};
use erynoa_storage::{
    Bin, Caller, File, FileAccess, FileName, FileQuery, Folder, Holder, NewFile, Order, Scope,
    Sight, StorageError,
};
use erynoa_workflows::{Call, Definition, Next, Past};
use futures_util::{TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::archive::Archive;
use crate::app::App;
use crate::files::owner_of;
use crate::users::export_account::export_account;
use crate::users::user_id;

/// Its name.
pub(crate) const NAME: &str = "data_export";
/// How long the file is kept.
const KEPT_US: u64 = 7 * DAY_US;
/// Bytes of files that are put into it at most; what does not fit is named.
const MOST_BYTES: u64 = 64 << 20;
/// Files that are looked at.
const MOST_FILES: usize = 10_000;
/// Names of the files that exports make begin with it.
const PREFIX: &str = "erynoa-export-";

/// Stores the file, keeps it for a week, removes it.
pub(crate) struct DataExport;

impl Definition for DataExport {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn next(&self, _: &Value, past: &[Past]) -> Next {
        if let Some(Past::Refused { reason, .. }) = past.last() {
            return Next::Fail(reason.clone());
        }
        match past {
            [] => Next::Do { step: "store", arguments: Value::Null, undo: true },
            [Past::Done { .. }] => Next::Wait { step: "keep", for_us: KEPT_US },
            [Past::Done { output, .. }, _] => {
                Next::Do { step: "remove", arguments: output.clone(), undo: false }
            }
            _ => Next::Done(Value::Null),
        }
    }
}

/// Key of an export of this account.
pub(crate) fn key(account: &AccountId, which: &str) -> String {
    format!("{NAME}:{account}:{which}")
}

/// Name of the file of a run; the same run always makes the same.
fn name_of(run: &str) -> String {
    format!("{PREFIX}{}.zip", &blake3::hash(run.as_bytes()).to_hex()[..16])
}

fn mine(account: &AccountId) -> Caller<'_> {
    Caller { account: Some(owner_of(account)), is_operator: false, is_member: &|_| false }
}

async fn files(
    app: &App,
    account: &AccountId,
    name_part: String,
    limit: usize,
) -> Result<Vec<File>, Problem> {
    let query = FileQuery {
        scope: Scope::Of(Holder::Person(owner_of(account))),
        bin: Bin::Either,
        sight: Sight::EVERYTHING,
        folder: None,
        name_part,
        media: None,
        order: Order::Newest,
        after: None,
        limit,
    };
    Ok(app.files.storage.index.list_files(&query).await?.files)
}

async fn made_by(app: &App, account: &AccountId, run: &str) -> Result<Option<File>, Problem> {
    Ok(files(app, account, name_of(run), 1).await?.pop())
}

fn output(file: &File) -> Value {
    json!({ "file_id": file.id.to_string(), "size": file.size })
}

/// Makes the file, unless this run has made it already.
pub(super) async fn store(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = user_id(&call.owner, "owner")?;
    let run = &call.key.run;
    if let Some(file) = made_by(app, &account, run).await? {
        return Ok(output(&file));
    }
    let bytes = Bytes::from(archive(app, account).await?);
    let new = NewFile {
        name: FileName::new(&name_of(run)).map_err(StorageError::from)?,
        folder: Folder::new("/").map_err(StorageError::from)?,
        media_type: None,
        realm: None,
        access: FileAccess::Private,
        hash: Some(*blake3::hash(&bytes).as_bytes()),
    };
    let size = bytes.len() as u64;
    let bytes = Box::pin(stream::once(async move { Ok(bytes) }));
    let stored = app.files.storage.upload_stream(new, size, bytes, &mine(&account)).await;
    Ok(output(&stored.map_err(Problem::from)?))
}

/// Removes the file, wherever it is now; one that is gone already is no error.
pub(super) async fn remove(app: &App, call: &Call) -> Result<Value, Problem> {
    let account = user_id(&call.owner, "owner")?;
    if let Some(file) = made_by(app, &account, &call.key.run).await? {
        let caller = mine(&account);
        app.files.storage.delete_file(&file.id, file.version, true, &caller).await?;
    }
    Ok(Value::Null)
}

/// `account.json` with everything that is known, the files themselves, and
/// `manifest.json` with the hash of each, and what was left out.
async fn archive(app: &App, account: AccountId) -> Result<Vec<u8>, Problem> {
    let mut archive = Archive::default();
    let known = export_account(app, account).await?;
    archive.add("account.json", format!("{known:#}").as_bytes())?;
    let mut left = MOST_BYTES;
    for file in files(app, &account, String::new(), MOST_FILES).await? {
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
