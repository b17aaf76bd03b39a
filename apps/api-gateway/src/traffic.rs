//! Counts and latencies of what passes the doors.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Minutes that are remembered.
const MINUTES: usize = 60;
const MINUTE_US: u64 = 60_000_000;

/// Counts of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Its beginning, microseconds.
    pub start_us: u64,
    /// Calls.
    pub requests: u64,
    /// Calls that failed by our fault or the caller's.
    pub errors: u64,
    /// Events that were appended.
    pub events: u64,
}

/// One method since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// RPC path or REST route.
    pub name: String,
    /// Calls.
    pub requests: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Median, microseconds.
    pub p50_us: u64,
    /// 99th percentile, microseconds.
    pub p99_us: u64,
    /// Sum of all, microseconds.
    pub total_us: u64,
}

struct Counters {
    requests: u64,
    errors: u64,
    total_us: u64,
    latency: Histogram<u32>,
}

#[derive(Default)]
struct Inner {
    // The names come from the policy table, so there are few.
    methods: BTreeMap<String, Counters>,
    minutes: VecDeque<Minute>,
}

/// What has passed the doors since the start.
#[derive(Default)]
pub struct Traffic(Mutex<Inner>);

impl Traffic {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Counters stay usable whatever panicked while they were held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one call.
    pub fn record(&self, now_us: u64, method: &str, failed: bool, took: Duration) {
        let mut inner = self.lock();
        let minute = inner.minute(now_us);
        minute.requests += 1;
        minute.errors += u64::from(failed);
        if !inner.methods.contains_key(method) {
            let latency = Histogram::new_with_bounds(1, 60_000_000, 2)
                .expect("1 µs to 60 s at two digits are valid bounds");
            let counters = Counters { requests: 0, errors: 0, total_us: 0, latency };
            inner.methods.insert(method.to_owned(), counters);
        }
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(counters) = inner.methods.get_mut(method) {
            counters.requests += 1;
            counters.errors += u64::from(failed);
            counters.total_us = counters.total_us.saturating_add(took_us);
            counters.latency.saturating_record(took_us.max(1));
        }
    }

    /// Counts events that were appended.
    pub fn appended(&self, now_us: u64, events: u64) {
        self.lock().minute(now_us).events += events;
    }

    /// The last hour, oldest first; minutes without calls are left out.
    #[must_use]
    pub fn minutes(&self) -> Vec<Minute> {
        self.lock().minutes.iter().copied().collect()
    }

    /// Every method that was called, by name.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        self.lock()
            .methods
            .iter()
            .map(|(name, counters)| Method {
                name: name.clone(),
                requests: counters.requests,
                errors: counters.errors,
                p50_us: counters.latency.value_at_quantile(0.5),
                p99_us: counters.latency.value_at_quantile(0.99),
                total_us: counters.total_us,
            })
            .collect()
    }

    /// The counters in the Prometheus text format.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut text = String::from(
            "# TYPE erynoa_requests_total counter\n# TYPE erynoa_request_errors_total counter\n# TYPE erynoa_request_seconds summary\n",
        );
        for method in self.methods() {
            let name = &method.name;
            let seconds = |us: u64| Duration::from_micros(us).as_secs_f64();
            // Writing to a String does not fail.
            let _ =
                writeln!(text, "erynoa_requests_total{{method=\"{name}\"}} {}", method.requests);
            let _ = writeln!(
                text,
                "erynoa_request_errors_total{{method=\"{name}\"}} {}",
                method.errors
            );
            for (quantile, us) in [("0.5", method.p50_us), ("0.99", method.p99_us)] {
                let _ = writeln!(
                    text,
                    "erynoa_request_seconds{{method=\"{name}\",quantile=\"{quantile}\"}} {}",
                    seconds(us)
                );
            }
            let _ = writeln!(
                text,
                "erynoa_request_seconds_sum{{method=\"{name}\"}} {}",
                seconds(method.total_us)
            );
            let _ = writeln!(
                text,
                "erynoa_request_seconds_count{{method=\"{name}\"}} {}",
                method.requests
            );
        }
        text
    }
}

impl Inner {
    fn minute(&mut self, now_us: u64) -> &mut Minute {
        let start_us = now_us - now_us % MINUTE_US;
        if self.minutes.back().is_none_or(|last| last.start_us < start_us) {
            self.minutes.push_back(Minute { start_us, ..Minute::default() });
        }
        let oldest = start_us.saturating_sub((MINUTES as u64 - 1) * MINUTE_US);
        while self.minutes.front().is_some_and(|first| first.start_us < oldest) {
            self.minutes.pop_front();
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_minutes_is_kept_and_no_more() {
        let traffic = Traffic::default();
        for minute in 0..100 {
            traffic.record(minute * MINUTE_US + 5, "m", minute % 2 == 0, Duration::from_micros(3));
        }
        let minutes = traffic.minutes();
        assert_eq!(minutes.len(), MINUTES);
        assert_eq!(minutes[0].start_us, 40 * MINUTE_US);
        let method = &traffic.methods()[0];
        assert_eq!((method.requests, method.errors, method.p50_us), (100, 50, 3));
    }
}
