//! Files in the running server: who asks, what is swept, what is being scanned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use erynoa_access::{AccountId, AccountKey, Principal, Role};
use erynoa_kernel::{IdentityId, Problem, RealmId};
use erynoa_storage::{Caller, Holder, OwnerId, Scan, SignedUrls, Storage, StorageError};

use crate::app::App;
use crate::ledger::Ledger;

/// Files and what the server does with them.
pub struct Files {
    /// The use cases.
    pub storage: Storage,
    /// Reads the presigned URLs that this server answers itself.
    pub signed: Option<Arc<dyn SignedUrls>>,
    /// The newest scan.
    scan: Mutex<Option<Scan>>,
}

/// Who asks for files.
pub(crate) struct Visitor {
    account: Option<OwnerId>,
    is_operator: bool,
    is_member: Box<dyn Fn(&RealmId) -> bool + Send + Sync>,
}

impl Visitor {
    /// The visitor in the words of the storage.
    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller {
            account: self.account,
            is_operator: self.is_operator,
            is_member: self.is_member.as_ref(),
        }
    }

    /// Whose account it is.
    pub(crate) const fn account(&self) -> Option<OwnerId> {
        self.account
    }
}

fn membership(
    ledger: Ledger,
    identity: Option<IdentityId>,
) -> Box<dyn Fn(&RealmId) -> bool + Send + Sync> {
    Box::new(move |realm| {
        identity.is_some_and(|identity| {
            let models = ledger.read();
            models.realms.is_member(realm, &identity, &models.directory)
        })
    })
}

impl Files {
    /// Nothing has been scanned yet.
    #[must_use]
    pub fn new(storage: Storage, signed: Option<Arc<dyn SignedUrls>>) -> Self {
        Self { storage, signed, scan: Mutex::default() }
    }

    /// The newest scan, as far as it has come.
    pub(crate) fn newest_scan(&self) -> Option<Scan> {
        self.scan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a scan in the place of the one before, unless that one still goes
    /// on.
    fn begin(&self, scan: &Scan) -> Result<(), StorageError> {
        let mut newest = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.as_ref().is_some_and(|scan| scan.finished_at_us.is_none()) {
            return Err(StorageError::ScanRunning);
        }
        *newest = Some(scan.clone());
        Ok(())
    }

    fn show(&self, scan: Scan) {
        *self.scan.lock().unwrap_or_else(PoisonError::into_inner) = Some(scan);
    }
}

impl App {
    /// Who asks for files.
    pub(crate) fn visitor(&self, principal: Option<&Principal>) -> Visitor {
        Visitor {
            account: principal.map(|principal| owner_of(&principal.account)),
            is_operator: principal.is_some_and(|who| who.roles.allow(Role::Operator)),
            is_member: membership(
                self.ledger.clone(),
                principal.and_then(|principal| principal.identity),
            ),
        }
    }

    /// What owners are called; one without an account has no name.
    pub(crate) async fn owner_names(
        &self,
        owners: impl Iterator<Item = OwnerId> + Send,
    ) -> Result<HashMap<OwnerId, String>, Problem> {
        let mut names = HashMap::new();
        let mut owners: Vec<_> = owners.collect();
        owners.sort();
        owners.dedup();
        for owner in owners {
            let id = AccountId::from_bytes(*owner.as_bytes());
            let account = self.accounts.find(&AccountKey::Id(id)).await?;
            names.insert(owner, account.map(|account| self.name_of(&account)).unwrap_or_default());
        }
        Ok(names)
    }

    /// Id and name of a holder of files.
    pub(crate) async fn holder_name(&self, holder: &Holder) -> Result<(String, String), Problem> {
        match holder {
            Holder::Person(owner) => {
                let mut names = self.owner_names(std::iter::once(*owner)).await?;
                Ok((owner.to_string(), names.remove(owner).unwrap_or_default()))
            }
            Holder::Realm(realm) => {
                let models = self.ledger.read();
                let name = models.realms.find(realm).map(|realm| realm.name.clone());
                Ok((realm.to_string(), name.unwrap_or_default()))
            }
        }
    }

    /// Begins to compare every object with its file, behind this call's back.
    ///
    /// # Errors
    /// `SCAN_RUNNING`.
    pub(crate) async fn start_scan(self: &Arc<Self>) -> Result<Scan, StorageError> {
        let begun = self.files.storage.begin_scan().await?;
        self.files.begin(&begun)?;
        let app = Arc::clone(self);
        let mut scan = begun.clone();
        tokio::spawn(async move {
            while scan.finished_at_us.is_none() {
                scan = app.files.storage.step_scan(scan).await;
                app.files.show(scan.clone());
            }
        });
        Ok(begun)
    }

    /// Clears away what is over, and makes the default bucket where it is
    /// missing.
    pub(crate) async fn sweep_files(&self) {
        let storage = &self.files.storage;
        if let Err(error) = storage.buckets.create(&storage.rules.bucket).await {
            tracing::warn!(%error, "the bucket of new files could not be made");
            return;
        }
        match storage.sweep().await {
            Ok(swept) => tracing::debug!(?swept, "files were swept"),
            Err(error) => tracing::warn!(%error, "files could not be swept"),
        }
    }
}

/// The account as the storage knows it.
pub(crate) const fn owner_of(account: &AccountId) -> OwnerId {
    OwnerId::from_bytes(*account.as_bytes())
}
