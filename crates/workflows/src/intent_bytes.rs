//! The canonical bytes of an intent, which name its saga.
//!
//! `"ERYNOA-INTENT-V1"`, then in this order: goal · number of arguments (u8),
//! each as name and value, ascending by name · number of constraints (u8),
//! each as a tag (u8) and its value, strictly ascending · gas and mana (u64) ·
//! risk (u32) · realm (32 bytes) · timeout (u64) · nonce (16 bytes). A text is
//! its length (u16) and its bytes. Numbers are big endian.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_execution::Budget;
use erynoa_kernel::{IdentityId, RealmId};

use crate::error::IntentBytesError;
use crate::intent::{Constraint, Intent};

/// Begins the bytes of every intent, so that they are nothing else by chance.
const PREFIX: &[u8] = b"ERYNOA-INTENT-V1";

impl Intent {
    /// The canonical bytes. Those of an intent without flaws are at most
    /// about 18 KiB.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = PREFIX.to_vec();
        put_text(&mut bytes, &self.goal);
        put_count(&mut bytes, self.arguments.len());
        for (name, value) in &self.arguments {
            put_text(&mut bytes, name);
            put_text(&mut bytes, value);
        }
        put_count(&mut bytes, self.constraints.len());
        for constraint in &self.constraints {
            match constraint {
                Constraint::TrustAtLeast(ppm) => {
                    bytes.push(1);
                    bytes.extend(ppm.to_be_bytes());
                }
                Constraint::Only(identity) => {
                    bytes.push(2);
                    bytes.extend(identity.as_bytes());
                }
                Constraint::Without(identity) => {
                    bytes.push(3);
                    bytes.extend(identity.as_bytes());
                }
                Constraint::StepsAtMost(steps) => bytes.extend([4, *steps]),
            }
        }
        bytes.extend(self.budget.gas.to_be_bytes());
        bytes.extend(self.budget.mana.to_be_bytes());
        bytes.extend(self.budget.risk_ppm.to_be_bytes());
        bytes.extend(self.realm.as_bytes());
        bytes.extend(self.timeout_us.to_be_bytes());
        bytes.extend(self.nonce);
        bytes
    }

    /// The intent with exactly these bytes and without flaws.
    ///
    /// # Errors
    /// The bytes are not canonical, or [`flaws`](Self::flaws) is not empty.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IntentBytesError> {
        let mut rest = Rest(bytes.strip_prefix(PREFIX).ok_or(IntentBytesError)?);
        let goal = rest.text()?;
        let mut arguments = BTreeMap::new();
        for _ in 0..rest.array::<1>()?[0] {
            arguments.insert(rest.text()?, rest.text()?);
        }
        let mut constraints = BTreeSet::new();
        for _ in 0..rest.array::<1>()?[0] {
            constraints.insert(match rest.array::<1>()?[0] {
                1 => Constraint::TrustAtLeast(u32::from_be_bytes(rest.array()?)),
                2 => Constraint::Only(IdentityId::from_bytes(rest.array()?)),
                3 => Constraint::Without(IdentityId::from_bytes(rest.array()?)),
                4 => Constraint::StepsAtMost(rest.array::<1>()?[0]),
                _ => return Err(IntentBytesError),
            });
        }
        let intent = Self {
            goal,
            arguments,
            constraints,
            budget: Budget {
                gas: u64::from_be_bytes(rest.array()?),
                mana: u64::from_be_bytes(rest.array()?),
                risk_ppm: u32::from_be_bytes(rest.array()?),
            },
            realm: RealmId::from_bytes(rest.array()?),
            timeout_us: u64::from_be_bytes(rest.array()?),
            nonce: rest.array()?,
        };
        // Writing it again shows whatever was out of order, twice or left over.
        if intent.to_bytes() == bytes && intent.flaws().is_empty() {
            Ok(intent)
        } else {
            Err(IntentBytesError)
        }
    }
}

/// An intent that has more than fits has flaws and is never read back.
fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.push(u8::try_from(count).unwrap_or(u8::MAX));
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(text.as_bytes());
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], IntentBytesError> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(IntentBytesError)?;
        self.0 = tail;
        Ok(*head)
    }

    fn text(&mut self) -> Result<String, IntentBytesError> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        let (head, tail) = self.0.split_at_checked(length).ok_or(IntentBytesError)?;
        self.0 = tail;
        String::from_utf8(head.to_vec()).map_err(|_| IntentBytesError)
    }
}
