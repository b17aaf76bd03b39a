//! Bringing a new device and a signed-in device together.
//!
//! Nothing here is trusted: both devices show the fingerprint of the new key,
//! and what counts is the signed `key_added` that follows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erynoa_events::{key_added_message, verify_signature};
use erynoa_kernel::{Clock, Entropy, IdentityId, Kind, Problem, PublicKey, Signature};

/// Time that a pairing lives.
pub const LIFE_US: u64 = 300_000_000;
/// Pairings that are open at once; more are refused.
pub const MOST_OPEN: usize = 1000;
const CODE_CHARS: usize = 8;
/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One pairing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Eight characters of Crockford's base 32.
    pub code: String,
    /// Key of the new device.
    pub public_key: PublicKey,
    /// Its label.
    pub label: String,
    /// Who has claimed it.
    pub identity: Option<IdentityId>,
    /// The new device's proof of possession.
    pub countersignature: Option<Signature>,
    /// When it ends.
    pub expires_at_us: u64,
}

/// The open pairings.
pub struct Pairings {
    open: Mutex<HashMap<String, Pairing>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

fn unknown() -> Problem {
    Problem::new(
        Kind::NotFound,
        "PAIRING_UNKNOWN",
        "there is no such code, or its five minutes are over; start again on the new device",
    )
    .field("code")
}

impl Pairings {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { open: Mutex::default(), clock, entropy }
    }

    /// The open pairings without those that have ended.
    fn live(&self) -> MutexGuard<'_, HashMap<String, Pairing>> {
        // No operation leaves an entry half changed.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let now_us = self.clock.now_us();
        open.retain(|_, pairing| pairing.expires_at_us > now_us);
        open
    }

    /// Opens a pairing for a new device.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for a label above 64 bytes, `RATE_LIMITED` when too
    /// many are open.
    pub fn create(&self, public_key: PublicKey, label: String) -> Result<Pairing, Problem> {
        if label.len() > 64 || label.chars().any(char::is_control) {
            return Err(Problem::new(
                Kind::Invalid,
                "VALIDATION_ERROR",
                "a label is at most 64 bytes without control characters",
            )
            .field("label"));
        }
        let mut open = self.live();
        if open.len() >= MOST_OPEN {
            return Err(Problem::new(
                Kind::RateLimited,
                "RATE_LIMITED",
                "too many devices are being added; try again after the delay",
            )
            .retry_after_ms(10_000));
        }
        let code = loop {
            let code = code_from(&self.entropy.bytes32());
            if !open.contains_key(&code) {
                break code;
            }
        };
        let pairing = Pairing {
            code: code.clone(),
            public_key,
            label,
            identity: None,
            countersignature: None,
            expires_at_us: self.clock.now_us() + LIFE_US,
        };
        open.insert(code, pairing.clone());
        Ok(pairing)
    }

    /// The pairing with this code.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`.
    pub fn get(&self, code: &str) -> Result<Pairing, Problem> {
        self.live().get(&normal(code)).cloned().ok_or_else(unknown)
    }

    /// Binds the pairing to the identity of the signed-in device.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`; `PAIRING_CLAIMED` when another identity was first.
    pub fn claim(&self, code: &str, identity: IdentityId) -> Result<Pairing, Problem> {
        let mut open = self.live();
        let pairing = open.get_mut(&normal(code)).ok_or_else(unknown)?;
        match pairing.identity {
            Some(other) if other != identity => Err(Problem::new(
                Kind::AlreadyExists,
                "PAIRING_CLAIMED",
                "another identity has claimed this code; start again on the new device",
            )
            .field("code")),
            _ => {
                pairing.identity = Some(identity);
                Ok(pairing.clone())
            }
        }
    }

    /// Takes the new device's proof of possession.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`, `PAIRING_NOT_CLAIMED`, or
    /// `EVENT_COUNTERSIGNATURE_INVALID`.
    pub fn answer(&self, code: &str, countersignature: Signature) -> Result<Pairing, Problem> {
        let mut open = self.live();
        let pairing = open.get_mut(&normal(code)).ok_or_else(unknown)?;
        let identity = pairing.identity.ok_or_else(|| {
            Problem::new(
                Kind::FailedPrecondition,
                "PAIRING_NOT_CLAIMED",
                "enter the code on a device that is signed in first",
            )
            .field("code")
        })?;
        let message = key_added_message(&identity, &pairing.public_key);
        if !verify_signature(&pairing.public_key, &message, &countersignature) {
            return Err(Problem::new(
                Kind::Invalid,
                "EVENT_COUNTERSIGNATURE_INVALID",
                "the countersignature is not the new key's over the identity and itself",
            )
            .field("countersignature"));
        }
        pairing.countersignature = Some(countersignature);
        Ok(pairing.clone())
    }
}

fn code_from(random: &[u8; 32]) -> String {
    random[..CODE_CHARS].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// What people type: any case, spaces and dashes, O for 0, I and L for 1.
fn normal(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use erynoa_events::SigningKey;
    use erynoa_kernel::{FixedClock, Namespace};

    use super::*;

    struct Counting(Mutex<u8>);

    impl Entropy for Counting {
        fn bytes32(&self) -> [u8; 32] {
            let mut next = self.0.lock().unwrap();
            *next = next.wrapping_add(1);
            [*next; 32]
        }
    }

    fn pairings() -> (Pairings, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::at(1_000));
        (Pairings::new(clock.clone(), Arc::new(Counting(Mutex::new(0)))), clock)
    }

    fn identity(seed: u8) -> IdentityId {
        IdentityId::of(Namespace::SelfHood, &SigningKey::from_seed([seed; 32]).public_key())
    }

    #[test]
    fn a_pairing_is_claimed_by_one_identity_and_answered_by_its_key() {
        let (pairings, _) = pairings();
        let device = SigningKey::from_seed([9; 32]);
        let code = pairings.create(device.public_key(), "phone".to_owned()).unwrap().code;
        let proof = device.sign(&key_added_message(&identity(1), &device.public_key()));
        assert_eq!(pairings.answer(&code, proof).unwrap_err().code, "PAIRING_NOT_CLAIMED");
        pairings.claim(&code.to_lowercase(), identity(1)).unwrap();
        pairings.claim(&code, identity(1)).expect("claiming twice is claiming once");
        assert_eq!(pairings.claim(&code, identity(2)).unwrap_err().code, "PAIRING_CLAIMED");
        let forged = SigningKey::from_seed([8; 32])
            .sign(&key_added_message(&identity(1), &device.public_key()));
        let refused = pairings.answer(&code, forged).unwrap_err();
        assert_eq!(refused.code, "EVENT_COUNTERSIGNATURE_INVALID");
        assert_eq!(pairings.answer(&code, proof).unwrap().countersignature, Some(proof));
    }

    #[test]
    fn a_pairing_ends_after_five_minutes() {
        let (pairings, clock) = pairings();
        let key = SigningKey::from_seed([9; 32]).public_key();
        let code = pairings.create(key, String::new()).unwrap().code;
        clock.set(1_000 + LIFE_US - 1);
        pairings.get(&code).unwrap();
        clock.set(1_000 + LIFE_US);
        assert_eq!(pairings.get(&code).unwrap_err().code, "PAIRING_UNKNOWN");
    }

    #[test]
    fn what_people_type_finds_the_code() {
        assert_eq!(normal(" olil-abcd "), "0111ABCD");
    }

    #[test]
    fn a_label_holds_64_bytes_and_not_65() {
        let (pairings, _) = pairings();
        let key = SigningKey::from_seed([9; 32]).public_key();
        assert!(pairings.create(key, "x".repeat(64)).is_ok());
        assert_eq!(pairings.create(key, "x".repeat(65)).unwrap_err().field, "label");
    }
}
