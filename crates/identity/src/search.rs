//! Finding identities by what people type.

use crate::{Directory, Identity};

/// A search over the directory: part of a name in any case, or the beginning
/// of a DID or id.
#[derive(Debug)]
pub struct Search {
    needle: String,
}

impl Search {
    /// Searches for `query`, white space at its ends aside. An empty query
    /// finds everybody.
    #[must_use]
    pub fn new(query: &str) -> Self {
        Self { needle: query.trim().to_lowercase() }
    }

    fn finds(&self, identity: &Identity) -> bool {
        if self.needle.is_empty() || identity.display_name.to_lowercase().contains(&self.needle) {
            return true;
        }
        // Text forms are ASCII; do not print them for needles that cannot match.
        let bare = self.needle.strip_prefix("did:erynoa:");
        match bare {
            Some(_) => identity.did.to_string().starts_with(&self.needle),
            None if self.needle.bytes().all(|b| b.is_ascii_hexdigit()) => {
                identity.did.identity.to_string().starts_with(&self.needle)
            }
            None => false,
        }
    }

    /// Newest first, at most `limit`, those created before position `before`
    /// (positions count from 0 in the order of creation). Each comes with its
    /// position, the cursor of the next page.
    #[must_use]
    pub fn page<'a>(
        &self,
        directory: &'a Directory,
        before: Option<usize>,
        limit: usize,
    ) -> Vec<(usize, &'a Identity)> {
        let end = before.unwrap_or(usize::MAX).min(directory.identities.len());
        directory.identities[..end]
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, identity)| self.finds(identity))
            .take(limit)
            .collect()
    }
}
