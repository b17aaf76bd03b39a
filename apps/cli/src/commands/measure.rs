//! Numbers of a load test.

use std::time::Duration;

use serde_json::{Value, json};

/// How long each request of one measurement took.
#[derive(Debug, Default)]
pub(crate) struct Measurement {
    latencies_us: Vec<u32>,
    /// Things done: one a request, or more for batches.
    done: u64,
    elapsed: Duration,
}

impl Measurement {
    /// Notes one answered request that did `count` things.
    pub(crate) fn note(&mut self, latency: Duration, count: u64) {
        self.latencies_us.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
        self.done += count;
    }

    /// Takes in what another client measured.
    pub(crate) fn merge(&mut self, other: Self) {
        self.latencies_us.extend(other.latencies_us);
        self.done += other.done;
    }

    /// Ends the measurement.
    pub(crate) fn finish(mut self, elapsed: Duration) -> Self {
        self.latencies_us.sort_unstable();
        self.elapsed = elapsed;
        self
    }

    /// The latency below which the given share, in per mille, of all requests
    /// stayed; of a finished measurement.
    fn percentile_us(&self, per_mille: usize) -> u32 {
        let last = self.latencies_us.len().saturating_sub(1);
        self.latencies_us.get(last * per_mille / 1000).copied().unwrap_or(0)
    }

    fn per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        // Counts of a load test are far below 2^52.
        if seconds > 0.0 { self.done as f64 / seconds } else { 0.0 }
    }

    pub(crate) fn document(&self, name: &str) -> Value {
        json!({
            "measurement": name,
            "done": self.done,
            "requests": self.latencies_us.len(),
            "seconds": self.elapsed.as_secs_f64(),
            "per_second": self.per_second(),
            "p50_us": self.percentile_us(500),
            "p99_us": self.percentile_us(990),
            "max_us": self.percentile_us(1000),
        })
    }

    pub(crate) fn text(&self, name: &str) -> String {
        format!(
            "{name:<22} {:>9.0}/s   p50 {:>7} µs   p99 {:>7} µs   max {:>7} µs   {} in {:.1} s",
            self.per_second(),
            self.percentile_us(500),
            self.percentile_us(990),
            self.percentile_us(1000),
            self.done,
            self.elapsed.as_secs_f64(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_clients_together() {
        let mut all = Measurement::default();
        for half in [1..=50, 51..=100] {
            let mut client = Measurement::default();
            for latency in half {
                client.note(Duration::from_micros(latency), 2);
            }
            all.merge(client);
        }
        let all = all.finish(Duration::from_secs(2));
        let document = all.document("x");
        assert_eq!(document["p50_us"], 50);
        assert_eq!(document["p99_us"], 99);
        assert_eq!(document["max_us"], 100);
        assert_eq!(document["per_second"], 100.0);
        assert_eq!(document["requests"], 100);
    }
}
