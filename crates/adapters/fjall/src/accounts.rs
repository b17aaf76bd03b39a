//! Accounts on Fjall.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{
    Account, AccountFilter, AccountId, AccountKey, AccountStore, Change, Position, Role,
};
use erynoa_kernel::{StoreError, StoreErrorKind};
use fjall::OwnedWriteBatch;

use crate::error::{corrupt, driver};
use crate::keys;
use crate::store::Inner;

/// Accounts in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallAccounts(Arc<Inner>);

impl std::fmt::Debug for FjallAccounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallAccounts").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write an account", error)
}

fn damaged(id: &AccountId) -> StoreError {
    corrupt(format!("account {id} is damaged"))
}

/// Reads and writes within one call. Writers hold [`Inner::access_writer`].
impl Inner {
    fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let Some(record) = self.state.get(keys::account(id)).map_err(failed)? else {
            return Ok(None);
        };
        let account = Account::from_bytes(&record).filter(|account| account.id == *id);
        account.map(Some).ok_or_else(|| damaged(id))
    }

    fn account_by(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let index = match key {
            AccountKey::Id(id) => return self.account(id),
            AccountKey::Identity(identity) => keys::account_by_identity(identity),
            AccountKey::Subject(subject) => keys::account_by_subject(subject),
            AccountKey::Invitation(hash) => keys::account_by_invitation(hash),
        };
        match self.owner(&index)? {
            Some(id) => self.account(&id)?.map(Some).ok_or_else(|| damaged(&id)),
            None => Ok(None),
        }
    }

    /// The account that an entry of an index leads to.
    fn owner(&self, index: &[u8]) -> Result<Option<AccountId>, StoreError> {
        let Some(id) = self.state.get(index).map_err(failed)? else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(&*id).map_err(|_| corrupt("an index of accounts is damaged"));
        Ok(Some(AccountId::from_bytes(id?)))
    }

    /// Whether another account has something that only one may have.
    fn clashes(&self, account: &Account) -> Result<bool, StoreError> {
        for index in keys::only_of(account) {
            if self.owner(&index)?.is_some_and(|owner| owner != account.id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether one of the accounts is as asked.
    fn any_account(&self, is: impl Fn(&Account) -> bool) -> Result<bool, StoreError> {
        for item in self.state.prefix([keys::ACCOUNTS]) {
            let record = item.value().map_err(failed)?;
            let account = Account::from_bytes(&record);
            if is(&account.ok_or_else(|| corrupt("an account is damaged"))?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_last_admin(&self, account: &Account) -> Result<bool, StoreError> {
        Ok(account.is_acting_admin()
            && !self.any_account(|other| other.id != account.id && other.is_acting_admin())?)
    }

    fn write_account(&self, account: &Account, before: Option<&Account>) -> Result<(), StoreError> {
        let mut batch = self.batch();
        self.put_account(&mut batch, account, before);
        batch.commit().map_err(failed)
    }

    pub(crate) fn put_account(
        &self,
        batch: &mut OwnedWriteBatch,
        account: &Account,
        before: Option<&Account>,
    ) {
        let indexes = keys::only_of(account);
        // One batch must not both remove and insert a key.
        for old in before.map(keys::only_of).unwrap_or_default() {
            if !indexes.contains(&old) {
                batch.remove(&self.state, old);
            }
        }
        for index in indexes {
            batch.insert(&self.state, index, account.id.as_bytes().as_slice());
        }
        batch.insert(&self.state, keys::account_by_time(&account.position()), []);
        batch.insert(&self.state, keys::account(&account.id), account.to_bytes());
    }

    pub(crate) fn remove_account(&self, batch: &mut OwnedWriteBatch, account: &Account) {
        for index in keys::only_of(account) {
            batch.remove(&self.state, index);
        }
        batch.remove(&self.state, keys::account_by_time(&account.position()));
        batch.remove(&self.state, keys::account(&account.id));
    }

    fn update_account(&self, account: Account, expected: u64) -> Result<Change, StoreError> {
        let Some(before) = self.account(&account.id)? else {
            return Ok(Change::Missing);
        };
        if before.version != expected {
            return Ok(Change::Stale);
        }
        if self.clashes(&account)? {
            return Ok(Change::Taken);
        }
        if !account.is_acting_admin() && self.is_last_admin(&before)? {
            return Ok(Change::LastAdmin);
        }
        let created_at_us = before.created_at_us;
        let account = Account { created_at_us, version: expected + 1, ..account };
        self.write_account(&account, Some(&before))?;
        Ok(Change::Done)
    }

    fn delete_account(&self, id: &AccountId, expected: u64) -> Result<Change, StoreError> {
        let Some(before) = self.account(id)? else {
            return Ok(Change::Missing);
        };
        if before.version != expected {
            return Ok(Change::Stale);
        }
        if self.is_last_admin(&before)? {
            return Ok(Change::LastAdmin);
        }
        let mut batch = self.batch();
        self.remove_account(&mut batch, &before);
        batch.commit().map_err(failed)?;
        Ok(Change::Done)
    }
}

impl FjallAccounts {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl AccountStore for FjallAccounts {
    async fn insert(&self, account: Account) -> Result<(), StoreError> {
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                if store.account(&account.id)?.is_some() || store.clashes(&account)? {
                    return Err(StoreError::new(
                        StoreErrorKind::Conflict,
                        "the account, its identity, subject or invitation is taken",
                    ));
                }
                store.write_account(&account, None)
            })
            .await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let key = key.clone();
        self.0.run(move |store| store.account_by(&key)).await
    }

    async fn update(&self, account: Account, expected_version: u64) -> Result<Change, StoreError> {
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                store.update_account(account, expected_version)
            })
            .await
    }

    async fn delete(&self, id: &AccountId, expected_version: u64) -> Result<Change, StoreError> {
        let id = *id;
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                store.delete_account(&id, expected_version)
            })
            .await
    }

    async fn list(
        &self,
        filter: &AccountFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let filter = filter.clone();
        self.0
            .run(move |store| {
                let to = match before {
                    Some(before) => keys::account_by_time(&before),
                    None => vec![keys::ACCOUNTS_BY_TIME + 1],
                };
                let from = Bound::Included(vec![keys::ACCOUNTS_BY_TIME]);
                let mut shown = Vec::new();
                for item in store.state.range((from, Bound::Excluded(to))).rev() {
                    if shown.len() >= limit {
                        break;
                    }
                    let key = item.key().map_err(failed)?;
                    let id = keys::last_id(&key).map(AccountId::from_bytes);
                    let id = id.ok_or_else(|| corrupt("the list of accounts is damaged"))?;
                    // Between the list and the record it may have been deleted.
                    shown.extend(store.account(&id)?.filter(|account| filter.matches(account)));
                }
                Ok(shown)
            })
            .await
    }

    async fn claim_first_operator(&self, id: &AccountId) -> Result<bool, StoreError> {
        let id = *id;
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                if store.any_account(|account| account.roles.contains(Role::Operator))? {
                    return Ok(false);
                }
                let Some(before) = store.account(&id)? else {
                    return Ok(false);
                };
                let roles = before.roles.with(Role::Operator).with(Role::Admin);
                let account = Account { roles, version: before.version + 1, ..before.clone() };
                store.write_account(&account, Some(&before))?;
                Ok(true)
            })
            .await
    }

    async fn touch(&self, id: &AccountId, at_us: u64) -> Result<(), StoreError> {
        let id = *id;
        self.0
            .run(move |store| {
                let _writer = store.access_writer();
                let Some(account) = store.account(&id)? else {
                    return Ok(());
                };
                let last_seen_at_us = account.last_seen_at_us.max(at_us);
                let record = Account { last_seen_at_us, ..account }.to_bytes();
                // Without fsync: of no weight, and each would delay a call.
                store.state.insert(keys::account(&id), record).map_err(failed)
            })
            .await
    }
}
