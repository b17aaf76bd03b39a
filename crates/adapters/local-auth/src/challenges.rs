//! Open sign-in challenges, in memory: they live for two minutes, and a
//! restart only means asking for another one.

use std::collections::{HashMap, VecDeque};

use erynoa_kernel::IdentityId;

/// How long a challenge is open (platform §4).
pub(crate) const LIFE_US: u64 = 120_000_000;
/// Most challenges that are open at once; with more, the oldest goes. About
/// 2 MB at the very most.
pub(crate) const MOST_OPEN: usize = 10_000;

#[derive(Debug)]
struct Bound {
    identity: IdentityId,
    origin: Box<str>,
    expires_at_us: u64,
}

/// The challenges that can still be answered.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    open: HashMap<[u8; 32], Bound>,
    // All live equally long, so the order of issue is the order of expiry.
    // Holds answered ones, too, until they would have expired.
    issued: VecDeque<([u8; 32], u64)>,
}

impl Challenges {
    /// Opens `challenge` for `identity` at `origin`; returns when it expires.
    pub(crate) fn issue(
        &mut self,
        challenge: [u8; 32],
        identity: IdentityId,
        origin: &str,
        now_us: u64,
    ) -> u64 {
        while let Some((oldest, expires_at_us)) = self.issued.front()
            && (*expires_at_us <= now_us || self.issued.len() >= MOST_OPEN)
        {
            self.open.remove(oldest);
            self.issued.pop_front();
        }
        let expires_at_us = now_us.saturating_add(LIFE_US);
        self.open.insert(challenge, Bound { identity, origin: origin.into(), expires_at_us });
        self.issued.push_back((challenge, expires_at_us));
        expires_at_us
    }

    /// Closes `challenge`, whatever the answer; `true` when it was open for
    /// this identity and origin.
    pub(crate) fn consume(
        &mut self,
        challenge: &[u8; 32],
        identity: &IdentityId,
        origin: &str,
        now_us: u64,
    ) -> bool {
        self.open.remove(challenge).is_some_and(|bound| {
            bound.identity == *identity && *bound.origin == *origin && now_us < bound.expires_at_us
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: usize) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        bytes
    }

    #[test]
    fn the_oldest_challenge_goes_when_too_many_are_open() {
        let who = IdentityId::from_bytes([1; 32]);
        let mut challenges = Challenges::default();
        for n in 0..=MOST_OPEN {
            challenges.issue(number(n), who, "o", 5);
        }
        assert_eq!((challenges.open.len(), challenges.issued.len()), (MOST_OPEN, MOST_OPEN));
        assert!(!challenges.consume(&number(0), &who, "o", 5));
        assert!(challenges.consume(&number(1), &who, "o", 5));
        assert!(challenges.consume(&number(MOST_OPEN), &who, "o", 5));
    }

    #[test]
    fn expired_challenges_leave_nothing_behind() {
        let who = IdentityId::from_bytes([1; 32]);
        let mut challenges = Challenges::default();
        for n in 0..100 {
            challenges.issue(number(n), who, "o", 0);
        }
        challenges.issue(number(100), who, "o", LIFE_US);
        assert_eq!((challenges.open.len(), challenges.issued.len()), (1, 1));
    }
}
