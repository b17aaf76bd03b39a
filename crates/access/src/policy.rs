//! The authorisation policy: deny by default, one rule for every door.

use erynoa_kernel::{IdentityId, PublicKey};

use crate::{AccessError, Role, Roles, SessionId};

/// Somebody who is signed in, as a verified access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The session of the token.
    pub session_id: SessionId,
    /// Who it is.
    pub identity: IdentityId,
    /// What they may be.
    pub roles: Roles,
    /// The device key that signed in.
    pub public_key: PublicKey,
}

/// What a call asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Nothing.
    Public,
    /// To be signed in with the role member or operator.
    Member,
    /// The role operator.
    Operator,
}

/// Whether `principal` (`None`: nobody is signed in) may make a call that asks
/// for `access`.
///
/// # Errors
/// `Unauthorized` when nobody is signed in and somebody must be, `Forbidden`
/// when the role is missing.
pub fn authorise(principal: Option<&Principal>, access: Access) -> Result<(), AccessError> {
    let needed: &[Role] = match access {
        Access::Public => return Ok(()),
        Access::Member => &[Role::Member, Role::Operator],
        Access::Operator => &[Role::Operator],
    };
    let principal = principal.ok_or(AccessError::Unauthorized)?;
    if needed.iter().any(|role| principal.roles.contains(*role)) {
        Ok(())
    } else {
        Err(AccessError::Forbidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(roles: &[Role]) -> Principal {
        Principal {
            session_id: SessionId::from_bytes([1; 16]),
            identity: IdentityId::from_bytes([2; 32]),
            roles: roles.iter().copied().collect(),
            public_key: PublicKey::from_bytes([3; 32]),
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
        let table = [
            (None, ["ok", "UNAUTHORIZED", "UNAUTHORIZED"]),
            (Some(&nothing), ["ok", "FORBIDDEN", "FORBIDDEN"]),
            (Some(&member), ["ok", "ok", "FORBIDDEN"]),
            (Some(&operator), ["ok", "ok", "ok"]),
            (Some(&both), ["ok", "ok", "ok"]),
        ];
        for (principal, expected) in table {
            let access = [Access::Public, Access::Member, Access::Operator];
            assert_eq!(access.map(|access| verdict(principal, access)), expected);
        }
    }
}
