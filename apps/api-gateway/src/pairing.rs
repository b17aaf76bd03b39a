//! Bringing a new device and a signed-in device together.
//!
//! Nothing here is trusted: both devices show the fingerprint of the new key,
//! and what counts is the signed `key_added` that follows. A pairing lies in the
//! cache, where every gateway finds it, as three facts of which none changes:
//! the new device, who has claimed it, its proof of possession.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_cache::{Admission, Cache, Rate, RateLimiter};
use erynoa_events::{key_added_message, verify_signature};
use erynoa_kernel::{Clock, Entropy, IdentityId, Kind, Problem, PublicKey, Signature};

const LIFE_S: u32 = 300;
/// Time that a pairing lives.
pub const LIFE_US: u64 = LIFE_S as u64 * 1_000_000;
/// Pairings that are open at once; more are refused.
pub const MOST_OPEN: u32 = 1000;
/// Pairings that may be opened a second in the long run. What is opened in a
/// life and the burst before it are together what may be open.
const PER_SECOND: u32 = 1;
const BURST: u32 = MOST_OPEN - PER_SECOND * LIFE_S;
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
    cache: Arc<dyn Cache>,
    counts: Arc<dyn RateLimiter>,
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

fn device_key(code: &str) -> String {
    format!("pairing:{code}")
}

fn claim_key(code: &str) -> String {
    format!("pairing-claim:{code}")
}

fn answer_key(code: &str) -> String {
    format!("pairing-answer:{code}")
}

impl Pairings {
    /// Those that lie in this cache.
    pub fn new(
        cache: Arc<dyn Cache>,
        counts: Arc<dyn RateLimiter>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { cache, counts, clock, entropy }
    }

    /// Opens a pairing for a new device.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for a label above 64 bytes, `RATE_LIMITED` when too
    /// many are open; the cache's.
    pub async fn create(&self, public_key: PublicKey, label: String) -> Result<Pairing, Problem> {
        if label.len() > 64 || label.chars().any(char::is_control) {
            return Err(Problem::new(
                Kind::Invalid,
                "VALIDATION_ERROR",
                "a label is at most 64 bytes without control characters",
            )
            .field("label"));
        }
        let now_us = self.clock.now_us();
        let rate = Rate::new(PER_SECOND, BURST);
        if let Admission::Refused { retry_after_ms } =
            self.counts.check("pairings", rate, now_us).await?
        {
            return Err(Problem::new(
                Kind::RateLimited,
                "RATE_LIMITED",
                "too many devices are being added; try again after the delay",
            )
            .retry_after_ms(retry_after_ms));
        }
        let expires_at_us = now_us + LIFE_US;
        let device =
            [&expires_at_us.to_be_bytes()[..], public_key.as_bytes(), label.as_bytes()].concat();
        let mut code = String::new();
        let draw = || {
            code = code_from(&self.entropy.bytes32());
            device_key(&code)
        };
        self.cache.put_new(draw, Bytes::from(device), LIFE_US / 1_000).await?;
        let (identity, countersignature) = (None, None);
        Ok(Pairing { code, public_key, label, identity, countersignature, expires_at_us })
    }

    /// The pairing with this code.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`; the cache's.
    pub async fn get(&self, code: &str) -> Result<Pairing, Problem> {
        let code = normal(code);
        let found = self.cache.get(&device_key(&code)).await?;
        let mut pairing = found
            .and_then(|device| read(&code, &device))
            .filter(|pairing| pairing.expires_at_us > self.clock.now_us())
            .ok_or_else(unknown)?;
        let Some(identity) = self.cache.get(&claim_key(&code)).await? else { return Ok(pairing) };
        pairing.identity = <[u8; 32]>::try_from(&identity[..]).ok().map(IdentityId::from_bytes);
        let answer = self.cache.get(&answer_key(&code)).await?;
        pairing.countersignature = answer.and_then(|answer| Signature::try_from(&answer[..]).ok());
        Ok(pairing)
    }

    /// Binds the pairing to the identity of the signed-in device.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`; `PAIRING_CLAIMED` when another identity was first; the
    /// cache's.
    pub async fn claim(&self, code: &str, identity: IdentityId) -> Result<Pairing, Problem> {
        let pairing = self.get(code).await?;
        let mine = Bytes::copy_from_slice(identity.as_bytes());
        match self.put(&pairing, claim_key(&pairing.code), mine.clone()).await? {
            Some(first) if first != mine => Err(Problem::new(
                Kind::AlreadyExists,
                "PAIRING_CLAIMED",
                "another identity has claimed this code; start again on the new device",
            )
            .field("code")),
            _ => Ok(Pairing { identity: Some(identity), ..pairing }),
        }
    }

    /// Takes the new device's proof of possession; the first one stays.
    ///
    /// # Errors
    /// `PAIRING_UNKNOWN`, `PAIRING_NOT_CLAIMED`, or
    /// `EVENT_COUNTERSIGNATURE_INVALID`; the cache's.
    pub async fn answer(
        &self,
        code: &str,
        countersignature: Signature,
    ) -> Result<Pairing, Problem> {
        let pairing = self.get(code).await?;
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
        let proof = Bytes::copy_from_slice(countersignature.as_bytes());
        let first = self.put(&pairing, answer_key(&pairing.code), proof).await?;
        let first = first.and_then(|first| Signature::try_from(&first[..]).ok());
        Ok(Pairing { countersignature: Some(first.unwrap_or(countersignature)), ..pairing })
    }

    /// A fact about a pairing, which lives as long as that; gives the one that
    /// was there before.
    async fn put(
        &self,
        pairing: &Pairing,
        key: String,
        fact: Bytes,
    ) -> Result<Option<Bytes>, Problem> {
        let left_us = pairing.expires_at_us.saturating_sub(self.clock.now_us());
        Ok(self.cache.put(&key, fact, left_us.div_ceil(1_000)).await?)
    }
}

/// The new device as [`Pairings::create`] has put it down.
fn read(code: &str, device: &[u8]) -> Option<Pairing> {
    let (expires_at_us, device) = device.split_first_chunk()?;
    let (public_key, label) = device.split_first_chunk::<32>()?;
    Some(Pairing {
        code: code.to_owned(),
        public_key: PublicKey::try_from(&public_key[..]).ok()?,
        label: String::from_utf8(label.to_vec()).ok()?,
        identity: None,
        countersignature: None,
        expires_at_us: u64::from_be_bytes(*expires_at_us),
    })
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
    use std::sync::Mutex;

    use erynoa_cache::{MemoryCache, MemoryLimiter};
    use erynoa_events::SigningKey;
    use erynoa_kernel::{FixedClock, Namespace};

    use super::*;

    struct Counting(Mutex<u64>);

    impl Entropy for Counting {
        fn bytes32(&self) -> [u8; 32] {
            let mut next = self.0.lock().unwrap();
            *next += 1;
            *blake3::hash(&next.to_be_bytes()).as_bytes()
        }
    }

    fn pairings() -> (Pairings, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::at(1_000));
        let cache = Arc::new(MemoryCache::new(clock.clone()));
        let entropy = Arc::new(Counting(Mutex::new(0)));
        let counts = Arc::new(MemoryLimiter::default());
        (Pairings::new(cache, counts, clock.clone(), entropy), clock)
    }

    fn identity(seed: u8) -> IdentityId {
        IdentityId::of(Namespace::SelfHood, &SigningKey::from_seed([seed; 32]).public_key())
    }

    #[tokio::test]
    async fn a_pairing_is_claimed_by_one_identity_and_answered_by_its_key() {
        let (pairings, _) = pairings();
        let device = SigningKey::from_seed([9; 32]);
        let code = pairings.create(device.public_key(), "phone".to_owned()).await.unwrap().code;
        let proof = device.sign(&key_added_message(&identity(1), &device.public_key()));
        assert_eq!(pairings.answer(&code, proof).await.unwrap_err().code, "PAIRING_NOT_CLAIMED");
        pairings.claim(&code.to_lowercase(), identity(1)).await.unwrap();
        pairings.claim(&code, identity(1)).await.expect("claiming twice is claiming once");
        assert_eq!(pairings.claim(&code, identity(2)).await.unwrap_err().code, "PAIRING_CLAIMED");
        let forged = SigningKey::from_seed([8; 32])
            .sign(&key_added_message(&identity(1), &device.public_key()));
        let refused = pairings.answer(&code, forged).await.unwrap_err();
        assert_eq!(refused.code, "EVENT_COUNTERSIGNATURE_INVALID");
        assert_eq!(pairings.answer(&code, proof).await.unwrap().countersignature, Some(proof));
    }

    #[tokio::test]
    async fn a_pairing_ends_after_five_minutes() {
        let (pairings, clock) = pairings();
        let key = SigningKey::from_seed([9; 32]).public_key();
        let code = pairings.create(key, String::new()).await.unwrap().code;
        clock.set(1_000 + LIFE_US - 1);
        pairings.get(&code).await.unwrap();
        clock.set(1_000 + LIFE_US);
        assert_eq!(pairings.get(&code).await.unwrap_err().code, "PAIRING_UNKNOWN");
    }

    #[test]
    fn what_people_type_finds_the_code() {
        assert_eq!(normal(" olil-abcd "), "0111ABCD");
    }

    #[tokio::test]
    async fn a_label_holds_64_bytes_and_not_65() {
        let (pairings, _) = pairings();
        let key = SigningKey::from_seed([9; 32]).public_key();
        assert!(pairings.create(key, "x".repeat(64)).await.is_ok());
        assert_eq!(pairings.create(key, "x".repeat(65)).await.unwrap_err().field, "label");
    }

    #[tokio::test]
    async fn in_the_time_that_a_pairing_lives_no_more_are_opened_than_may_be_open() {
        let (pairings, clock) = pairings();
        let key = SigningKey::from_seed([9; 32]).public_key();
        let mut codes = std::collections::HashSet::new();
        for second in 0..LIFE_US / 1_000_000 {
            clock.set(1_000 + second * 1_000_000);
            while let Ok(pairing) = pairings.create(key, String::new()).await {
                assert!(codes.insert(pairing.code), "every code is another");
            }
        }
        assert!((MOST_OPEN - 1..=MOST_OPEN).contains(&u32::try_from(codes.len()).unwrap()));
        let refused = pairings.create(key, String::new()).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after_ms), ("RATE_LIMITED", Some(1_000)));
    }
}
