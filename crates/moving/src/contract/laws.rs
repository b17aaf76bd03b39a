//! What holds for records by themselves.

use std::sync::Arc;

use erynoa_access::Account;
use erynoa_kernel::StoreErrorKind;

use super::sample::{audit, record, records};
use crate::{Kind, Record, Records};

/// All records of a kind, read in pages of `limit`.
pub async fn read_all(store: &dyn Records, kind: Kind, limit: usize) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let page = store.read(kind, all.last(), limit).await.expect("read");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn insert_all(store: &dyn Records, numbers: &[u8], variant: u8) {
    for kind in Kind::ALL {
        store.insert(records(kind, numbers, variant)).await.expect("insert");
    }
}

/// Law.
pub async fn records_of_every_kind_are_read_back_as_they_were(store: Arc<dyn Records>) {
    let numbers: Vec<u8> = (0..40).collect();
    for kind in Kind::ALL {
        assert_eq!(read_all(&*store, kind, 7).await, []);
    }
    insert_all(&*store, &numbers, 0).await;
    for kind in Kind::ALL {
        assert_eq!(read_all(&*store, kind, 100).await, records(kind, &numbers, 0), "{kind:?}");
    }
}

/// Law.
pub async fn records_are_read_in_the_order_of_keys_page_by_page(store: Arc<dyn Records>) {
    let numbers: Vec<u8> = (0..40).collect();
    let (late, early): (Vec<u8>, Vec<u8>) = numbers.iter().partition(|number| *number % 3 == 0);
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Audit) {
        for numbers in [&early, &late] {
            store.insert(records(kind, numbers, 1)).await.expect("insert");
        }
        for limit in [1, 6, 40, 41] {
            let all = read_all(&*store, kind, limit).await;
            assert!(all.is_sorted_by_key(Record::key), "{kind:?}");
            assert_eq!(all, records(kind, &numbers, 1), "{kind:?} in pages of {limit}");
        }
    }
}

/// Law.
pub async fn what_was_removed_is_gone_and_what_only_it_had_is_free(store: Arc<dyn Records>) {
    let (going, staying) = ([1, 3, 4], [0, 2]);
    insert_all(&*store, &[0, 1, 2, 3, 4], 0).await;
    for kind in Kind::ALL.into_iter().rev().filter(|kind| *kind != Kind::Audit) {
        store.remove(records(kind, &going, 0)).await.expect("remove");
        assert_eq!(read_all(&*store, kind, 10).await, records(kind, &staying, 0), "{kind:?}");
    }
    // Another account, to which everything comes that only one may have.
    let Record::Account(gone) = record(Kind::Account, 1, 0) else { panic!("an account") };
    let Record::Account(other) = record(Kind::Account, 9, 0) else { panic!("an account") };
    let heir = Account { id: other.id, ..gone };
    store.insert(vec![Record::Account(heir)]).await.expect("nothing is taken");
    for kind in
        [Kind::Session, Kind::File, Kind::Link, Kind::Usage, Kind::Leftover, Kind::Run, Kind::Start]
    {
        store.insert(records(kind, &going, 1)).await.expect("nothing is taken");
    }
}

/// Law.
pub async fn an_audit_entry_is_neither_replaced_nor_removed(store: Arc<dyn Records>) {
    let entries = audit(5, 0);
    store.insert(entries[..3].to_vec()).await.expect("insert");
    let refused = [
        store.insert(audit(5, 1)[2..].to_vec()).await,
        store.remove(vec![entries[2].clone()]).await,
        store.remove(vec![record(Kind::Account, 0, 0), entries[0].clone()]).await,
    ];
    for outcome in refused {
        assert_eq!(outcome.expect_err("refused").kind, StoreErrorKind::Conflict);
    }
    assert_eq!(read_all(&*store, Kind::Audit, 2).await, entries[..3]);
    store.insert(entries[3..].to_vec()).await.expect("insert");
    assert_eq!(read_all(&*store, Kind::Audit, 2).await, entries);
}
