//! What the state of an account does to sign-in.

use super::*;
use erynoa_events::link_message;

async fn set(house: &House, change: impl FnOnce(Account) -> Account) {
    let before = house.account().await.expect("is there");
    let version = before.version;
    let changed = house.accounts.update(change(before), version).await.expect("write");
    assert_eq!(changed, Change::Done);
}

#[tokio::test]
async fn a_disabled_account_stops_tokens_refresh_and_sign_in_at_once() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let principal = house.verify(access(&signed_in)).await.expect("is valid");
    set(&house, |account| Account { status: AccountStatus::Disabled, ..account }).await;
    assert_eq!(token_code(house.verify(access(&signed_in)).await), "ACCOUNT_DISABLED");
    assert_eq!(code(house.auth.sign_in_again(&principal).await), "ACCOUNT_DISABLED");
    assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), "ACCOUNT_DISABLED");
    assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), "REFRESH_TOKEN_INVALID");
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    assert_eq!(code(house.try_sign_in(answer).await), "ACCOUNT_DISABLED");
    set(&house, |account| Account { status: AccountStatus::Active, ..account }).await;
    assert_eq!(token_code(house.verify(access(&signed_in)).await), "INVALID_TOKEN");
    house.sign_in().await;
}

#[tokio::test]
async fn a_deleted_account_leaves_no_token_good() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let account = house.account().await.expect("is there");
    let deleted = house.accounts.delete(&account.id, account.version).await.expect("write");
    assert_eq!(deleted, Change::Done);
    assert_eq!(token_code(house.verify(access(&signed_in)).await), "INVALID_TOKEN");
    assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), "REFRESH_TOKEN_INVALID");
}

#[tokio::test]
async fn being_seen_is_written_down_once_a_minute() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let seen = async || house.account().await.expect("is there").last_seen_at_us;
    assert_eq!(seen().await, START_US);
    for (delay_us, expected) in [(60 * SECOND_US - 1, START_US), (1, START_US + 60 * SECOND_US)] {
        house.wait(delay_us);
        house.verify(access(&signed_in)).await.expect("is valid");
        assert_eq!(seen().await, expected);
    }
    assert_eq!(house.account().await.expect("is there").version, 1);
}

#[tokio::test]
async fn where_a_provider_makes_accounts_a_key_needs_one() {
    let house = House::with(LocalAuthConfig { identities_make_accounts: false, ..config() }, 99);
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    assert_eq!(code(house.try_sign_in(answer).await), "ACCOUNT_REQUIRED");
    assert_eq!(house.account().await, None);
    let linked = Account {
        identity: Some(house.person),
        ..Account::new(erynoa_access::AccountId::from_bytes([7; 16]), Roles::NONE, 1)
    };
    house.accounts.insert(linked.clone()).await.expect("write");
    assert_eq!(house.sign_in().await.account.id, linked.id);
}

#[tokio::test]
async fn an_answer_to_link_does_not_sign_in_nor_the_other_way_round() {
    let house = House::new();
    let linking = |challenge: Challenge| {
        let message = link_message(&challenge.challenge, &house.person, ORIGIN);
        KeyProof { signature: house.device.sign(&message), ..house.answer(challenge) }
    };
    let challenge = async || house.challenge(house.person, ORIGIN).await;
    assert_eq!(code(house.auth.prove(Purpose::Link, &linking(challenge().await)).await), "ok");
    let link_as_sign_in = house.try_sign_in(linking(challenge().await)).await;
    assert_eq!(code(link_as_sign_in), "SIGN_IN_SIGNATURE_INVALID");
    let sign_in_as_link = house.auth.prove(Purpose::Link, &house.answer(challenge().await)).await;
    assert_eq!(code(sign_in_as_link), "SIGN_IN_SIGNATURE_INVALID");
}

#[tokio::test]
async fn a_session_says_where_it_came_from_in_at_most_256_bytes() {
    let house = House::new();
    let answer = house.answer(house.challenge(house.person, ORIGIN).await);
    let from = SeenFrom { user_agent: "ü".repeat(129), address: "192.0.2.1".to_owned() };
    let session = house.auth.sign_in(&answer, from).await.expect("signs in").session;
    assert_eq!(session.user_agent, "ü".repeat(128));
    assert_eq!(session.address, "192.0.2.1");
    assert_eq!(session.method, SignInMethod::DeviceKey(house.device.public_key()));
}
