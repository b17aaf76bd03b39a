//! Laws of [`SessionStore`].

use std::sync::Arc;

use erynoa_kernel::{IdentityId, PublicKey, StoreErrorKind};

use super::both;
use crate::{
    AccountId, RefreshHash, Rotation, Session, SessionId, SessionSet, SessionStore, SignInMethod,
};

fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

fn refresh(number: u8) -> RefreshHash {
    RefreshHash::from_bytes([number; 32])
}

fn session(number: u8) -> Session {
    Session {
        id: SessionId::from_bytes([number; 16]),
        account: account(7),
        identity: Some(IdentityId::from_bytes([7; 32])),
        method: SignInMethod::DeviceKey(PublicKey::from_bytes([number ^ 0xff; 32])),
        user_agent: "a browser".to_owned(),
        address: "192.0.2.1".to_owned(),
        created_at_us: 1_000 + u64::from(number),
        refreshed_at_us: 1_000 + u64::from(number),
        expires_at_us: 10_000,
    }
}

fn only(number: u8) -> SessionSet {
    SessionSet::One(session(number).id)
}

/// Law.
pub async fn a_session_is_found_by_id_and_by_its_token(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    assert_eq!(store.find(&session(1).id).await.expect("read"), Some(session(1)));
    assert_eq!(store.find_by_refresh(&refresh(1)).await.expect("read"), Some(session(1)));
    assert_eq!(store.find(&session(2).id).await.expect("read"), None);
    assert_eq!(store.find_by_refresh(&refresh(2)).await.expect("read"), None);
}

/// Law.
pub async fn a_taken_session_id_or_token_is_a_conflict(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    let same_id = store.insert(session(1), refresh(2)).await.expect_err("id is taken");
    assert_eq!(same_id.kind, StoreErrorKind::Conflict);
    let same_token = store.insert(session(2), refresh(1)).await.expect_err("token is taken");
    assert_eq!(same_token.kind, StoreErrorKind::Conflict);
    assert_eq!(store.find(&session(2).id).await.expect("read"), None);
    assert_eq!(store.find_by_refresh(&refresh(2)).await.expect("read"), None);
    store.insert(session(2), refresh(2)).await.expect("write");
    let taken = store.rotate(&refresh(1), refresh(2), 2_000, 20_000).await;
    assert_eq!(taken.expect_err("token is taken").kind, StoreErrorKind::Conflict);
    assert_eq!(store.find_by_refresh(&refresh(2)).await.expect("read"), Some(session(2)));
}

/// Law.
pub async fn rotation_replaces_the_token_and_moves_the_end(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    let renewed = Session { refreshed_at_us: 2_000, expires_at_us: 20_000, ..session(1) };
    let rotation = store.rotate(&refresh(1), refresh(2), 2_000, 20_000).await.expect("write");
    assert_eq!(rotation, Rotation::Rotated(renewed.clone()));
    for token in [1, 2] {
        let found = store.find_by_refresh(&refresh(token)).await.expect("read");
        assert_eq!(found, Some(renewed.clone()));
    }
    assert_eq!(store.find(&session(1).id).await.expect("read"), Some(renewed));
}

/// Law.
pub async fn a_used_token_ends_its_session(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    store.insert(session(2), refresh(9)).await.expect("write");
    for (old, new) in [(1, 2), (2, 3)] {
        let rotation = store.rotate(&refresh(old), refresh(new), 2_000, 20_000).await;
        assert!(matches!(rotation.expect("write"), Rotation::Rotated(_)));
    }
    let reused = store.rotate(&refresh(1), refresh(4), 2_001, 20_001).await.expect("write");
    let last = Session { refreshed_at_us: 2_000, expires_at_us: 20_000, ..session(1) };
    assert_eq!(reused, Rotation::Reused(last));
    assert_eq!(store.find(&session(1).id).await.expect("read"), None);
    for token in 1..=4 {
        assert_eq!(store.find_by_refresh(&refresh(token)).await.expect("read"), None);
        let rotation = store.rotate(&refresh(token), refresh(5), 2_002, 20_002).await;
        assert_eq!(rotation.expect("read"), Rotation::Unknown);
    }
    assert_eq!(store.find(&session(2).id).await.expect("read"), Some(session(2)));
}

/// Law.
pub async fn an_unknown_or_expired_token_rotates_nothing(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    for (old, now_us) in [(2, 2_000), (1, 10_000)] {
        let rotation = store.rotate(&refresh(old), refresh(3), now_us, 20_000).await;
        assert_eq!(rotation.expect("read"), Rotation::Unknown);
    }
    assert_eq!(store.find_by_refresh(&refresh(3)).await.expect("read"), None);
    let last_moment = store.rotate(&refresh(1), refresh(3), 9_999, 20_000).await.expect("write");
    assert!(matches!(last_moment, Rotation::Rotated(_)));
}

/// Law.
pub async fn a_deleted_session_leaves_nothing(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    store.rotate(&refresh(1), refresh(2), 2_000, 20_000).await.expect("write");
    assert_eq!(store.delete(&only(1)).await.expect("write"), 1);
    assert_eq!(store.delete(&only(1)).await.expect("write"), 0);
    assert_eq!(store.find(&session(1).id).await.expect("read"), None);
    assert_eq!(store.list(Some(account(7)), None, 9).await.expect("read"), []);
    assert_eq!(store.list(None, None, 9).await.expect("read"), []);
    for token in [1, 2] {
        assert_eq!(store.find_by_refresh(&refresh(token)).await.expect("read"), None);
    }
    store.insert(session(1), refresh(1)).await.expect("everything is free again");
}

/// Law.
pub async fn only_expired_sessions_and_tokens_are_swept(store: Arc<dyn SessionStore>) {
    for number in 1..=3 {
        store.insert(session(number), refresh(number)).await.expect("write");
    }
    store.rotate(&refresh(2), refresh(12), 5_000, 20_000).await.expect("write");
    assert_eq!(store.delete(&SessionSet::ExpiredAt(9_999)).await.expect("write"), 0);
    assert_eq!(store.delete(&SessionSet::ExpiredAt(10_000)).await.expect("write"), 2);
    assert_eq!(store.delete(&SessionSet::ExpiredAt(10_000)).await.expect("write"), 0);
    for number in [1, 3] {
        assert_eq!(store.find(&session(number).id).await.expect("read"), None);
        assert_eq!(store.find_by_refresh(&refresh(number)).await.expect("read"), None);
    }
    assert!(store.find_by_refresh(&refresh(12)).await.expect("read").is_some());
    // The used token has expired by itself; it no longer ends the session.
    let rotation = store.rotate(&refresh(2), refresh(22), 10_001, 20_000).await.expect("read");
    assert_eq!(rotation, Rotation::Unknown);
    assert!(store.find(&session(2).id).await.expect("read").is_some());
}

/// Law.
pub async fn sessions_of_an_account_and_of_the_provider_end_together(store: Arc<dyn SessionStore>) {
    let by_provider = |sid: &str| SignInMethod::Oidc { provider_session: Some(sid.to_owned()) };
    let all = [
        session(1),
        Session { method: by_provider("there"), ..session(2) },
        Session { account: account(8), identity: None, method: by_provider("there"), ..session(3) },
        Session { account: account(8), method: by_provider("elsewhere"), ..session(4) },
        Session {
            account: account(8),
            method: SignInMethod::Oidc { provider_session: None },
            ..session(5)
        },
    ];
    for (number, session) in (1..).zip(&all) {
        store.insert(session.clone(), refresh(number)).await.expect("write");
        assert_eq!(store.find(&session.id).await.expect("read").as_ref(), Some(session));
    }
    let there = SessionSet::OfProvider("there".to_owned());
    assert_eq!(store.delete(&there).await.expect("write"), 2);
    assert_eq!(store.delete(&there).await.expect("write"), 0);
    assert_eq!(store.delete(&SessionSet::OfProvider(String::new())).await.expect("write"), 0);
    assert_eq!(store.list(None, None, 9).await.expect("read").len(), 3);
    assert_eq!(store.delete(&SessionSet::OfAccount(account(8))).await.expect("write"), 2);
    assert_eq!(store.list(None, None, 9).await.expect("read"), [session(1)]);
    assert_eq!(store.find_by_refresh(&refresh(4)).await.expect("read"), None);
}

/// Law.
pub async fn sessions_are_listed_newest_first_page_by_page(store: Arc<dyn SessionStore>) {
    // Two of the same moment, where the id decides.
    let ages = [(1, 50), (2, 90), (3, 90), (4, 20), (5, 70)];
    for (number, created_at_us) in ages {
        let of = if number == 5 { account(8) } else { account(7) };
        let aged = Session { created_at_us, account: of, ..session(number) };
        store.insert(aged, refresh(number)).await.expect("write");
    }
    for (of, expected) in [
        (None, vec![3, 2, 5, 1, 4]),
        (Some(account(7)), vec![3, 2, 1, 4]),
        (Some(account(8)), vec![5]),
        (Some(account(9)), vec![]),
    ] {
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = store.list(of, before, 2).await.expect("read");
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            before = Some(last.position());
            seen.extend(page.iter().map(|session| session.id));
        }
        let expected: Vec<_> = expected.into_iter().map(|number| session(number).id).collect();
        assert_eq!(seen, expected);
    }
}

/// Law.
pub async fn of_rotations_at_once_at_most_one_succeeds(store: Arc<dyn SessionStore>) {
    store.insert(session(1), refresh(1)).await.expect("write");
    let (a, b) = (Arc::clone(&store), Arc::clone(&store));
    let old = refresh(1);
    let results =
        both(async move { a.rotate(&old, refresh(2), 2_000, 20_000).await }, async move {
            b.rotate(&old, refresh(3), 2_000, 20_000).await
        })
        .await;
    let rotated = [&results.0, &results.1]
        .into_iter()
        .filter(|result| matches!(result, Ok(Rotation::Rotated(_))))
        .count();
    assert_eq!(rotated, 1);
    assert_eq!(store.find(&session(1).id).await.expect("read"), None, "the other one was a reuse");
}
