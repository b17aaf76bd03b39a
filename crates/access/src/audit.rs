//! The audit log: who did what with special rights. Each entry carries the hash
//! of the one before it, so that none can be changed or taken out unseen.

use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::record::{Fields, put};
use crate::{AccountId, AuditLog};

/// Hashed in front of every entry.
const DOMAIN: &[u8] = b"ERYNOA-AUDIT-V1";
/// Entries that are checked at once.
const PAGE: usize = 256;
/// Longest details of an entry, bytes.
pub const MAX_AUDIT_DETAILS_BYTES: usize = 4096;

/// What is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// µs since the Unix epoch.
    pub at_us: u64,
    /// Who did it; `None`: the server itself.
    pub actor: Option<AccountId>,
    /// What the actor was called then.
    pub actor_name: String,
    /// Dotted verb, such as `user.disable`.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// One JSON object of at most [`MAX_AUDIT_DETAILS_BYTES`]; never a secret.
    pub details: String,
    /// Id of the request.
    pub request_id: String,
    /// Network address of the caller.
    pub address: String,
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// From 0 without gaps.
    pub sequence: u64,
    /// What it says.
    pub record: AuditRecord,
    /// Hash of the entry before, zeros for the first.
    pub previous: [u8; 32],
    /// BLAKE3-256 of `"ERYNOA-AUDIT-V1"` ‖ [`Self::canonical`].
    pub hash: [u8; 32],
}

impl AuditEntry {
    /// The entry that says `record` behind an entry with the hash `previous`.
    #[must_use]
    pub fn seal(sequence: u64, previous: [u8; 32], record: AuditRecord) -> Self {
        let mut entry = Self { sequence, record, previous, hash: [0; 32] };
        entry.hash = entry.computed_hash();
        entry
    }

    /// What is hashed: previous hash, sequence, time (u64 BE), actor (16 bytes
    /// or none), actor's name, action, target, details, request id, address, in
    /// this order, each as length u32 BE ‖ bytes.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let record = &self.record;
        let mut bytes = Vec::with_capacity(256 + record.details.len());
        put(&mut bytes, &self.previous);
        put(&mut bytes, &self.sequence.to_be_bytes());
        put(&mut bytes, &record.at_us.to_be_bytes());
        put(&mut bytes, record.actor.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        for text in [
            &record.actor_name,
            &record.action,
            &record.target,
            &record.details,
            &record.request_id,
            &record.address,
        ] {
            put(&mut bytes, text.as_bytes());
        }
        bytes
    }

    fn computed_hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(DOMAIN).update(&self.canonical());
        *hasher.finalize().as_bytes()
    }

    /// As stores keep it: the canonical bytes, then the hash.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.canonical();
        bytes.extend_from_slice(&self.hash);
        bytes
    }

    /// What [`Self::to_bytes`] wrote; `None` when it has not that form. Whether
    /// the hash holds is for [`AuditChain`] to say.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (canonical, hash) = bytes.split_last_chunk()?;
        let mut fields = Fields(canonical);
        let previous = fields.array()?;
        let sequence = fields.number()?;
        let record = AuditRecord {
            at_us: fields.number()?,
            actor: fields.optional()?.map(AccountId::from_bytes),
            actor_name: fields.text()?,
            action: fields.text()?,
            target: fields.text()?,
            details: fields.text()?,
            request_id: fields.text()?,
            address: fields.text()?,
        };
        fields.end(Self { sequence, record, previous, hash: *hash })
    }
}

/// Which entries a list shows. The default shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only actions that begin with this.
    pub action: String,
    /// Only by this account.
    pub actor: Option<AccountId>,
    /// Only with this target; empty = any.
    pub target: String,
    /// Only from this time on, µs since the Unix epoch.
    pub since_us: u64,
    /// Only before this time; 0 = no end.
    pub until_us: u64,
}

impl AuditFilter {
    /// Whether the list shows what was written down.
    #[must_use]
    pub fn matches(&self, record: &AuditRecord) -> bool {
        record.action.starts_with(&self.action)
            && self.actor.is_none_or(|actor| record.actor == Some(actor))
            && (self.target.is_empty() || record.target == self.target)
            && record.at_us >= self.since_us
            && (self.until_us == 0 || record.at_us < self.until_us)
    }
}

/// The first entry that does not follow from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditFault {
    /// Which.
    pub sequence: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// A chain of entries, as far as it was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditChain {
    /// Entries that hold.
    pub entries: u64,
    /// Hash of the newest of them, zeros before the first.
    pub head: [u8; 32],
}

impl AuditChain {
    /// Checks the next entry.
    ///
    /// # Errors
    /// [`AuditFault`] when it does not follow from those before.
    pub fn extend(&mut self, entry: &AuditEntry) -> Result<(), AuditFault> {
        let fault = |reason: String| Err(AuditFault { sequence: self.entries, reason });
        if entry.sequence != self.entries {
            return fault(format!("entry {} is in its place", entry.sequence));
        }
        if entry.previous != self.head {
            return fault("its previous hash is not that of the entry before".to_owned());
        }
        if entry.computed_hash() != entry.hash {
            return fault("its hash is not that of its content".to_owned());
        }
        self.entries += 1;
        self.head = entry.hash;
        Ok(())
    }
}

/// Checks the whole log from its beginning.
///
/// # Errors
/// The store's, except for damage: that is a fault.
pub async fn verify_audit_log(
    log: &dyn AuditLog,
) -> Result<(AuditChain, Option<AuditFault>), StoreError> {
    let mut chain = AuditChain::default();
    let size = log.size().await?;
    let mut limit = PAGE;
    while chain.entries < size {
        let from = chain.entries;
        let entries = match log.read(from, limit).await {
            Ok(entries) => entries,
            Err(error) if error.kind == StoreErrorKind::Corrupt && limit > 1 => {
                // One at a time, to name the one.
                limit = 1;
                continue;
            }
            Err(error) if error.kind == StoreErrorKind::Corrupt => {
                let fault = AuditFault { sequence: from, reason: error.message };
                return Ok((chain, Some(fault)));
            }
            Err(error) => return Err(error),
        };
        if entries.is_empty() {
            let fault = AuditFault { sequence: from, reason: "it is missing".to_owned() };
            return Ok((chain, Some(fault)));
        }
        for entry in &entries {
            if let Err(fault) = chain.extend(entry) {
                return Ok((chain, Some(fault)));
            }
        }
    }
    Ok((chain, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records() -> impl Strategy<Value = AuditRecord> {
        let numbers = (any::<u64>(), proptest::option::of(any::<[u8; 16]>()));
        (numbers, proptest::array::uniform6(".{0,6}")).prop_map(|((at_us, actor), texts)| {
            let [actor_name, action, target, details, request_id, address] = texts;
            let actor = actor.map(AccountId::from_bytes);
            AuditRecord { at_us, actor, actor_name, action, target, details, request_id, address }
        })
    }

    fn chain_of(records: Vec<AuditRecord>) -> Vec<AuditEntry> {
        let mut previous = [0; 32];
        let seal = |(sequence, record)| {
            let entry = AuditEntry::seal(sequence, previous, record);
            previous = entry.hash;
            entry
        };
        (0_u64..).zip(records).map(seal).collect()
    }

    /// Position of the first stored entry that does not hold.
    fn first_fault(stored: &[Vec<u8>]) -> Option<u64> {
        let mut chain = AuditChain::default();
        for bytes in stored {
            let Some(entry) = AuditEntry::from_bytes(bytes) else { return Some(chain.entries) };
            if let Err(fault) = chain.extend(&entry) {
                return Some(fault.sequence);
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn whatever_byte_of_an_entry_changes_the_chain_names_it(
            records in proptest::collection::vec(records(), 1..5),
            at: prop::sample::Index,
            byte: prop::sample::Index,
            change in 1_u8..,
        ) {
            let entries = chain_of(records);
            let mut stored: Vec<_> = entries.iter().map(AuditEntry::to_bytes).collect();
            prop_assert_eq!(first_fault(&stored), None);
            let at = at.index(stored.len());
            let byte = byte.index(stored[at].len());
            stored[at][byte] ^= change;
            prop_assert_eq!(first_fault(&stored), Some(at as u64));
        }

        #[test]
        fn an_entry_that_is_taken_out_or_moved_is_named(
            records in proptest::collection::vec(records(), 2..5),
            at: prop::sample::Index,
        ) {
            let stored: Vec<_> = chain_of(records).iter().map(AuditEntry::to_bytes).collect();
            let at = at.index(stored.len() - 1);
            let mut shorter = stored.clone();
            shorter.remove(at);
            prop_assert_eq!(first_fault(&shorter), Some(at as u64));
            let mut moved = stored;
            moved.swap(at, at + 1);
            prop_assert_eq!(first_fault(&moved), Some(at as u64));
        }
    }

    #[test]
    fn a_filter_shows_what_every_part_of_it_allows() {
        let record = AuditRecord {
            at_us: 5,
            actor: Some(AccountId::from_bytes([1; 16])),
            actor_name: String::new(),
            action: "user.roles".into(),
            target: "x".into(),
            details: "{}".into(),
            request_id: String::new(),
            address: String::new(),
        };
        let all = AuditFilter::default();
        let good = [
            all.clone(),
            AuditFilter { action: "user.".into(), ..all.clone() },
            AuditFilter { actor: record.actor, target: "x".into(), ..all.clone() },
            AuditFilter { since_us: 5, until_us: 6, ..all.clone() },
        ];
        assert!(good.iter().all(|filter| filter.matches(&record)));
        let other = [
            AuditFilter { action: "session.".into(), ..all.clone() },
            AuditFilter { actor: Some(AccountId::from_bytes([2; 16])), ..all.clone() },
            AuditFilter { target: "xy".into(), ..all.clone() },
            AuditFilter { since_us: 6, ..all.clone() },
            AuditFilter { until_us: 5, ..all },
        ];
        assert!(other.iter().all(|filter| !filter.matches(&record)));
    }
}
