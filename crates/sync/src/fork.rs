//! Proof that a log has shown two histories (protocol §3).

use erynoa_events::{Checkpoint, LogKeys, verify_consistency};

/// Two heads that the log's key has signed and that cannot both be. Anybody can
/// check it with the log's name and key alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkProof {
    /// Signed note of the smaller head, or of the first of two of one size.
    pub smaller: String,
    /// Signed note of the larger head.
    pub larger: String,
    /// For heads of two sizes: the root of the larger one's tree at the smaller
    /// size, and the consistency proof that leads from there to the larger one.
    pub link: Option<([u8; 32], Vec<[u8; 32]>)>,
}

impl ForkProof {
    /// Whether it proves that the log `origin` has forked.
    #[must_use]
    pub fn holds(&self, origin: &str, keys: &LogKeys) -> bool {
        let (Some(smaller), Some(larger)) =
            (keys.head(origin, &self.smaller), keys.head(origin, &self.larger))
        else {
            return false;
        };
        match &self.link {
            None => smaller.size == larger.size && smaller.root != larger.root,
            Some((root, proof)) => {
                smaller.size < larger.size
                    && *root != smaller.root
                    && verify_consistency(smaller.size, larger.size, proof, root, &larger.root)
            }
        }
    }

    /// Of two signed heads of one size.
    #[must_use]
    pub fn of_one_size(a: &str, b: &str) -> Self {
        Self { smaller: a.to_owned(), larger: b.to_owned(), link: None }
    }
}

/// Whether two heads are of one size and differ.
pub(crate) fn contradict(a: &Checkpoint, b: &Checkpoint) -> bool {
    a.size == b.size && a.root != b.root
}
