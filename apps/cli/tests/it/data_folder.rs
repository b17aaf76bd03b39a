//! `admin rebuild|backup|restore` on a data folder.

use std::fs;
use std::path::Path;

use erynoa_access::{
    Account, AccountFilter, AccountId, AccountStore, AuditLog, AuditRecord, Role, Roles,
    verify_audit_log,
};
use erynoa_events::EventLog;
use erynoa_fjall::FjallStore;
use erynoa_kernel::PublicKey;
use erynoa_moving::{Record, Records};
use erynoa_notifications::{Inbox, Kind as Told, MailMode, Reader, Setting};
use erynoa_storage::{
    BucketName, Entry, File, FileAccess, FileId, FileName, Folder, Holder, Leftover, Link, LinkId,
    MediaType, ObjectKey, OwnerId, Share, Usage,
};
use erynoa_sync::{Ban, NodeId, Promise};
use serde_json::Value;

use crate::generated_log::GeneratedLog;
use crate::{nobody_starts, outcome, outcome_beside_open_store};

/// Where the server keeps the store in its data folder.
const STORE: &str = "store";

fn store(data: &Path) -> FjallStore {
    FjallStore::open(&data.join(STORE)).unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work)
}

fn account(log: &GeneratedLog) -> Account {
    let roles = Roles::NONE.with(Role::Member);
    Account {
        identity: Some(log.people[0].identity),
        name: "Ada".to_owned(),
        ..Account::new(AccountId::from_bytes([7; 16]), roles, 5)
    }
}

fn record(number: u64) -> AuditRecord {
    AuditRecord {
        at_us: number,
        actor: Some(AccountId::from_bytes([7; 16])),
        actor_name: "Ada".to_owned(),
        action: "user.roles".to_owned(),
        target: "somebody".to_owned(),
        details: "{}".to_owned(),
        request_id: String::new(),
        address: String::new(),
    }
}

/// More than one record of a backup holds.
fn film() -> Vec<u8> {
    (0..20_000_000_u32).map(|at| (at % 251) as u8).collect()
}

/// A file with a link, what it takes, and an object whose file is gone.
fn stored() -> Vec<Record> {
    let owner = OwnerId::from_bytes([7; 16]);
    let id = FileId::from_bytes([1; 16]);
    let bucket = BucketName::new("erynoa").unwrap();
    let file = File {
        id,
        owner,
        realm: None,
        access: FileAccess::Link,
        name: FileName::new("letter.txt").unwrap(),
        folder: Folder::new("/papers").unwrap(),
        media_type: MediaType::new("text/plain").unwrap(),
        size: 3,
        hash: *blake3::hash(b"Ada").as_bytes(),
        bucket: bucket.clone(),
        key: ObjectKey::new("a/letter").unwrap(),
        created_at_us: 5,
        updated_at_us: 6,
        binned_at_us: None,
        version: 1,
        links: 1,
    };
    let link = Link {
        id: LinkId::from_bytes([2; 16]),
        file: id,
        token_hash: [3; 32],
        created_at_us: 7,
        expires_at_us: Some(9),
        opened: 4,
    };
    let usage = Usage { files: 1, bytes: 3, ..Usage::default() };
    let gone = Leftover { bucket, key: ObjectKey::new("b/gone").unwrap(), since_us: 8 };
    let mut inbox = Inbox::new(Reader::from_bytes([8; 16]));
    let silent = Setting { shown: true, mail: MailMode::Never };
    inbox.settings.choose(Told::Attestation, silent).unwrap();
    let node = NodeId(PublicKey::from_bytes([6; 32]));
    vec![
        Record::File(Entry::File(file)),
        Record::Link(link),
        Record::Usage(Share::Everything, usage),
        Record::Usage(Share::Holder(Holder::Person(owner)), usage),
        Record::Leftover(gone),
        Record::Inbox(inbox),
        Record::Promise("log.example".to_owned(), Promise { size: 9, root: [5; 32] }),
        Record::Cosigned("log.example".to_owned(), node.0, "log.example\n9\nÄ\n".to_owned()),
        Record::Ban(Ban { node, until_us: u64::MAX, reason: "floods".to_owned() }),
    ]
}

/// A data folder as a stopped server leaves it.
fn installation(log: &GeneratedLog, data: &Path) {
    fs::create_dir_all(data.join("keys")).unwrap();
    fs::write(data.join("keys/log.key"), [7; 32]).unwrap();
    fs::create_dir_all(data.join("files/erynoa/a")).unwrap();
    fs::write(data.join("files/erynoa/a/film"), film()).unwrap();
    let _alone = nobody_starts();
    let store = store(data);
    let account = account(log);
    wait(async {
        store.accounts().insert(account.clone()).await.unwrap();
        assert!(store.accounts().claim_first_operator(&account.id).await.unwrap());
        for number in 0..3 {
            store.audit().append(record(number)).await.unwrap();
        }
        store.records().insert(stored()).await.unwrap();
        store.event_log().append(0, log.entries.clone(), Some(log.note())).await.unwrap();
    });
}

/// Compares a restored store with what was backed up.
fn expect_restored(log: &GeneratedLog, data: &Path) {
    let _alone = nobody_starts();
    let store = store(data);
    wait(async {
        let entries = store.event_log().read(0, 1000).await.unwrap();
        assert_eq!(entries, log.entries);
        assert_eq!(store.event_log().checkpoint().await.unwrap(), Some(log.note()));
        let accounts = store.accounts().list(&AccountFilter::default(), None, 10).await.unwrap();
        let roles = Role::ALL.into_iter().collect();
        assert_eq!(accounts, [Account { roles, version: 2, ..account(log) }]);
        let (chain, fault) = verify_audit_log(&store.audit()).await.unwrap();
        assert_eq!((chain.entries, fault), (3, None));
        let records: Vec<_> = store.audit().read(0, 9).await.unwrap();
        assert!(records.iter().map(|entry| &entry.record).eq(&[0, 1, 2].map(record)));
        for kept in stored() {
            let found = store.records().read(kept.kind(), None, 9).await.unwrap();
            assert!(found.contains(&kept), "{kept:?}");
        }
    });
}

fn admin(line: &[&str]) -> (i32, String, String) {
    outcome(&[&["admin"], line].concat())
}

#[test]
fn a_restored_backup_is_the_installation_that_was_backed_up() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (data, copy, file) = (path("data"), path("copy"), path("backup"));
    let log = GeneratedLog::new(3);
    installation(&log, data.as_ref());

    let (code, _, stderr) = admin(&["backup", "--data-dir", &data, "--out", &file]);
    assert_eq!(code, 0, "{stderr}");
    let (code, _, stderr) = admin(&["restore", &file, "--data-dir", &copy]);
    assert_eq!(code, 0, "{stderr}");

    assert_eq!(fs::read(Path::new(&copy).join("keys/log.key")).unwrap(), [7; 32]);
    assert!(fs::read(Path::new(&copy).join("files/erynoa/a/film")).unwrap() == film());
    expect_restored(&log, copy.as_ref());
    let (code, stdout, stderr) = admin(&["rebuild", "--data-dir", &copy, "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["state_root"], log.state_root());

    let (code, _, stderr) = admin(&["restore", &file, "--data-dir", &copy]);
    assert_eq!(code, 5, "a restore never overwrites");
    assert!(stderr.contains("not empty"), "{stderr}");
    let (code, _, _) = admin(&["backup", "--data-dir", &data, "--out", &file]);
    assert_eq!(code, 5, "nor does a backup");
}

#[test]
fn a_damaged_backup_restores_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (data, copy, file) = (path("data"), path("copy"), path("backup"));
    installation(&GeneratedLog::new(1), data.as_ref());
    assert_eq!(admin(&["backup", "--data-dir", &data, "--out", &file]).0, 0);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let (code, _, stderr) = admin(&["restore", &file, "--data-dir", &copy]);
    assert!(code == 1 || code == 5, "{code} {stderr}");
    assert!(!Path::new(&copy).exists());
}

#[test]
fn rebuild_names_the_entry_that_does_not_hold() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let mut log = GeneratedLog::new(2);
    let last = log.entries.len() - 2;
    log.spoil(last, |signed| signed.signature = vec![0; 64].into());
    installation(&log, &data);
    let (code, _, stderr) = admin(&["rebuild", "--data-dir", data.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(stderr.contains(&format!("entry {last}: EVENT_SIGNATURE_INVALID")), "{stderr}");
}

#[test]
fn the_folder_of_a_running_server_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    installation(&GeneratedLog::new(1), &data);
    let folder = data.to_str().unwrap();
    {
        let _alone = nobody_starts();
        let _running = store(&data);
        let (code, _, stderr) =
            outcome_beside_open_store(&["admin", "rebuild", "--data-dir", folder]);
        assert_eq!(code, 5);
        assert!(stderr.contains("in use by another process"), "{stderr}");
    }
    let (code, _, stderr) = admin(&["rebuild", "--data-dir", folder]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn the_claim_link_is_shown_while_there_is_one() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().to_str().unwrap();
    assert_eq!(admin(&["claim", "--data-dir", data]).0, 1);
    fs::write(home.path().join("claim-link"), "http://localhost/platform/claim#x\n").unwrap();
    let (code, stdout, _) = admin(&["claim", "--data-dir", data]);
    assert_eq!((code, stdout.as_str()), (0, "http://localhost/platform/claim#x\n"));
}
