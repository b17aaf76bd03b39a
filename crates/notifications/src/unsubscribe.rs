//! Links by which a reader gets no more mail of a kind, without signing in.

use crate::{Kind, NotificationError, Reader};

/// What tells these tokens from everything else that a key may sign.
const CONTEXT: &str = "ERYNOA-UNSUBSCRIBE-V1";
const TOKEN_BYTES: usize = 16 + 1 + 32;

/// Signs the tokens in such links; they are good for as long as the key.
pub struct UnsubscribeKey([u8; 32]);

impl UnsubscribeKey {
    /// A key derived from a secret of the installation.
    #[must_use]
    pub fn derive(secret: &[u8; 32]) -> Self {
        Self(blake3::derive_key(CONTEXT, secret))
    }

    fn seal(&self, reader: Reader, kind: Kind) -> blake3::Hash {
        let said = [reader.as_bytes().as_slice(), kind.name().as_bytes()].concat();
        blake3::keyed_hash(&self.0, &said)
    }

    /// The token that stops one kind of one reader.
    #[must_use]
    pub fn token(&self, reader: Reader, kind: Kind) -> String {
        let number = Kind::ALL.iter().position(|known| *known == kind).unwrap_or_default();
        let number = u8::try_from(number).unwrap_or_default();
        let seal = self.seal(reader, kind);
        hex::encode([reader.as_bytes().as_slice(), &[number], seal.as_bytes()].concat())
    }

    /// Whom and what a token stops.
    ///
    /// # Errors
    /// `UNSUBSCRIBE_LINK_INVALID` for every text that [`Self::token`] has not
    /// made.
    pub fn read(&self, token: &str) -> Result<(Reader, Kind), NotificationError> {
        let mut bytes = [0; TOKEN_BYTES];
        hex::decode_to_slice(token, &mut bytes).map_err(|_| NotificationError::Link)?;
        let (reader, rest) = bytes.split_first_chunk().ok_or(NotificationError::Link)?;
        let reader = Reader::from_bytes(*reader);
        let (number, seal) = rest.split_first().ok_or(NotificationError::Link)?;
        let kind = Kind::ALL.get(usize::from(*number)).ok_or(NotificationError::Link)?;
        let seal: [u8; 32] = seal.try_into().map_err(|_| NotificationError::Link)?;
        // Compared in constant time.
        if self.seal(reader, *kind) != seal || token.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotificationError::Link);
        }
        Ok((reader, *kind))
    }
}
