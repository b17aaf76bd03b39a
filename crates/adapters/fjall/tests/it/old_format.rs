//! A store that an earlier version has written opens with everything in it.

use std::path::Path;

use erynoa_access::{
    Account, AccountFilter, AccountKey, AccountStore as _, RefreshHash, Role, Roles, Rotation,
    Session, SessionId, SessionSet, SessionStore as _, SignInMethod,
};
use erynoa_events::EventLog as _;
use erynoa_fjall::FjallStore;
use erynoa_kernel::{IdentityId, PublicKey, StoreErrorKind};
use fjall::{Database, KeyspaceCreateOptions};
use tempfile::TempDir;

const MEMBER: Roles = Roles::NONE.with(Role::Member);

fn identity(number: u8) -> IdentityId {
    IdentityId::from_bytes([number; 32])
}

/// Writes into the keyspace of accounts and sessions behind the adapter's back.
fn write(folder: &Path, records: &[(Vec<u8>, Vec<u8>)]) {
    let db = Database::builder(folder.join("db")).open().expect("opens");
    let state = db.keyspace("state", KeyspaceCreateOptions::default).expect("is there");
    for (key, value) in records {
        state.insert(key, value).expect("writes");
    }
    db.persist(fjall::PersistMode::SyncAll).expect("persists");
}

/// A session of format 1 with its indexes.
fn session(number: u8, of: u8, created_at_us: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (id, refresh) = ([number; 16], [number ^ 0x80; 32]);
    let times = [created_at_us, created_at_us + 5, 9_000].map(u64::to_be_bytes).concat();
    let record = [&[of; 32][..], &[of + 50; 32], &times, &refresh].concat();
    assert_eq!(record.len(), 120);
    vec![
        ([&[16][..], &id].concat(), record),
        ([&[17][..], &refresh].concat(), [&id[..], &9_000_u64.to_be_bytes()].concat()),
        ([&[18][..], &[of; 32], &id].concat(), Vec::new()),
        ([&[19][..], &id, &refresh].concat(), Vec::new()),
    ]
}

/// Two members, of whom the first is the operator, with three sessions, as
/// format 1 has them.
async fn format_1() -> TempDir {
    let home = TempDir::new().expect("a folder");
    {
        let log = FjallStore::open(home.path()).expect("opens").event_log();
        log.append(0, vec![b"one".as_slice().into()], None).await.expect("append");
    }
    let mut records = vec![
        (b"format".to_vec(), 1_u32.to_be_bytes().to_vec()),
        ([&[1][..], &[1; 32]].concat(), vec![3]),
        ([&[1][..], &[2; 32]].concat(), vec![1]),
        (vec![2], vec![1; 32]),
    ];
    records.extend(session(11, 1, 700));
    records.extend(session(12, 1, 600));
    records.extend(session(21, 2, 650));
    write(home.path(), &records);
    home
}

#[tokio::test]
async fn accounts_and_sessions_of_format_1_go_on() {
    let home = format_1().await;
    for _ in 0..2 {
        let store = FjallStore::open(home.path()).expect("opens");
        assert_eq!(store.event_log().size().await.expect("read"), 1);
        let accounts = store.accounts();
        let listed = accounts.list(&AccountFilter::default(), None, 9).await.expect("read");
        assert_eq!(listed.len(), 2);
        let find = async |number| {
            let key = AccountKey::Identity(identity(number));
            accounts.find(&key).await.expect("read").expect("is there")
        };
        let (first, second) = (find(1).await, find(2).await);
        let expected = Account::of_identity(identity(1), MEMBER.with(Role::Operator));
        assert_eq!((first.id, first.roles), (expected.id, expected.roles));
        assert!(first.is_acting_admin());
        assert_eq!((first.created_at_us, first.last_seen_at_us), (600, 705));
        assert_eq!((second.roles, second.created_at_us), (MEMBER, 650));
        assert!(!accounts.claim_first_operator(&second.id).await.expect("read"));

        let sessions = store.sessions();
        let of_first = sessions.list(Some(first.id), None, 9).await.expect("read");
        let ids: Vec<_> = of_first.iter().map(|session| session.id).collect();
        assert_eq!(ids, [11, 12].map(|number| SessionId::from_bytes([number; 16])));
        let expected = Session {
            id: SessionId::from_bytes([21; 16]),
            account: second.id,
            identity: Some(identity(2)),
            method: SignInMethod::DeviceKey(PublicKey::from_bytes([52; 32])),
            user_agent: String::new(),
            address: String::new(),
            created_at_us: 650,
            refreshed_at_us: 655,
            expires_at_us: 9_000,
        };
        assert_eq!(sessions.list(Some(second.id), None, 9).await.expect("read"), [expected]);
        assert_eq!(sessions.list(None, None, 9).await.expect("read").len(), 3);
    }
    let sessions = FjallStore::open(home.path()).expect("opens").sessions();
    let old = RefreshHash::from_bytes([21 ^ 0x80; 32]);
    let new = RefreshHash::from_bytes([99; 32]);
    let rotation = sessions.rotate(&old, new, 800, 9_900).await.expect("write");
    assert!(matches!(rotation, Rotation::Rotated(_)), "whoever was signed in stays so");
    assert_eq!(sessions.delete(&SessionSet::ExpiredAt(9_000)).await.expect("write"), 2);
    assert_eq!(sessions.list(None, None, 9).await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_damaged_record_of_format_1_stops_the_migration_and_changes_nothing() {
    let home = format_1().await;
    write(home.path(), &[([&[1][..], &[2; 32]].concat(), vec![0xf0])]);
    for _ in 0..2 {
        let refused = FjallStore::open(home.path()).expect_err("is damaged");
        assert_eq!(refused.kind, StoreErrorKind::Corrupt);
    }
    write(home.path(), &[([&[1][..], &[2; 32]].concat(), vec![1])]);
    let accounts = FjallStore::open(home.path()).expect("opens").accounts();
    let listed = accounts.list(&AccountFilter::default(), None, 9).await.expect("read");
    assert_eq!(listed.len(), 2);
}

#[tokio::test]
async fn a_format_to_come_is_refused_by_its_number() {
    let home = format_1().await;
    write(home.path(), &[(b"format".to_vec(), 3_u32.to_be_bytes().to_vec())]);
    let refused = FjallStore::open(home.path()).expect_err("is not known");
    assert_eq!(refused.kind, StoreErrorKind::Unavailable);
    assert!(refused.message.contains("format 3"), "{refused}");
}
