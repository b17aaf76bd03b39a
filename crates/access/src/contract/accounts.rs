//! Laws of [`AccountStore`].

use std::sync::Arc;

use erynoa_kernel::{IdentityId, StoreErrorKind};

use super::both;
use crate::{
    Account, AccountFilter, AccountId, AccountKey, AccountStatus, AccountStore, Change, Invitation,
    ProviderSubject, Role, Roles,
};

const MEMBER: Roles = Roles::NONE.with(Role::Member);
const ADMIN: Roles = MEMBER.with(Role::Admin);

fn account(number: u8) -> Account {
    let id = AccountId::from_bytes([number; 16]);
    Account { created_at_us: 100 + u64::from(number), ..Account::new(id, MEMBER, 0) }
}

fn identity(number: u8) -> Option<IdentityId> {
    Some(IdentityId::from_bytes([number; 32]))
}

fn subject(name: &str) -> Option<ProviderSubject> {
    Some(ProviderSubject { issuer: "https://id.example".into(), subject: name.into() })
}

fn invitation(number: u8) -> Option<Invitation> {
    Some(Invitation { token_hash: [number; 32], expires_at_us: 5 })
}

/// Has everything that only one account may have.
fn full(number: u8) -> Account {
    Account {
        identity: identity(number),
        subject: subject(&format!("s{number}")),
        invitation: invitation(number),
        email: "ada@example.org".into(),
        name: "Ada".into(),
        language: "de".into(),
        ..account(number)
    }
}

fn keys(number: u8) -> [AccountKey; 4] {
    [
        AccountKey::Id(account(number).id),
        AccountKey::Identity(IdentityId::from_bytes([number; 32])),
        AccountKey::Subject(subject(&format!("s{number}")).expect("some")),
        AccountKey::Invitation([number; 32]),
    ]
}

async fn get(store: &Arc<dyn AccountStore>, number: u8) -> Option<Account> {
    store.find(&AccountKey::Id(account(number).id)).await.expect("read")
}

/// Law.
pub async fn an_account_is_found_by_everything_that_only_it_has(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    store.insert(account(3)).await.expect("write");
    for key in keys(1) {
        assert_eq!(store.find(&key).await.expect("read"), Some(full(1)));
    }
    for key in keys(2) {
        assert_eq!(store.find(&key).await.expect("read"), None);
    }
    let elsewhere =
        ProviderSubject { issuer: "https://other.example".into(), subject: "s1".into() };
    assert_eq!(store.find(&AccountKey::Subject(elsewhere)).await.expect("read"), None);
}

/// Law.
pub async fn what_only_one_account_may_have_is_a_conflict_in_a_second(
    store: Arc<dyn AccountStore>,
) {
    store.insert(full(1)).await.expect("write");
    for second in [
        Account { id: account(1).id, ..full(2) },
        Account { identity: identity(1), ..full(2) },
        Account { subject: subject("s1"), ..full(2) },
        Account { invitation: invitation(1), ..full(2) },
    ] {
        let refused = store.insert(second).await.expect_err("is taken");
        assert_eq!(refused.kind, StoreErrorKind::Conflict);
    }
    assert_eq!(get(&store, 2).await, None);
    for key in keys(2) {
        assert_eq!(store.find(&key).await.expect("read"), None, "nothing is left of the attempts");
    }
    store.insert(full(2)).await.expect("an e-mail address may be that of several");
    store.insert(account(3)).await.expect("what is absent is not taken");
    store.insert(account(4)).await.expect("what is absent is not taken");
}

/// Law.
pub async fn an_update_needs_the_newest_version_and_counts_it(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    let changed = Account { name: "Bea".into(), version: 77, created_at_us: 9, ..full(1) };
    assert_eq!(store.update(changed.clone(), 2).await.expect("read"), Change::Stale);
    assert_eq!(store.update(changed.clone(), 0).await.expect("read"), Change::Stale);
    assert_eq!(get(&store, 1).await, Some(full(1)));
    assert_eq!(store.update(changed.clone(), 1).await.expect("write"), Change::Done);
    let expected = Account { name: "Bea".into(), version: 2, ..full(1) };
    assert_eq!(get(&store, 1).await, Some(expected));
    assert_eq!(store.update(changed, 1).await.expect("read"), Change::Stale);
    assert_eq!(store.update(full(2), 1).await.expect("read"), Change::Missing);
}

/// Law.
pub async fn an_update_frees_what_the_account_had_before(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    let bare = Account { identity: None, subject: None, invitation: None, ..full(1) };
    assert_eq!(store.update(bare, 1).await.expect("write"), Change::Done);
    for key in keys(1).into_iter().skip(1) {
        assert_eq!(store.find(&key).await.expect("read"), None);
    }
    let successor = Account { id: account(2).id, ..full(1) };
    store.insert(successor.clone()).await.expect("is free");
    for key in keys(1).into_iter().skip(1) {
        assert_eq!(store.find(&key).await.expect("read").as_ref(), Some(&successor));
    }
}

/// Law.
pub async fn an_update_to_what_another_account_has_changes_nothing(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    store.insert(full(2)).await.expect("write");
    for taken in [
        Account { identity: identity(1), ..full(2) },
        Account { subject: subject("s1"), ..full(2) },
        Account { invitation: invitation(1), ..full(2) },
    ] {
        assert_eq!(store.update(taken, 1).await.expect("read"), Change::Taken);
    }
    for number in [1, 2] {
        for key in keys(number) {
            assert_eq!(store.find(&key).await.expect("read"), Some(full(number)));
        }
    }
    assert_eq!(store.update(full(2), 1).await.expect("its own is not taken"), Change::Done);
}

/// Law.
pub async fn a_deleted_account_leaves_nothing(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    let id = account(1).id;
    assert_eq!(store.delete(&id, 2).await.expect("read"), Change::Stale);
    assert_eq!(store.delete(&id, 1).await.expect("write"), Change::Done);
    assert_eq!(store.delete(&id, 1).await.expect("read"), Change::Missing);
    for key in keys(1) {
        assert_eq!(store.find(&key).await.expect("read"), None);
    }
    assert_eq!(store.list(&AccountFilter::default(), None, 9).await.expect("read"), []);
    store.insert(full(1)).await.expect("everything is free again");
}

/// Law.
pub async fn an_admin_who_can_act_always_stays(store: Arc<dyn AccountStore>) {
    let admin = Account { roles: ADMIN, ..account(1) };
    let invited = Account { status: AccountStatus::Invited, roles: ADMIN, ..account(2) };
    let disabled = Account { status: AccountStatus::Disabled, roles: ADMIN, ..account(3) };
    for account in [&admin, &invited, &disabled] {
        store.insert(account.clone()).await.expect("write");
    }
    for less in [
        Account { roles: MEMBER.with(Role::Operator), ..admin.clone() },
        Account { status: AccountStatus::Disabled, ..admin.clone() },
        Account { status: AccountStatus::Invited, ..admin.clone() },
    ] {
        assert_eq!(store.update(less, 1).await.expect("read"), Change::LastAdmin);
    }
    assert_eq!(store.delete(&admin.id, 1).await.expect("read"), Change::LastAdmin);
    assert_eq!(get(&store, 1).await, Some(admin.clone()));
    let renamed = Account { name: "Ada".into(), ..admin.clone() };
    assert_eq!(store.update(renamed, 1).await.expect("write"), Change::Done);
    let enabled = Account { status: AccountStatus::Active, ..disabled };
    assert_eq!(store.update(enabled, 1).await.expect("write"), Change::Done);
    assert_eq!(store.delete(&admin.id, 2).await.expect("write"), Change::Done);
    assert_eq!(store.delete(&account(2).id, 1).await.expect("cannot act"), Change::Done);
    assert_eq!(store.delete(&account(3).id, 2).await.expect("read"), Change::LastAdmin);
}

/// Law.
pub async fn of_two_admins_who_leave_at_once_one_stays(store: Arc<dyn AccountStore>) {
    for number in [1, 2] {
        store.insert(Account { roles: ADMIN, ..account(number) }).await.expect("write");
    }
    let (a, b) = (Arc::clone(&store), Arc::clone(&store));
    let outcome =
        both(async move { a.delete(&account(1).id, 1).await.expect("an answer") }, async move {
            let disabled = Account { status: AccountStatus::Disabled, ..account(2) };
            b.update(disabled, 1).await.expect("an answer")
        })
        .await;
    let fair =
        matches!(outcome, (Change::Done, Change::LastAdmin) | (Change::LastAdmin, Change::Done));
    assert!(fair, "{outcome:?}");
}

/// Law.
pub async fn exactly_one_becomes_the_first_operator(store: Arc<dyn AccountStore>) {
    assert!(!store.claim_first_operator(&account(9).id).await.expect("read"), "nobody is there");
    for number in [3, 4] {
        store.insert(account(number)).await.expect("write");
    }
    let (a, b) = (Arc::clone(&store), Arc::clone(&store));
    let outcome = both(
        async move { a.claim_first_operator(&account(3).id).await.expect("an answer") },
        async move { b.claim_first_operator(&account(4).id).await.expect("an answer") },
    )
    .await;
    let (first, second) = if outcome.0 { (3, 4) } else { (4, 3) };
    assert!(outcome.0 != outcome.1, "{outcome:?}");
    let first = get(&store, first).await.expect("is there");
    assert_eq!((first.roles, first.version), (ADMIN.with(Role::Operator), 2));
    assert_eq!(get(&store, second).await.map(|account| account.roles), Some(MEMBER));
    for number in [3, 4, 9] {
        assert!(!store.claim_first_operator(&account(number).id).await.expect("read"));
    }
}

/// Law.
pub async fn accounts_are_listed_newest_first_page_by_page(store: Arc<dyn AccountStore>) {
    // Two of the same moment, where the id decides.
    for (number, created_at_us) in [(1, 50), (2, 90), (3, 90), (4, 20), (5, 70)] {
        store.insert(Account { created_at_us, ..account(number) }).await.expect("write");
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = store.list(&AccountFilter::default(), before, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        before = Some(last.position());
        seen.extend(page.iter().map(|account| account.id));
    }
    assert_eq!(seen, [3, 2, 5, 1, 4].map(|number| account(number).id));
}

/// Law.
pub async fn a_filter_shows_exactly_what_matches(store: Arc<dyn AccountStore>) {
    let all = [
        Account { name: "Ada Ölmüller".into(), email: "Ada@Example.org".into(), ..account(1) },
        Account { status: AccountStatus::Invited, email: "bea@example.org".into(), ..account(2) },
        Account { roles: ADMIN, identity: identity(0xcd), ..account(3) },
        Account { status: AccountStatus::Disabled, name: "100% _ada_".into(), ..account(4) },
    ];
    for account in &all {
        store.insert(account.clone()).await.expect("write");
    }
    let everything = AccountFilter::default();
    let query = |text: &str| AccountFilter { query: text.into(), ..AccountFilter::default() };
    for filter in [
        everything.clone(),
        query("ada"),
        query("ÖLM"),
        query("EXAMPLE"),
        query("cdcd"),
        query("%"),
        query("_ADA_"),
        query("\\"),
        query("nobody"),
        AccountFilter { email: Some("ada@EXAMPLE.org".into()), ..everything.clone() },
        AccountFilter { email: Some("example.org".into()), ..everything.clone() },
        AccountFilter { role: Some(Role::Admin), ..everything.clone() },
        AccountFilter { role: Some(Role::Member), ..everything.clone() },
        AccountFilter { role: Some(Role::Operator), ..everything.clone() },
        AccountFilter { status: Some(AccountStatus::Invited), ..query("example") },
        AccountFilter { status: Some(AccountStatus::Disabled), ..everything },
    ] {
        let mut expected: Vec<_> = all.iter().filter(|account| filter.matches(account)).collect();
        expected.reverse();
        let shown = store.list(&filter, None, 9).await.expect("read");
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

/// Law.
pub async fn being_seen_changes_nothing_else(store: Arc<dyn AccountStore>) {
    store.insert(full(1)).await.expect("write");
    for at_us in [500, 400] {
        store.touch(&account(1).id, at_us).await.expect("write");
    }
    assert_eq!(get(&store, 1).await, Some(Account { last_seen_at_us: 500, ..full(1) }));
    for key in keys(1) {
        assert!(store.find(&key).await.expect("read").is_some());
    }
    store.touch(&account(2).id, 500).await.expect("nobody is no error");
    assert_eq!(get(&store, 2).await, None);
}
