//! Keys of a provider, as its discovery document and key set say.

use std::collections::HashMap;

use erynoa_access::{ProviderError, ProviderMetadata};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, JsonWebKey as _};
use serde::{Deserialize, Serialize};

use crate::http_client::{HttpClient, NoAnswer};
use crate::jws::{Algorithm, UnverifiedToken};

/// What is wanted of the discovery document beside the core of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Further {
    end_session_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for Further {}

type Document = openidconnect::ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider as it was at one moment.
pub(crate) struct Snapshot {
    pub metadata: ProviderMetadata,
    pub introspection_endpoint: Option<String>,
    algorithms: Vec<Algorithm>,
    keys: HashMap<String, Vec<CoreJsonWebKey>>,
    /// The same for the same keys: what was verified by others is not verified.
    pub keys_hash: blake3::Hash,
    /// µs since the Unix epoch.
    pub fetched_at_us: u64,
}

const fn core(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

/// Shortest RSA modulus: 2048 bits, in base64url.
const RSA_LEAST_CHARS: usize = 2048 / 6;

/// Whether a key is worth keeping: it is named, for signatures, and no RSA key
/// that could be factored.
fn usable(key: &CoreJsonWebKey) -> bool {
    let Ok(json) = serde_json::to_value(key) else { return false };
    let text = |name: &str| json.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
    let strong = text("kty") != "RSA" || text("n").trim_start_matches('A').len() >= RSA_LEAST_CHARS;
    let signs = matches!(text("use"), "" | "sig");
    strong && signs && !text("kid").is_empty()
}

impl Snapshot {
    /// Asks the provider.
    pub(crate) async fn fetch(
        http: &HttpClient,
        issuer: &str,
        now_us: u64,
    ) -> Result<Self, ProviderError> {
        let unusable = |reason: String| ProviderError::Unavailable(reason);
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|error| unusable(error.to_string()))?;
        let document = Document::discover_async(url, http).await.map_err(shown)?;
        let further = document.additional_metadata();
        let Some(token_endpoint) = document.token_endpoint() else {
            return Err(unusable("the discovery document has no token_endpoint".to_owned()));
        };
        let offered = document.id_token_signing_alg_values_supported();
        let algorithms: Vec<Algorithm> = ALGORITHMS
            .into_iter()
            .filter(|algorithm| offered.contains(&core(*algorithm)))
            .collect();
        if algorithms.is_empty() {
            return Err(unusable("signs with none of RS256, ES256, EdDSA".to_owned()));
        }
        let mut keys: HashMap<String, Vec<CoreJsonWebKey>> = HashMap::new();
        for key in document.jwks().keys().iter().filter(|key| usable(key)) {
            if let Some(id) = key.key_id() {
                keys.entry(id.to_string()).or_default().push(key.clone());
            }
        }
        let published = serde_json::to_vec(document.jwks())
            .map_err(|error| unusable(format!("the key set: {error}")))?;
        Ok(Self {
            metadata: ProviderMetadata {
                issuer: issuer.to_owned(),
                authorization_endpoint: document.authorization_endpoint().to_string(),
                token_endpoint: token_endpoint.to_string(),
                end_session_endpoint: further.end_session_endpoint.clone(),
            },
            introspection_endpoint: further.introspection_endpoint.clone(),
            algorithms,
            keys,
            keys_hash: blake3::hash(&published),
            fetched_at_us: now_us,
        })
    }

    /// Whether there is a key of this name.
    pub(crate) fn has(&self, key_id: &str) -> bool {
        self.keys.contains_key(key_id)
    }

    /// Whether one of the keys with the token's `kid` has signed it.
    pub(crate) fn verify(&self, token: &UnverifiedToken<'_>) -> Result<(), ProviderError> {
        if !self.algorithms.contains(&token.algorithm) {
            return Err(ProviderError::TokenInvalid("algorithm is not the provider's"));
        }
        let algorithm = core(token.algorithm);
        let signed = token.signed.as_bytes();
        let keys = self.keys.get(&token.key_id).map_or(&[][..], Vec::as_slice);
        keys.iter()
            .any(|key| key.verify_signature(&algorithm, signed, &token.signature).is_ok())
            .then_some(())
            .ok_or(ProviderError::TokenInvalid("signature"))
    }
}

/// Says what failed; the library's own text leaves out the cause.
fn shown(error: DiscoveryError<NoAnswer>) -> ProviderError {
    match error {
        DiscoveryError::Request(cause) => cause.into(),
        DiscoveryError::Parse(cause) => {
            ProviderError::Unavailable(format!("discovery document or key set: {cause}"))
        }
        DiscoveryError::Response(status, _, reason) => {
            ProviderError::Unavailable(format!("discovery: {reason} (status {status})"))
        }
        other => ProviderError::Unavailable(format!("discovery: {other}")),
    }
}
