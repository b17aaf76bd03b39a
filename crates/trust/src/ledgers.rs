//! The evidence about one member.

use crate::ledger::{Ledger, LedgerKey};

/// Ledgers that have evidence, each found with one look: searching through them
/// would wait for memory once more at every step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledgers {
    /// Where in `whole` the ledger of each key is, as index + 1; 0 for none.
    places: [u8; LedgerKey::WHOLE],
    /// The standing and the dimensions as a whole, in the order of arrival.
    whole: Vec<Ledger>,
    /// Domains of competence, ascending by key.
    domains: Vec<Ledger>,
}

impl Ledgers {
    pub(crate) fn get(&self, key: LedgerKey) -> Option<&Ledger> {
        match self.places.get(key.index()) {
            Some(place) => Some(&self.whole[usize::from(place.checked_sub(1)?)]),
            None => self.find_domain(key).ok().map(|position| &self.domains[position]),
        }
    }

    /// The ledger of a key, made when it is new.
    pub(crate) fn open(&mut self, key: LedgerKey) -> &mut Ledger {
        let Some(place) = self.places.get_mut(key.index()) else {
            let position = self.find_domain(key).unwrap_or_else(|position| {
                self.domains.insert(position, Ledger::new(key));
                position
            });
            return &mut self.domains[position];
        };
        if *place == 0 {
            self.whole.push(Ledger::new(key));
            *place = u8::try_from(self.whole.len()).expect("there are seven such keys");
        }
        &mut self.whole[usize::from(*place) - 1]
    }

    /// Drops a ledger without evidence.
    pub(crate) fn drop_empty(&mut self, key: LedgerKey) {
        let Some(place) = self.places.get_mut(key.index()) else {
            if let Ok(position) = self.find_domain(key) {
                self.domains.remove(position);
            }
            return;
        };
        let gap = std::mem::take(place);
        let Some(position) = gap.checked_sub(1) else { return };
        self.whole.swap_remove(usize::from(position));
        if let Some(moved) = self.whole.get(usize::from(position)) {
            self.places[moved.key.index()] = gap;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.domains.is_empty()
    }

    /// Those of domains of competence, each with the index of the domain.
    pub(crate) fn domains(&self) -> impl Iterator<Item = (u32, &Ledger)> {
        self.domains.iter().filter_map(|ledger| Some((ledger.key.as_domain()?, ledger)))
    }

    /// Looks at every ledger. See [`crate::close::AHEAD`].
    pub(crate) fn look(&self) -> usize {
        self.whole.iter().fold(0, |seen, ledger| seen ^ ledger.key.index())
    }

    fn find_domain(&self, key: LedgerKey) -> Result<usize, usize> {
        self.domains.binary_search_by_key(&key, |ledger| ledger.key)
    }
}
