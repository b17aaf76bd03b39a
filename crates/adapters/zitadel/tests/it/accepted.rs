//! What good tokens say.

use std::sync::Arc;

use aws_lc_rs::rsa::KeySize;
use erynoa_access::{IdentityProvider as _, Role, Roles};
use erynoa_zitadel::{OidcConfig, OidcProvider};
use serde_json::json;

use crate::forge::{
    Key, NOW_S, NOW_US, ROLES, access_claims, encode, id_claims, logout_claims, with,
};
use crate::stand_in::{House, reason};

#[tokio::test]
async fn each_algorithm_is_verified_by_its_key() {
    let keys = [Key::rsa("r", KeySize::Rsa2048), Key::ec("e"), Key::ed("d")];
    let house = House::new(&[&keys[0], &keys[1], &keys[2]]).await;
    for key in &keys {
        let token = key.access(&access_claims(&house.issuer));
        let claims = house.access(&token).await.unwrap_or_else(|error| {
            panic!("{}: {error}", key.algorithm());
        });
        assert_eq!(claims.subject, "100000000000000003");
        assert_eq!(claims.roles, Roles::NONE.with(Role::Member));
    }
}

#[tokio::test]
async fn an_id_token_says_who_it_is() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let claims = house.id(&key.plain(&id_claims(&house.issuer))).await.expect("good");
    assert_eq!(claims.issuer, house.issuer);
    assert_eq!(claims.email, "mia@erynoa.example");
    assert_eq!(claims.name, "Mia Müller");
    assert_eq!(claims.language, "de");
    assert_eq!(claims.session.as_deref(), Some("s-1"));
    assert_eq!(claims.nonce.as_deref(), Some("n-1"));
    assert_eq!(claims.issued_at_us, NOW_US);
    assert_eq!(claims.expires_at_us, NOW_US + 600_000_000);
    assert_eq!(claims.roles, Roles::NONE.with(Role::Member).with(Role::Operator));
}

#[tokio::test]
async fn what_is_not_known_of_a_person_stays_empty() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    for (name, value) in [
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
        ("email_verified", json!(null)),
        ("email", json!(17)),
    ] {
        let claims = with(id_claims(&house.issuer), name, value.clone());
        let claims = house.id(&key.plain(&claims)).await.expect("good");
        assert_eq!(claims.email, "", "{name} = {value}");
    }
    for (locale, language) in [("fr", ""), ("EN", "en"), ("de_AT", "de"), ("deutsch", "")] {
        let claims = with(id_claims(&house.issuer), "locale", json!(locale));
        let claims = house.id(&key.plain(&claims)).await.expect("good");
        assert_eq!(claims.language, language, "{locale}");
    }
    let long = format!(" <b>\r\nEve\u{0}{} ", "ü".repeat(600));
    let claims = with(id_claims(&house.issuer), "name", json!(long));
    let name = house.id(&key.plain(&claims)).await.expect("good").name;
    assert!(name.starts_with("<b>Eveü") && name.len() <= 512, "{name}");
}

#[tokio::test]
async fn roles_come_as_zitadel_has_them_or_as_a_list_from_the_configured_claim() {
    let key = Key::ed("d");
    let house = House::with(&[&key], |config| config.roles_claim = "roles".into()).await;
    let member = Roles::NONE.with(Role::Member);
    for (value, expected) in [
        (json!({ "member": { "1": "x" } }), member),
        (json!(["member", "king", 5]), member),
        (json!({ "Member": {} }), Roles::NONE),
        (json!("member"), Roles::NONE),
        (json!(null), Roles::NONE),
    ] {
        let claims = with(access_claims(&house.issuer), "roles", value.clone());
        let claims = with(claims, ROLES, json!({ "operator": {} }));
        assert_eq!(
            house.access(&key.access(&claims)).await.expect("good").roles,
            expected,
            "{value}"
        );
    }
}

#[tokio::test]
async fn times_are_good_within_a_minute_of_leeway_and_not_beyond() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    for (name, good, bad, why) in [
        ("exp", NOW_S - 59, NOW_S - 60, "expired"),
        ("nbf", NOW_S + 60, NOW_S + 61, "not valid yet"),
        ("iat", NOW_S + 60, NOW_S + 61, "issued in the future"),
    ] {
        let token = |time: u64| key.access(&with(access_claims(&house.issuer), name, json!(time)));
        house.access(&token(good)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(reason(house.access(&token(bad)).await), why, "{name}");
    }
}

#[tokio::test]
async fn a_remembered_token_ends_when_it_expires() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let token = key.access(&access_claims(&house.issuer));
    house.access(&token).await.expect("good");
    house.clock.set(NOW_US + 660_000_000 - 1);
    house.access(&token).await.expect("still good, by leeway");
    house.clock.set(NOW_US + 660_000_000);
    assert_eq!(reason(house.access(&token).await), "expired");
}

#[tokio::test]
async fn without_configured_audiences_the_clients_are_the_audience() {
    let key = Key::ed("d");
    let house = House::with(&[&key], |config| config.audiences = Vec::new()).await;
    let token =
        |audience: &str| key.access(&with(access_claims(&house.issuer), "aud", json!(audience)));
    house.access(&token("console")).await.expect("a client");
    assert_eq!(reason(house.access(&token("erynoa")).await), "aud");
}

#[tokio::test]
async fn a_logout_token_counts_once_within_its_life() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let token = key.plain(&logout_claims(&house.issuer));
    let logout = house.provider.verify_logout_token(&token).await.expect("good");
    assert_eq!(logout.issuer, house.issuer);
    assert_eq!(logout.subject.as_deref(), Some("100000000000000003"));
    assert_eq!(logout.session.as_deref(), Some("s-1"));
    assert_eq!(reason(house.provider.verify_logout_token(&token).await), "used before");
    // The same id in another token is the same logout.
    let again = key.plain(&with(logout_claims(&house.issuer), "sid", json!("s-2")));
    assert_eq!(reason(house.provider.verify_logout_token(&again).await), "used before");
    let other = key.plain(&with(logout_claims(&house.issuer), "jti", json!("l-2")));
    house.provider.verify_logout_token(&other).await.expect("another one");
}

#[tokio::test]
async fn a_logout_may_name_only_a_session_or_only_a_person() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    for (number, missing) in ["sub", "sid"].into_iter().enumerate() {
        let claims = with(logout_claims(&house.issuer), missing, json!(null));
        let token = key.plain(&with(claims, "jti", json!(format!("l-{number}"))));
        let logout = house.provider.verify_logout_token(&token).await.expect("good");
        assert_eq!(logout.subject.is_none(), missing == "sub");
        assert_eq!(logout.session.is_none(), missing == "sid");
    }
}

#[tokio::test]
async fn introspection_is_asked_by_our_client_and_believed_for_a_minute() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let told = with(access_claims(&house.issuer), "active", json!(true));
    house.behaviour().opaque.insert("opaque-1".into(), told.clone());
    for _ in 0..3 {
        let claims = house.access("opaque-1").await.expect("active");
        assert_eq!(claims.roles, Roles::NONE.with(Role::Member));
    }
    // Both parts are form-encoded before they are joined (RFC 6749 §2.3.1).
    let by = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "a%3Api:s%25cret");
    assert_eq!(house.behaviour().introspected, [format!("Basic {by}")]);
    house.behaviour().opaque.clear();
    house.clock.set(NOW_US + 59_999_999);
    house.access("opaque-1").await.expect("believed");
    house.clock.set(NOW_US + 60_000_000);
    assert_eq!(reason(house.access("opaque-1").await), "not active");
    for (name, value, why) in [
        ("aud", json!("another"), "aud"),
        ("iss", json!("https://evil.example"), "iss"),
        ("exp", json!(NOW_S - 100), "expired"),
        ("active", json!("true"), "not active"),
    ] {
        house.behaviour().opaque.insert("opaque-2".into(), with(told.clone(), name, value));
        assert_eq!(reason(house.access("opaque-2").await), why);
    }
}

#[tokio::test]
async fn the_detour_to_the_issuer_goes_under_its_own_name() {
    let key = Key::ed("d");
    let outside = "https://id.erynoa.example:8443";
    let house = House::with(&[&key], |config| config.issuer = outside.into()).await;
    let metadata = house.provider.metadata().await.expect("reached by the detour");
    assert_eq!(metadata.issuer, outside);
    assert_eq!(metadata.authorization_endpoint, format!("{outside}/authorize"));
    assert_eq!(metadata.token_endpoint, format!("{outside}/token"));
    assert_eq!(metadata.end_session_endpoint, Some(format!("{outside}/end")));
    house.access(&key.access(&access_claims(outside))).await.expect("good");
    let claims = access_claims(&house.address);
    assert_eq!(reason(house.access(&key.access(&claims)).await), "iss");
    assert!(house.behaviour().hosts.iter().all(|host| host == "id.erynoa.example:8443"));
}

#[test]
fn a_configuration_that_cannot_work_is_found_at_start() {
    let good = || OidcConfig::new("https://id.erynoa.example", vec!["platform".into()]);
    let key = |change: fn(&mut OidcConfig)| {
        let mut config = good();
        change(&mut config);
        let clock = Arc::new(erynoa_kernel::FixedClock::at(0));
        OidcProvider::new(config, clock).map_or_else(|error| error.key, |_| "")
    };
    assert_eq!(key(|_| {}), "");
    for (found, expected) in [
        (key(|config| config.issuer = "id.erynoa.example".into()), "auth.issuer"),
        (key(|config| config.issuer = "ftp://id.erynoa.example".into()), "auth.issuer"),
        (key(|config| config.issuer = "https://id.example?x=1".into()), "auth.issuer"),
        (key(|config| config.issuer = "https://u:p@id.example".into()), "auth.issuer"),
        (key(|config| config.internal_issuer = Some("zitadel".into())), "auth.internal_issuer"),
        (key(|config| config.client_ids.clear()), "auth.client_id"),
        (key(|config| config.client_ids.push(String::new())), "auth.client_id"),
        (key(|config| config.audiences.push(String::new())), "auth.audiences"),
        (key(|config| config.roles_claim.clear()), "auth.roles_claim"),
        (key(|config| config.jwks_cache_s = 0), "auth.jwks_cache_s"),
    ] {
        assert_eq!(found, expected);
    }
    assert_eq!(encode([0xff, 0xfe]), "__4", "tests forge in base64url");
}
