//! Ed25519 keys as `did:key` (Multikey, base58btc).

use erynoa_kernel::PublicKey;

/// What stands before an Ed25519 public key (multicodec 0xed).
const ED25519: [u8; 2] = [0xed, 0x01];
/// What stands before base58btc (multibase).
const BASE58: char = 'z';

/// Bytes in multibase base58btc.
#[must_use]
pub fn multibase(bytes: &[u8]) -> String {
    format!("{BASE58}{}", bs58::encode(bytes).into_string())
}

/// Bytes of multibase base58btc.
#[must_use]
pub fn from_multibase(text: &str) -> Option<Vec<u8>> {
    bs58::decode(text.strip_prefix(BASE58)?).into_vec().ok()
}

/// `did:key:z6Mk…` of a key.
#[must_use]
pub fn did_key(key: &PublicKey) -> String {
    format!("did:key:{}", multibase(&[&ED25519[..], key.as_bytes()].concat()))
}

/// The key of a `did:key` of Ed25519.
#[must_use]
pub fn key_of(did: &str) -> Option<PublicKey> {
    let bytes = from_multibase(did.strip_prefix("did:key:")?)?;
    PublicKey::try_from(bytes.strip_prefix(&ED25519[..])?).ok()
}

/// The verification method of a `did:key`: the DID, `#`, and its key.
#[must_use]
pub fn method_of(did: &str) -> String {
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}
