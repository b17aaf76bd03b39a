//! Access tokens and refresh tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[tokio::test]
async fn an_access_token_is_a_jwt_that_says_who_signed_in() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let segments: Vec<_> = access(&signed_in).split('.').collect();
    let json = |segment: &str| -> Value {
        serde_json::from_slice(&BASE64.decode(segment).expect("base64url")).expect("JSON")
    };
    let header = json(segments[0]);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("JWT")));
    assert!(header["kid"].as_str().is_some_and(|kid| kid.len() == 16));
    let expected = json!({
        "iss": ORIGIN, "aud": "erynoa",
        "sub": signed_in.account.id.to_string(), "sid": signed_in.session.id.to_string(),
        "roles": ["member"],
        "iat": START_US / SECOND_US, "nbf": START_US / SECOND_US, "exp": START_US / SECOND_US + 600,
    });
    assert_eq!(json(segments[1]), expected);
}

#[tokio::test]
async fn an_access_token_lives_for_its_ttl_and_a_minute_of_leeway() {
    for (delay_s, expected) in [(0, "ok"), (600 + 59, "ok"), (600 + 60, "INVALID_TOKEN")] {
        let house = House::new();
        let signed_in = house.sign_in().await;
        house.wait(delay_s * SECOND_US);
        assert_eq!(token_code(house.verify(access(&signed_in)).await), expected, "{delay_s} s");
    }
}

#[tokio::test]
async fn an_access_token_of_the_future_is_refused_beyond_the_leeway() {
    for (ahead_s, expected) in [(60, "ok"), (61, "INVALID_TOKEN")] {
        let house = House::new();
        let signed_in = house.sign_in().await;
        house.clock.set(START_US - ahead_s * SECOND_US);
        assert_eq!(token_code(house.verify(access(&signed_in)).await), expected, "{ahead_s} s");
    }
}

#[tokio::test]
async fn an_access_token_counts_only_where_it_was_made() {
    let token_of = |config, key| async move {
        let other = House::with(config, key);
        access(&other.sign_in().await).to_owned()
    };
    let house = House::new();
    // The same entropy, so each of these names a session that exists here.
    let _session = house.sign_in().await;
    let issuer = LocalAuthConfig { issuer: "https://other.example".into(), ..config() };
    let audience = LocalAuthConfig { audience: "other".into(), ..config() };
    assert_eq!(token_code(house.verify(&token_of(config(), 99).await).await), "ok");
    for foreign in [token_of(issuer, 99), token_of(audience, 99)] {
        assert_eq!(token_code(house.verify(&foreign.await).await), "INVALID_TOKEN");
    }
    assert_eq!(token_code(house.verify(&token_of(config(), 98).await).await), "INVALID_TOKEN");
}

#[tokio::test]
async fn a_token_without_an_algorithm_or_with_another_one_is_refused() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let (_, rest) = access(&signed_in).split_once('.').expect("a JWT");
    let (claims, signature) = rest.split_once('.').expect("a JWT");
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"EdDSA"}"#, ""] {
        let header = BASE64.encode(header);
        for token in [format!("{header}.{claims}."), format!("{header}.{claims}.{signature}")] {
            assert_eq!(token_code(house.verify(&token).await), "INVALID_TOKEN");
        }
    }
}

#[tokio::test]
async fn an_access_token_with_any_changed_byte_is_refused() {
    let house = House::new();
    let signed_in = house.sign_in().await;
    let token = access(&signed_in).as_bytes();
    for at in 0..token.len() {
        for replacement in [b'.', b'A', token[at] ^ 1, token[at] ^ 0x20] {
            if replacement == token[at] || !replacement.is_ascii() {
                continue;
            }
            let mut bent = token.to_vec();
            bent[at] = replacement;
            let bent = String::from_utf8(bent).expect("ASCII");
            assert_eq!(token_code(house.verify(&bent).await), "INVALID_TOKEN", "byte {at}");
        }
    }
    // Each end that decodes to the same bits in lax readers.
    for last in URL_SAFE.iter().filter(|last| **last != token[token.len() - 1]) {
        let mut bent = token.to_vec();
        *bent.last_mut().expect("not empty") = *last;
        let bent = String::from_utf8(bent).expect("ASCII");
        assert_eq!(token_code(house.verify(&bent).await), "INVALID_TOKEN");
    }
}

#[tokio::test]
async fn sign_out_stops_access_and_refresh_at_once() {
    let house = House::new();
    let (ended, other) = (house.sign_in().await, house.sign_in().await);
    house.auth.sign_out(&ended.session.id).await.expect("signs out");
    assert_eq!(token_code(house.verify(access(&ended)).await), "INVALID_TOKEN");
    assert_eq!(code(house.auth.refresh(refresh(&ended)).await), "REFRESH_TOKEN_INVALID");
    assert_eq!(token_code(house.verify(access(&other)).await), "ok");
}

#[tokio::test]
async fn a_refresh_renews_both_tokens_within_the_session() {
    let house = House::new();
    let first = house.sign_in().await;
    house.wait(3_600 * SECOND_US);
    assert_eq!(token_code(house.verify(access(&first)).await), "INVALID_TOKEN");
    let second = house.auth.refresh(refresh(&first)).await.expect("refreshes");
    assert_ne!(refresh(&first), refresh(&second));
    assert_eq!(first.session.id, second.session.id);
    let end = START_US + (3_600 + 2_592_000) * SECOND_US;
    assert_eq!(second.tokens.refresh_expires_at_us, end);
    assert_eq!(token_code(house.verify(access(&second)).await), "ok");
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session_for_both_holders() {
    let house = House::new();
    let first = house.sign_in().await;
    let second = house.auth.refresh(refresh(&first)).await.expect("refreshes");
    let reused = house.auth.refresh(refresh(&first)).await.expect_err("was used");
    assert!(
        matches!(&reused, SignInError::RefreshTokenReused(session) if session.id == first.session.id)
    );
    assert_eq!(Problem::from(reused).code, "REFRESH_TOKEN_REUSED");
    assert_eq!(code(house.auth.refresh(refresh(&second)).await), "REFRESH_TOKEN_INVALID");
    assert_eq!(token_code(house.verify(access(&second)).await), "INVALID_TOKEN");
}

#[tokio::test]
async fn a_refresh_token_lives_for_30_days_to_the_microsecond() {
    for (delay_us, expected) in
        [(2_592_000 * SECOND_US - 1, "ok"), (2_592_000 * SECOND_US, "REFRESH_TOKEN_INVALID")]
    {
        let house = House::new();
        let signed_in = house.sign_in().await;
        house.wait(delay_us);
        assert_eq!(code(house.auth.refresh(refresh(&signed_in)).await), expected);
        assert_eq!(house.auth.sweep().await.expect("sweeps"), u64::from(expected != "ok"));
    }
}

#[tokio::test]
async fn a_new_role_counts_at_once_and_a_new_session_takes_the_place_of_the_old() {
    let house = House::new();
    let before = house.sign_in().await;
    assert!(house.accounts.claim_first_operator(&before.account.id).await.expect("grants"));
    let principal = house.verify(access(&before)).await.expect("is valid");
    assert!(principal.roles.contains(Role::Operator) && principal.roles.contains(Role::Admin));
    let after = house.auth.sign_in_again(&principal).await.expect("signs in");
    let again = house.verify(access(&after)).await.expect("is valid");
    assert_eq!(again.roles, principal.roles);
    assert_eq!(token_code(house.verify(access(&before)).await), "INVALID_TOKEN");
    assert_eq!(code(house.auth.refresh(refresh(&before)).await), "REFRESH_TOKEN_INVALID");
}

#[test]
fn tokens_never_print_themselves() {
    let house = House::new();
    let signed_in = now(house.sign_in());
    let printed = format!("{signed_in:?} {:?}", house.auth);
    assert!(!printed.contains(access(&signed_in)) && !printed.contains(refresh(&signed_in)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_text_but_the_token_itself_is_a_refresh_token(
        text in "([A-Za-z0-9_-]{43}|[A-Za-z0-9_=-]{0,50}|.{0,60})",
        at in 0_usize..43,
        with in 0_usize..64,
    ) {
        let house = House::new();
        let signed_in = now(house.sign_in());
        let mut bent = refresh(&signed_in).as_bytes().to_vec();
        bent[at] = URL_SAFE[with];
        let bent = String::from_utf8(bent).expect("ASCII");
        for text in [text, bent, format!("{}=", refresh(&signed_in))] {
            prop_assume!(text != refresh(&signed_in));
            prop_assert_eq!(code(now(house.auth.refresh(&text))), "REFRESH_TOKEN_INVALID");
        }
        prop_assert_eq!(code(now(house.auth.refresh(refresh(&signed_in)))), "ok");
    }

    #[test]
    fn no_text_but_a_token_is_an_access_token(text in "([A-Za-z0-9_-]{0,80}\\.){0,4}[A-Za-z0-9_-]{0,90}|.{0,200}") {
        let house = House::new();
        prop_assert_eq!(token_code(now(house.verify(&text))), "INVALID_TOKEN");
    }
}
