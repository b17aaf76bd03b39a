//! The authorisation policy: deny by default, one rule for every door.

use erynoa_kernel::{IdentityId, PublicKey};

use crate::{AccessError, AccountId, Role, Roles, SessionId};

/// Somebody who is signed in, as a verified access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The session of the token.
    pub session_id: SessionId,
    /// Who it is here.
    pub account: AccountId,
    /// Who it is in the log, once that is linked.
    pub identity: Option<IdentityId>,
    /// What they may be at this moment.
    pub roles: Roles,
    /// The device key that signed in, if it was one.
    pub public_key: Option<PublicKey>,
}

impl Principal {
    /// Who it is in the log.
    ///
    /// # Errors
    /// `IdentityRequired` when no identity is linked.
    pub fn identity(&self) -> Result<IdentityId, AccessError> {
        self.identity.ok_or(AccessError::IdentityRequired)
    }
}

/// What a call asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing.
    Public,
    /// To be signed in with the role member or more.
    Member,
    /// The role operator or more.
    Operator,
    /// The role admin.
    Admin,
}

/// Whether `principal` (`None`: nobody is signed in) may make a call that asks
/// for `access`.
///
/// # Errors
/// `Unauthorized` when nobody is signed in and somebody must be, `Forbidden`
/// when the role is missing.
pub fn authorise(principal: Option<&Principal>, access: Access) -> Result<(), AccessError> {
    let needed = match access {
        Access::Public => return Ok(()),
        Access::Member => Role::Member,
        Access::Operator => Role::Operator,
        Access::Admin => Role::Admin,
    };
    let principal = principal.ok_or(AccessError::Unauthorized)?;
    if principal.roles.allow(needed) { Ok(()) } else { Err(AccessError::Forbidden(needed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(roles: &[Role]) -> Principal {
        Principal {
            session_id: SessionId::from_bytes([1; 16]),
            account: AccountId::from_bytes([2; 16]),
            identity: None,
            roles: roles.iter().copied().collect(),
            public_key: None,
        }
    }

    fn verdict(principal: Option<&Principal>, access: Access) -> &'static str {
        authorise(principal, access).map_or_else(|error| error.code(), |()| "ok")
    }

    #[test]
    fn every_caller_gets_exactly_what_the_policy_table_says() {
        let nothing = with(&[]);
        let member = with(&[Role::Member]);
        let operator = with(&[Role::Operator]);
        let both = with(&[Role::Member, Role::Operator]);
        let admin = with(&[Role::Admin]);
        let table = [
            (None, ["ok", "UNAUTHORIZED", "UNAUTHORIZED", "UNAUTHORIZED"]),
            (Some(&nothing), ["ok", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]),
            (Some(&member), ["ok", "ok", "FORBIDDEN", "FORBIDDEN"]),
            (Some(&operator), ["ok", "ok", "ok", "FORBIDDEN"]),
            (Some(&both), ["ok", "ok", "ok", "FORBIDDEN"]),
            (Some(&admin), ["ok", "ok", "ok", "ok"]),
        ];
        for (principal, expected) in table {
            let access = [Access::Public, Access::Member, Access::Operator, Access::Admin];
            assert_eq!(access.map(|access| verdict(principal, access)), expected);
        }
    }
}
