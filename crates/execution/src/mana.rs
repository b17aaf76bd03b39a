//! Mana: the spam guard at the door (protocol §8).
//!
//! Every root identity has an account that refills with time, larger and
//! faster the better it keeps the rules. Mana is local to a node and never
//! replicated; it bounds what others make this node do.

use std::collections::BTreeMap;

use erynoa_kernel::{IdentityId, Problem, RealmId};

use crate::error::code;
use crate::{Cost, PPM};

/// Submitting one event: at the prior of Ω a burst of 5 500 and 10 a second.
pub const EVENT: u64 = 20;
/// Storing an object, without its bytes.
pub const PUT: u64 = 10;
/// Each KiB of it, or part of one: 2 KiB weigh like an event of that size.
pub const PUT_KIB: u64 = 10;
/// A query beyond a look-up.
pub const QUERY: u64 = 20;
/// A delegation: dearer than an event, because every later check follows it.
pub const DELEGATE: u64 = 30;
/// Crossing into another realm: two guards and their rules.
pub const CROSSING: u64 = 50;
/// A step of a saga: it is journaled before and after.
pub const SAGA_STEP: u64 = 30;

/// What an account holds at most at Ω = 0.
pub const MAX_BASE: u64 = 10_000;
/// How many times that Ω = 1 adds.
pub const MAX_OMEGA_FACTOR: u64 = 100;
/// What an account gains a second at Ω = 0.
pub const REFILL_BASE: u64 = 100;
/// How many times that Ω = 1 adds.
pub const REFILL_OMEGA_FACTOR: u64 = 10;
/// One part in this many of a realm's mana is for all its unvouched newcomers
/// together: 10 %.
pub const NEWCOMERS_SHARE: u128 = 10;
/// Ω of a newcomer, ppm: the prior of the protocol.
pub const NEWCOMER_OMEGA_PPM: u32 = 100_000;
/// Accounts that a ledger remembers, about 10 MiB of them.
pub const ACCOUNTS_MOST: usize = 65_536;

/// Accounts are kept in billionths, in which the refill of a microsecond is a
/// whole number for every Ω in ppm.
const NANO: u128 = 1_000_000_000;
/// Microseconds of a millisecond.
const MS_US: u128 = 1_000;

/// Price of an object of this many bytes.
#[must_use]
pub const fn put(bytes: u64) -> u64 {
    PUT.saturating_add(bytes.div_ceil(1_024).saturating_mul(PUT_KIB))
}

/// A price alone.
#[must_use]
pub const fn cost(mana: u64) -> Cost {
    Cost { mana, ..Cost::ZERO }
}

/// Whose account pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payer {
    /// A root identity: a person with all their agents, a guild.
    Root(IdentityId),
    /// All newcomers together for whom nobody in this realm has vouched.
    /// Identities cost nothing, so each of them cannot have its own.
    Newcomers(RealmId),
}

/// How much an account holds and gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    max_nano: u128,
    refill_nano_per_us: u128,
}

impl Allowance {
    /// Of a root identity with this Ω in ppm, at most 1 000 000.
    #[must_use]
    pub const fn of(omega_ppm: u32) -> Self {
        Self::sum(1, if omega_ppm > PPM { PPM } else { omega_ppm } as u64)
    }

    /// Shared by the unvouched newcomers of a realm: 10 % of what its vouched
    /// members have together, and at least what a single newcomer would have,
    /// so that a realm without members yet can be entered.
    ///
    /// Takes the number of vouched members and the sum of their Ω in ppm.
    #[must_use]
    pub const fn newcomers(members: u64, omega_sum_ppm: u64) -> Self {
        let realm = Self::sum(members, omega_sum_ppm);
        let least = Self::of(NEWCOMER_OMEGA_PPM);
        Self {
            max_nano: greater(realm.max_nano / NEWCOMERS_SHARE, least.max_nano),
            refill_nano_per_us: greater(
                realm.refill_nano_per_us / NEWCOMERS_SHARE,
                least.refill_nano_per_us,
            ),
        }
    }

    /// base · (1 + factor · Ω), summed; both formulas are linear in Ω.
    const fn sum(members: u64, omega_sum_ppm: u64) -> Self {
        let (members, omega) = (members as u128, omega_sum_ppm as u128);
        let max_ppm = members * PPM as u128 + MAX_OMEGA_FACTOR as u128 * omega;
        let refill_ppm = members * PPM as u128 + REFILL_OMEGA_FACTOR as u128 * omega;
        // A unit of mana a second is 1 000 billionths a microsecond; divided
        // by 10⁶ for the ppm, 100 · 1 000 / 10⁶ leaves a tenth.
        Self {
            max_nano: max_ppm * (MAX_BASE as u128 * NANO / PPM as u128),
            refill_nano_per_us: refill_ppm * REFILL_BASE as u128 / 1_000,
        }
    }

    /// What the account holds at most, mana.
    #[must_use]
    pub fn max(&self) -> u64 {
        whole(self.max_nano)
    }

    /// What the account gains, mana a second, floored.
    #[must_use]
    pub fn refill_per_second(&self) -> u64 {
        whole(self.refill_nano_per_us * 1_000_000)
    }

    /// What the account holds at most, billionths of mana.
    #[must_use]
    pub const fn max_nano(&self) -> u128 {
        self.max_nano
    }

    /// What the account gains, billionths of mana a microsecond.
    #[must_use]
    pub const fn refill_nano_per_us(&self) -> u128 {
        self.refill_nano_per_us
    }
}

const fn greater(a: u128, b: u128) -> u128 {
    if a > b { a } else { b }
}

/// Billionths of this much mana.
#[must_use]
pub const fn nano(mana: u64) -> u128 {
    mana as u128 * NANO
}

/// Whole units of so many billionths, floored.
#[must_use]
pub fn whole(nano: u128) -> u64 {
    u64::try_from(nano / NANO).unwrap_or(u64::MAX)
}

/// There is not enough mana.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this takes {price} mana and the account has {left}, of at most {max}")]
pub struct ManaEmpty {
    /// What it takes.
    pub price: u64,
    /// What the account has.
    pub left: u64,
    /// What the account ever has.
    pub max: u64,
    /// When there will be enough, if nothing else is taken; `None` if the
    /// price is more than the account ever holds.
    pub retry_after_ms: Option<u64>,
}

impl ManaEmpty {
    /// What an account under `allowance` says that holds `level_nano`
    /// billionths, which are less than `price`.
    #[must_use]
    pub fn at(level_nano: u128, allowance: Allowance, price: u64) -> Self {
        let missing = nano(price).saturating_sub(level_nano);
        let wait_us = missing.div_ceil(allowance.refill_nano_per_us);
        let wait_ms = u64::try_from(wait_us.div_ceil(MS_US)).unwrap_or(u64::MAX);
        Self {
            price,
            left: whole(level_nano),
            max: allowance.max(),
            retry_after_ms: (nano(price) <= allowance.max_nano).then_some(wait_ms),
        }
    }
}

impl From<ManaEmpty> for Problem {
    fn from(empty: ManaEmpty) -> Self {
        let (code, kind) = code::MANA_EXHAUSTED;
        let advice = match empty.retry_after_ms {
            Some(_) => "wait, or ask for less",
            None => "waiting does not help; ask for less in one request",
        };
        let mut problem = Self::new(kind, code, format!("{empty}; {advice}"));
        problem.retry_after_ms = empty.retry_after_ms;
        problem
    }
}

#[derive(Clone, Copy, Debug)]
struct Account {
    level_nano: u128,
    at_us: u64,
    allowance: Allowance,
}

impl Account {
    /// The account at `now_us` under `allowance`. It is the same whether it
    /// was looked at in between or not: min(max, ·) of a sum of steps is
    /// min(max, ·) of the whole.
    fn at(mut self, allowance: Allowance, now_us: u64) -> Self {
        let elapsed_us = u128::from(now_us.saturating_sub(self.at_us));
        let gained = allowance.refill_nano_per_us.saturating_mul(elapsed_us);
        self.level_nano = self.level_nano.saturating_add(gained).min(allowance.max_nano);
        self.at_us = self.at_us.max(now_us);
        self.allowance = allowance;
        self
    }

    /// Microseconds from `now_us` until it is full; 0 if it is.
    fn full_in_us(&self, now_us: u64) -> u128 {
        let missing = self.allowance.max_nano.saturating_sub(self.level_nano);
        let from_then = missing.div_ceil(self.allowance.refill_nano_per_us);
        from_then.saturating_sub(u128::from(now_us.saturating_sub(self.at_us)))
    }
}

/// The accounts of a node.
///
/// An account that is not remembered is full. So full ones can be forgotten at
/// no loss, and memory is bounded: when there is no room for one more, those
/// that are full go, and then those that lack least, until an eighth is free;
/// that gives their owners a little for nothing.
#[derive(Debug)]
pub struct Mana {
    accounts: BTreeMap<Payer, Account>,
    room: usize,
}

impl Default for Mana {
    fn default() -> Self {
        Self::new(ACCOUNTS_MOST)
    }
}

impl Mana {
    /// A ledger that remembers at most `room` accounts, at least one.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { accounts: BTreeMap::new(), room: room.max(1) }
    }

    /// Takes `price` from the account of `payer` and returns what is left.
    ///
    /// `allowance` follows from Ω at the last epoch; time that does not run
    /// forward gives nothing.
    ///
    /// # Errors
    /// There is not enough; then nothing is taken.
    pub fn take(
        &mut self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<u64, ManaEmpty> {
        let mut account = self.account(payer, allowance, now_us);
        let Some(level_nano) = account.level_nano.checked_sub(nano(price)) else {
            return Err(ManaEmpty::at(account.level_nano, allowance, price));
        };
        account.level_nano = level_nano;
        if !self.accounts.contains_key(&payer) && self.accounts.len() >= self.room {
            self.make_room(now_us);
        }
        self.accounts.insert(payer, account);
        Ok(whole(level_nano))
    }

    /// What the account of `payer` has.
    #[must_use]
    pub fn left(&self, payer: Payer, allowance: Allowance, now_us: u64) -> u64 {
        whole(self.account(payer, allowance, now_us).level_nano)
    }

    /// Gives back what was taken for something that was not done, up to what
    /// the account holds at most.
    pub fn give_back(&mut self, payer: Payer, allowance: Allowance, price: u64, now_us: u64) {
        // One that is not remembered is full.
        if let Some(account) = self.accounts.get_mut(&payer) {
            *account = account.at(allowance, now_us);
            let level_nano = account.level_nano.saturating_add(nano(price));
            account.level_nano = level_nano.min(allowance.max_nano);
        }
    }

    /// Accounts that are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.accounts.len()
    }

    fn account(&self, payer: Payer, allowance: Allowance, now_us: u64) -> Account {
        match self.accounts.get(&payer) {
            Some(account) => account.at(allowance, now_us),
            None => Account { level_nano: allowance.max_nano, at_us: now_us, allowance },
        }
    }

    /// Always frees an eighth, so that a sweep over all accounts is paid for by
    /// as many takes, whoever asks.
    fn make_room(&mut self, now_us: u64) {
        self.accounts.retain(|_, account| account.full_in_us(now_us) > 0);
        let keep = self.room - self.room.div_ceil(8);
        let excess = self.accounts.len().saturating_sub(keep);
        let mut by_need: Vec<(u128, Payer)> = self
            .accounts
            .iter()
            .map(|(payer, account)| (account.full_in_us(now_us), *payer))
            .collect();
        by_need.sort_unstable();
        for (_, payer) in by_need.into_iter().take(excess) {
            self.accounts.remove(&payer);
        }
    }
}
