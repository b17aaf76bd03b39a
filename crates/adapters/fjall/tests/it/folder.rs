//! What holds for the folder as a whole.

use erynoa_access::{
    Account, AccountId, AccountKey, AccountStore as _, AuditLog as _, AuditRecord, RefreshHash,
    Role, Roles, Session, SessionId, SessionStore as _, SignInMethod, verify_audit_log,
};
use erynoa_events::EventLog as _;
use erynoa_fjall::FjallStore;
use erynoa_kernel::{PublicKey, StoreErrorKind};
use tempfile::TempDir;

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let home = TempDir::new().expect("a folder");
    let account = Account::new(AccountId::from_bytes([1; 16]), Roles::NONE, 3);
    let record = AuditRecord {
        at_us: 1,
        actor: None,
        actor_name: String::new(),
        action: "test".into(),
        target: String::new(),
        details: "{}".into(),
        request_id: String::new(),
        address: String::new(),
    };
    let session = Session {
        id: SessionId::from_bytes([2; 16]),
        account: account.id,
        identity: None,
        method: SignInMethod::DeviceKey(PublicKey::from_bytes([3; 32])),
        user_agent: "a browser".into(),
        address: "192.0.2.1".into(),
        created_at_us: 4,
        refreshed_at_us: 5,
        expires_at_us: u64::MAX,
    };
    {
        let store = FjallStore::open(home.path()).expect("opens");
        let log = store.event_log();
        log.append(0, vec![b"one".as_slice().into()], Some("note".into())).await.expect("append");
        store.accounts().insert(account.clone()).await.expect("write");
        assert!(store.accounts().claim_first_operator(&account.id).await.expect("write"));
        store.audit().append(record.clone()).await.expect("write");
        let refresh = RefreshHash::from_bytes([6; 32]);
        store.sessions().insert(session.clone(), refresh).await.expect("write");
    }
    for _ in 0..2 {
        let store = FjallStore::open(home.path()).expect("opens again");
        let log = store.event_log();
        assert_eq!(log.read(0, 9).await.expect("read"), [b"one".as_slice()]);
        assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("note"));
        let key = AccountKey::Id(account.id);
        let found = store.accounts().find(&key).await.expect("read").expect("known");
        assert!(found.roles.contains(Role::Operator) && found.is_acting_admin());
        assert!(!store.accounts().claim_first_operator(&account.id).await.expect("read"));
        let (chain, fault) = verify_audit_log(&store.audit()).await.expect("read");
        assert_eq!((chain.entries, fault), (1, None));
        let found = store.sessions().find(&session.id).await.expect("read");
        assert_eq!(found.as_ref(), Some(&session));
    }
}

#[test]
fn a_folder_that_is_in_use_is_refused_by_name() {
    let home = TempDir::new().expect("a folder");
    let first = FjallStore::open(home.path()).expect("opens");
    let log = first.event_log();
    drop(first);
    let refused = FjallStore::open(home.path()).expect_err("the log still holds the folder");
    assert_eq!(refused.kind, StoreErrorKind::Unavailable);
    let name = home.path().display().to_string();
    assert!(refused.message.contains(&name) && refused.message.contains("in use"), "{refused}");
    drop(log);
    FjallStore::open(home.path()).expect("opens when nobody has it");
}

#[test]
fn a_creation_that_was_cut_off_is_begun_anew() {
    let home = TempDir::new().expect("a folder");
    let unfinished = home.path().join("db.new/keyspaces");
    std::fs::create_dir_all(&unfinished).expect("a folder");
    std::fs::write(home.path().join("db.new/0.jnl"), b"").expect("a file");
    FjallStore::open(home.path()).expect("opens");
    assert!(!home.path().join("db.new").exists());
}

#[tokio::test]
async fn an_empty_store_takes_little_space() {
    let home = TempDir::new().expect("a folder");
    let log = FjallStore::open(home.path()).expect("opens").event_log();
    let empty = log.bytes_on_disk().await.expect("measured");
    assert!((1..1 << 20).contains(&empty), "{empty} bytes");
    log.append(0, vec![vec![7; 60_000].into(); 4], None).await.expect("append");
    let grown = log.bytes_on_disk().await.expect("measured");
    assert!((240_000..2 << 20).contains(&(grown - empty)), "{empty} then {grown} bytes");
}
