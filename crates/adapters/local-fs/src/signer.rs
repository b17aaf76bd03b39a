//! Addresses that do one thing for a while without a token.
//!
//! `<public_url>/api/v1/storage/signed/<bucket>/<key>?method=GET&expires=<s>
//! &type=<media type>&name=<name>&signature=<64 hex digits>`. The signature is
//! keyed BLAKE3 over all of it, each part with its length in front, so that
//! nothing can be changed, added, left out or moved from one part to another.

use std::time::Duration;

use erynoa_kernel::{Secret, StoreError, StoreErrorKind};
use erynoa_storage::{BucketName, Disposition, Grant, ObjectKey, Signed, SignedUrls, StorageError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Path under which the server answers signed addresses.
pub const SIGNED_PATH: &str = "/api/v1/storage/signed/";

/// Longest life.
const LIFE_MOST: Duration = Duration::from_secs(604_800);
/// What may stand in a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Signs and verifies addresses.
#[derive(Clone)]
pub struct Signer {
    public_url: String,
    key: Secret<[u8; 32]>,
}

const fn method(grant: Grant) -> &'static str {
    match grant {
        Grant::Get => "GET",
        Grant::Put => "PUT",
    }
}

impl Signer {
    /// Signs addresses below `public_url` (without a slash at its end) with
    /// `secret`, of which only a derived key is kept.
    #[must_use]
    pub fn new(public_url: &str, secret: &Secret<[u8; 32]>) -> Self {
        let key = blake3::derive_key("erynoa 2026-11 signed storage addresses v1", secret.expose());
        Self { public_url: public_url.trim_end_matches('/').to_owned(), key: Secret::new(key) }
    }

    fn signature(&self, signed: &Signed) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(self.key.expose());
        let name = signed.disposition.save_as.as_ref();
        for part in [
            method(signed.grant).as_bytes(),
            signed.bucket.as_str().as_bytes(),
            signed.key.as_str().as_bytes(),
            &signed.expires_at_s.to_be_bytes(),
            signed.disposition.media_type.as_bytes(),
            &[u8::from(name.is_some())],
            name.map_or(&[], |name| name.as_bytes()),
        ] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }

    /// The address.
    ///
    /// # Errors
    /// `Conflict` for a life that is not 1 s to 7 d.
    pub fn sign(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        grant: Grant,
        now_us: u64,
        life: Duration,
        disposition: Disposition,
    ) -> Result<String, StoreError> {
        if !(Duration::from_secs(1)..=LIFE_MOST).contains(&life) {
            let message = "an address lives 1 s to 7 d";
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        let life_us = u64::try_from(life.as_micros()).unwrap_or(u64::MAX);
        let signed = Signed {
            bucket: bucket.clone(),
            key: key.clone(),
            grant,
            expires_at_s: now_us.saturating_add(life_us).div_ceil(1_000_000),
            disposition,
        };
        let mut url = format!(
            "{}{SIGNED_PATH}{bucket}/{key}?method={}&expires={}",
            self.public_url,
            method(grant),
            signed.expires_at_s
        );
        let mut append = |name: &str, value: &str| {
            url.push_str(name);
            url.extend(utf8_percent_encode(value, PLAIN));
        };
        if !signed.disposition.media_type.is_empty() {
            append("&type=", &signed.disposition.media_type);
        }
        if let Some(name) = &signed.disposition.save_as {
            append("&name=", name);
        }
        append("&signature=", self.signature(&signed).to_hex().as_str());
        Ok(url)
    }

    fn read(&self, bucket: &str, key: &str, query: &[(String, String)]) -> Option<Signed> {
        let mut query =
            query.iter().map(|(name, value)| (name.as_str(), value.as_str())).peekable();
        // Exactly what `sign` writes, in its order: nothing twice, nothing else.
        let mut take = |name: &str| query.next_if(|(found, _)| *found == name).map(|(_, v)| v);
        let asked = take("method")?;
        let grant = [Grant::Get, Grant::Put].into_iter().find(|grant| method(*grant) == asked)?;
        let expires_at_s = take("expires")?.parse().ok()?;
        let media_type = take("type").unwrap_or_default().to_owned();
        let save_as = take("name").map(str::to_owned);
        let signature = blake3::Hash::from_hex(take("signature")?).ok()?;
        let signed = Signed {
            bucket: BucketName::new(bucket).ok()?,
            key: ObjectKey::new(key).ok()?,
            grant,
            expires_at_s,
            disposition: Disposition { media_type, save_as },
        };
        // Hashes compare in constant time.
        (query.next().is_none() && self.signature(&signed) == signature).then_some(signed)
    }
}

impl SignedUrls for Signer {
    fn verify(
        &self,
        bucket: &str,
        key: &str,
        query: &[(String, String)],
        now_us: u64,
    ) -> Result<Signed, StorageError> {
        let signed = self.read(bucket, key, query).ok_or(StorageError::UrlInvalid)?;
        if signed.expires_at_s.saturating_mul(1_000_000) > now_us {
            Ok(signed)
        } else {
            Err(StorageError::UrlExpired)
        }
    }
}
