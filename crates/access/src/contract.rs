//! Laws of [`AccountStore`] and [`SessionStore`]. Hang all of them on an
//! adapter with [`account_store_contract!`](crate::account_store_contract) and
//! [`session_store_contract!`](crate::session_store_contract).
//!
//! A factory is an expression that gives a pair: an empty store in an `Arc`,
//! and whatever it lives in, which stays alive through the test.

use std::sync::Arc;

use erynoa_kernel::{IdentityId, PublicKey, StoreErrorKind};

use crate::{
    AccountId, AccountStore, RefreshHash, Role, Roles, Rotation, Session, SessionId, SessionStore,
};

fn account(number: u8) -> AccountId {
    IdentityId::from_bytes([number; 32])
}

fn refresh(number: u8) -> RefreshHash {
    RefreshHash::from_bytes([number; 32])
}

fn session(number: u8) -> Session {
    Session {
        id: SessionId::from_bytes([number; 16]),
        identity: account(7),
        public_key: PublicKey::from_bytes([number ^ 0xff; 32]),
        created_at_us: 1_000 + u64::from(number),
        refreshed_at_us: 1_000 + u64::from(number),
        expires_at_us: 10_000,
    }
}

/// Law.
pub async fn an_unknown_account_has_no_roles(store: Arc<dyn AccountStore>) {
    assert_eq!(store.find_roles(&account(1)).await.expect("read"), None);
    assert!(!store.has_operator().await.expect("read"));
}

/// Law.
pub async fn granting_twice_is_granting_once(store: Arc<dyn AccountStore>) {
    let member = Roles::NONE.with(Role::Member);
    for _ in 0..2 {
        assert_eq!(store.grant_role(&account(1), Role::Member).await.expect("write"), member);
    }
    assert_eq!(store.find_roles(&account(1)).await.expect("read"), Some(member));
}

/// Law.
pub async fn a_granted_role_joins_those_before(store: Arc<dyn AccountStore>) {
    store.grant_role(&account(1), Role::Member).await.expect("write");
    let both = Roles::NONE.with(Role::Member).with(Role::Operator);
    assert_eq!(store.grant_role(&account(1), Role::Operator).await.expect("write"), both);
    assert_eq!(store.find_roles(&account(1)).await.expect("read"), Some(both));
    assert!(store.has_operator().await.expect("read"));
}

/// Law.
pub async fn exactly_one_becomes_the_first_operator(store: Arc<dyn AccountStore>) {
    store.grant_role(&account(3), Role::Member).await.expect("write");
    assert!(store.grant_first_operator(&account(3)).await.expect("write"));
    for number in [3, 4] {
        assert!(!store.grant_first_operator(&account(number)).await.expect("write"));
    }
    assert_eq!(store.find_roles(&account(4)).await.expect("read"), None);
    let both = Roles::NONE.with(Role::Member).with(Role::Operator);
    assert_eq!(store.find_roles(&account(3)).await.expect("read"), Some(both));
}

/// Law.
pub async fn accounts_are_listed_in_order_page_by_page(store: Arc<dyn AccountStore>) {
    for number in [5, 1, 4, 2, 3] {
        store.grant_role(&account(number), Role::Member).await.expect("write");
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.list(after, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|account| account.id));
    }
    assert_eq!(seen, (1..=5).map(account).collect::<Vec<_>>());
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
    assert!(store.delete(&session(1).id).await.expect("write"));
    assert!(!store.delete(&session(1).id).await.expect("write"));
    assert_eq!(store.find(&session(1).id).await.expect("read"), None);
    assert_eq!(store.list_of(&account(7)).await.expect("read"), []);
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
    assert_eq!(store.delete_expired(9_999).await.expect("write"), 0);
    assert_eq!(store.delete_expired(10_000).await.expect("write"), 2);
    assert_eq!(store.delete_expired(10_000).await.expect("write"), 0);
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
pub async fn sessions_of_an_identity_are_listed_oldest_first(store: Arc<dyn SessionStore>) {
    let stranger = Session { identity: account(8), ..session(9) };
    store.insert(stranger.clone(), refresh(9)).await.expect("write");
    for number in [2, 1, 3] {
        // The greatest id is the oldest session: the order is that of time.
        let aged = Session { created_at_us: 1_000 - u64::from(number), ..session(number) };
        store.insert(aged, refresh(number)).await.expect("write");
    }
    let listed = store.list_of(&account(7)).await.expect("read");
    let ids: Vec<_> = listed.iter().map(|session| session.id).collect();
    assert_eq!(ids, [3, 2, 1].map(|number| session(number).id));
    assert_eq!(store.list_of(&account(8)).await.expect("read"), [stranger]);
    assert_eq!(store.list_of(&account(9)).await.expect("read"), []);
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

/// Polls two futures in turns on one task, so that the crate needs no runtime.
async fn both<A, B>(a: A, b: B) -> (A::Output, B::Output)
where
    A: Future + Send,
    B: Future + Send,
{
    let mut a = Box::pin(a);
    let mut b = Box::pin(b);
    let (mut left, mut right) = (None, None);
    std::future::poll_fn(move |context| {
        use std::task::Poll;
        if left.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(context)
        {
            left = Some(output);
        }
        if right.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(context)
        {
            right = Some(output);
        }
        match (left.take(), right.take()) {
            (Some(left), Some(right)) => Poll::Ready((left, right)),
            (l, r) => {
                (left, right) = (l, r);
                Poll::Pending
            }
        }
    })
    .await
}

/// Hangs every law of [`AccountStore`] on an adapter, one test per law.
#[macro_export]
macro_rules! account_store_contract {
    ($factory:expr) => {
        $crate::__laws! { $factory,
            an_unknown_account_has_no_roles
            granting_twice_is_granting_once
            a_granted_role_joins_those_before
            exactly_one_becomes_the_first_operator
            accounts_are_listed_in_order_page_by_page
        }
    };
}

/// Hangs every law of [`SessionStore`] on an adapter, one test per law.
#[macro_export]
macro_rules! session_store_contract {
    ($factory:expr) => {
        $crate::__laws! { $factory,
            a_session_is_found_by_id_and_by_its_token
            a_taken_session_id_or_token_is_a_conflict
            rotation_replaces_the_token_and_moves_the_end
            a_used_token_ends_its_session
            an_unknown_or_expired_token_rotates_nothing
            a_deleted_session_leaves_nothing
            only_expired_sessions_and_tokens_are_swept
            sessions_of_an_identity_are_listed_oldest_first
            of_rotations_at_once_at_most_one_succeeds
        }
    };
}

/// One tokio test per law.
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($factory:expr, $($law:ident)+) => {
        $(
            #[tokio::test]
            async fn $law() {
                // The second half is whatever the store lives in.
                let (store, _home) = $factory;
                $crate::contract::$law(store).await;
            }
        )+
    };
}
