//! Ed25519: the messages that are signed, signing, and verification by the
//! ZIP 215 rules (protocol §2).
//!
//! ZIP 215 and not RFC 8032's choice of equations, because only its rules make
//! single and batch verification agree on every input, so that no two nodes
//! can differ about an event by the way in which they checked it.

use std::convert::Infallible;
use std::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use ed25519_zebra as zebra;
use erynoa_kernel::{IdentityId, PublicKey, RealmId, Signature};
use rand_core::{TryCryptoRng, TryRng};

/// Domain of an event's signature.
const EVENT_DOMAIN: &[u8] = b"ERYNOA-EVENT-V1";
/// Domain of a new key's proof of possession.
const KEY_ADDED_DOMAIN: &[u8] = b"ERYNOA-KEY-ADDED-V1";
/// Domain of a controller's consent.
const CONTROLLER_DOMAIN: &[u8] = b"ERYNOA-CONTROLLER-V1";
/// Domain of an endorsement of who joins a realm.
const ENDORSEMENT_DOMAIN: &[u8] = b"ERYNOA-ENDORSEMENT-V1";
/// Domain of a receipt's countersignature.
const RECEIPT_DOMAIN: &[u8] = b"ERYNOA-RECEIPT-V1";
/// Domain of the answer to a sign-in challenge.
const SIGN_IN_DOMAIN: &[u8] = b"ERYNOA-SIGN-IN-V1";
/// Domain of the answer that ties an identity to an account.
const LINK_DOMAIN: &[u8] = b"ERYNOA-LINK-V1";

/// What an event's signature covers: `"ERYNOA-EVENT-V1"` ‖ BLAKE3-256(event bytes).
#[must_use]
pub fn event_message(event: &[u8]) -> Vec<u8> {
    [EVENT_DOMAIN, blake3::hash(event).as_bytes()].concat()
}

/// What a new key signs to prove its possession:
/// `"ERYNOA-KEY-ADDED-V1"` ‖ author uid ‖ new key.
#[must_use]
pub fn key_added_message(author: &IdentityId, new_key: &PublicKey) -> Vec<u8> {
    [KEY_ADDED_DOMAIN, author.as_bytes(), new_key.as_bytes()].concat()
}

/// What a controller signs to consent: `"ERYNOA-CONTROLLER-V1"` ‖ uid of the
/// new identity.
#[must_use]
pub fn controller_message(child: &IdentityId) -> Vec<u8> {
    [CONTROLLER_DOMAIN, child.as_bytes()].concat()
}

/// What a member signs to endorse who joins: `"ERYNOA-ENDORSEMENT-V1"` ‖ realm
/// ‖ uid of who joins.
#[must_use]
pub fn endorsement_message(realm: &RealmId, joiner: &IdentityId) -> Vec<u8> {
    [ENDORSEMENT_DOMAIN, realm.as_bytes(), joiner.as_bytes()].concat()
}

/// What the other side of a receipt signs: `"ERYNOA-RECEIPT-V1"` ‖ BLAKE3-256
/// of the terms' bytes (see [`crate::receipt_terms_hash`]).
#[must_use]
pub fn receipt_message(terms_hash: &[u8; 32]) -> Vec<u8> {
    [RECEIPT_DOMAIN, terms_hash].concat()
}

/// What a device key signs to sign in: `"ERYNOA-SIGN-IN-V1"` ‖ challenge ‖
/// identity uid ‖ origin.
#[must_use]
pub fn sign_in_message(challenge: &[u8; 32], identity: &IdentityId, origin: &str) -> Vec<u8> {
    [SIGN_IN_DOMAIN, challenge, identity.as_bytes(), origin.as_bytes()].concat()
}

/// What a device key signs to tie its identity to an account:
/// `"ERYNOA-LINK-V1"` ‖ challenge ‖ identity uid ‖ origin.
#[must_use]
pub fn link_message(challenge: &[u8; 32], identity: &IdentityId, origin: &str) -> Vec<u8> {
    [LINK_DOMAIN, challenge, identity.as_bytes(), origin.as_bytes()].concat()
}

/// An Ed25519 key that signs. Wiped when dropped; prints as `***`.
#[derive(Clone)]
pub struct SigningKey(zeroize::Zeroizing<zebra::SigningKey>);

impl SigningKey {
    /// The key of a 32-byte seed (the secret key of RFC 8032).
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = zeroize::Zeroizing::new(seed);
        Self(zeroize::Zeroizing::new(zebra::SigningKey::from_bytes(&seed)))
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.verification_key().into())
    }

    /// Signs a message; deterministic (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Whether `signature` is one of `key` over `message`, by the ZIP 215 rules.
#[must_use]
pub fn verify_signature(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    zebra::VerificationKey::try_from(*key.as_bytes()).is_ok_and(|key| {
        key.verify(&zebra::Signature::from_bytes(signature.as_bytes()), message).is_ok()
    })
}

/// Whether the key is one of the points of small order, under which anybody can
/// make signatures, or no point at all.
#[must_use]
pub fn is_small_order(key: &PublicKey) -> bool {
    CompressedEdwardsY(*key.as_bytes()).decompress().is_none_or(|point| point.is_small_order())
}

/// A claim that `signature` is one of `key` over `message`.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) key: PublicKey,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Signature,
}

impl Claim {
    pub(crate) fn holds(&self) -> bool {
        verify_signature(&self.key, &self.message, &self.signature)
    }
}

/// Whether all claims hold, in one equation: faster than one by one.
///
/// The equation needs coefficients that a forger cannot know while choosing the
/// signatures. They are drawn from BLAKE3's extendable output over a hash of
/// all keys, signatures and messages (Fiat–Shamir): whoever changes any input
/// gets new, unrelated coefficients, so that the chance to pass with a bad
/// signature is 2⁻¹²⁸ a try, the same as with random ones, while the verdict
/// stays a pure function of its input.
pub(crate) fn all_hold<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> bool {
    let mut transcript = blake3::Hasher::new_derive_key("erynoa 2026 batch verification v1");
    let mut batch = zebra::batch::Verifier::new();
    for claim in claims {
        transcript.update(claim.key.as_bytes());
        transcript.update(claim.signature.as_bytes());
        transcript.update(&(claim.message.len() as u64).to_le_bytes());
        transcript.update(&claim.message);
        batch.queue((
            zebra::VerificationKeyBytes::from(*claim.key.as_bytes()),
            zebra::Signature::from_bytes(claim.signature.as_bytes()),
            &claim.message,
        ));
    }
    batch.verify(Coefficients(transcript.finalize_xof())).is_ok()
}

/// BLAKE3's extendable output as a generator.
struct Coefficients(blake3::OutputReader);

impl TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Coefficients {}

#[cfg(test)]
mod tests;
