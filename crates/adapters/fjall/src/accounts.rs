//! Accounts on Fjall.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{Account, AccountId, AccountStore, Role, Roles};
use erynoa_kernel::StoreError;
use fjall::Slice;

use crate::error::{blocking, corrupt, driver};
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

fn read_roles(id: &AccountId, value: &Slice) -> Result<Roles, StoreError> {
    match **value {
        [bits] => Roles::from_bits(bits),
        _ => None,
    }
    .ok_or_else(|| corrupt(format!("the roles of account {id} are damaged")))
}

impl Inner {
    fn roles(&self, id: &AccountId) -> Result<Option<Roles>, StoreError> {
        self.state
            .get(keys::account(id))
            .map_err(|error| driver(&format!("read account {id}"), error))?
            .map(|value| read_roles(id, &value))
            .transpose()
    }

    fn operator_exists(&self) -> Result<bool, StoreError> {
        self.state
            .contains_key(keys::FIRST_OPERATOR)
            .map_err(|error| driver("read the first operator", error))
    }

    /// Call with the access writer held.
    fn grant(&self, id: &AccountId, role: Role) -> Result<Roles, StoreError> {
        let before = self.roles(id)?;
        let roles = before.unwrap_or_default().with(role);
        if before == Some(roles) {
            return Ok(roles);
        }
        let mut batch = self.batch();
        batch.insert(&self.state, keys::account(id), [roles.bits()]);
        if role == Role::Operator && !self.operator_exists()? {
            batch.insert(&self.state, keys::FIRST_OPERATOR, id.as_bytes().as_slice());
        }
        batch.commit().map_err(|error| driver(&format!("write account {id}"), error))?;
        Ok(roles)
    }
}

impl FjallAccounts {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.0);
        blocking(move || work(&store)).await
    }
}

#[async_trait]
impl AccountStore for FjallAccounts {
    async fn find_roles(&self, id: &AccountId) -> Result<Option<Roles>, StoreError> {
        let id = *id;
        self.run(move |store| store.roles(&id)).await
    }

    async fn grant_role(&self, id: &AccountId, role: Role) -> Result<Roles, StoreError> {
        let id = *id;
        self.run(move |store| {
            let _writer = store.access_writer();
            store.grant(&id, role)
        })
        .await
    }

    async fn grant_first_operator(&self, id: &AccountId) -> Result<bool, StoreError> {
        let id = *id;
        self.run(move |store| {
            let _writer = store.access_writer();
            if store.operator_exists()? {
                return Ok(false);
            }
            store.grant(&id, Role::Operator)?;
            Ok(true)
        })
        .await
    }

    async fn has_operator(&self) -> Result<bool, StoreError> {
        self.run(Inner::operator_exists).await
    }

    async fn list(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        self.run(move |store| {
            let from = match after {
                Some(after) => Bound::Excluded(keys::account(&after)),
                None => Bound::Included(vec![keys::ACCOUNTS]),
            };
            let to = Bound::Excluded(vec![keys::ACCOUNTS + 1]);
            store
                .state
                .range((from, to))
                .take(limit)
                .map(|item| {
                    let (key, value) =
                        item.into_inner().map_err(|error| driver("list the accounts", error))?;
                    let id = keys::account_in(&key)
                        .ok_or_else(|| corrupt("the key of an account is damaged"))?;
                    Ok(Account { id, roles: read_roles(&id, &value)? })
                })
                .collect()
        })
        .await
    }
}
