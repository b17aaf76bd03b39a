//! Laws of [`AccountStore`](crate::AccountStore),
//! [`SessionStore`](crate::SessionStore) and [`AuditLog`](crate::AuditLog). Hang
//! all of them on an adapter with
//! [`account_store_contract!`](crate::account_store_contract),
//! [`session_store_contract!`](crate::session_store_contract) and
//! [`audit_log_contract!`](crate::audit_log_contract).
//!
//! A factory is an expression that gives a pair: an empty store in an `Arc`,
//! and whatever it lives in, which stays alive through the test.

mod accounts;
mod audit;
mod sessions;

pub use accounts::*;
pub use audit::*;
pub use sessions::*;

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

/// Hangs every law of [`AccountStore`](crate::AccountStore) on an adapter, one
/// test per law.
#[macro_export]
macro_rules! account_store_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_account_store, $factory,
            an_account_is_found_by_everything_that_only_it_has
            what_only_one_account_may_have_is_a_conflict_in_a_second
            an_update_needs_the_newest_version_and_counts_it
            an_update_frees_what_the_account_had_before
            an_update_to_what_another_account_has_changes_nothing
            a_deleted_account_leaves_nothing
            an_admin_who_can_act_always_stays
            of_two_admins_who_leave_at_once_one_stays
            exactly_one_becomes_the_first_operator
            accounts_are_listed_newest_first_page_by_page
            a_filter_shows_exactly_what_matches
            being_seen_changes_nothing_else
        }
    };
}

/// Hangs every law of [`SessionStore`](crate::SessionStore) on an adapter, one
/// test per law.
#[macro_export]
macro_rules! session_store_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_session_store, $factory,
            a_session_is_found_by_id_and_by_its_token
            a_taken_session_id_or_token_is_a_conflict
            rotation_replaces_the_token_and_moves_the_end
            a_used_token_ends_its_session
            an_unknown_or_expired_token_rotates_nothing
            a_deleted_session_leaves_nothing
            only_expired_sessions_and_tokens_are_swept
            sessions_of_an_account_and_of_the_provider_end_together
            sessions_are_listed_newest_first_page_by_page
            of_rotations_at_once_at_most_one_succeeds
        }
    };
}

/// Hangs every law of [`AuditLog`](crate::AuditLog) on an adapter, one test per
/// law.
#[macro_export]
macro_rules! audit_log_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_audit_log, $factory,
            entries_are_numbered_from_zero_and_form_a_chain
            appends_at_once_leave_no_gap
            the_newest_entries_come_first_page_by_page
            a_list_shows_exactly_what_its_filter_matches
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($port:ident, $factory:expr, $($law:ident)+) => {
        mod $port {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the store lives in.
                    let (store, _home) = $factory;
                    $crate::contract::$law(store).await;
                }
            )+
        }
    };
}
