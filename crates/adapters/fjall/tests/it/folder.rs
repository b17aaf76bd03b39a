//! What holds for the folder as a whole.

use erynoa_access::{AccountStore as _, RefreshHash, Role, Session, SessionId, SessionStore as _};
use erynoa_events::EventLog as _;
use erynoa_fjall::FjallStore;
use erynoa_kernel::{IdentityId, PublicKey, StoreErrorKind};
use tempfile::TempDir;

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let home = TempDir::new().expect("a folder");
    let id = IdentityId::from_bytes([1; 32]);
    let session = Session {
        id: SessionId::from_bytes([2; 16]),
        identity: id,
        public_key: PublicKey::from_bytes([3; 32]),
        created_at_us: 4,
        refreshed_at_us: 5,
        expires_at_us: u64::MAX,
    };
    {
        let store = FjallStore::open(home.path()).expect("opens");
        let log = store.event_log();
        log.append(0, vec![b"one".as_slice().into()], Some("note".into())).await.expect("append");
        assert!(store.accounts().grant_first_operator(&id).await.expect("write"));
        let refresh = RefreshHash::from_bytes([6; 32]);
        store.sessions().insert(session.clone(), refresh).await.expect("write");
    }
    for _ in 0..2 {
        let store = FjallStore::open(home.path()).expect("opens again");
        let log = store.event_log();
        assert_eq!(log.read(0, 9).await.expect("read"), [b"one".as_slice()]);
        assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("note"));
        let roles = store.accounts().find_roles(&id).await.expect("read").expect("known");
        assert!(roles.contains(Role::Operator));
        assert!(!store.accounts().grant_first_operator(&id).await.expect("read"));
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
