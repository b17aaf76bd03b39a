//! Laws of [`ManaAccounts`]. Hang all of them on an adapter with
//! [`mana_accounts_contract!`](crate::mana_accounts_contract).
//!
//! A factory is an expression that gives a pair: an adapter in an `Arc` that
//! remembers nobody yet, and whatever it lives in, which stays alive through
//! the test.

use std::sync::Arc;

use erynoa_kernel::{IdentityId, RealmId};

use crate::{Allowance, ManaAccounts, ManaEmpty, Payer};

const NOW_US: u64 = 1_700_000_000_000_000;
const SECOND_US: u64 = 1_000_000;

fn root(number: u8) -> Payer {
    Payer::Root(IdentityId::from_bytes([number; 32]))
}

/// At most 10 000, and 100 a second.
fn least() -> Allowance {
    Allowance::of(0)
}

async fn take(
    mana: &dyn ManaAccounts,
    payer: Payer,
    allowance: Allowance,
    price: u64,
    now_us: u64,
) -> Result<u64, ManaEmpty> {
    let said = mana.take_each(payer, allowance, &[price], now_us).await.expect("write");
    let [said] = said[..] else { panic!("one price has one answer, not {said:?}") };
    said
}

/// Law.
pub async fn an_unknown_account_is_full(mana: Arc<dyn ManaAccounts>) {
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 10_000);
    mana.give_back(root(1), least(), 50, NOW_US).await.expect("write");
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 10_000);
    let best = Allowance::of(1_000_000);
    assert_eq!(mana.left(root(1), best, NOW_US).await.expect("read"), 1_010_000);
}

/// Law.
pub async fn what_is_taken_is_gone_and_comes_back_with_time(mana: Arc<dyn ManaAccounts>) {
    let left = take(&*mana, root(1), least(), 4_000, NOW_US).await;
    assert_eq!(left, Ok(6_000));
    for (after_us, left) in [(0, 6_000), (SECOND_US, 6_100), (39 * SECOND_US, 9_900)] {
        let found = mana.left(root(1), least(), NOW_US + after_us).await.expect("read");
        assert_eq!(found, left, "after {after_us} µs");
    }
    let found = mana.left(root(1), least(), NOW_US + 86_400 * SECOND_US).await.expect("read");
    assert_eq!(found, 10_000);
}

/// Law.
pub async fn too_much_takes_nothing_and_says_when(mana: Arc<dyn ManaAccounts>) {
    take(&*mana, root(1), least(), 9_990, NOW_US).await.expect("there is enough");
    for _ in 0..2 {
        let refused = take(&*mana, root(1), least(), 110, NOW_US).await;
        let empty = ManaEmpty { price: 110, left: 10, max: 10_000, retry_after_ms: Some(1_000) };
        assert_eq!(refused, Err(empty));
    }
    let never = take(&*mana, root(1), least(), 10_001, NOW_US).await;
    assert_eq!(never.expect_err("more than it ever holds").retry_after_ms, None);
    let later = take(&*mana, root(1), least(), 110, NOW_US + SECOND_US).await;
    assert_eq!(later, Ok(0));
}

/// Law.
pub async fn of_several_prices_each_is_taken_that_there_is_enough_for(mana: Arc<dyn ManaAccounts>) {
    let prices = [4_000, 7_000, 6_000, 1, 0];
    let said = mana.take_each(root(1), least(), &prices, NOW_US).await.expect("write");
    let empty = |price, left, retry_after_ms| {
        Err(ManaEmpty { price, left, max: 10_000, retry_after_ms: Some(retry_after_ms) })
    };
    let expected = [Ok(6_000), empty(7_000, 6_000, 10_000), Ok(0), empty(1, 0, 10), Ok(0)];
    assert_eq!(said, expected);
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 0);
    let none = mana.take_each(root(1), least(), &[], NOW_US).await.expect("write");
    assert_eq!(none, []);
}

/// Law.
pub async fn what_is_given_back_is_there_again(mana: Arc<dyn ManaAccounts>) {
    take(&*mana, root(1), least(), 500, NOW_US).await.expect("there is enough");
    mana.give_back(root(1), least(), 200, NOW_US).await.expect("write");
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 9_700);
    mana.give_back(root(1), least(), u64::MAX, NOW_US).await.expect("write");
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 10_000);
}

/// Law.
pub async fn accounts_are_apart(mana: Arc<dyn ManaAccounts>) {
    // The same bytes name a realm and an identity.
    let newcomers = Payer::Newcomers(RealmId::from_bytes([1; 32]));
    for payer in [root(1), root(2), newcomers] {
        let left = take(&*mana, payer, least(), 9_000, NOW_US).await;
        assert_eq!(left, Ok(1_000), "{payer:?}");
    }
}

/// Law.
pub async fn a_smaller_allowance_holds_at_once(mana: Arc<dyn ManaAccounts>) {
    let best = Allowance::of(1_000_000);
    let left = take(&*mana, root(1), best, 1, NOW_US).await;
    assert_eq!(left, Ok(1_009_999));
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 10_000);
    let left = take(&*mana, root(1), least(), 1, NOW_US).await;
    assert_eq!(left, Ok(9_999));
    assert_eq!(mana.left(root(1), best, NOW_US).await.expect("read"), 9_999);
}

/// Law.
pub async fn time_that_runs_backwards_gives_nothing(mana: Arc<dyn ManaAccounts>) {
    take(&*mana, root(1), least(), 5_000, NOW_US).await.expect("there is enough");
    let past_us = NOW_US - 60 * SECOND_US;
    let left = take(&*mana, root(1), least(), 1_000, past_us).await;
    assert_eq!(left, Ok(4_000));
    assert_eq!(mana.left(root(1), least(), NOW_US).await.expect("read"), 4_000);
}

/// Hangs every law of [`ManaAccounts`] on an adapter, one test per law.
#[macro_export]
macro_rules! mana_accounts_contract {
    ($factory:expr) => {
        $crate::__laws! { $factory,
            an_unknown_account_is_full
            what_is_taken_is_gone_and_comes_back_with_time
            too_much_takes_nothing_and_says_when
            of_several_prices_each_is_taken_that_there_is_enough_for
            what_is_given_back_is_there_again
            accounts_are_apart
            a_smaller_allowance_holds_at_once
            time_that_runs_backwards_gives_nothing
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($factory:expr, $($law:ident)+) => {
        mod contract_of_mana_accounts {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the accounts live in.
                    let (accounts, _home) = $factory;
                    $crate::contract::$law(accounts).await;
                }
            )+
        }
    };
}
