//! What the writer writes at each position, so that a reader can tell whether
//! it is there unchanged.

use bytes::Bytes;

/// A small generator (SplitMix64); the same seed gives the same numbers.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// The entry at `position` of the log with this seed: up to `longest` bytes of
/// noise, in one of 50 cases up to 50 times as many.
pub(crate) fn entry(seed: u64, position: u64, longest: u64) -> Bytes {
    let mut numbers = Numbers(seed ^ position.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let longest = if numbers.below(50) == 0 { (longest * 50).min(65_535) } else { longest };
    let len = 1 + numbers.below(longest);
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < len {
        bytes.extend_from_slice(&numbers.next().to_le_bytes());
    }
    bytes.truncate(usize::try_from(len).expect("a few kilobytes"));
    bytes.into()
}
