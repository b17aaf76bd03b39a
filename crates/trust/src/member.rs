//! One identity in one realm.

use std::collections::VecDeque;

use erynoa_events::{Dimension, KeyDirectory};
use erynoa_kernel::{IdentityId, RealmId, Tag, UniversalId};

use crate::bond::Held;
use crate::evidence::{Prior, Sums, TrustValue, has_voice, lambda_of, trust_ppm, voice_weight};
use crate::fold::Touched;
use crate::ledger::{Entry, Ledger, LedgerKey, Posting};
use crate::ledgers::Ledgers;
use crate::parameters::{BUDGET, BUDGET_DAYS, LAMBDA};
use crate::statement::NO_STATEMENT;

/// What an attester's word weighs in one epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Voice {
    /// Epoch that it was computed for, so that it is computed once an epoch.
    pub(crate) epoch: u32,
    pub(crate) counts: bool,
    pub(crate) weight: u64,
}

/// Number of statements per day within the window: attestations, kept receipts
/// and vouches.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(crate) struct Budget {
    /// Statements in the open epoch.
    pub(crate) open: u32,
    total: u32,
    /// The last day with any. Apart from the others, because most
    /// epochs close on the day of the one before.
    last: (u32, u32),
    /// Those before it, oldest first.
    earlier: VecDeque<(u32, u32)>,
}

impl Budget {
    /// Moves the open epoch's statements to its day.
    pub(crate) fn close(&mut self, day: u32) {
        if self.open == 0 {
            return;
        }
        if self.last.0 != day {
            self.earlier.push_back(self.last);
            self.last = (day, 0);
            while let Some(&(oldest, count)) = self.earlier.front()
                && !in_window(oldest, day)
            {
                self.total -= count;
                self.earlier.pop_front();
            }
        }
        self.last.1 += self.open;
        self.total += self.open;
        self.open = 0;
    }

    /// Statements in the window that ends on the day closed last, with the
    /// whole epoch.
    pub(crate) fn used(&self) -> u32 {
        self.total
    }

    /// Statements in the window that ends on `day`, with the open epoch.
    pub(crate) fn used_with_open(&self, day: u32) -> u32 {
        let closed: u32 = self
            .earlier
            .iter()
            .chain([&self.last])
            .filter(|&&(earlier, _)| in_window(earlier, day))
            .map(|&(_, count)| count)
            .sum();
        closed + self.open
    }
}

fn in_window(earlier: u32, day: u32) -> bool {
    day.saturating_sub(earlier) < BUDGET_DAYS
}

/// ⌊weight · 40 / k⌋ above the budget of 40.
pub(crate) fn within_budget(weight: u64, used: u32) -> u64 {
    if used <= BUDGET { weight } else { weight * u64::from(BUDGET) / u64::from(used) }
}

/// With many members, memory is what the fold waits for: every event asks
/// what comes first of its two members, and that fills one line of a cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Member {
    pub(crate) id: IdentityId,
    /// Number of changes of controllers, plus one, that `root` holds for; 0 as
    /// long as the directory does not know the identity.
    root_at: u32,
    /// Newest statement about this member.
    pub(crate) newest: u32,
    /// End of the chain of controllers, if it is another.
    root: Option<Box<IdentityId>>,
    /// Newest bond that the member gave, and newest that the member got, in the
    /// fold's list, as index + 1; 0 for none.
    pub(crate) bonds: [u32; 2],
    pub(crate) budget: Budget,
    pub(crate) voice: Voice,
    /// Last day of this member that the epoch touched, as index + 1 of the
    /// fold's list; 0 for none.
    touched: u32,
    /// Epoch whose state root counted this member's record last.
    pub(crate) changed_in: u32,
    pub(crate) ledgers: Ledgers,
    /// Newest place in the fold's history, as index + 1; 0 for none.
    pub(crate) history: u32,
    pub(crate) founder: bool,
    /// The live bonds that the member has.
    pub(crate) held: Option<Box<Held>>,
    crossed_ppm: Option<Box<[u32; 6]>>,
    pub(crate) record_id: UniversalId,
}

impl Member {
    pub(crate) fn new(realm: &RealmId, id: IdentityId) -> Self {
        Self {
            id,
            record_id: UniversalId::new(Tag::TrustRecord, 1, &[realm.as_bytes(), id.as_bytes()]),
            root_at: 0,
            root: None,
            founder: false,
            changed_in: 0,
            touched: 0,
            newest: NO_STATEMENT,
            voice: Voice::default(),
            budget: Budget::default(),
            ledgers: Ledgers::default(),
            history: 0,
            bonds: [0; 2],
            held: None,
            crossed_ppm: None,
        }
    }

    /// A root changes only with a `controller_set`; `changes` counts these.
    pub(crate) fn root(&mut self, changes: u32, directory: &dyn KeyDirectory) -> IdentityId {
        if self.root_at == changes + 1 {
            return self.root.as_deref().copied().unwrap_or(self.id);
        }
        let root = directory.root_of(&self.id);
        if directory.knows(&self.id) {
            self.root_at = changes + 1;
            self.root = (root != self.id).then(|| Box::new(root));
        }
        root
    }

    /// What is assumed of a dimension. Founders have nothing to bring along.
    pub(crate) fn prior(&self, dimension: Dimension) -> Prior {
        match &self.crossed_ppm {
            Some(means) if !self.founder => Prior::crossed(means[dimension.index()]),
            _ => self.standing_prior(),
        }
    }

    /// What is assumed of the standing: no voice is brought along.
    pub(crate) fn standing_prior(&self) -> Prior {
        Prior::of(self.founder)
    }

    /// Prior means that were brought along from another realm.
    pub(crate) fn crossed_ppm(&self) -> Option<[u32; 6]> {
        self.crossed_ppm.as_deref().copied()
    }

    /// Sets what is brought along; whether it is another than before.
    pub(crate) fn cross(&mut self, means_ppm: [u32; 6]) -> bool {
        let before = self.crossed_ppm.replace(Box::new(means_ppm));
        before.as_deref() != Some(&means_ppm)
    }

    pub(crate) fn ledger(&self, key: LedgerKey) -> Option<&Ledger> {
        self.ledgers.get(key)
    }

    pub(crate) fn post(
        &mut self,
        key: LedgerKey,
        entry: Entry,
        posting: Posting,
        epoch: u32,
    ) -> Option<Sums> {
        self.ledgers.open(key).post(entry, posting, epoch)
    }

    /// Looks at what closing an epoch asks of a member. See
    /// [`crate::close::AHEAD`].
    pub(crate) fn look(&self) -> usize {
        self.ledgers.look() ^ self.touched as usize
    }

    /// Notes that the epoch touched a day; gives the one noted before.
    pub(crate) fn touch(&mut self, touched: u32) -> u32 {
        std::mem::replace(&mut self.touched, touched)
    }

    /// Settles everything that the epoch touched; whether anything changed.
    pub(crate) fn settle_all(&mut self, touched: &[Touched]) -> bool {
        let mut changed = false;
        let mut next = std::mem::take(&mut self.touched);
        while let Some(index) = next.checked_sub(1) {
            let Touched { key, day, before, previous } = touched[index as usize];
            changed |= self.settle(key, day, before);
            next = previous;
        }
        changed
    }

    /// Whether a day of a ledger that had `before` has other sums now; drops
    /// what is empty.
    fn settle(&mut self, key: LedgerKey, day: u32, before: Sums) -> bool {
        let ledger = self.ledgers.open(key);
        let changed = ledger.settle(day, before);
        if ledger.days.is_empty() {
            self.ledgers.drop_empty(key);
        }
        changed
    }

    /// Whether the realm knows more of this member than that they exist.
    pub(crate) fn is_subject(&self) -> bool {
        !self.ledgers.is_empty() || self.founder || self.crossed_ppm.is_some()
    }

    pub(crate) fn sums(&self, key: LedgerKey, day: u32) -> Sums {
        self.ledger(key).map(|ledger| ledger.sums_at(day)).unwrap_or_default()
    }

    pub(crate) fn value(&self, dimension: Dimension, day: u32) -> TrustValue {
        let sums = self.sums(LedgerKey::dimension(dimension), day);
        TrustValue::new(sums, self.prior(dimension), lambda_of(dimension))
    }

    pub(crate) fn values_ppm(&self, day: u32) -> [u32; 6] {
        Dimension::ALL.map(|dimension| match self.ledger(LedgerKey::dimension(dimension)) {
            Some(ledger) => {
                trust_ppm(ledger.sums_at(day), self.prior(dimension), lambda_of(dimension))
            }
            None => self.prior(dimension).mean_ppm(),
        })
    }

    pub(crate) fn standing_ppm(&self, day: u32) -> u32 {
        trust_ppm(self.sums(LedgerKey::STANDING, day), self.standing_prior(), LAMBDA)
    }

    /// What this member's word weighs with the standing of `day`.
    pub(crate) fn voice_at(&self, day: u32, epoch: u32) -> Voice {
        let standing = self.standing_ppm(day);
        Voice {
            epoch,
            counts: has_voice(standing, self.founder),
            weight: voice_weight(standing, self.founder),
        }
    }
}
