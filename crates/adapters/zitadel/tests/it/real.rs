//! The laws of the identity provider's port, on a real provider: people sign in
//! by its page, and what it issues is verified.

use std::sync::Arc;

use erynoa_access::{IdentityProvider as _, ProviderMetadata, Role, Roles};
use erynoa_zitadel::{OidcConfig, OidcProvider};

use crate::real_flow::{Tokens, WallClock, ask, command, issuer, sign_in, verifier};
use crate::stand_in::reason;

const OPAQUE: Option<&str> = Some("urn:erynoa:opaque");

fn provider() -> OidcProvider {
    verifier(Arc::default())
}

async fn endpoints() -> ProviderMetadata {
    provider().metadata().await.expect("the provider answers")
}

async fn signed_in(user: &str) -> Tokens {
    let endpoints = endpoints().await;
    sign_in(&endpoints.authorization_endpoint, &endpoints.token_endpoint, user, None).await
}

async fn opaque(user: &str) -> Tokens {
    let endpoints = endpoints().await;
    sign_in(&endpoints.authorization_endpoint, &endpoints.token_endpoint, user, OPAQUE).await
}

#[tokio::test]
async fn the_metadata_says_where_to_go() {
    let metadata = endpoints().await;
    assert_eq!(metadata.issuer, issuer());
    let at_home = |url: &str| assert!(url.starts_with(&issuer()), "{url}");
    at_home(&metadata.authorization_endpoint);
    at_home(&metadata.token_endpoint);
    at_home(metadata.end_session_endpoint.as_deref().expect("people can sign out"));
}

#[tokio::test]
async fn who_signs_in_is_told_by_the_id_token() {
    let tokens = signed_in("mia").await;
    let claims =
        provider().verify_id_token(tokens.get("id_token"), "platform").await.expect("genuine");
    assert_eq!(claims.issuer, issuer());
    assert_eq!(claims.subject, "100000000000000003");
    assert_eq!(claims.email, "mia@erynoa.example");
    assert_eq!(claims.name, "Mia Müller");
    assert_eq!(claims.language, "de");
    assert_eq!(claims.roles, Roles::NONE.with(Role::Member));
    assert_eq!(claims.nonce.as_deref(), Some("nonce-of-the-app"));
    assert!(claims.expires_at_us > claims.issued_at_us);
}

#[tokio::test]
async fn what_is_not_vouched_for_is_not_taken_over() {
    let tokens = signed_in("uwe").await;
    let claims =
        provider().verify_id_token(tokens.get("id_token"), "platform").await.expect("genuine");
    assert_eq!(claims.email, "", "the address is not verified");
    assert_eq!(claims.language, "", "not a language of the house");
    assert_eq!(claims.roles, Roles::NONE.with(Role::Member), "strangers are no role");
}

#[tokio::test]
async fn an_access_token_says_who_calls_and_in_which_roles() {
    for (user, roles) in [
        ("otto", Roles::NONE.with(Role::Operator)),
        ("mia", Roles::NONE.with(Role::Member)),
        ("noa", Roles::NONE),
    ] {
        let tokens = signed_in(user).await;
        let provider = provider();
        for _ in 0..2 {
            let token = tokens.get("access_token");
            let claims = provider.verify_access_token(token).await.expect("genuine");
            assert_eq!(claims.roles, roles, "{user}");
            assert_eq!(claims.issuer, issuer());
        }
    }
}

#[tokio::test]
async fn each_kind_of_token_is_good_for_its_own_purpose_only() {
    let tokens = signed_in("mia").await;
    let (id, access) = (tokens.get("id_token"), tokens.get("access_token"));
    let provider = provider();
    reason(provider.verify_access_token(id).await);
    reason(provider.verify_id_token(access, "platform").await);
    reason(provider.verify_logout_token(id).await);
    reason(provider.verify_logout_token(access).await);
    assert_eq!(reason(provider.verify_id_token(id, "console").await), "aud");
}

#[tokio::test]
async fn a_token_for_another_audience_or_of_another_issuer_is_refused() {
    let tokens = signed_in("mia").await;
    let clients = vec!["platform".to_owned()];
    let elsewhere =
        OidcConfig { audiences: vec!["elsewhere".into()], ..OidcConfig::new(issuer(), clients) };
    let elsewhere = OidcProvider::new(elsewhere, Arc::<WallClock>::default()).expect("good");
    let refused = elsewhere.verify_access_token(tokens.get("access_token")).await;
    assert_eq!(reason(refused), "aud");
}

#[tokio::test]
async fn a_token_ends_by_our_clock() {
    let tokens = signed_in("mia").await;
    let clock = Arc::new(WallClock::default());
    let provider = verifier(clock.clone());
    let token = tokens.get("access_token");
    provider.verify_access_token(token).await.expect("genuine");
    clock.forward(3_600_000_000 * 24);
    assert_eq!(reason(provider.verify_access_token(token).await), "expired");
}

#[tokio::test]
async fn a_refreshed_token_is_as_good() {
    let tokens = signed_in("otto").await;
    let endpoint = endpoints().await.token_endpoint;
    let refreshed = ask(
        &endpoint,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", "platform"),
            ("refresh_token", tokens.get("refresh_token")),
        ],
    )
    .await;
    let token = Tokens(refreshed);
    let claims = provider().verify_access_token(token.get("access_token")).await.expect("genuine");
    assert_eq!(claims.roles, Roles::NONE.with(Role::Operator));
}

#[tokio::test]
async fn an_opaque_token_is_introspected_and_ends_when_it_is_revoked() {
    let tokens = opaque("otto").await;
    let token = tokens.get("access_token");
    assert!(!token.contains('.'));
    let clock = Arc::new(WallClock::default());
    let provider = verifier(clock.clone());
    let claims = provider.verify_access_token(token).await.expect("active");
    assert_eq!(claims.subject, "100000000000000002");
    assert_eq!(claims.roles, Roles::NONE.with(Role::Operator));
    let revocation = endpoints().await.token_endpoint + "/revocation";
    let client = reqwest::Client::new()
        .post(revocation)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}&client_id=platform"));
    assert!(client.send().await.expect("an answer").status().is_success());
    clock.forward(60_000_000);
    assert_eq!(reason(provider.verify_access_token(token).await), "not active");
    let nobody = OidcConfig::new(issuer(), vec!["platform".into()]);
    let nobody = OidcProvider::new(nobody, Arc::<WallClock>::default()).expect("good");
    let refused = nobody.verify_access_token(token).await;
    assert_eq!(reason(refused), "opaque, and nobody to ask about it");
}

#[tokio::test]
async fn a_logout_by_back_channel_counts_once() {
    let told = command("logout-token?client=platform&sub=100000000000000003&sid=a-session").await;
    let token = told["logout_token"].as_str().expect("a token");
    let provider = provider();
    let logout = provider.verify_logout_token(token).await.expect("genuine");
    assert_eq!(logout.subject.as_deref(), Some("100000000000000003"));
    assert_eq!(logout.session.as_deref(), Some("a-session"));
    assert_eq!(reason(provider.verify_logout_token(token).await), "used before");
    reason(provider.verify_access_token(token).await);
    reason(provider.verify_id_token(token, "platform").await);
}

#[tokio::test]
async fn people_stay_signed_in_through_a_rotation_to_every_algorithm() {
    let before = signed_in("mia").await;
    let clock = Arc::new(WallClock::default());
    let provider = verifier(clock.clone());
    provider.verify_access_token(before.get("access_token")).await.expect("genuine");
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        // Older keys stay published: other tests are signed in by them.
        command(&format!("rotate?alg={algorithm}&keep=100")).await;
        clock.forward(60_000_000);
        let after = signed_in("mia").await;
        let id = provider.verify_id_token(after.get("id_token"), "platform").await;
        id.unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        let access = provider.verify_access_token(after.get("access_token")).await;
        access.unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        provider.verify_access_token(before.get("access_token")).await.expect("still good");
    }
}
