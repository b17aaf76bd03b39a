//! Opaque page tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use erynoa_access::Position;
use erynoa_kernel::{Kind, PageSize, Problem};

/// A position within the answer to one query. The token holds a hash of the
/// query, so that it is refused with another one.
pub(crate) struct Cursor {
    query: [u8; 4],
}

impl Cursor {
    /// Cursors for the query that these pieces describe.
    pub(crate) fn of(query: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for piece in query {
            hasher.update(&(piece.len() as u64).to_be_bytes());
            hasher.update(piece);
        }
        let mut hash = [0; 4];
        hash.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
        Self { query: hash }
    }

    pub(crate) fn encode(&self, position: u64) -> String {
        self.encode_bytes(&position.to_be_bytes())
    }

    /// For lists by creation, then id.
    pub(crate) fn encode_position(&self, at: &Position) -> String {
        self.encode_bytes(&[&at.created_at_us.to_be_bytes()[..], &at.id].concat())
    }

    /// For lists by an id of 16 bytes.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) fn decode_id(&self, token: &str) -> Result<Option<[u8; 16]>, Problem> {
        self.decode_bytes(token)
    }

    /// For lists whose places have a form of their own.
    pub(crate) fn encode_any(&self, place: &[u8]) -> String {
        self.encode_bytes(place)
    }

    /// What [`Self::encode_any`] took.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) fn decode_any(&self, token: &str) -> Result<Option<Vec<u8>>, Problem> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
        let place = bytes.as_ref().and_then(|bytes| bytes.strip_prefix(&self.query));
        place.map(|place| Some(place.to_vec())).ok_or_else(token_invalid)
    }

    fn encode_bytes(&self, position: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([&self.query, position].concat())
    }

    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) fn decode(&self, token: &str) -> Result<Option<u64>, Problem> {
        Ok(self.decode_bytes(token)?.map(u64::from_be_bytes))
    }

    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) fn decode_position(&self, token: &str) -> Result<Option<Position>, Problem> {
        Ok(self.decode_bytes::<24>(token)?.map(|bytes| {
            let (time, id) = bytes.split_at(8);
            Position {
                created_at_us: u64::from_be_bytes(time.try_into().expect("8 of 24 bytes")),
                id: id.try_into().expect("16 of 24 bytes"),
            }
        }))
    }

    fn decode_bytes<const N: usize>(&self, token: &str) -> Result<Option<[u8; N]>, Problem> {
        self.decode_any(token)?
            .map(|place| place.try_into().map_err(|_| token_invalid()))
            .transpose()
    }
}

/// What is no token of this query.
pub(crate) fn token_invalid() -> Problem {
    Problem::new(
        Kind::Invalid,
        "PAGE_TOKEN_INVALID",
        "take the token from the answer to the same query, or leave it empty",
    )
    .field("page_token")
}

/// # Errors
/// `VALIDATION_ERROR` above 100.
pub(crate) fn page_size(asked: u32) -> Result<usize, Problem> {
    PageSize::new(asked).map(PageSize::get).map_err(|error| {
        Problem::new(Kind::Invalid, "VALIDATION_ERROR", error.to_string()).field("page_size")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_returns_its_position_to_its_own_query_only(position: u64, a: Vec<u8>, b: Vec<u8>) {
            let token = Cursor::of(&[&a]).encode(position);
            prop_assert_eq!(Cursor::of(&[&a]).decode(&token).unwrap(), Some(position));
            let at = Position { created_at_us: position, id: [7; 16] };
            let placed = Cursor::of(&[&a]).encode_position(&at);
            prop_assert_eq!(Cursor::of(&[&a]).decode_position(&placed).unwrap(), Some(at));
            prop_assert!(Cursor::of(&[&a]).decode(&placed).is_err());
            if a != b {
                prop_assert!(Cursor::of(&[&b]).decode(&token).is_err());
            }
        }

        #[test]
        fn what_is_no_token_is_refused(text in ".{1,40}") {
            prop_assume!(Cursor::of(&[]).decode(&text).is_err());
            prop_assert_eq!(Cursor::of(&[]).decode(&text).unwrap_err().code, "PAGE_TOKEN_INVALID");
        }
    }
}
