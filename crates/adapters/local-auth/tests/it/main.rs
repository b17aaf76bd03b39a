//! What signs in, and everything that does not.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use erynoa_access::{
    AccessError, Account, AccountKey, AccountStatus, AccountStore as _, Change, MemoryAccounts,
    MemorySessions, Principal, Role, Roles, SignInKeys, SignInMethod, TokenVerifier as _,
};
use erynoa_cache::MemoryCache;
use erynoa_events::{SigningKey, sign_in_message};
use erynoa_kernel::{Clock as _, Entropy, FixedClock, IdentityId, Problem, PublicKey, Signature};
use erynoa_local_auth::{
    Challenge, KeyProof, LocalAuth, LocalAuthConfig, LocalAuthPorts, Purpose, SeenFrom,
    SignInError, SignedIn,
};

mod accounts;
mod provider;
mod refusals;
mod tokens;

const ORIGIN: &str = "https://erynoa.example";
const START_US: u64 = 1_700_000_000_000_000;
const SECOND_US: u64 = 1_000_000;

/// Hashes of a counter: different each time, the same in each run.
#[derive(Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn bytes32(&self) -> [u8; 32] {
        *blake3::hash(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes()).as_bytes()
    }
}

/// The keys that may sign in.
#[derive(Default)]
struct Keys(Mutex<HashSet<(IdentityId, PublicKey)>>);

impl SignInKeys for Keys {
    fn may_sign_in(&self, identity: &IdentityId, key: &PublicKey) -> bool {
        self.0.lock().expect("not poisoned").contains(&(*identity, *key))
    }

    fn name_of(&self, _: &IdentityId) -> String {
        "Ada".to_owned()
    }
}

/// One installation with one person, who has one device.
struct House {
    auth: LocalAuth,
    accounts: Arc<MemoryAccounts>,
    clock: Arc<FixedClock>,
    keys: Arc<Keys>,
    device: SigningKey,
    person: IdentityId,
}

fn config() -> LocalAuthConfig {
    LocalAuthConfig {
        issuer: ORIGIN.into(),
        audience: "erynoa".into(),
        access_token_ttl_s: 600,
        refresh_token_ttl_s: 2_592_000,
        identities_make_accounts: true,
        roles_follow_provider: true,
    }
}

impl House {
    fn new() -> Self {
        Self::with(config(), 99)
    }

    fn with(config: LocalAuthConfig, key: u8) -> Self {
        let house = Self::parts();
        let ports = LocalAuthPorts {
            accounts: Arc::clone(&house.0) as _,
            sessions: Arc::new(MemorySessions::default()),
            cache: Arc::new(MemoryCache::new(Arc::clone(&house.1) as _)),
            keys: Arc::clone(&house.2) as _,
            clock: Arc::clone(&house.1) as _,
            entropy: Arc::new(Counting::default()),
        };
        let auth = LocalAuth::new(config, SigningKey::from_seed([key; 32]), ports);
        let (device, person) = (SigningKey::from_seed([1; 32]), IdentityId::from_bytes([2; 32]));
        house.2.0.lock().expect("not poisoned").insert((person, device.public_key()));
        Self { auth, accounts: house.0, clock: house.1, keys: house.2, device, person }
    }

    fn parts() -> (Arc<MemoryAccounts>, Arc<FixedClock>, Arc<Keys>) {
        (Arc::default(), Arc::new(FixedClock::at(START_US)), Arc::default())
    }

    fn wait(&self, delay_us: u64) {
        self.clock.set(self.clock.now_us() + delay_us);
    }

    fn revoke_device(&self) {
        self.keys.0.lock().expect("not poisoned").clear();
    }

    /// A right answer to a challenge, to be bent by a test.
    fn answer(&self, challenge: Challenge) -> KeyProof<'static> {
        let message = sign_in_message(&challenge.challenge, &self.person, ORIGIN);
        KeyProof {
            identity: self.person,
            challenge: challenge.challenge,
            public_key: self.device.public_key(),
            signature: self.device.sign(&message),
            origin: ORIGIN,
        }
    }

    async fn challenge(&self, identity: IdentityId, origin: &str) -> Challenge {
        self.auth.create_challenge(identity, origin).await.expect("a challenge")
    }

    async fn sign_in(&self) -> SignedIn {
        let challenge = self.challenge(self.person, ORIGIN).await;
        self.try_sign_in(self.answer(challenge)).await.expect("signs in")
    }

    async fn try_sign_in(&self, proof: KeyProof<'_>) -> Result<SignedIn, SignInError> {
        self.auth.sign_in(&proof, SeenFrom::default()).await
    }

    /// The account of the person.
    async fn account(&self) -> Option<Account> {
        self.accounts.find(&AccountKey::Identity(self.person)).await.expect("read")
    }

    async fn verify(&self, token: &str) -> Result<Principal, AccessError> {
        self.auth.verify(token).await
    }
}

/// The code that the API shows.
fn code<T>(result: Result<T, SignInError>) -> &'static str {
    result.map_or_else(|error| Problem::from(error).code, |_| "ok")
}

/// The code that the API shows.
fn token_code<T>(result: Result<T, AccessError>) -> &'static str {
    result.map_or_else(|error| Problem::from(error).code, |_| "ok")
}

fn access(signed_in: &SignedIn) -> &str {
    signed_in.tokens.access_token.expose()
}

fn refresh(signed_in: &SignedIn) -> &str {
    signed_in.tokens.refresh_token.expose()
}

fn now<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}
