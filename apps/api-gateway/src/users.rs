//! Use cases on accounts.

pub(crate) mod change_user;
pub(crate) mod export_account;
pub(crate) mod invite_user;
pub(crate) mod link_identity;
pub(crate) mod list_sessions;

use erynoa_access::{
    AccessError, Account, AccountFilter, AccountId, AccountKey, AccountStatus, Role, Roles,
};
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;

use crate::app::{App, invalid};

impl App {
    /// What the person is called: by the account, else by the log.
    pub(crate) fn name_of(&self, account: &Account) -> String {
        match &account.identity {
            Some(identity) if account.name.is_empty() => {
                self.ledger.read().directory.name_of(identity).to_owned()
            }
            _ => account.name.clone(),
        }
    }

    /// DID of the account's identity; empty while none is linked.
    pub(crate) fn did_of(&self, account: &Account) -> String {
        let identity = account.identity.as_ref();
        identity.map(|id| self.ledger.read().directory.did_text(id)).unwrap_or_default()
    }

    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn account(&self, id: &AccountId) -> Result<Account, Problem> {
        let found = self.accounts.find(&AccountKey::Id(*id)).await?;
        Ok(found.ok_or(AccessError::AccountUnknown)?)
    }

    /// Stores the changed account; gives it as it is then.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT`, `IDENTITY_LINKED`, `LAST_ADMIN`.
    pub(crate) async fn replace(&self, account: Account, version: u64) -> Result<Account, Problem> {
        let account = Account { updated_at_us: self.clock.now_us(), ..account };
        self.accounts.update(account.clone(), version).await?.done()?;
        Ok(Account { version: version + 1, ..account })
    }

    /// Refuses what the store would refuse, before anybody else is asked to do
    /// it. The store's word is the last.
    ///
    /// # Errors
    /// `CONFLICT`, `LAST_ADMIN`.
    pub(crate) async fn may_replace(
        &self,
        before: &Account,
        version: u64,
        stays_admin: bool,
    ) -> Result<(), Problem> {
        if before.version != version {
            return Err(AccessError::Stale.into());
        }
        if stays_admin || !before.is_acting_admin() {
            return Ok(());
        }
        let admins = AccountFilter {
            role: Some(Role::Admin),
            status: Some(AccountStatus::Active),
            ..AccountFilter::default()
        };
        if self.accounts.list(&admins, None, 2).await?.len() < 2 {
            return Err(AccessError::LastAdmin.into());
        }
        Ok(())
    }
}

/// An account in the words of the API.
pub(crate) fn describe(app: &App, account: &Account) -> api::User {
    let status = match account.status {
        AccountStatus::Active => api::UserStatus::Active,
        AccountStatus::Invited => api::UserStatus::Invited,
        AccountStatus::Disabled => api::UserStatus::Disabled,
    };
    let (issuer, subject) = match account.subject.clone() {
        Some(subject) => (subject.issuer, subject.subject),
        None => Default::default(),
    };
    api::User {
        id: account.id.to_string(),
        did: app.did_of(account),
        email: account.email.clone(),
        name: app.name_of(account),
        roles: role_names(account.roles),
        status: status.into(),
        created_at_us: account.created_at_us,
        updated_at_us: account.updated_at_us,
        last_seen_at_us: account.last_seen_at_us,
        version: account.version,
        issuer,
        subject,
        language: account.language.clone(),
    }
}

pub(crate) fn role_names(roles: Roles) -> Vec<String> {
    roles.iter().map(|role| role.name().to_owned()).collect()
}

/// # Errors
/// `VALIDATION_ERROR`.
pub(crate) fn user_id(text: &str, field: &'static str) -> Result<AccountId, Problem> {
    text.parse()
        .map_err(|_| invalid(field, "a user is 32 lower-case hexadecimal digits".to_owned()))
}

/// The roles with these names and all that they include; everybody is a member.
///
/// # Errors
/// `VALIDATION_ERROR` naming the one that is unknown.
pub(crate) fn roles_of(names: &[String]) -> Result<Roles, Problem> {
    let roles = names.iter().try_fold(Roles::NONE.with(Role::Member), |roles, name| {
        let role = Role::from_name(name).ok_or_else(|| {
            invalid("roles", format!("{name:?} is no role; there are member, operator, admin"))
        })?;
        Ok::<_, Problem>(roles.with(role))
    })?;
    Ok(roles.with_implied())
}
