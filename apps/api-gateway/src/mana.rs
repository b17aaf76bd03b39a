//! The spam guard at the door: every submitted event takes mana of the root
//! identity behind its author (protocol §8).

use std::sync::{Mutex, PoisonError};

use erynoa_events::{Body, KeyDirectory, VerifiedEvent};
use erynoa_execution::{Allowance, Mana, ManaEmpty, Payer, mana};
use erynoa_kernel::{IdentityId, RealmId};

use crate::ledger::Models;

/// Everybody's mana.
pub struct Purse {
    mana: Mutex<Mana>,
    is_enforced: bool,
}

/// What was taken for an event, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Mana.
    pub price: u64,
    /// `None` where nothing is taken.
    account: Option<(Payer, Allowance)>,
}

/// What an identity may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Mana that is left.
    pub left: u64,
    /// How much the account holds and gains.
    pub allowance: Allowance,
    /// All newcomers share the account.
    pub is_shared: bool,
}

impl Purse {
    /// Full accounts. History that is imported costs nothing: the guard is
    /// about what happens now.
    #[must_use]
    pub fn new(is_enforced: bool) -> Self {
        Self { mana: Mutex::default(), is_enforced }
    }

    /// Whether submitting costs anything.
    #[must_use]
    pub const fn is_enforced(&self) -> bool {
        self.is_enforced
    }

    /// Takes the price of an event from the account of its author's root.
    ///
    /// # Errors
    /// `MANA_EXHAUSTED` with the delay after which there is enough.
    pub fn pay(
        &self,
        models: &Models,
        event: &VerifiedEvent,
        now_us: u64,
    ) -> Result<Paid, ManaEmpty> {
        let price = price_of(event);
        if !self.is_enforced {
            return Ok(Paid { price, account: None });
        }
        let (payer, allowance) = account_of(models, &who_pays(event));
        self.lock().take(payer, allowance, price, now_us)?;
        Ok(Paid { price, account: Some((payer, allowance)) })
    }

    /// Gives back what was paid for an event that the log did not take in.
    pub fn give_back(&self, paid: &Paid, now_us: u64) {
        if let Some((payer, allowance)) = paid.account {
            self.lock().give_back(payer, allowance, paid.price, now_us);
        }
    }

    /// What an identity may still do.
    #[must_use]
    pub fn balance(&self, models: &Models, who: &IdentityId, now_us: u64) -> Balance {
        let (payer, allowance) = account_of(models, who);
        let left = self.lock().left(payer, allowance, now_us);
        Balance { left, allowance, is_shared: matches!(payer, Payer::Newcomers(_)) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Mana> {
        self.mana.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn price_of(event: &VerifiedEvent) -> u64 {
    match event.event().body {
        Body::Delegation(_) => mana::DELEGATE,
        Body::RealmJoined(_) => mana::CROSSING,
        _ => mana::EVENT,
    }
}

/// The author; of an identity that somebody controls, who controls it.
fn who_pays(event: &VerifiedEvent) -> IdentityId {
    match &event.event().body {
        Body::IdentityCreated(created) => {
            created.controller.as_ref().map_or(event.event().author, |owner| owner.identity)
        }
        _ => event.event().author,
    }
}

/// The account behind an identity. Whoever has a voice or is vouched for in the
/// root realm has one of their own; all others share one.
fn account_of(models: &Models, who: &IdentityId) -> (Payer, Allowance) {
    let realm: RealmId = models.root_realm();
    let root = models.directory.root_of(who);
    let glance = models.trust.glance(&realm, &root);
    let is_log = root == models.realms.log_identity();
    if is_log || glance.has_voice || models.trust.is_vouched(&realm, &root) {
        return (Payer::Root(root), Allowance::of(glance.values_ppm[5]));
    }
    let (members, omega_sum_ppm) = models.voices.totals();
    (Payer::Newcomers(realm), Allowance::newcomers(members, omega_sum_ppm))
}
