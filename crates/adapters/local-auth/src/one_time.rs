//! Secrets that are given out to be used once: challenges, and nonces for ID
//! tokens. In memory: they live for minutes, and a restart only means asking for
//! another one.

use std::collections::{HashMap, VecDeque};

/// Most secrets of a kind that are open at once; with more, the oldest goes.
/// About 2 MB at the very most.
pub(crate) const MOST_OPEN: usize = 10_000;

#[derive(Debug)]
struct Open<B> {
    bound: B,
    expires_at_us: u64,
}

/// The secrets that can still be used, each bound to something.
#[derive(Debug)]
pub(crate) struct OneTime<B> {
    life_us: u64,
    open: HashMap<[u8; 32], Open<B>>,
    // All live equally long, so the order of issue is the order of expiry.
    // Holds used ones, too, until they would have expired.
    issued: VecDeque<([u8; 32], u64)>,
}

impl<B: PartialEq> OneTime<B> {
    pub(crate) fn new(life_us: u64) -> Self {
        Self { life_us, open: HashMap::new(), issued: VecDeque::new() }
    }

    /// Opens `secret` for `bound`; returns when it expires.
    pub(crate) fn issue(&mut self, secret: [u8; 32], bound: B, now_us: u64) -> u64 {
        while let Some((oldest, expires_at_us)) = self.issued.front()
            && (*expires_at_us <= now_us || self.issued.len() >= MOST_OPEN)
        {
            self.open.remove(oldest);
            self.issued.pop_front();
        }
        let expires_at_us = now_us.saturating_add(self.life_us);
        self.open.insert(secret, Open { bound, expires_at_us });
        self.issued.push_back((secret, expires_at_us));
        expires_at_us
    }

    /// Closes `secret`, whatever the answer; `true` when it was open for this.
    pub(crate) fn consume(&mut self, secret: &[u8; 32], bound: &B, now_us: u64) -> bool {
        self.open
            .remove(secret)
            .is_some_and(|open| open.bound == *bound && now_us < open.expires_at_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE_US: u64 = 120;

    fn number(n: usize) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        bytes
    }

    #[test]
    fn the_oldest_secret_goes_when_too_many_are_open() {
        let mut secrets = OneTime::new(LIFE_US);
        for n in 0..=MOST_OPEN {
            secrets.issue(number(n), "o", 5);
        }
        assert_eq!((secrets.open.len(), secrets.issued.len()), (MOST_OPEN, MOST_OPEN));
        assert!(!secrets.consume(&number(0), &"o", 5));
        assert!(secrets.consume(&number(1), &"o", 5));
        assert!(secrets.consume(&number(MOST_OPEN), &"o", 5));
    }

    #[test]
    fn expired_secrets_leave_nothing_behind() {
        let mut secrets = OneTime::new(LIFE_US);
        for n in 0..100 {
            secrets.issue(number(n), "o", 0);
        }
        secrets.issue(number(100), "o", LIFE_US);
        assert_eq!((secrets.open.len(), secrets.issued.len()), (1, 1));
    }
}
