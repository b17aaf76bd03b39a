//! Accounts and roles.

use erynoa_kernel::IdentityId;

/// An account is an identity that has signed in here.
pub type AccountId = IdentityId;

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Has signed in.
    Member = 1,
    /// Runs the installation; may do all that a member may.
    Operator = 2,
}

impl Role {
    /// Every role, in ascending order.
    pub const ALL: [Self; 2] = [Self::Member, Self::Operator];

    /// Name in the API and in tokens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Operator => "operator",
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

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }

    /// One bit a role: 1 member, 2 operator. For stores.
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

/// An account as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The identity.
    pub id: AccountId,
    /// What it may be.
    pub roles: Roles,
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
            assert_eq!(Roles::from_bits(bits).map(Roles::bits), (bits < 4).then_some(bits));
        }
        let both: Roles = Role::ALL.into_iter().collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), Role::ALL);
    }
}
