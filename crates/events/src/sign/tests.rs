//! Single and batch verification agree on every kind of input that Ed25519
//! libraries are known to disagree about.

use curve25519_dalek::constants::{ED25519_BASEPOINT_TABLE, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use erynoa_kernel::{PublicKey, Signature};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use super::{Claim, SigningKey, all_hold, is_small_order};

/// A kind of signature, and whether ZIP 215 accepts it.
#[derive(Clone, Debug)]
enum Recipe {
    /// As every signer makes them.
    Honest,
    /// Points of small order added to the key and to R: [8] removes them.
    Torsion { of_key: usize, of_r: usize },
    /// Key and R of small order, s = 0: holds for every message.
    SmallOrder { key: usize, r: usize },
    /// One bit of the signature changed.
    Flipped(usize),
    /// s + L for s.
    Unreduced,
    /// A key, or an R, that is no point.
    NoPoint { is_key: bool },
    /// A good signature over something else.
    OtherMessage,
}

/// Encodings of the points of small order, canonical or not.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> =
        EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    // y = 0, 1 and −1 with the sign bit of x = 0 set, y + p for the two y that
    // still fit 255 bits, and those with the sign bit.
    let low = |byte: u8, rest: u8, top: u8| {
        let mut bytes = [rest; 32];
        bytes[0] = byte;
        bytes[31] = top;
        bytes
    };
    encodings.extend([
        low(0x01, 0, 0x80),
        low(0xec, 0xff, 0xff),
        low(0xed, 0xff, 0x7f),
        low(0xed, 0xff, 0xff),
        low(0xee, 0xff, 0x7f),
        low(0xee, 0xff, 0xff),
    ]);
    encodings
}

fn challenge(r: &[u8], key: &[u8], message: &[u8]) -> Scalar {
    let hash: [u8; 64] =
        Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize().into();
    Scalar::from_bytes_mod_order_wide(&hash)
}

/// Half-encodings of s are little-endian, so the order can be added bytewise.
fn add_group_order(s: &mut [u8]) {
    let order = (-Scalar::ONE).to_bytes();
    let mut carry = 1_u16; // L = (L − 1) + 1
    for (byte, add) in s.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
}

/// Bytes that are no encoding of a point.
fn no_point() -> [u8; 32] {
    (0..=u8::MAX)
        .map(|byte| [byte; 32])
        .find(|bytes| curve25519_dalek::edwards::CompressedEdwardsY(*bytes).decompress().is_none())
        .expect("half of all encodings are none")
}

/// The claim, and whether ZIP 215 accepts it.
fn cook(recipe: &Recipe, seed: [u8; 32], message: Vec<u8>) -> (Claim, bool) {
    let signer = SigningKey::from_seed(seed);
    let key = signer.public_key();
    let honest = *signer.sign(&message).as_bytes();
    let claim = |key: [u8; 32], message, signature| Claim {
        key: PublicKey::from_bytes(key),
        message,
        signature: Signature::from_bytes(signature),
    };
    let key = *key.as_bytes();
    let small = small_order_encodings();
    match *recipe {
        Recipe::Honest => (claim(key, message, honest), true),
        Recipe::Torsion { of_key, of_r } => {
            let secret = Scalar::from_bytes_mod_order(seed);
            let nonce = challenge(&seed, b"nonce", &message);
            let point = |scalar: &Scalar, torsion: usize| -> EdwardsPoint {
                scalar * ED25519_BASEPOINT_TABLE + EIGHT_TORSION[torsion]
            };
            let key = point(&secret, of_key).compress().to_bytes();
            let r = point(&nonce, of_r).compress().to_bytes();
            let s = nonce + challenge(&r, &key, &message) * secret;
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&r);
            signature[32..].copy_from_slice(s.as_bytes());
            (claim(key, message, signature), true)
        }
        Recipe::SmallOrder { key, r } => {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&small[r]);
            (claim(small[key], message, signature), true)
        }
        Recipe::Flipped(bit) => {
            let mut signature = honest;
            signature[bit / 8] ^= 1 << (bit % 8);
            (claim(key, message, signature), false)
        }
        Recipe::Unreduced => {
            let mut signature = honest;
            add_group_order(&mut signature[32..]);
            (claim(key, message, signature), false)
        }
        Recipe::NoPoint { is_key: true } => (claim(no_point(), message, honest), false),
        Recipe::NoPoint { is_key: false } => {
            let mut signature = honest;
            signature[..32].copy_from_slice(&no_point());
            (claim(key, message, signature), false)
        }
        Recipe::OtherMessage => {
            let other = [message.as_slice(), b"!"].concat();
            (claim(key, other, honest), false)
        }
    }
}

fn accepted() -> impl Strategy<Value = Recipe> {
    prop_oneof![
        Just(Recipe::Honest),
        (0..8usize, 0..8usize).prop_map(|(of_key, of_r)| Recipe::Torsion { of_key, of_r }),
        (0..14usize, 0..14usize).prop_map(|(key, r)| Recipe::SmallOrder { key, r }),
    ]
}

fn refused() -> impl Strategy<Value = Recipe> {
    prop_oneof![
        (0..512usize).prop_map(Recipe::Flipped),
        Just(Recipe::Unreduced),
        any::<bool>().prop_map(|is_key| Recipe::NoPoint { is_key }),
        Just(Recipe::OtherMessage),
    ]
}

fn claim_of(recipe: impl Strategy<Value = Recipe>) -> impl Strategy<Value = (Claim, bool)> {
    (recipe, any::<[u8; 32]>(), prop::collection::vec(any::<u8>(), 0..80))
        .prop_map(|(recipe, seed, message)| cook(&recipe, seed, message))
}

#[test]
fn every_small_order_key_with_every_small_order_r_is_accepted_alone_and_together() {
    let claims: Vec<_> = (0..14)
        .flat_map(|key| (0..14).map(move |r| Recipe::SmallOrder { key, r }))
        .map(|recipe| cook(&recipe, [1; 32], b"Zcash".to_vec()).0)
        .collect();
    assert!(claims.iter().all(Claim::holds));
    assert!(all_hold(&claims));
}

#[test]
fn every_encoding_of_a_small_order_point_is_recognised() {
    for encoding in small_order_encodings() {
        assert!(is_small_order(&PublicKey::from_bytes(encoding)), "{}", hex::encode(encoding));
    }
    assert!(is_small_order(&PublicKey::from_bytes(no_point())));
}

#[test]
fn no_claims_all_hold() {
    assert!(all_hold(&[]));
}

#[test]
fn signing_keys_print_as_stars() {
    assert_eq!(format!("{:?}", SigningKey::from_seed([1; 32])), "***");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_single_verdict_is_the_one_of_zip_215(
        (claim, expected) in claim_of(prop_oneof![accepted(), refused()]),
    ) {
        prop_assert_eq!(claim.holds(), expected);
    }

    #[test]
    fn a_batch_of_what_zip_215_accepts_holds(
        claims in prop::collection::vec(claim_of(accepted()), 1..12),
    ) {
        let claims: Vec<_> = claims.into_iter().map(|(claim, _)| claim).collect();
        prop_assert!(all_hold(&claims));
    }

    #[test]
    fn one_bad_signature_anywhere_fails_the_batch(
        good in prop::collection::vec(claim_of(accepted()), 0..8),
        (bad, _) in claim_of(refused()),
        at in any::<prop::sample::Index>(),
    ) {
        let mut claims: Vec<_> = good.into_iter().map(|(claim, _)| claim).collect();
        claims.insert(at.index(claims.len() + 1), bad);
        prop_assert!(!all_hold(&claims));
    }

    #[test]
    fn a_key_plus_torsion_is_not_of_small_order(seed: [u8; 32], torsion in 0..8usize) {
        let secret = Scalar::from_bytes_mod_order(seed);
        prop_assume!(secret != Scalar::ZERO);
        let key = &secret * ED25519_BASEPOINT_TABLE + EIGHT_TORSION[torsion];
        prop_assert!(!is_small_order(&PublicKey::from_bytes(key.compress().to_bytes())));
    }
}
