//! What is no token, however much it looks like one.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::KeySize;
use erynoa_access::IdentityProvider as _;
use erynoa_kernel::FixedClock;
use erynoa_zitadel::{OidcConfig, OidcProvider, TOKEN_MOST_BYTES};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::forge::{Key, NOW_S, access_claims, encode, id_claims, logout_claims, with};
use crate::stand_in::{House, reason};

fn header_with(key: &Key, name: &str, value: Value) -> Value {
    with(key.header(), name, value)
}

#[tokio::test]
async fn every_forged_header_is_refused_for_its_own_reason() {
    let key = Key::rsa("r", KeySize::Rsa2048);
    let ed = Key::ed("d");
    let stranger = Key::rsa("r", KeySize::Rsa2048);
    let house = House::new(&[&key, &ed]).await;
    let claims = access_claims(&house.issuer);
    let good = key.access(&claims);
    house.access(&good).await.expect("the one that is forged from here is good");
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let header = |name, value| key.token_of(&header_with(&key, name, value), &claims);
    let unsigned = |algorithm: &str| {
        let header = header_with(&key, "alg", json!(algorithm));
        format!("{}.{}", encode(header.to_string()), encode(claims.to_string()))
    };
    // The oldest trick: the public key, which everybody has, as a shared secret.
    let by_public_key = {
        let signed = unsigned("HS256");
        let secret = hmac::Key::new(hmac::HMAC_SHA256, key.jwk().to_string().as_bytes());
        format!("{signed}.{}", encode(hmac::sign(&secret, signed.as_bytes())))
    };
    let confused = ed.token_of(&header_with(&ed, "kid", json!("r")), &claims);
    let not_three = "not a token";
    for (token, why) in [
        (format!("{}.", unsigned("none")), "algorithm"),
        (header("alg", json!("none")), "algorithm"),
        (header("alg", json!("None")), "algorithm"),
        (by_public_key, "algorithm"),
        (header("alg", json!("RS512")), "algorithm"),
        (header("alg", json!("PS256")), "algorithm"),
        (header("alg", json!(["RS256"])), "algorithm"),
        (header("alg", json!(null)), "algorithm"),
        (header("alg", json!("ES256")), "signature"),
        (header("alg", json!("EdDSA")), "signature"),
        (header("kid", json!(null)), "no kid"),
        (header("kid", json!("")), "no kid"),
        (header("kid", json!(7)), "no kid"),
        (header("kid", json!("k".repeat(257))), "no kid"),
        (header("kid", json!("unknown")), "unknown kid"),
        (header("kid", json!("d")), "signature"),
        (confused, "signature"),
        (header("crit", json!(["exp"])), "critical extensions"),
        (header("crit", json!([])), "critical extensions"),
        (header("typ", json!("logout+jwt")), "typ is of another kind of token"),
        (header("typ", json!("dpop+jwt")), "typ is of another kind of token"),
        (header("typ", json!(["at+jwt"])), "typ"),
        // Keys that come along do not vouch for themselves.
        (stranger.token_of(&header_with(&stranger, "jwk", stranger.jwk()), &claims), "signature"),
        (
            stranger.token_of(
                &header_with(&stranger, "jku", json!(format!("{}/jwks", house.address))),
                &claims,
            ),
            "signature",
        ),
        (stranger.token_of(&header_with(&stranger, "x5c", json!(["MIIB"])), &claims), "signature"),
        (stranger.access(&claims), "signature"),
        (signed.to_owned() + ".", "signature"),
        (format!("{signed}.{}", &signature[..signature.len() - 6]), "signature"),
        (format!("{good}="), "not base64url"),
        (good.replace('.', "+."), "not base64url"),
        (format!("..{signature}"), "not an unambiguous JSON object"),
        (key.token_of_text("[]", &claims.to_string()), "not an unambiguous JSON object"),
        (
            key.token_of_text(r#"{"alg":"none","alg":"RS256","kid":"r"}"#, &claims.to_string()),
            "not an unambiguous JSON object",
        ),
    ] {
        assert_eq!(reason(house.access(&token).await), why, "{token}");
    }
    for token in ["", ".", "a.b", signed, &format!("{good}.x"), not_three] {
        reason(house.access(token).await);
        reason(house.id(token).await);
        reason(house.provider.verify_logout_token(token).await);
    }
    house.access(&good).await.expect("and it still is");
    for name in ["jwk", "jku", "x5c", "x5u"] {
        house.access(&header(name, json!("ignored"))).await.expect("our key signed");
    }
    for typ in [json!("JWT"), json!("application/at+jwt"), json!(null)] {
        house.access(&header("typ", typ)).await.expect("a kind of access token");
    }
}

#[tokio::test]
async fn every_forged_claim_is_refused_for_its_own_reason() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let good = access_claims(&house.issuer);
    for (name, value, why) in [
        ("iss", json!(format!("{}/", house.issuer)), "iss"),
        ("iss", json!("https://evil.example"), "iss"),
        ("iss", json!(null), "iss"),
        ("iss", json!([house.issuer]), "a claim is not a text or too long"),
        ("aud", json!("platform"), "aud"),
        ("aud", json!(["platform", "erynoa2"]), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(["erynoa", 5]), "aud"),
        ("aud", json!(null), "aud"),
        ("azp", json!("stranger"), "azp"),
        ("azp", json!(null), "several audiences and no azp"),
        ("sub", json!(null), "no sub"),
        ("sub", json!(""), "no sub"),
        ("sub", json!("s".repeat(513)), "a claim is not a text or too long"),
        ("exp", json!(null), "no exp"),
        ("exp", json!("9999999999"), "a time is not in whole seconds since 1970"),
        ("exp", json!(1e300), "a time is not in whole seconds since 1970"),
        ("exp", json!(-1), "a time is not in whole seconds since 1970"),
        ("exp", json!(u64::MAX), "a time is not in whole seconds since 1970"),
        ("exp", json!(NOW_S - 60), "expired"),
        ("iat", json!(null), "no iat"),
        ("iat", json!(NOW_S + 61), "issued in the future"),
        ("nbf", json!(NOW_S + 61), "not valid yet"),
        ("nonce", json!("n"), "no access token"),
        ("at_hash", json!("x"), "no access token"),
        ("events", json!({}), "no access token"),
    ] {
        let token = key.access(&with(good.clone(), name, value.clone()));
        assert_eq!(reason(house.access(&token).await), why, "{name} = {value}");
    }
    // Before there was azp, the client was told by client_id.
    let by_client = with(with(good.clone(), "azp", json!(null)), "client_id", json!("console"));
    house.access(&key.access(&by_client)).await.expect("one of our clients");
    let by_stranger = with(by_client, "client_id", json!("stranger"));
    assert_eq!(reason(house.access(&key.access(&by_stranger)).await), "azp");
    for text in [
        r#"{"sub":"1","sub":"2"}"#.to_owned(),
        format!(r#"{{"x":{{"a":1,"a":2}},{}"#, &good.to_string()[1..]),
        format!("{good} "),
        format!("{good}{good}"),
        "[".repeat(10_000),
        format!(r#"{{"x":{}{}}}"#, "[".repeat(5000), "]".repeat(5000)),
        r#"{"a":"#.repeat(2000),
    ] {
        let token = key.token_of_text(&key.header().to_string(), &text);
        let trailing_space = text.ends_with(' ');
        match house.access(&token).await {
            Ok(_) => assert!(trailing_space, "{text}"),
            refused => assert_eq!(reason(refused), "not an unambiguous JSON object", "{text}"),
        }
    }
}

#[tokio::test]
async fn an_id_token_is_for_one_client_and_no_access_token() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let good = id_claims(&house.issuer);
    house.id(&key.plain(&good)).await.expect("good");
    for (name, value, why) in [
        ("iss", json!("https://evil.example"), "iss"),
        ("aud", json!("console"), "aud"),
        ("aud", json!(["platform", "other"]), "several audiences and no azp"),
        ("azp", json!("console"), "azp"),
        ("exp", json!(NOW_S - 60), "expired"),
        ("nonce", json!(5), "a claim is not a text or too long"),
        ("events", json!({}), "an event is no ID token"),
    ] {
        let token = key.plain(&with(good.clone(), name, value.clone()));
        assert_eq!(reason(house.id(&token).await), why, "{name} = {value}");
    }
    let several =
        with(with(good.clone(), "aud", json!(["platform", "other"])), "azp", json!("platform"));
    house.id(&key.plain(&several)).await.expect("azp says whose it is");
    let token = key.plain(&good);
    let stranger = house.provider.verify_id_token(&token, "stranger").await;
    assert_eq!(reason(stranger), "not one of our clients");
    let as_access = with(with(good, "aud", json!("erynoa")), "azp", json!("platform"));
    assert_eq!(reason(house.access(&key.plain(&as_access)).await), "no access token");
    let access = key.access(&access_claims(&house.issuer));
    assert_eq!(reason(house.id(&access).await), "typ is of another kind of token");
}

#[tokio::test]
async fn only_a_logout_token_logs_out() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let good = logout_claims(&house.issuer);
    for (name, value, why) in [
        ("iss", json!("https://evil.example"), "iss"),
        ("aud", json!("erynoa"), "aud"),
        ("exp", json!(NOW_S - 60), "expired"),
        ("exp", json!(null), "no exp"),
        ("iat", json!(null), "no iat"),
        ("jti", json!(null), "no jti"),
        ("jti", json!(""), "no jti"),
        ("nonce", json!("n"), "a logout token has no nonce"),
        ("events", json!(null), "not the event of a logout"),
        ("events", json!({}), "not the event of a logout"),
        (
            "events",
            json!({ "http://schemas.openid.net/event/backchannel-logout": true }),
            "not the event of a logout",
        ),
    ] {
        let token = key.plain(&with(good.clone(), name, value.clone()));
        let refused = house.provider.verify_logout_token(&token).await;
        assert_eq!(reason(refused), why, "{name} = {value}");
    }
    let nobody = with(with(good.clone(), "sub", json!(null)), "sid", json!(null));
    let refused = house.provider.verify_logout_token(&key.plain(&nobody)).await;
    assert_eq!(reason(refused), "neither sub nor sid");
    let id = key.plain(&id_claims(&house.issuer));
    let refused = house.provider.verify_logout_token(&id).await;
    assert_eq!(reason(refused), "not the event of a logout");
    house.provider.verify_logout_token(&key.plain(&good)).await.expect("none of these used it up");
}

#[tokio::test]
async fn keys_that_must_not_sign_do_not_count() {
    let (encrypting, weak) = (Key::ed("enc"), Key::rsa("weak", KeySize::Rsa2048));
    let (nameless, other_algorithm) = (Key::ed("nameless"), Key::ec("alg"));
    let good = Key::ed("good");
    let house = House::new(&[&good]).await;
    {
        let mut behaviour = house.behaviour();
        behaviour.keys.push(with(encrypting.jwk(), "use", json!("enc")));
        behaviour.keys.push(with(nameless.jwk(), "kid", json!(null)));
        behaviour.keys.push(with(other_algorithm.jwk(), "alg", json!("ES384")));
        behaviour.keys.push(with(weak.jwk(), "n", json!(encode([0xab; 128]))));
        behaviour.keys.push(json!({ "kty": "unheard of", "kid": "x" }));
        behaviour.keys.push(json!("no key"));
    }
    let claims = access_claims(&house.issuer);
    for (key, why) in [
        (&encrypting, "unknown kid"),
        (&nameless, "unknown kid"),
        (&weak, "unknown kid"),
        (&other_algorithm, "signature"),
    ] {
        assert_eq!(reason(house.access(&key.access(&claims)).await), why, "{}", key.id);
    }
    house.access(&good.access(&claims)).await.expect("the others do no harm");
}

#[tokio::test]
async fn an_algorithm_that_the_provider_does_not_announce_is_refused() {
    let (key, ec) = (Key::ed("d"), Key::ec("e"));
    let house = House::new(&[&key, &ec]).await;
    house.behaviour().algorithms = vec!["ES256".into(), "HS256".into(), "none".into()];
    let claims = access_claims(&house.issuer);
    let refused = house.access(&key.access(&claims)).await;
    assert_eq!(reason(refused), "algorithm is not the provider's");
    house.access(&ec.access(&claims)).await.expect("announced");
}

#[tokio::test]
async fn a_token_above_16_kib_is_refused_unread() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let base = key.access(&access_claims(&house.issuer)).len();
    let padded = |length: usize| {
        // Base64url makes 4 characters of 3 bytes.
        let padding = (length - base) / 4 * 3 - 12;
        key.access(&with(access_claims(&house.issuer), "pad", json!("x".repeat(padding))))
    };
    let largest = padded(TOKEN_MOST_BYTES);
    assert!(largest.len() <= TOKEN_MOST_BYTES && largest.len() > TOKEN_MOST_BYTES - 32);
    house.access(&largest).await.expect("good");
    let asked = house.behaviour().asked;
    for token in [padded(TOKEN_MOST_BYTES + 64), "x".repeat(TOKEN_MOST_BYTES + 1)] {
        assert_eq!(reason(house.access(&token).await), "longer than 16 KiB");
        assert_eq!(reason(house.id(&token).await), "longer than 16 KiB");
        assert_eq!(reason(house.provider.verify_logout_token(&token).await), "longer than 16 KiB");
    }
    assert_eq!(house.behaviour().asked, asked);
    assert!(house.behaviour().introspected.is_empty());
}

#[tokio::test]
async fn a_token_that_differs_in_any_one_letter_is_refused() {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let good = key.access(&access_claims(&house.issuer)).into_bytes();
    for position in 0..good.len() {
        if good[position] == b'.' {
            continue;
        }
        let old = LETTERS.iter().position(|letter| *letter == good[position]).expect("base64url");
        // The neighbour differs in the last bit, the other one in the first.
        for flip in [1, 32] {
            let mut token = good.clone();
            token[position] = LETTERS[old ^ flip];
            let token = String::from_utf8(token).expect("ASCII");
            reason(house.access(&token).await);
        }
    }
    for length in 0..good.len() {
        let cut = std::str::from_utf8(&good[..length]).expect("ASCII");
        reason(house.access(cut).await);
    }
}

/// A verifier whose provider does not answer.
static NOBODY: LazyLock<(Runtime, OidcProvider)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let config = OidcConfig::new("http://127.0.0.1:9", vec!["platform".into()]);
    let provider = OidcProvider::new(config, Arc::new(FixedClock::at(0))).expect("good");
    (runtime, provider)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_bytes_come_nothing_but_a_token_is_accepted(
        header in ".{0,60}",
        payload in ".{0,60}",
        signature in proptest::collection::vec(any::<u8>(), 0..80),
        opaque in "\\PC{0,80}",
    ) {
        let (runtime, provider) = &*NOBODY;
        let token = format!("{}.{}.{}", encode(header), encode(payload), encode(signature));
        for token in [&token, &opaque] {
            runtime.block_on(provider.verify_access_token(token)).expect_err("no token");
            runtime.block_on(provider.verify_id_token(token, "platform")).expect_err("no token");
            runtime.block_on(provider.verify_logout_token(token)).expect_err("no token");
        }
    }
}
