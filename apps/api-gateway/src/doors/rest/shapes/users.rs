//! JSON shapes of sessions and accounts.

use erynoa_proto::api::v1 as api;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is signed in, and their account.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct MeShape {
    #[serde(flatten)]
    pub(in crate::doors::rest) session: SessionShape,
    pub(in crate::doors::rest) user: UserShape,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct SessionShape {
    /// Session id.
    id: String,
    /// DID; empty while no identity is linked.
    identity: String,
    display_name: String,
    /// member, operator, admin.
    roles: Vec<String>,
    #[schema(example = "device_key")]
    method: String,
}

impl From<api::Session> for SessionShape {
    fn from(session: api::Session) -> Self {
        Self {
            id: session.id,
            identity: session.identity,
            display_name: session.display_name,
            roles: session.roles,
            method: session.method,
        }
    }
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct UserShape {
    /// 32 hex digits.
    id: String,
    /// DID; empty while no identity is linked.
    did: String,
    /// Empty when unknown.
    email: String,
    name: String,
    /// member, operator, admin.
    roles: Vec<String>,
    #[schema(example = "active")]
    status: String,
    created_at_us: u64,
    updated_at_us: u64,
    /// 0 = never.
    last_seen_at_us: u64,
    /// Counts changes.
    version: u64,
    /// en, de, or empty.
    language: String,
}

impl From<api::User> for UserShape {
    fn from(user: api::User) -> Self {
        let status = match user.status() {
            api::UserStatus::Unspecified => "",
            api::UserStatus::Active => "active",
            api::UserStatus::Invited => "invited",
            api::UserStatus::Disabled => "disabled",
        };
        Self {
            status: status.to_owned(),
            id: user.id,
            did: user.did,
            email: user.email,
            name: user.name,
            roles: user.roles,
            created_at_us: user.created_at_us,
            updated_at_us: user.updated_at_us,
            last_seen_at_us: user.last_seen_at_us,
            version: user.version,
            language: user.language,
        }
    }
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub(in crate::doors::rest) struct UserPage {
    users: Vec<UserShape>,
    /// Empty on the last page.
    next_page_token: String,
}

impl From<api::ListUsersResponse> for UserPage {
    fn from(page: api::ListUsersResponse) -> Self {
        Self {
            users: page.users.into_iter().map(UserShape::from).collect(),
            next_page_token: page.next_page_token,
        }
    }
}

/// What the identity provider posts at a logout.
#[derive(Deserialize, ToSchema)]
pub(in crate::doors::rest) struct LogoutForm {
    /// JWT of the provider.
    pub(in crate::doors::rest) logout_token: String,
}
