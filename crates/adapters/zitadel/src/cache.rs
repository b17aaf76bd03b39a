//! What has been verified, and which logout tokens have been used.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Verified tokens that are remembered in one generation; two are kept, so up
/// to twice as many. About 1 KiB each.
const GENERATION: usize = 8192;

/// The younger one first.
type Generations<V> = [HashMap<blake3::Hash, (u64, V)>; 2];

/// Values under hashes, each until its time; the least recently used go when
/// there are too many.
pub(crate) struct Cache<V> {
    generations: Mutex<Generations<V>>,
}

impl<V: Clone> Cache<V> {
    pub(crate) fn new() -> Self {
        Self { generations: Mutex::new([HashMap::new(), HashMap::new()]) }
    }

    /// The value, if its time has not come.
    pub(crate) fn get(&self, key: &blake3::Hash, now_us: u64) -> Option<V> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until_us, value)) = generations[0].get(key) {
            return (now_us < *until_us).then(|| value.clone());
        }
        let (until_us, value) = generations[1].remove(key)?;
        if now_us >= until_us {
            return None;
        }
        Self::put(&mut generations, *key, until_us, value.clone());
        Some(value)
    }

    /// Remembers a value until `until_us`.
    pub(crate) fn insert(&self, key: blake3::Hash, until_us: u64, value: V) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        Self::put(&mut generations, key, until_us, value);
    }

    fn put(generations: &mut Generations<V>, key: blake3::Hash, until_us: u64, value: V) {
        if generations[0].len() >= GENERATION {
            generations[1] = std::mem::take(&mut generations[0]);
        }
        generations[0].insert(key, (until_us, value));
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.generations.lock().expect("not poisoned").iter().map(HashMap::len).sum()
    }
}

/// Logout tokens that are remembered as used. Only the provider can make them.
const USED_MOST: usize = 65_536;

/// Ids that count once.
#[derive(Default)]
pub(crate) struct Used {
    until: Mutex<HashMap<blake3::Hash, u64>>,
}

impl Used {
    /// Marks an id as used until `until_us`. `false` when it was already, or
    /// when so many are in use that this cannot be known.
    pub(crate) fn mark(&self, id: blake3::Hash, until_us: u64, now_us: u64) -> bool {
        let mut used = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= USED_MOST {
            used.retain(|_, until_us| now_us < *until_us);
        }
        if used.len() >= USED_MOST || used.get(&id).is_some_and(|until_us| now_us < *until_us) {
            return false;
        }
        used.insert(id, until_us);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> blake3::Hash {
        blake3::hash(&number.to_le_bytes())
    }

    #[test]
    fn a_value_is_remembered_until_its_time_and_not_at_it() {
        let cache = Cache::new();
        cache.insert(key(1), 10, "one");
        assert_eq!(cache.get(&key(1), 9), Some("one"));
        assert_eq!(cache.get(&key(1), 10), None);
        assert_eq!(cache.get(&key(2), 0), None);
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let cache = Cache::new();
        for number in 0..10 * GENERATION {
            cache.insert(key(number), u64::MAX, number);
            assert_eq!(cache.get(&key(0), 0), Some(0), "used all the time, after {number}");
        }
        assert!(cache.len() <= 2 * GENERATION);
        assert_eq!(cache.get(&key(1), 0), None, "never used");
    }

    #[test]
    fn an_id_counts_once_within_its_life_however_many_there_are() {
        let used = Used::default();
        assert!(used.mark(key(0), 10, 0));
        assert!(!used.mark(key(0), 10, 9));
        assert!(used.mark(key(0), 20, 10));
        for number in 1..USED_MOST {
            assert!(used.mark(key(number), 20, 10));
        }
        assert!(!used.mark(key(USED_MOST), 30, 19), "full");
        assert!(used.mark(key(USED_MOST), 30, 20), "the others have expired");
    }
}
