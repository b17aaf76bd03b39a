//! What a witness's book holds, as bytes for stores and backups.

use crate::{Ban, NodeId, Promise};

impl Promise {
    /// Size u64 BE ‖ root 32.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.size.to_be_bytes());
        bytes[8..].copy_from_slice(&self.root);
        bytes
    }

    /// What [`Promise::to_bytes`] wrote; `None` when it is damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, root) = bytes.split_first_chunk()?;
        Some(Self { size: u64::from_be_bytes(*size), root: root.try_into().ok()? })
    }
}

impl Ban {
    /// All but the node: until µs u64 BE ‖ reason.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.until_us.to_be_bytes(), self.reason.as_bytes()].concat()
    }

    /// What [`Ban::to_bytes`] wrote about this node; `None` when it is damaged.
    #[must_use]
    pub fn from_bytes(node: NodeId, bytes: &[u8]) -> Option<Self> {
        let (until, reason) = bytes.split_first_chunk()?;
        let reason = str::from_utf8(reason).ok()?.to_owned();
        Some(Self { node, until_us: u64::from_be_bytes(*until), reason })
    }
}
