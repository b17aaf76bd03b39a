//! Keys and tokens, good and forged.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The time at the forge: 2023-11-14, s and µs.
pub const NOW_S: u64 = 1_700_000_000;
pub const NOW_US: u64 = NOW_S * 1_000_000;

pub const ROLES: &str = "urn:zitadel:iam:org:project:roles";

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A key pair with a name.
pub struct Key {
    pub id: String,
    pair: Pair,
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub fn rsa(id: &str, size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).expect("a key");
        Self { id: id.into(), pair: Pair::Rsa(pair) }
    }

    pub fn ec(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { id: id.into(), pair: Pair::Ec(pair) }
    }

    pub fn ed(id: &str) -> Self {
        Self { id: id.into(), pair: Pair::Ed(Ed25519KeyPair::generate().expect("a key")) }
    }

    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
            Pair::Ed(_) => "EdDSA",
        }
    }

    /// The public key as a provider publishes it.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let key = pair.public_key();
                json!({
                    "kty": "RSA",
                    "n": encode(key.modulus().big_endian_without_leading_zero()),
                    "e": encode(key.exponent().big_endian_without_leading_zero()),
                })
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({
                    "kty": "EC",
                    "crv": "P-256",
                    "x": encode(&point[1..33]),
                    "y": encode(&point[33..]),
                })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = json!(self.id);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.algorithm());
        jwk
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .expect("it signs");
                signature
            }
            Pair::Ec(pair) => {
                pair.sign(&SystemRandom::new(), message).expect("it signs").as_ref().to_vec()
            }
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// Header of a good access token.
    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm(), "kid": self.id, "typ": "at+jwt" })
    }

    /// A token of any header and claims, signed genuinely.
    pub fn token_of(&self, header: &Value, claims: &Value) -> String {
        self.token_of_text(&header.to_string(), &claims.to_string())
    }

    pub fn token_of_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        format!("{signed}.{}", encode(self.sign(signed.as_bytes())))
    }

    /// An access token of these claims.
    pub fn access(&self, claims: &Value) -> String {
        self.token_of(&self.header(), claims)
    }

    /// An ID token or logout token of these claims.
    pub fn plain(&self, claims: &Value) -> String {
        self.token_of(&json!({ "alg": self.algorithm(), "kid": self.id }), claims)
    }
}

/// Claims of a good access token, in ZITADEL's shape.
pub fn access_claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "sub": "100000000000000003",
        "aud": ["platform", "console", "erynoa"],
        "azp": "platform",
        "iat": NOW_S,
        "nbf": NOW_S,
        "exp": NOW_S + 600,
        "jti": "t-1",
        ROLES: { "member": { "200000000000000001": "erynoa.localhost" } },
    })
}

/// Claims of a good ID token.
pub fn id_claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "sub": "100000000000000003",
        "aud": "platform",
        "iat": NOW_S,
        "exp": NOW_S + 600,
        "nonce": "n-1",
        "at_hash": "x",
        "sid": "s-1",
        "name": "Mia Müller",
        "email": "mia@erynoa.example",
        "email_verified": true,
        "locale": "de-CH",
        ROLES: { "operator": {}, "member": {}, "stranger": {} },
    })
}

/// Claims of a good logout token.
pub fn logout_claims(issuer: &str) -> Value {
    json!({
        "iss": issuer,
        "sub": "100000000000000003",
        "sid": "s-1",
        "aud": ["platform"],
        "iat": NOW_S,
        "exp": NOW_S + 120,
        "jti": "l-1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

/// Claims with one of them set, or taken away by null.
pub fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let map = claims.as_object_mut().expect("claims are an object");
    if value.is_null() {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value);
    }
    claims
}
