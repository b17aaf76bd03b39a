//! A compact JWS, taken apart without believing a word of it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erynoa_access::ProviderError;
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Longest token that is looked at. ZITADEL's have about one KiB.
pub const TOKEN_MOST_BYTES: usize = 16 * 1024;

/// Longest `kid`.
const KID_MOST_BYTES: usize = 256;

/// Algorithms of signatures that are accepted at all; none that needs a shared
/// secret, and not `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A token whose signature nobody has checked yet.
#[derive(Debug)]
pub(crate) struct UnverifiedToken<'a> {
    pub algorithm: Algorithm,
    pub key_id: String,
    /// `typ` in lower case, without `application/`.
    pub kind: Option<String>,
    /// What the signature is over.
    pub signed: &'a str,
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

/// Claims of a token, by name.
pub(crate) type Claims = Map<String, Value>;

const fn refused<T>(reason: &'static str) -> Result<T, ProviderError> {
    Err(ProviderError::TokenInvalid(reason))
}

/// Whether a token is a JWS and not opaque.
pub(crate) fn is_compact(token: &str) -> bool {
    token.bytes().filter(|&byte| byte == b'.').count() == 2
}

impl<'a> UnverifiedToken<'a> {
    /// Takes a token apart. Keys that come along (`jwk`, `jku`, `x5c`, `x5u`)
    /// are not looked at: who signs decides what is in there.
    pub(crate) fn parse(token: &'a str) -> Result<Self, ProviderError> {
        if token.len() > TOKEN_MOST_BYTES {
            return refused("longer than 16 KiB");
        }
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return refused("not three parts");
        };
        let Some((header, payload)) = signed.split_once('.') else {
            return refused("not three parts");
        };
        let (Ok(header), Ok(payload), Ok(signature)) = (
            URL_SAFE_NO_PAD.decode(header),
            URL_SAFE_NO_PAD.decode(payload),
            URL_SAFE_NO_PAD.decode(signature),
        ) else {
            return refused("not base64url");
        };
        let header = object(&header)?;
        if header.contains_key("crit") {
            return refused("critical extensions");
        }
        let Some(algorithm) =
            header.get("alg").and_then(Value::as_str).and_then(Algorithm::from_name)
        else {
            return refused("algorithm");
        };
        let key_id = match header.get("kid") {
            Some(Value::String(id)) if !id.is_empty() && id.len() <= KID_MOST_BYTES => id.clone(),
            _ => return refused("no kid"),
        };
        let kind = match header.get("typ") {
            None => None,
            Some(Value::String(kind)) => {
                let kind = kind.to_ascii_lowercase();
                Some(kind.strip_prefix("application/").unwrap_or(&kind).to_owned())
            }
            Some(_) => return refused("typ"),
        };
        Ok(Self { algorithm, key_id, kind, signed, signature, payload })
    }

    /// The claims; only to be asked for when the signature holds.
    pub(crate) fn claims(&self) -> Result<Claims, ProviderError> {
        object(&self.payload)
    }
}

/// A JSON object in which no name comes twice, at any depth: two readers of
/// one token must not see two different tokens.
pub(crate) fn object(bytes: &[u8]) -> Result<Claims, ProviderError> {
    match serde_json::from_slice::<Unambiguous>(bytes) {
        Ok(Unambiguous(Value::Object(claims))) => Ok(claims),
        _ => refused("not an unambiguous JSON object"),
    }
}

struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json itself refuses more than 128 levels.
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate names")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unambiguous(value))) = entries.next_entry::<String, _>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name comes twice"));
            }
        }
        Ok(Value::Object(map))
    }
}
