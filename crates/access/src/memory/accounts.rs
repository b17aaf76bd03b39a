//! Accounts in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use super::{lock, taken};
use crate::{Account, AccountFilter, AccountId, AccountKey, AccountStore, Change, Position, Role};

/// Accounts in memory.
#[derive(Debug, Default)]
pub struct MemoryAccounts(Mutex<BTreeMap<AccountId, Account>>);

/// Whether an account besides `account` has something that only one may have.
fn clashes(accounts: &BTreeMap<AccountId, Account>, account: &Account) -> bool {
    let same = |other: &Account| {
        let token = |account: &Account| account.invitation.as_ref().map(|i| i.token_hash);
        (account.identity.is_some() && account.identity == other.identity)
            || (account.subject.is_some() && account.subject == other.subject)
            || (account.invitation.is_some() && token(account) == token(other))
    };
    accounts.values().any(|other| other.id != account.id && same(other))
}

fn is_last_admin(accounts: &BTreeMap<AccountId, Account>, account: &Account) -> bool {
    account.is_acting_admin()
        && !accounts.values().any(|other| other.id != account.id && other.is_acting_admin())
}

#[async_trait]
impl AccountStore for MemoryAccounts {
    async fn insert(&self, account: Account) -> Result<(), StoreError> {
        let mut accounts = lock(&self.0);
        if accounts.contains_key(&account.id) || clashes(&accounts, &account) {
            return Err(taken("the account, its identity, subject or invitation"));
        }
        accounts.insert(account.id, account);
        Ok(())
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let has = |account: &&Account| match key {
            AccountKey::Id(id) => account.id == *id,
            AccountKey::Identity(identity) => account.identity == Some(*identity),
            AccountKey::Subject(subject) => account.subject.as_ref() == Some(subject),
            AccountKey::Invitation(hash) => {
                account.invitation.as_ref().is_some_and(|i| i.token_hash == *hash)
            }
        };
        Ok(lock(&self.0).values().find(has).cloned())
    }

    async fn update(&self, account: Account, expected_version: u64) -> Result<Change, StoreError> {
        let mut accounts = lock(&self.0);
        let Some(before) = accounts.get(&account.id) else {
            return Ok(Change::Missing);
        };
        if before.version != expected_version {
            return Ok(Change::Stale);
        }
        if clashes(&accounts, &account) {
            return Ok(Change::Taken);
        }
        if is_last_admin(&accounts, before) && !account.is_acting_admin() {
            return Ok(Change::LastAdmin);
        }
        let created_at_us = before.created_at_us;
        let account = Account { created_at_us, version: expected_version + 1, ..account };
        accounts.insert(account.id, account);
        Ok(Change::Done)
    }

    async fn delete(&self, id: &AccountId, expected_version: u64) -> Result<Change, StoreError> {
        let mut accounts = lock(&self.0);
        let Some(before) = accounts.get(id) else {
            return Ok(Change::Missing);
        };
        if before.version != expected_version {
            return Ok(Change::Stale);
        }
        if is_last_admin(&accounts, before) {
            return Ok(Change::LastAdmin);
        }
        accounts.remove(id);
        Ok(Change::Done)
    }

    async fn list(
        &self,
        filter: &AccountFilter,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let accounts = lock(&self.0);
        let mut shown: Vec<_> = accounts
            .values()
            .filter(|account| before.is_none_or(|before| account.position() < before))
            .filter(|account| filter.matches(account))
            .collect();
        shown.sort_by_key(|account| std::cmp::Reverse(account.position()));
        Ok(shown.into_iter().take(limit).cloned().collect())
    }

    async fn claim_first_operator(&self, id: &AccountId) -> Result<bool, StoreError> {
        let mut accounts = lock(&self.0);
        if accounts.values().any(|account| account.roles.contains(Role::Operator)) {
            return Ok(false);
        }
        let Some(account) = accounts.get_mut(id) else {
            return Ok(false);
        };
        account.roles = account.roles.with(Role::Operator).with(Role::Admin);
        account.version += 1;
        Ok(true)
    }

    async fn touch(&self, id: &AccountId, at_us: u64) -> Result<(), StoreError> {
        if let Some(account) = lock(&self.0).get_mut(id) {
            account.last_seen_at_us = account.last_seen_at_us.max(at_us);
        }
        Ok(())
    }
}
