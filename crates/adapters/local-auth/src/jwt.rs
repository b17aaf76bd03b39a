//! Access tokens: JWTs of one algorithm and one key.
//!
//! A general JWT reader asks the token which algorithm and key to use, and
//! that question is where such readers have failed. Here only the one header
//! that this installation writes is accepted, byte for byte (RFC 8725 §3.1),
//! and what remains is one Ed25519 signature (RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use erynoa_events::{SigningKey, verify_signature};
use erynoa_kernel::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

/// Longer tokens are not ours.
const MAX_TOKEN_BYTES: usize = 2048;

/// What a token says. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    /// The account, 32 hexadecimal digits.
    pub(crate) sub: String,
    /// The session, 32 hexadecimal digits.
    pub(crate) sid: String,
    pub(crate) roles: Vec<String>,
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
}

/// Writes and reads the tokens of one key.
pub(crate) struct Tokens {
    key: SigningKey,
    public_key: PublicKey,
    /// The first segment of every token.
    header: String,
}

impl Tokens {
    pub(crate) fn new(key: SigningKey) -> Self {
        let public_key = key.public_key();
        let kid = hex::encode(&blake3::hash(public_key.as_bytes()).as_bytes()[..8]);
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#);
        Self { key, public_key, header: BASE64.encode(header) }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let claims = serde_json::to_vec(claims).expect("strings and numbers are always JSON");
        let mut token = format!("{}.{}", self.header, BASE64.encode(claims));
        let signature = self.key.sign(token.as_bytes());
        token.push('.');
        BASE64.encode_string(signature.as_bytes(), &mut token);
        token
    }

    /// Whether the token has the one header that is written here.
    pub(crate) fn is_named_by(&self, token: &str) -> bool {
        token.split_once('.').is_some_and(|(header, _)| header == self.header)
    }

    /// The claims, when header and signature hold. Says nothing about time,
    /// issuer or audience.
    pub(crate) fn read(&self, token: &str) -> Result<Claims, &'static str> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err("too long");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("not a JWT")?;
        let (header, claims) = signed.split_once('.').ok_or("not a JWT")?;
        if header != self.header {
            return Err("another algorithm or key");
        }
        let signature = BASE64.decode(signature).map_err(|_| "signature is not base64url")?;
        let signature =
            Signature::try_from(signature.as_slice()).map_err(|_| "signature is not 64 bytes")?;
        if !verify_signature(&self.public_key, signed.as_bytes(), &signature) {
            return Err("signature does not hold");
        }
        let claims = BASE64.decode(claims).map_err(|_| "claims are not base64url")?;
        serde_json::from_slice(&claims).map_err(|_| "claims are not ours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            iss: "i".into(),
            aud: "a".into(),
            sub: "s".into(),
            sid: "d".into(),
            roles: vec!["member".into()],
            iat: 1,
            nbf: 1,
            exp: 2,
        }
    }

    #[test]
    fn a_token_is_a_jws_of_rfc_8037_key_a_1() {
        // The key of RFC 8037 appendix A: its signature input and signature
        // are those of appendix A.4, and the public key that of A.2.
        let seed = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base64");
        let key = SigningKey::from_seed(seed.try_into().expect("32 bytes"));
        assert_eq!(
            BASE64.encode(key.public_key().as_bytes()),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            BASE64.encode(key.sign(signed.as_bytes()).as_bytes()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn only_the_own_header_is_read() {
        let tokens = Tokens::new(SigningKey::from_seed([1; 32]));
        let token = tokens.sign(&claims());
        assert_eq!(tokens.read(&token), Ok(claims()));
        let body = token.split('.').nth(1).expect("claims");
        let kid = "0".repeat(16);
        for header in [
            r#"{"alg":"none"}"#.to_owned(),
            r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(),
            r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"JWT"}}"#),
        ] {
            let signed = format!("{}.{body}", BASE64.encode(header));
            // Correctly signed, but by a header of somebody else's choice.
            let signature = BASE64.encode(tokens.key.sign(signed.as_bytes()).as_bytes());
            for token in [format!("{signed}."), format!("{signed}.{signature}")] {
                assert_eq!(tokens.read(&token), Err("another algorithm or key"));
            }
        }
    }

    #[test]
    fn an_oversized_token_is_refused() {
        let tokens = Tokens::new(SigningKey::from_seed([1; 32]));
        let token = tokens.sign(&Claims { iss: "i".repeat(MAX_TOKEN_BYTES), ..claims() });
        assert_eq!(tokens.read(&token), Err("too long"));
    }
}
