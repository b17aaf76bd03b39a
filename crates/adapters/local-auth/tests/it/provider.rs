//! From what an identity provider says to a session.

use erynoa_access::{AccountFilter, AccountId, Invitation, ProviderClaims, ProviderSubject};
use erynoa_local_auth::Admitted;

use super::*;

const ISSUER: &str = "https://id.example";
const MEMBER: Roles = Roles::NONE.with(Role::Member);

fn claims(subject: &str) -> ProviderClaims {
    ProviderClaims {
        issuer: ISSUER.into(),
        subject: subject.into(),
        email: format!("{subject}@example.org"),
        name: subject.to_uppercase(),
        roles: Roles::NONE,
        language: "de".into(),
        session: Some(format!("sid of {subject}")),
        nonce: None,
        issued_at_us: 0,
        expires_at_us: u64::MAX,
    }
}

impl House {
    async fn provider_sign_in(
        &self,
        claims: ProviderClaims,
    ) -> Result<(SignedIn, Admitted), SignInError> {
        let nonce = Some(self.auth.create_nonce("platform").await.expect("a nonce").text);
        let claims = ProviderClaims { nonce, ..claims };
        self.auth.sign_in_with_provider(claims, "platform", SeenFrom::default()).await
    }
}

#[tokio::test]
async fn the_first_sign_in_makes_the_account_and_the_next_finds_it() {
    let house = House::new();
    let told = ProviderClaims { roles: Roles::NONE.with(Role::Operator), ..claims("ada") };
    let (signed_in, admitted) = house.provider_sign_in(told.clone()).await.expect("signs in");
    assert!(admitted.first);
    let account = &signed_in.account;
    assert_eq!((account.name.as_str(), account.email.as_str()), ("ADA", "ada@example.org"));
    assert_eq!(account.language, "de");
    assert_eq!(account.roles, MEMBER.with(Role::Operator));
    let subject = ProviderSubject { issuer: ISSUER.into(), subject: "ada".into() };
    assert_eq!(account.subject, Some(subject));
    let principal = house.verify(access(&signed_in)).await.expect("is valid");
    assert_eq!((principal.account, principal.identity), (account.id, None));
    assert_eq!(principal.public_key, None);

    let (again, admitted) = house.provider_sign_in(told).await.expect("signs in");
    assert_eq!((again.account.id, admitted.first), (account.id, false));
    let elsewhere = ProviderClaims { issuer: "https://other.example".into(), ..claims("ada") };
    let (other, _) = house.provider_sign_in(elsewhere).await.expect("signs in");
    assert_ne!(other.account.id, account.id, "a subject is somebody at its issuer alone");
    assert_eq!(code(house.auth.refresh(refresh(&again)).await), "ok");
}

#[tokio::test]
async fn a_nonce_counts_once_for_its_app_for_600_seconds_to_the_microsecond() {
    let with = |nonce: &str| ProviderClaims { nonce: Some(nonce.to_owned()), ..claims("ada") };
    for (delay_us, expected) in [(600 * SECOND_US - 1, "ok"), (600 * SECOND_US, "NONCE_INVALID")] {
        let house = House::new();
        let nonce = house.auth.create_nonce("platform").await.expect("a nonce");
        assert_eq!(nonce.expires_at_us, START_US + 600 * SECOND_US);
        house.wait(delay_us);
        for expected in [expected, "NONCE_INVALID"] {
            let claims = with(&nonce.text);
            let outcome =
                house.auth.sign_in_with_provider(claims, "platform", SeenFrom::default()).await;
            assert_eq!(code(outcome), expected);
        }
    }
    let house = House::new();
    let nonce = house.auth.create_nonce("console").await.expect("a nonce").text;
    let all = [with(&nonce), with(""), with(&"A".repeat(43)), claims("ada")];
    for wrong in all {
        let outcome =
            house.auth.sign_in_with_provider(wrong, "platform", SeenFrom::default()).await;
        assert_eq!(code(outcome), "NONCE_INVALID");
    }
    let none = house.accounts.list(&AccountFilter::default(), None, 9).await.expect("read");
    assert_eq!(none, []);
}

#[tokio::test]
async fn roles_follow_the_provider_but_never_leave_the_house_without_an_admin() {
    let house = House::new();
    let admin = Roles::NONE.with(Role::Admin);
    let told = |name: &str, roles| ProviderClaims { roles, ..claims(name) };
    house.provider_sign_in(told("ada", admin)).await.expect("signs in");
    let (_, kept) = house.provider_sign_in(claims("ada")).await.expect("signs in");
    assert!(kept.account.roles.contains(Role::Admin), "she is the last");
    house.provider_sign_in(told("bea", admin)).await.expect("signs in");
    let (_, followed) = house.provider_sign_in(claims("ada")).await.expect("signs in");
    assert_eq!(followed.account.roles, MEMBER);
    assert_eq!(followed.roles_before, Some(MEMBER.with(Role::Admin).with_implied()));

    let own = House::with(LocalAuthConfig { roles_follow_provider: false, ..config() }, 99);
    own.provider_sign_in(told("ada", admin)).await.expect("signs in");
    own.provider_sign_in(told("bea", admin)).await.expect("signs in");
    let (_, kept) = own.provider_sign_in(claims("ada")).await.expect("signs in");
    assert!(kept.account.roles.contains(Role::Admin), "roles are kept here");
}

#[tokio::test]
async fn an_invited_person_of_the_same_verified_address_gets_the_account() {
    let waiting = |number: u8, expires_at_us: u64| Account {
        status: AccountStatus::Invited,
        email: "Ada@Example.org".into(),
        name: "Ada Invited".into(),
        invitation: Some(Invitation { token_hash: [number; 32], expires_at_us }),
        ..Account::new(
            AccountId::from_bytes([number; 16]),
            MEMBER.with(Role::Operator),
            number.into(),
        )
    };
    let house = House::new();
    let (open, expired) = (waiting(1, u64::MAX), waiting(2, START_US));
    for account in [&open, &expired] {
        house.accounts.insert(account.clone()).await.expect("write");
    }
    let unverified = ProviderClaims { email: String::new(), ..claims("eve") };
    let (_, eve) = house.provider_sign_in(unverified).await.expect("signs in");
    assert!(![open.id, expired.id].contains(&eve.account.id));
    let (signed_in, admitted) = house.provider_sign_in(claims("ada")).await.expect("signs in");
    assert!(admitted.first);
    let account = signed_in.account;
    assert_eq!((account.id, account.status), (open.id, AccountStatus::Active));
    assert_eq!((account.name.as_str(), account.invitation), ("Ada Invited", None));
    assert_eq!(account.roles, MEMBER.with(Role::Operator));
    let stored = house.accounts.find(&AccountKey::Id(open.id)).await.expect("read");
    assert_eq!(stored.map(|stored| stored.version), Some(2));
}

#[tokio::test]
async fn a_disabled_account_is_not_let_in_by_its_provider() {
    let house = House::new();
    let (_, admitted) = house.provider_sign_in(claims("ada")).await.expect("signs in");
    let disabled = Account { status: AccountStatus::Disabled, ..admitted.account };
    let version = disabled.version;
    assert_eq!(house.accounts.update(disabled, version).await.expect("write"), Change::Done);
    assert_eq!(code(house.provider_sign_in(claims("ada")).await), "ACCOUNT_DISABLED");
    assert_eq!(token_code(house.auth.principal_of(&claims("ada")).await), "ACCOUNT_DISABLED");
}

#[tokio::test]
async fn an_access_token_of_the_provider_stands_for_the_same_account_and_takes_no_role() {
    let house = House::new();
    let told = ProviderClaims { roles: Roles::NONE.with(Role::Operator), ..claims("robot") };
    let first = house.auth.principal_of(&told).await.expect("is let in");
    assert_eq!(first.roles, MEMBER.with(Role::Operator));
    let again = house.auth.principal_of(&claims("robot")).await.expect("is let in");
    assert_eq!(again, first, "access tokens need not tell roles");
    let other = ProviderClaims { session: None, ..claims("robot") };
    let other = house.auth.principal_of(&other).await.expect("is let in");
    assert_eq!(other.account, first.account);
    assert_ne!(other.session_id, first.session_id);
}

#[tokio::test]
async fn what_a_provider_calls_somebody_is_cut_to_what_a_name_may_be() {
    let house = House::new();
    let odd = ProviderClaims {
        name: format!("\u{7}{}", "ü".repeat(100)),
        email: "no address".into(),
        language: "tlh".into(),
        ..claims("ada")
    };
    let (signed_in, _) = house.provider_sign_in(odd).await.expect("signs in");
    assert_eq!(signed_in.account.name, "ü".repeat(64));
    assert_eq!((signed_in.account.email.as_str(), signed_in.account.language.as_str()), ("", ""));
}
