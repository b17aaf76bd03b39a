//! Accounts of the installation.

use erynoa_access::{AccountFilter, AccountStatus, Role};
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::user_service_server::UserService;
use tonic::{Request, Response, Status};

use super::Api;
use super::session::{key_proof, origin};
use crate::app::{App, caller, invalid};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::users::{change_user, describe, export_account, invite_user, link_identity};
use crate::users::{list_sessions, user_id};

const MAX_QUERY_BYTES: usize = 128;

/// Accounts, newest first.
pub(crate) async fn list(
    app: &App,
    request: api::ListUsersRequest,
) -> Result<api::ListUsersResponse, Problem> {
    let size = page_size(request.page_size)?;
    if request.query.len() > MAX_QUERY_BYTES {
        return Err(invalid("query", "a query is at most 128 bytes".to_owned()));
    }
    let role = match request.role.as_str() {
        "" => None,
        name => Some(Role::from_name(name).ok_or_else(|| {
            invalid("role", "a role is member, operator, admin, or empty".to_owned())
        })?),
    };
    let status = match api::UserStatus::try_from(request.status) {
        Ok(api::UserStatus::Unspecified) => None,
        Ok(api::UserStatus::Active) => Some(AccountStatus::Active),
        Ok(api::UserStatus::Invited) => Some(AccountStatus::Invited),
        Ok(api::UserStatus::Disabled) => Some(AccountStatus::Disabled),
        Err(_) => return Err(invalid("status", "there is no such status".to_owned())),
    };
    let cursor = Cursor::of(&[
        b"users",
        request.query.as_bytes(),
        request.role.as_bytes(),
        &request.status.to_be_bytes(),
    ]);
    let before = cursor.decode_position(&request.page_token)?;
    let filter = AccountFilter { query: request.query, email: None, role, status };
    let mut accounts = app.accounts.list(&filter, before, size + 1).await?;
    let more = accounts.len() > size;
    accounts.truncate(size);
    let next = accounts.last().filter(|_| more);
    Ok(api::ListUsersResponse {
        next_page_token: next
            .map(|last| cursor.encode_position(&last.position()))
            .unwrap_or_default(),
        users: accounts.iter().map(|account| describe(app, account)).collect(),
        provider_manages_users: app.provider_users.is_some(),
    })
}

/// One account.
pub(crate) async fn get(app: &App, id: &str) -> Result<api::User, Problem> {
    Ok(describe(app, &app.account(&user_id(id, "id")?).await?))
}

#[tonic::async_trait]
impl UserService for Api {
    async fn list_users(
        &self,
        request: Request<api::ListUsersRequest>,
    ) -> Result<Response<api::ListUsersResponse>, Status> {
        list(&self.app, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn get_user(
        &self,
        request: Request<api::GetUserRequest>,
    ) -> Result<Response<api::GetUserResponse>, Status> {
        let user = Some(get(&self.app, &request.get_ref().id).await.map_err(status)?);
        Ok(Response::new(api::GetUserResponse { user }))
    }

    async fn get_current_user(
        &self,
        request: Request<api::GetCurrentUserRequest>,
    ) -> Result<Response<api::GetCurrentUserResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let account = self.app.account(&caller.principal.account).await.map_err(status)?;
        let user = Some(describe(&self.app, &account));
        Ok(Response::new(api::GetCurrentUserResponse { user }))
    }

    async fn create_user(
        &self,
        request: Request<api::CreateUserRequest>,
    ) -> Result<Response<api::CreateUserResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let made = invite_user::create_user(&self.app, &caller, request.into_inner()).await;
        let user = Some(describe(&self.app, &made.map_err(status)?));
        Ok(Response::new(api::CreateUserResponse { user }))
    }

    async fn update_user(
        &self,
        request: Request<api::UpdateUserRequest>,
    ) -> Result<Response<api::UpdateUserResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let changed = change_user::update_user(&self.app, &caller, request.into_inner()).await;
        let user = Some(describe(&self.app, &changed.map_err(status)?));
        Ok(Response::new(api::UpdateUserResponse { user }))
    }

    async fn delete_user(
        &self,
        request: Request<api::DeleteUserRequest>,
    ) -> Result<Response<api::DeleteUserResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let deleted = change_user::delete_user(&self.app, &caller, request.into_inner()).await;
        deleted.map_err(status)?;
        Ok(Response::new(api::DeleteUserResponse {}))
    }

    async fn set_user_roles(
        &self,
        request: Request<api::SetUserRolesRequest>,
    ) -> Result<Response<api::SetUserRolesResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let changed = change_user::set_roles(&self.app, &caller, request.into_inner()).await;
        let user = Some(describe(&self.app, &changed.map_err(status)?));
        Ok(Response::new(api::SetUserRolesResponse { user }))
    }

    async fn set_user_disabled(
        &self,
        request: Request<api::SetUserDisabledRequest>,
    ) -> Result<Response<api::SetUserDisabledResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let changed = change_user::set_disabled(&self.app, &caller, request.into_inner()).await;
        let user = Some(describe(&self.app, &changed.map_err(status)?));
        Ok(Response::new(api::SetUserDisabledResponse { user }))
    }

    async fn invite_user(
        &self,
        request: Request<api::InviteUserRequest>,
    ) -> Result<Response<api::InviteUserResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let invited =
            invite_user::invite_user(&self.app, &self.workflows, &caller, request.into_inner())
                .await;
        let invited = invited.map_err(status)?;
        Ok(Response::new(api::InviteUserResponse {
            user: Some(describe(&self.app, &invited.account)),
            link: invited.link,
            expires_at_us: invited.expires_at_us,
            mail_sent: invited.mail_sent,
        }))
    }

    async fn accept_invitation(
        &self,
        request: Request<api::AcceptInvitationRequest>,
    ) -> Result<Response<api::AcceptInvitationResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let token = &request.get_ref().token;
        let account = invite_user::accept_invitation(&self.app, &caller, token).await;
        let user = Some(describe(&self.app, &account.map_err(status)?));
        Ok(Response::new(api::AcceptInvitationResponse { user }))
    }

    async fn link_identity(
        &self,
        request: Request<api::LinkIdentityRequest>,
    ) -> Result<Response<api::LinkIdentityResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let origin = origin(&self.app, request.metadata());
        let api::LinkIdentityRequest { identity, challenge, public_key, signature } =
            request.into_inner();
        let proof = key_proof(&identity, &challenge, &public_key, &signature, &origin);
        let proof = proof.map_err(status)?;
        let account = link_identity::link_identity(&self.app, &caller, &proof).await;
        let user = Some(describe(&self.app, &account.map_err(status)?));
        Ok(Response::new(api::LinkIdentityResponse { user }))
    }

    async fn list_sessions(
        &self,
        request: Request<api::ListSessionsRequest>,
    ) -> Result<Response<api::ListSessionsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let listed = list_sessions::list_sessions(&self.app, &caller, request.get_ref()).await;
        listed.map(Response::new).map_err(status)
    }

    async fn revoke_session(
        &self,
        request: Request<api::RevokeSessionRequest>,
    ) -> Result<Response<api::RevokeSessionResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let id = &request.get_ref().id;
        list_sessions::revoke_session(&self.app, &caller, id).await.map_err(status)?;
        Ok(Response::new(api::RevokeSessionResponse {}))
    }

    async fn export_account(
        &self,
        request: Request<api::ExportAccountRequest>,
    ) -> Result<Response<api::ExportAccountResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let account = caller.principal.account;
        let most = export_account::ANSWER_MOST;
        let export = export_account::export_account(&self.app, account, most).await;
        let export = export.map_err(status)?;
        Ok(Response::new(api::ExportAccountResponse { json: export.to_string() }))
    }
}
