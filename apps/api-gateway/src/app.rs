//! What the services share.

use std::net::IpAddr;
use std::sync::Arc;

use erynoa_access::{
    AccountStore, AuditLog, IdentityProvider, Principal, ProviderUsers, SessionStore,
};
use erynoa_cache::Cache;
use erynoa_identity::Identity;
use erynoa_kernel::{
    Clock, Did, Entropy, EventId, IdentityId, Kind, Problem, PublicKey, RealmId, Secret,
};
use erynoa_local_auth::LocalAuth;
use erynoa_mail::{MailOutbox, Postbox};
use erynoa_sync::Role;

use crate::claim::ClaimLink;
use crate::config::{Config, Value};
use crate::cosign_checkpoint::Witness;
use crate::documents::Documents;
use crate::doors::guard::Client;
use crate::doors::problems::REQUEST_ID;
use crate::files::Files;
use crate::ledger::{Ledger, Models};
use crate::mana::Purse;
use crate::notifications::Notices;
use crate::pairing::Pairings;
use crate::peers::{Peers, role_of};
use crate::traffic::Traffic;
use crate::witnesses::{Asked, Cosignatures};

/// The running server's parts.
pub struct App {
    /// Effective configuration, addresses filled in.
    pub config: Config,
    /// Every value with its source.
    pub values: Vec<Value>,
    /// The log and its folds.
    pub ledger: Ledger,
    /// Sign-in by device key.
    pub auth: Arc<LocalAuth>,
    /// Accounts and roles.
    pub accounts: Arc<dyn AccountStore>,
    /// Who is signed in.
    pub sessions: Arc<dyn SessionStore>,
    /// Who did what with special rights.
    pub audit: Arc<dyn AuditLog>,
    /// Where people sign in, if not by device key alone.
    pub provider: Option<Arc<dyn IdentityProvider>>,
    /// Administers people at the provider, where it can.
    pub provider_users: Option<Arc<dyn ProviderUsers>>,
    /// The server through which gateways share limits and what is under way,
    /// where they do.
    pub cache: Option<Arc<dyn Cache>>,
    /// How messages leave.
    pub mailer: Arc<dyn Postbox>,
    /// What became of them.
    pub outbox: Arc<dyn MailOutbox>,
    /// What people are told.
    pub(crate) notices: Notices,
    /// Files.
    pub files: Files,
    /// Issues certificates.
    pub documents: Documents,
    /// Counters.
    pub traffic: Arc<Traffic>,
    /// Devices being added.
    pub pairings: Pairings,
    /// What everybody may still submit.
    pub purse: Purse,
    /// Makes the tokens of invitations.
    pub invitation_secret: Secret<[u8; 32]>,
    /// The operator's one-time link.
    pub claim: ClaimLink,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for secrets.
    pub entropy: Arc<dyn Entropy>,
    /// This node among others, where it takes part.
    pub(crate) peers: Option<Arc<Peers>>,
    /// Public key of this node.
    pub(crate) node_key: PublicKey,
    /// This node as a witness of other logs.
    pub(crate) witness: Witness,
    /// Who has cosigned this log.
    pub(crate) cosignatures: Arc<Cosignatures>,
    /// Witnesses of others that are asked to cosign it.
    pub(crate) asked_witnesses: Vec<Arc<Asked>>,
    /// The log's public key.
    pub log_key: PublicKey,
    /// When the server started.
    pub started_us: u64,
}

impl App {
    /// What this node is to the log.
    pub(crate) fn role(&self) -> Role {
        role_of(&self.ledger, self.config.p2p.witness)
    }

    /// Seconds since the start.
    #[must_use]
    pub fn uptime_s(&self) -> u64 {
        self.clock.now_us().saturating_sub(self.started_us) / 1_000_000
    }

    /// Origins that sign-in may be bound to and that browsers may call from.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let application = &self.config.application;
        let urls = [
            &application.public_url,
            &application.platform_url,
            &application.console_url,
            &application.docs_url,
        ];
        let mut origins: Vec<String> = urls.into_iter().filter_map(|url| origin_of(url)).collect();
        // One's own machine has several names.
        if self.config.environment != crate::config::Environment::Production {
            for name in ["localhost", "127.0.0.1", "[::1]"] {
                origins.push(format!("http://{name}:{}", application.port));
            }
        }
        origins.sort();
        origins.dedup();
        origins
    }
}

/// Scheme, host and port of a URL.
pub(crate) fn origin_of(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// The id in a DID or in 64 hexadecimal digits.
///
/// # Errors
/// `VALIDATION_ERROR` naming the field.
pub(crate) fn identity_id(text: &str, field: &'static str) -> Result<IdentityId, Problem> {
    if text.starts_with("did:") {
        return text
            .parse::<Did>()
            .map(|did| did.identity)
            .map_err(|e| invalid(field, e.to_string()));
    }
    text.parse().map_err(|_| {
        invalid(field, "an identity is a DID or 64 lower-case hexadecimal digits".to_owned())
    })
}

/// The event id in 64 hexadecimal digits.
///
/// # Errors
/// `VALIDATION_ERROR` naming the field.
pub(crate) fn event_id(text: &str, field: &'static str) -> Result<EventId, Problem> {
    text.parse()
        .map_err(|_| invalid(field, "an event is 64 lower-case hexadecimal digits".to_owned()))
}

/// The realm in 64 hexadecimal digits; the root realm when empty.
///
/// # Errors
/// `VALIDATION_ERROR` naming the field, `NOT_FOUND` when there is no such realm.
pub(crate) fn realm_id(models: &Models, text: &str) -> Result<RealmId, Problem> {
    if text.is_empty() {
        return Ok(models.root_realm());
    }
    let realm: RealmId = text
        .parse()
        .map_err(|_| invalid("realm", "a realm is 64 lower-case hexadecimal digits".to_owned()))?;
    match models.realms.find(&realm) {
        Some(_) => Ok(realm),
        None if realm == models.root_realm() => Ok(realm),
        None => {
            Err(Problem::new(Kind::NotFound, "NOT_FOUND", "the log has no such realm")
                .field("realm"))
        }
    }
}

/// The key with exactly 32 bytes.
///
/// # Errors
/// `VALIDATION_ERROR` naming the field.
pub(crate) fn public_key(bytes: &[u8], field: &'static str) -> Result<PublicKey, Problem> {
    PublicKey::try_from(bytes).map_err(|_| invalid(field, "a public key is 32 bytes".to_owned()))
}

/// # Errors
/// `NOT_FOUND` naming the field.
pub(crate) fn known<'a>(
    models: &'a Models,
    id: &IdentityId,
    field: &'static str,
) -> Result<&'a Identity, Problem> {
    models.directory.find(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "NOT_FOUND", "the log has no such identity").field(field)
    })
}

pub(crate) fn invalid(field: &'static str, message: String) -> Problem {
    Problem::new(Kind::Invalid, "VALIDATION_ERROR", message).field(field)
}

/// Who is signed in, of a request that the policy let through.
///
/// # Errors
/// `UNAUTHORIZED`.
pub(crate) fn principal<T>(request: &tonic::Request<T>) -> Result<Principal, Problem> {
    request
        .extensions()
        .get::<Principal>()
        .cloned()
        .ok_or_else(|| erynoa_access::AccessError::Unauthorized.into())
}

/// Who calls, and what the audit log keeps of the call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Who is signed in.
    pub(crate) principal: Principal,
    /// Id of the request.
    pub(crate) request_id: String,
    /// Network address.
    pub(crate) address: String,
}

/// Who calls, of a request that the policy let through.
///
/// # Errors
/// `UNAUTHORIZED`.
pub(crate) fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Problem> {
    let principal = principal(request)?;
    Ok(Caller { principal, request_id: request_id(), address: address(request) })
}

/// Id of the request that this task serves.
pub(crate) fn request_id() -> String {
    REQUEST_ID.try_with(|id| id.0.to_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// Network address of the caller.
pub(crate) fn address<T>(request: &tonic::Request<T>) -> String {
    let client: Option<IpAddr> = request.extensions().get::<Client>().map(|client| client.0);
    client.map(|address| address.to_string()).unwrap_or_default()
}
