//! The spam guard at the door: every submitted event takes mana of the root
//! identity behind its author (protocol §8).
//!
//! In two steps: what an event costs and whom is read off the models, under
//! their lock; taking it, after that, may ask a server that gateways share.

use std::collections::HashMap;
use std::sync::Arc;

use erynoa_events::{Body, KeyDirectory, VerifiedEvent};
use erynoa_execution::{Allowance, ManaAccounts, ManaEmpty, Payer, mana};
use erynoa_kernel::{IdentityId, Problem, RealmId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::ledger::Models;

/// Accounts of one batch that are asked at once.
const AT_ONCE: usize = 8;

/// Everybody's mana.
pub struct Purse {
    accounts: Arc<dyn ManaAccounts>,
    is_enforced: bool,
}

/// What an event costs, and whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
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

/// What one account pays of a batch.
struct Share {
    payer: Payer,
    allowance: Allowance,
    prices: Vec<u64>,
    /// Where in the batch each of the prices stands.
    places: Vec<usize>,
}

/// The charges of a batch, account by account.
fn shares(charges: impl Iterator<Item = Option<Charge>>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let mut known = HashMap::new();
    for (place, charge) in charges.enumerate() {
        let Some(Charge { price, account: Some((payer, allowance)) }) = charge else { continue };
        let at = *known.entry(payer).or_insert_with(|| {
            shares.push(Share { payer, allowance, prices: Vec::new(), places: Vec::new() });
            shares.len() - 1
        });
        shares[at].prices.push(price);
        shares[at].places.push(place);
    }
    shares
}

impl Purse {
    /// Takes from these accounts. History that is imported costs nothing: the
    /// guard is about what happens now.
    #[must_use]
    pub fn new(accounts: Arc<dyn ManaAccounts>, is_enforced: bool) -> Self {
        Self { accounts, is_enforced }
    }

    /// Whether submitting costs anything.
    #[must_use]
    pub const fn is_enforced(&self) -> bool {
        self.is_enforced
    }

    /// What an event costs the account of its author's root.
    #[must_use]
    pub fn charge(&self, models: &Models, event: &VerifiedEvent) -> Charge {
        let account = self.is_enforced.then(|| account_of(models, &who_pays(event)));
        Charge { price: price_of(event), account }
    }

    /// Takes what the events of a batch cost, in their order; `None` costs
    /// nothing. Each account is asked once. Of each event: whether it is paid.
    ///
    /// # Errors
    /// When the accounts cannot be reached.
    pub async fn pay(
        &self,
        charges: &[Option<Charge>],
        now_us: u64,
    ) -> Result<Vec<Result<(), ManaEmpty>>, Problem> {
        let mut paid = vec![Ok(()); charges.len()];
        let mut asked = stream::iter(shares(charges.iter().copied()))
            .map(|Share { payer, allowance, prices, places }| async move {
                let taken = self.accounts.take_each(payer, allowance, &prices, now_us).await?;
                Ok::<_, Problem>((places, taken))
            })
            .buffered(AT_ONCE);
        while let Some((places, taken)) = asked.try_next().await? {
            for (place, taken) in places.into_iter().zip(taken) {
                paid[place] = taken.map(drop);
            }
        }
        Ok(paid)
    }

    /// Gives back what was paid for events that the log did not take in.
    pub async fn give_back(&self, charges: impl Iterator<Item = Charge>, now_us: u64) {
        for Share { payer, allowance, prices, .. } in shares(charges.map(Some)) {
            let sum = prices.into_iter().fold(0, u64::saturating_add);
            if let Err(error) = self.accounts.give_back(payer, allowance, sum, now_us).await {
                // It comes back with time.
                tracing::warn!(%error, sum, "mana could not be given back");
            }
        }
    }

    /// What an account may still do.
    ///
    /// # Errors
    /// When the accounts cannot be reached.
    pub async fn balance(
        &self,
        (payer, allowance): (Payer, Allowance),
        now_us: u64,
    ) -> Result<Balance, Problem> {
        let left = self.accounts.left(payer, allowance, now_us).await?;
        Ok(Balance { left, allowance, is_shared: matches!(payer, Payer::Newcomers(_)) })
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
#[must_use]
pub fn account_of(models: &Models, who: &IdentityId) -> (Payer, Allowance) {
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
