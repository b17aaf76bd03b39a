//! Delegations once more, as plainly as they can be said: a list of links, and
//! every question answered by walking it.

use std::collections::BTreeSet;

use crate::capabilities::implies_by_parts;

/// A link between people known by number.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) realm: u64,
    pub(crate) factor_ppm: u32,
    pub(crate) capabilities: Vec<String>,
    pub(crate) from_us: u64,
    pub(crate) until_us: Option<u64>,
    pub(crate) depth: u8,
    pub(crate) via: Option<usize>,
    pub(crate) revoked: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Forest {
    pub(crate) links: Vec<Link>,
    pub(crate) ended: BTreeSet<usize>,
}

/// Realm `number / 2` is above `number`.
pub(crate) fn within(mut realm: u64, ancestor: u64) -> bool {
    while realm > ancestor {
        realm /= 2;
    }
    realm == ancestor
}

pub(crate) fn allows(held: &[String], wanted: &str) -> bool {
    held.iter().any(|held| implies_by_parts(held, wanted))
}

impl Forest {
    /// Positions from the last link to the first.
    pub(crate) fn chain(&self, last: usize) -> Vec<usize> {
        std::iter::successors(Some(last), |&at| self.links[at].via).collect()
    }

    pub(crate) fn is_live(&self, last: usize, at_us: u64) -> bool {
        let live = |at: &usize| {
            let link = &self.links[*at];
            !link.revoked
                && link.from_us <= at_us
                && link.until_us.is_none_or(|until| at_us < until)
                && !self.ended.contains(&link.from)
        };
        self.chain(last).iter().all(live) && !self.ended.contains(&self.links[last].to)
    }

    /// Whether a new link may stand.
    pub(crate) fn accepts(&self, new: &Link, at_us: u64) -> bool {
        if self.ended.contains(&new.to) || self.ended.contains(&new.from) || new.from == new.to {
            return false;
        }
        let Some(via) = new.via else { return true };
        let before = &self.links[via];
        let above: BTreeSet<usize> =
            self.chain(via).iter().map(|&at| self.links[at].from).collect();
        self.is_live(via, at_us)
            && before.to == new.from
            && new.depth < before.depth
            && new.capabilities.iter().all(|wanted| allows(&before.capabilities, wanted))
            && within(new.realm, before.realm)
            && !above.contains(&new.to)
    }

    /// Factors of a chain as a numerator over 10³⁶.
    fn weight(&self, last: usize) -> u128 {
        let chain = self.chain(last);
        let product: u128 = chain.iter().map(|&at| u128::from(self.links[at].factor_ppm)).product();
        (chain.len()..6).fold(product, |product, _| product * 1_000_000)
    }

    /// The last links of the best chains; several when their factors are equal.
    pub(crate) fn best(&self, to: usize, wanted: &str, realm: u64, at_us: u64) -> Vec<usize> {
        let fits = |at: &usize| {
            let link = &self.links[*at];
            link.to == to
                && within(realm, link.realm)
                && allows(&link.capabilities, wanted)
                && self.is_live(*at, at_us)
        };
        let fitting: Vec<usize> = (0..self.links.len()).filter(fits).collect();
        let greatest = fitting.iter().map(|&at| self.weight(at)).max();
        fitting.into_iter().filter(|&at| Some(self.weight(at)) == greatest).collect()
    }
}
