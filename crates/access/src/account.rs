//! Accounts and roles.

use erynoa_kernel::IdentityId;

use crate::{AccessError, AccountId, Position};

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Has signed in.
    Member = 1,
    /// Runs the installation; may do all that a member may.
    Operator = 2,
    /// Decides who may be what; may do all that an operator may.
    Admin = 3,
}

impl Role {
    /// Every role, in ascending order.
    pub const ALL: [Self; 3] = [Self::Member, Self::Operator, Self::Admin];

    /// Name in the API and in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << (self as u8 - 1)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// This set and `role`.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// Whether `role` is in the set.
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether somebody with these roles may do what `role` may: a role may do
    /// all that the ones before it may.
    #[must_use]
    pub fn allow(self, role: Role) -> bool {
        self.iter().any(|held| held >= role)
    }

    /// This set with all that its highest role includes, as accounts have it.
    #[must_use]
    pub fn with_implied(self) -> Self {
        Role::ALL.into_iter().filter(|role| self.allow(*role)).collect()
    }

    /// The roles of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }

    /// One bit a role: 1 member, 2 operator, 4 admin. For stores.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set with these bits; `None` when a bit stands for no role.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        let known = Role::ALL.into_iter().fold(0, |bits, role| bits | role.bit());
        (bits & !known == 0).then_some(Self(bits))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AccountStatus {
    /// May sign in.
    Active = 1,
    /// Waits for somebody to sign in for the first time.
    Invited = 2,
    /// May not sign in; has no sessions.
    Disabled = 3,
}

impl AccountStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Invited, Self::Disabled];

    /// Name in exports and audit entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Disabled => "disabled",
        }
    }
}

/// Who somebody is at an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderSubject {
    /// `iss`, never empty.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

/// An open invitation. The token itself is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// BLAKE3-256 of the token.
    pub token_hash: [u8; 32],
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// Somebody who has signed in here, or may do so for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The identity whose keys sign in, and that speaks in the log. At most one
    /// account has it.
    pub identity: Option<IdentityId>,
    /// Who it is at the identity provider. At most one account has it.
    pub subject: Option<ProviderSubject>,
    /// E-mail address, empty when unknown; at most 254 bytes.
    pub email: String,
    /// What the person is called, empty when unknown; at most 128 bytes.
    pub name: String,
    /// en or de; empty = the browser's.
    pub language: String,
    /// What it may be.
    pub roles: Roles,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// How somebody gets into it who was invited.
    pub invitation: Option<Invitation>,
    /// µs since the Unix epoch; never changes.
    pub created_at_us: u64,
    /// µs since the Unix epoch.
    pub updated_at_us: u64,
    /// µs since the Unix epoch, 0 = never; exact to a minute.
    pub last_seen_at_us: u64,
    /// From 1; counts changes, but not being seen.
    pub version: u64,
}

/// Longest name of a person, bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Longest e-mail address, bytes (RFC 5321 §4.5.3.1.3 less its brackets).
pub const MAX_EMAIL_BYTES: usize = 254;

impl Account {
    /// A new account that may sign in, without anything known about it.
    #[must_use]
    pub const fn new(id: AccountId, roles: Roles, now_us: u64) -> Self {
        Self {
            id,
            identity: None,
            subject: None,
            email: String::new(),
            name: String::new(),
            language: String::new(),
            roles,
            status: AccountStatus::Active,
            invitation: None,
            created_at_us: now_us,
            updated_at_us: now_us,
            last_seen_at_us: 0,
            version: 1,
        }
    }

    /// The account that takes the place of one from the time when accounts were
    /// identities with roles; its operators decided alone, so they are admins.
    /// The same identity always gives the same id.
    #[must_use]
    pub fn of_identity(identity: IdentityId, roles: Roles) -> Self {
        let hash = blake3::hash(&[b"ERYNOA-ACCOUNT-V1", identity.as_bytes().as_slice()].concat());
        let roles = if roles.contains(Role::Operator) { roles.with(Role::Admin) } else { roles };
        let account = Self::new(AccountId::from_random(hash.as_bytes()), roles, 0);
        Self { identity: Some(identity), ..account }
    }

    /// Its place among all accounts.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { created_at_us: self.created_at_us, id: *self.id.as_bytes() }
    }

    /// Whether it can use the role admin now. There is always one that can.
    #[must_use]
    pub fn is_acting_admin(&self) -> bool {
        self.status == AccountStatus::Active && self.roles.contains(Role::Admin)
    }
}

/// # Errors
/// When a name is longer than [`MAX_NAME_BYTES`] or holds control characters.
pub fn check_name(name: &str) -> Result<(), AccessError> {
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        return Err(AccessError::Field {
            field: "name",
            reason: "a name is at most 128 bytes without control characters",
        });
    }
    Ok(())
}

/// Checks the shape alone: only a mail that arrives proves an address.
///
/// # Errors
/// When it is not `local@domain` of at most [`MAX_EMAIL_BYTES`] without spaces.
pub fn check_email(email: &str) -> Result<(), AccessError> {
    let parts = email.rsplit_once('@');
    let good = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.starts_with('.')
    });
    let plain = !email.chars().any(|c| c.is_control() || c.is_whitespace() || "<>,;".contains(c));
    if good && plain && email.len() <= MAX_EMAIL_BYTES {
        return Ok(());
    }
    Err(AccessError::Field {
        field: "email",
        reason: "an e-mail address is name@domain of at most 254 bytes without spaces",
    })
}

/// # Errors
/// When it is not en, de or empty.
pub fn check_language(language: &str) -> Result<(), AccessError> {
    if matches!(language, "" | "en" | "de") {
        return Ok(());
    }
    Err(AccessError::Field { field: "language", reason: "a language is en, de, or empty" })
}

/// Which accounts a list shows. The default shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Part of name, e-mail address or identity, in any case; a DID counts as
    /// its identity.
    pub query: String,
    /// Exactly this e-mail address, in any case.
    pub email: Option<String>,
    /// Only with this role.
    pub role: Option<Role>,
    /// Only with this status.
    pub status: Option<AccountStatus>,
}

impl AccountFilter {
    /// What is looked for, in lower case: the query, or of a DID what stands
    /// behind its namespace.
    #[must_use]
    pub fn needle(&self) -> String {
        let query = self.query.to_lowercase();
        let identity = query.strip_prefix("did:erynoa:").and_then(|rest| rest.split_once(':'));
        identity.map_or(query.clone(), |(_, identity)| identity.to_owned())
    }

    /// Whether the list shows the account.
    #[must_use]
    pub fn matches(&self, account: &Account) -> bool {
        let lower = |text: &str| text.to_lowercase();
        let found = || {
            let needle = self.needle();
            lower(&account.name).contains(&needle)
                || lower(&account.email).contains(&needle)
                || account.identity.is_some_and(|id| id.to_string().contains(&needle))
        };
        self.role.is_none_or(|role| account.roles.contains(role))
            && self.status.is_none_or(|status| account.status == status)
            && self.email.as_ref().is_none_or(|email| lower(email) == lower(&account.email))
            && (self.query.is_empty() || found())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_one_to_one() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
        assert_eq!(Role::from_name("Member"), None);
    }

    #[test]
    fn roles_survive_their_bits_and_unknown_bits_are_no_roles() {
        for bits in 0..=u8::MAX {
            assert_eq!(Roles::from_bits(bits).map(Roles::bits), (bits < 8).then_some(bits));
        }
        let all: Roles = Role::ALL.into_iter().collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), Role::ALL);
    }

    #[test]
    fn a_role_may_do_what_the_ones_before_it_may() {
        for held in Role::ALL {
            for asked in Role::ALL {
                assert_eq!(Roles::NONE.with(held).allow(asked), held >= asked);
                assert_eq!(Roles::NONE.with(held).with_implied().contains(asked), held >= asked);
            }
        }
        assert!(!Roles::NONE.allow(Role::Member) && Roles::NONE.with_implied().is_empty());
    }

    #[test]
    fn every_limit_of_a_profile_holds_at_both_sides() {
        assert!(check_name(&"n".repeat(128)).is_ok() && check_name("").is_ok());
        assert!(check_name(&"n".repeat(129)).is_err() && check_name("a\nb").is_err());
        let address = |bytes: usize| format!("{}@b.example", "a".repeat(bytes - 10));
        assert!(check_email(&address(254)).is_ok() && check_email(&address(255)).is_err());
        for wrong in ["", "a", "@b", "a@", "a b@c", "a@.c", "a@b,c@d", "<a@b>"] {
            assert!(check_email(wrong).is_err(), "{wrong}");
        }
        assert!(["", "en", "de"].into_iter().all(|good| check_language(good).is_ok()));
        assert!(["fr", "EN", "deu"].into_iter().all(|wrong| check_language(wrong).is_err()));
    }

    #[test]
    fn an_account_from_the_past_keeps_its_id_and_its_operators_are_admins() {
        let identity = IdentityId::from_bytes([7; 32]);
        let operator = Roles::NONE.with(Role::Member).with(Role::Operator);
        let account = Account::of_identity(identity, operator);
        assert_eq!(account, Account::of_identity(identity, operator));
        assert!(account.is_acting_admin() && account.roles.contains(Role::Operator));
        let member = Account::of_identity(identity, Roles::NONE.with(Role::Member));
        assert_eq!((member.id, member.is_acting_admin()), (account.id, false));
    }

    #[test]
    fn a_filter_finds_by_parts_of_name_address_and_identity_in_any_case() {
        let identity = IdentityId::from_bytes([0xab; 32]);
        let account = Account {
            name: "Ada Ölmüller".into(),
            email: "Ada@Example.org".into(),
            ..Account::of_identity(identity, Roles::NONE)
        };
        let with = |query: &str| {
            AccountFilter { query: query.into(), ..AccountFilter::default() }.matches(&account)
        };
        let did = format!("did:erynoa:self:{identity}");
        for good in ["", "ada", "ÖLM", "example.ORG", "abab", "ABAB", &did] {
            assert!(with(good), "{good}");
        }
        for other in ["eve", "cdcd", &did.replace("ab", "ac")] {
            assert!(!with(other), "{other}");
        }
        let exactly = |email: &str| {
            AccountFilter { email: Some(email.into()), ..AccountFilter::default() }
                .matches(&account)
        };
        assert!(exactly("ada@example.org") && !exactly("ada@example.or"));
    }
}
