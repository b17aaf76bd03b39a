//! Accounts, sessions and the audit log.

use erynoa_events::link_message;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use tonic::Status;

use crate::rest::get;
use crate::seat::{Person, Seat, code_of, config, operator, with};

async fn set_roles(
    seat: &Seat,
    by: &str,
    user: &api::User,
    role: &str,
) -> Result<api::User, Status> {
    let request = api::SetUserRolesRequest {
        id: user.id.clone(),
        version: user.version,
        roles: vec![role.to_owned()],
    };
    let answer = seat.users().set_user_roles(with(by, request)).await?;
    Ok(answer.into_inner().user.unwrap())
}

async fn set_disabled(
    seat: &Seat,
    by: &str,
    id: &str,
    disabled: bool,
) -> Result<api::User, Status> {
    let get = api::GetUserRequest { id: id.to_owned() };
    let user = seat.users().get_user(with(by, get)).await?.into_inner().user.unwrap();
    let request = api::SetUserDisabledRequest { id: user.id, version: user.version, disabled };
    let answer = seat.users().set_user_disabled(with(by, request)).await?;
    Ok(answer.into_inner().user.unwrap())
}

fn token_code(result: Result<tonic::Response<api::GetCurrentUserResponse>, Status>) -> String {
    result.map_or_else(|status| code_of(&status), |_| "ok".to_owned())
}

async fn actions(seat: &Seat, by: &str) -> Vec<String> {
    let request = api::ListAuditEntriesRequest { page_size: 100, ..Default::default() };
    let page = seat.audit().list_audit_entries(with(by, request)).await.unwrap().into_inner();
    page.entries.into_iter().rev().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn the_first_sign_in_makes_an_account_that_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let claimer = seat.user(&admin).await;
    assert_eq!(claimer.roles, ["member", "operator", "admin"]);
    let (mia, token) = seat.newcomer(2, "Mia Member").await;
    let user = seat.user(&token).await;
    assert_eq!((user.name.as_str(), user.did), ("Mia Member", mia.did()));
    assert_eq!((user.status, user.version), (api::UserStatus::Active.into(), 1));
    assert!(user.created_at_us > 0 && user.last_seen_at_us >= user.created_at_us);
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    let again = mia.signs_in(&seat).await.unwrap().access_token;
    assert_eq!(seat.user(&again).await.id, user.id);
    seat.leave().await;
}

#[tokio::test]
async fn accounts_are_listed_searched_and_paged() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    for seed in 2..6 {
        seat.newcomer(seed, &format!("Person {seed}")).await;
    }
    let mut users = seat.users();
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let request =
            api::ListUsersRequest { page_size: 2, page_token, ..api::ListUsersRequest::default() };
        let page = users.list_users(with(&admin, request)).await.unwrap().into_inner();
        assert!(page.users.len() <= 2 && !page.provider_manages_users);
        names.extend(page.users.into_iter().map(|user| user.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["Person 5", "Person 4", "Person 3", "Person 2", "Olga Operator"]);
    for (request, expected) in [
        (api::ListUsersRequest { query: "PERSON 3".into(), ..Default::default() }, 1),
        (api::ListUsersRequest { query: Person::new(4).did(), ..Default::default() }, 1),
        (api::ListUsersRequest { role: "admin".into(), ..Default::default() }, 1),
        (api::ListUsersRequest { status: 3, ..Default::default() }, 0),
    ] {
        let page = users.list_users(with(&admin, request)).await.unwrap().into_inner();
        assert_eq!(page.users.len(), expected);
    }
    for (request, field) in [
        (api::ListUsersRequest { role: "king".into(), ..Default::default() }, "role"),
        (api::ListUsersRequest { status: 9, ..Default::default() }, "status"),
        (api::ListUsersRequest { query: "x".repeat(129), ..Default::default() }, "query"),
        (api::ListUsersRequest { page_size: 101, ..Default::default() }, "page_size"),
    ] {
        let refused = users.list_users(with(&admin, request)).await.unwrap_err();
        assert_eq!(code_of(&refused), "VALIDATION_ERROR", "{field}");
    }
    let wrong = api::ListUsersRequest { page_token: "AAAA".into(), ..Default::default() };
    let refused = users.list_users(with(&admin, wrong)).await.unwrap_err();
    assert_eq!(code_of(&refused), "PAGE_TOKEN_INVALID");

    let bearer = format!("authorization: Bearer {admin}\r\n");
    let (head, body) = get(&seat, "/api/v1/users?query=person%203", &bearer).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let page: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(page["users"][0]["name"], "Person 3");
    let path = format!("/api/v1/users/{}", page["users"][0]["id"].as_str().unwrap());
    let (_, body) = get(&seat, &path, &bearer).await;
    assert!(body.contains("\"status\":\"active\""), "{body}");
    let (head, _) = get(&seat, "/api/v1/users", "").await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
    let (_, body) = get(&seat, "/api/v1/me", &bearer).await;
    let me: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&me["display_name"], &me["user"]["version"]), (&"Olga Operator".into(), &2.into()));
    seat.leave().await;
}

#[tokio::test]
async fn an_update_names_the_version_that_it_has_read_and_others_need_an_admin() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let (_, other) = seat.newcomer(3, "Otto").await;
    let id = seat.user(&token).await.id;
    let update = async |by: &str, version, name: Option<&str>, email: Option<&str>| {
        let request = api::UpdateUserRequest {
            id: id.clone(),
            version,
            name: name.map(str::to_owned),
            email: email.map(str::to_owned),
            language: None,
        };
        let answer = seat.users().update_user(with(by, request)).await;
        answer.map(|answer| answer.into_inner().user.unwrap()).map_err(|status| code_of(&status))
    };
    let changed = update(&token, 1, Some("Mia M."), Some("mia@example.org")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("Mia M.", 2));
    assert_eq!(update(&token, 1, Some("Old"), None).await.unwrap_err(), "CONFLICT");
    assert_eq!(update(&other, 2, Some("Eve"), None).await.unwrap_err(), "FORBIDDEN");
    assert_eq!(update(&token, 2, None, Some("nonsense")).await.unwrap_err(), "VALIDATION_ERROR");
    let changed = update(&admin, 2, Some("Mia"), None).await.unwrap();
    assert_eq!((changed.email.as_str(), changed.version), ("mia@example.org", 3));
    assert_eq!(actions(&seat, &admin).await, ["installation.claim", "user.update"]);
    seat.leave().await;
}

#[tokio::test]
async fn roles_count_at_once_and_the_last_admin_stays() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, token) = seat.newcomer(2, "Mia").await;
    let olga = seat.user(&admin).await;
    let refused = set_roles(&seat, &admin, &olga, "member").await.unwrap_err();
    assert_eq!(code_of(&refused), "LAST_ADMIN");
    let refused = set_disabled(&seat, &admin, &olga.id, true).await.unwrap_err();
    assert_eq!(code_of(&refused), "LAST_ADMIN");
    let delete = api::DeleteUserRequest { id: olga.id.clone(), version: olga.version };
    let refused = seat.users().delete_user(with(&admin, delete.clone())).await.unwrap_err();
    assert_eq!(code_of(&refused), "LAST_ADMIN");

    let mia = seat.user(&token).await;
    let refused = set_roles(&seat, &admin, &mia, "king").await.unwrap_err();
    assert_eq!(code_of(&refused), "VALIDATION_ERROR");
    let mia = set_roles(&seat, &admin, &mia, "admin").await.unwrap();
    assert_eq!(mia.roles, ["member", "operator", "admin"]);
    seat.users().delete_user(with(&token, delete)).await.expect("she is an admin now");
    assert_eq!(
        token_code(
            seat.users().get_current_user(with(&admin, api::GetCurrentUserRequest {})).await
        ),
        "INVALID_TOKEN"
    );
    let refused = set_roles(&seat, &token, &mia, "member").await.unwrap_err();
    assert_eq!(code_of(&refused), "LAST_ADMIN");
    assert_eq!(actions(&seat, &token).await, ["installation.claim", "user.roles", "user.delete"]);
    seat.leave().await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_comes_back_when_enabled() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (mia, token) = seat.newcomer(2, "Mia").await;
    let id = seat.user(&token).await.id;
    let disabled = set_disabled(&seat, &admin, &id, true).await.unwrap();
    assert_eq!(disabled.status, i32::from(api::UserStatus::Disabled));
    let me = || with(&token, api::GetCurrentUserRequest {});
    assert_eq!(token_code(seat.users().get_current_user(me()).await), "INVALID_TOKEN");
    let refused = mia.signs_in(&seat).await.unwrap_err();
    assert_eq!(code_of(&refused), "ACCOUNT_DISABLED");
    set_disabled(&seat, &admin, &id, false).await.unwrap();
    assert_eq!(token_code(seat.users().get_current_user(me()).await), "INVALID_TOKEN");
    let token = mia.signs_in(&seat).await.unwrap().access_token;
    assert_eq!(seat.user(&token).await.id, id);
    seat.leave().await;
}

#[tokio::test]
async fn where_registration_is_closed_an_open_invitation_lets_its_holder_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.features.registration = Some(false);
    let seat = Seat::take(config).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let request = api::InviteUserRequest { email: "new@example.org".into(), ..Default::default() };
    let invited = seat.users().invite_user(with(&admin, request)).await.unwrap().into_inner();
    let token = invited.link.rsplit_once('#').unwrap().1;

    let mut guest = Person::new(2);
    let born = guest.is_born("Guest");
    let refused = seat.submit(&born).await.unwrap_err();
    assert_eq!(code_of(&refused), "REGISTRATION_CLOSED");
    let refused = seat.submit_invited(&born, "forged").await.unwrap_err();
    assert_eq!(code_of(&refused), "INVITATION_INVALID");
    seat.submit_invited(&born, token).await.unwrap();

    let access = guest.signs_in(&seat).await.unwrap().access_token;
    let request = api::AcceptInvitationRequest { token: token.to_owned() };
    seat.users().accept_invitation(with(&access, request)).await.unwrap();
    let late = Person::new(3).is_born("Late");
    let refused = seat.submit_invited(&late, token).await.unwrap_err();
    assert_eq!(code_of(&refused), "INVITATION_INVALID", "what was accepted lets in nobody else");
    seat.leave().await;
}

#[tokio::test]
async fn an_invitation_works_once_and_gives_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, otto) = seat.newcomer(2, "Otto").await;
    set_roles(&seat, &admin, &seat.user(&otto).await, "operator").await.unwrap();
    let invite = async |by: &str, role: &str| {
        let request = api::InviteUserRequest {
            email: "new@example.org".into(),
            name: "New Person".into(),
            roles: vec![role.into()],
            language: "de".into(),
            message: "welcome".into(),
        };
        seat.users().invite_user(with(by, request)).await.map(tonic::Response::into_inner)
    };
    let refused = invite(&otto, "admin").await.unwrap_err();
    assert_eq!(code_of(&refused), "FORBIDDEN", "an operator makes no admins");
    let first = invite(&otto, "operator").await.unwrap();
    let renewed = invite(&otto, "operator").await.unwrap();
    let invited = renewed.user.unwrap();
    assert_eq!(first.user.unwrap().id, invited.id, "the same address is invited once");
    assert_eq!(invited.status, i32::from(api::UserStatus::Invited));
    assert!(renewed.mail_sent && renewed.expires_at_us > invited.created_at_us);
    let token_of = |link: &str| link.rsplit_once("/platform/invitation#").unwrap().1.to_owned();

    let (_, token) = seat.newcomer(3, "").await;
    let accept = async |token: &str, invitation: String| {
        let request = api::AcceptInvitationRequest { token: invitation };
        let answer = seat.users().accept_invitation(with(token, request)).await;
        answer.map(|answer| answer.into_inner().user.unwrap()).map_err(|status| code_of(&status))
    };
    for wrong in [String::new(), "x".repeat(43), token_of(&first.link)] {
        assert_eq!(accept(&token, wrong).await.unwrap_err(), "INVITATION_INVALID");
    }
    let user = accept(&token, token_of(&renewed.link)).await.unwrap();
    assert_eq!(user.roles, ["member", "operator"]);
    assert_eq!((user.name.as_str(), user.email.as_str()), ("New Person", "new@example.org"));
    assert_eq!(user.language, "de");
    assert_eq!(seat.user(&token).await.roles, user.roles);
    let again = accept(&otto, token_of(&renewed.link)).await.unwrap_err();
    assert_eq!(again, "INVITATION_INVALID");
    let gone = api::GetUserRequest { id: invited.id };
    let gone = seat.users().get_user(with(&admin, gone)).await.unwrap_err();
    assert_eq!(code_of(&gone), "NOT_FOUND");
    seat.leave().await;
}

#[tokio::test]
async fn an_account_is_created_once_for_one_idempotency_key() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let create = async |email: &str, key: &str| {
        let request = api::CreateUserRequest {
            email: email.into(),
            name: "N".into(),
            roles: Vec::new(),
            idempotency_key: key.into(),
        };
        let answer = seat.users().create_user(with(&admin, request)).await;
        answer.map(|answer| answer.into_inner().user.unwrap().id).map_err(|status| code_of(&status))
    };
    let first = create("a@example.org", "key").await.unwrap();
    assert_eq!(create("a@example.org", "key").await.unwrap(), first);
    assert_eq!(create("b@example.org", "key").await.unwrap_err(), "CONFLICT");
    assert_ne!(create("a@example.org", "other").await.unwrap(), first);
    assert_ne!(
        create("a@example.org", "").await.unwrap(),
        create("a@example.org", "").await.unwrap()
    );
    assert!(create("a@example.org", &"k".repeat(64)).await.is_ok());
    assert_eq!(create("a@example.org", &"k".repeat(65)).await.unwrap_err(), "VALIDATION_ERROR");
    assert_eq!(create("no address", "x").await.unwrap_err(), "VALIDATION_ERROR");
    seat.leave().await;
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_person_and_by_operators() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (mia, token) = seat.newcomer(2, "Mia").await;
    let second = mia.signs_in(&seat).await.unwrap().access_token;
    let (_, other) = seat.newcomer(3, "Otto").await;
    let list = async |by: &str, user_id: &str, all| {
        let request =
            api::ListSessionsRequest { user_id: user_id.into(), all, ..Default::default() };
        let answer = seat.users().list_sessions(with(by, request)).await;
        answer.map(|answer| answer.into_inner().sessions).map_err(|status| code_of(&status))
    };
    let revoke = async |by: &str, id: &str| {
        let request = api::RevokeSessionRequest { id: id.to_owned() };
        let answer = seat.users().revoke_session(with(by, request)).await;
        answer.map(drop).map_err(|status| code_of(&status))
    };
    let own = list(&second, "", false).await.unwrap();
    assert_eq!(own.iter().map(|session| session.current).collect::<Vec<_>>(), [true, false]);
    assert!(own.iter().all(|session| session.user_name == "Mia" && session.did == mia.did()));
    assert!(own.iter().all(|s| s.method == "device_key" && s.address == "127.0.0.1"));
    assert!(own[0].user_agent.contains("tonic"), "{}", own[0].user_agent);
    let id = own[0].user_id.clone();
    assert_eq!(list(&other, &id, false).await.unwrap_err(), "FORBIDDEN");
    assert_eq!(list(&other, "", true).await.unwrap_err(), "FORBIDDEN");
    assert_eq!(list(&admin, "", true).await.unwrap().len(), 4);
    assert_eq!(list(&admin, &id, false).await.unwrap().len(), 2);

    assert_eq!(revoke(&other, &own[0].id).await.unwrap_err(), "FORBIDDEN");
    revoke(&second, &own[1].id).await.unwrap();
    let me = |token: &str| with(token, api::GetCurrentUserRequest {});
    assert_eq!(token_code(seat.users().get_current_user(me(&token)).await), "INVALID_TOKEN");
    revoke(&admin, &own[0].id).await.unwrap();
    assert_eq!(token_code(seat.users().get_current_user(me(&second)).await), "INVALID_TOKEN");
    assert_eq!(revoke(&admin, &own[0].id).await.unwrap_err(), "NOT_FOUND");
    assert_eq!(revoke(&admin, "x").await.unwrap_err(), "VALIDATION_ERROR");
    assert_eq!(
        actions(&seat, &admin).await,
        ["installation.claim", "session.revoke"],
        "one's own sessions are nobody's business"
    );
    seat.leave().await;
}

#[tokio::test]
async fn an_account_with_an_identity_takes_no_second_one() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (mia, token) = seat.newcomer(2, "Mia").await;
    let mut sessions = seat.sessions();
    let request = api::CreateChallengeRequest { identity: mia.did() };
    let given = sessions.create_challenge(request).await.unwrap().into_inner();
    let challenge = given.challenge.as_slice().try_into().unwrap();
    let message = link_message(&challenge, &mia.id, &given.origin);
    let link = api::LinkIdentityRequest {
        identity: mia.did(),
        challenge: given.challenge,
        public_key: mia.key.public_key().as_bytes().to_vec(),
        signature: mia.key.sign(&message).as_bytes().to_vec(),
    };
    let refused = seat.users().link_identity(with(&token, link.clone())).await.unwrap_err();
    assert_eq!(code_of(&refused), "IDENTITY_LINKED");
    let replayed = seat.users().link_identity(with(&token, link)).await.unwrap_err();
    assert_eq!(code_of(&replayed), "SIGN_IN_CHALLENGE_UNKNOWN");
    seat.leave().await;
}

#[tokio::test]
async fn the_audit_log_holds_together_and_an_export_tells_all_about_oneself() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, _) = operator(&seat, &mut Person::new(1)).await;
    let (mia, token) = seat.newcomer(2, "Mia").await;
    let user = set_roles(&seat, &admin, &seat.user(&token).await, "operator").await.unwrap();

    let verify = api::VerifyAuditLogRequest {};
    let verified = seat.audit().verify_audit_log(with(&token, verify)).await.unwrap().into_inner();
    assert!(verified.intact);
    assert_eq!((verified.entries, verified.broken_at), (2, 0));
    let of = api::ListAuditEntriesRequest { target: user.id.clone(), ..Default::default() };
    let page = seat.audit().list_audit_entries(with(&token, of)).await.unwrap().into_inner();
    let [entry] = page.entries.as_slice() else { panic!("{page:?}") };
    assert_eq!((entry.action.as_str(), entry.actor_name.as_str()), ("user.roles", "Olga Operator"));
    assert_eq!((entry.sequence, entry.hash.as_slice()), (1, verified.head.as_slice()));
    let details: serde_json::Value = serde_json::from_str(&entry.details).unwrap();
    let expected = serde_json::json!({ "before": ["member"], "after": ["member", "operator"] });
    assert_eq!(details, expected);
    assert_eq!((entry.address.as_str(), entry.request_id.len()), ("127.0.0.1", 32));

    let upload = api::UploadFileRequest {
        name: "letter.txt".into(),
        data: "Dear Mia".into(),
        ..Default::default()
    };
    let mut files = StorageServiceClient::new(seat.channel.clone());
    files.upload_file(with(&token, upload)).await.unwrap();
    let export = api::ExportAccountRequest {};
    let export = seat.users().export_account(with(&token, export)).await.unwrap().into_inner();
    let export: serde_json::Value = serde_json::from_str(&export.json).unwrap();
    assert_eq!(export["account"]["did"], mia.did());
    assert_eq!(export["sessions"][0]["method"], "device_key");
    let file = &export["files"][0];
    assert_eq!((&file["name"], &file["size"]), (&"letter.txt".into(), &8.into()));
    assert_eq!(file["blake3"], blake3::hash(b"Dear Mia").to_string());
    assert_eq!(export["audit"][0]["action"], "user.roles");
    seat.leave().await;
}
