//! Seats for what clients hold for long, so that nobody can take them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bounded number of seats, and of them for each client.
pub struct Seats {
    most: usize,
    most_each: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One taken seat; free again when dropped.
pub struct Seat {
    seats: Arc<Seats>,
    who: IpAddr,
}

impl Seats {
    /// `most` seats, of which one client takes at most `most_each`.
    #[must_use]
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, taken: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Counting cannot panic half-way.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for this client; `None` when there is none left for it.
    #[must_use]
    pub fn take(self: &Arc<Self>, who: IpAddr) -> Option<Seat> {
        let mut taken = self.lock();
        let own = taken.get(&who).copied().unwrap_or(0);
        if own >= self.most_each || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(who, own + 1);
        Some(Seat { seats: Arc::clone(self), who })
    }

    /// Seats that are taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.lock().values().sum()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        if let Some(own) = taken.get_mut(&self.who) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_the_seats_of_all_and_a_seat_comes_back() {
        let seats = Seats::new(3, 2);
        let client = |last| IpAddr::from([192, 0, 2, last]);
        let first = seats.take(client(1)).unwrap();
        let second = seats.take(client(1)).unwrap();
        assert!(seats.take(client(1)).is_none(), "two for each");
        let third = seats.take(client(2)).unwrap();
        assert!(seats.take(client(3)).is_none(), "three for all");
        drop(first);
        assert_eq!(seats.taken(), 2);
        assert!(seats.take(client(3)).is_some());
        drop((second, third));
        assert_eq!(seats.taken(), 0);
    }
}
