//! Laws of [`AuditLog`].

use std::sync::Arc;

use super::both;
use crate::{
    AccountId, AuditChain, AuditEntry, AuditFilter, AuditLog, AuditRecord, verify_audit_log,
};

fn record(number: u8) -> AuditRecord {
    AuditRecord {
        at_us: 1_000 + u64::from(number),
        actor: (!number.is_multiple_of(3)).then(|| AccountId::from_bytes([number % 3; 16])),
        actor_name: "Ada".to_owned(),
        action: if number.is_multiple_of(2) { "user.roles" } else { "session.revoke" }.to_owned(),
        target: format!("target {}", number % 4),
        details: format!("{{\"number\":{number}}}"),
        request_id: format!("request-{number}"),
        address: "192.0.2.1".to_owned(),
    }
}

/// Law.
pub async fn entries_are_numbered_from_zero_and_form_a_chain(store: Arc<dyn AuditLog>) {
    assert_eq!(store.size().await.expect("read"), 0);
    assert_eq!(store.read(0, 9).await.expect("read"), []);
    let mut chain = AuditChain::default();
    let mut entries: Vec<AuditEntry> = Vec::new();
    for number in 0..5 {
        let entry = store.append(record(number)).await.expect("write");
        assert_eq!(entry.record, record(number));
        chain.extend(&entry).expect("follows");
        entries.push(entry);
    }
    assert_eq!(store.size().await.expect("read"), 5);
    assert_eq!(store.read(0, 9).await.expect("read"), entries);
    assert_eq!(store.read(1, 2).await.expect("read"), entries[1..3]);
    assert_eq!(store.read(5, 2).await.expect("read"), []);
    assert_eq!(verify_audit_log(store.as_ref()).await.expect("read"), (chain, None));
}

/// Law.
pub async fn appends_at_once_leave_no_gap(store: Arc<dyn AuditLog>) {
    let many = |store: Arc<dyn AuditLog>, from: u8| async move {
        for number in from..from + 20 {
            store.append(record(number)).await.expect("write");
        }
    };
    both(many(Arc::clone(&store), 0), many(Arc::clone(&store), 100)).await;
    let (chain, fault) = verify_audit_log(store.as_ref()).await.expect("read");
    assert_eq!((chain.entries, fault), (40, None));
}

/// Law.
pub async fn the_newest_entries_come_first_page_by_page(store: Arc<dyn AuditLog>) {
    for number in 0..5 {
        store.append(record(number)).await.expect("write");
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = store.list(&AuditFilter::default(), before, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        before = Some(last.sequence);
        seen.extend(page.iter().map(|entry| entry.sequence));
    }
    assert_eq!(seen, [4, 3, 2, 1, 0]);
}

/// Law.
pub async fn a_list_shows_exactly_what_its_filter_matches(store: Arc<dyn AuditLog>) {
    for number in 0..12 {
        store.append(record(number)).await.expect("write");
    }
    let all = AuditFilter::default();
    for filter in [
        all.clone(),
        AuditFilter { action: "user.".into(), ..all.clone() },
        AuditFilter { action: "session.revoke".into(), ..all.clone() },
        AuditFilter { action: "none".into(), ..all.clone() },
        AuditFilter { actor: Some(AccountId::from_bytes([1; 16])), ..all.clone() },
        AuditFilter { target: "target 3".into(), ..all.clone() },
        AuditFilter { since_us: 1_004, ..all.clone() },
        AuditFilter { until_us: 1_004, ..all.clone() },
        AuditFilter { action: "user".into(), since_us: 1_003, until_us: 1_009, ..all },
    ] {
        let expected: Vec<u64> = (0..12_u8)
            .rev()
            .filter(|number| filter.matches(&record(*number)))
            .map(u64::from)
            .collect();
        let shown = store.list(&filter, None, 99).await.expect("read");
        let shown: Vec<_> = shown.iter().map(|entry| entry.sequence).collect();
        assert_eq!(shown, expected, "{filter:?}");
    }
}
