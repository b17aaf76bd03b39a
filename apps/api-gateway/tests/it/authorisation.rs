//! Every RPC, called by nobody, by a member, by an operator and by an admin.

use std::collections::BTreeSet;

use erynoa_proto::api::v1 as api;
use prost::Message;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use crate::seat::{Person, Seat, code_of, config, operator, with};

const PUBLIC: &[&str] = &[
    "DocumentService/VerifyDocument",
    "EventService/Get",
    "EventService/GetMana",
    "EventService/List",
    "EventService/Submit",
    "EventService/SubmitBatch",
    "EventService/Watch",
    "GovernanceService/CheckProposal",
    "GovernanceService/GetProposal",
    "GovernanceService/ListComments",
    "GovernanceService/ListProposals",
    "GovernanceService/ListVotes",
    "GovernanceService/PreviewVote",
    "HealthService/Check",
    "HealthService/Ready",
    "IdentityService/CheckDelegation",
    "IdentityService/GetIdentity",
    "IdentityService/GetKey",
    "IdentityService/ListControlled",
    "IdentityService/ListDelegations",
    "IdentityService/ListIdentities",
    "IdentityService/ResolveDid",
    "InfoService/GetInfo",
    "LogService/GetCheckpoint",
    "LogService/GetConsistencyProof",
    "LogService/GetInclusionProof",
    "LogService/ListEpochs",
    "PairingService/AnswerPairing",
    "PairingService/CreatePairing",
    "PairingService/GetPairing",
    "PeerService/ListWitnesses",
    "ProtectionService/GetBreaker",
    "ProtectionService/ListReports",
    "RealmService/CheckCrossing",
    "RealmService/GetRealm",
    "RealmService/ListMembers",
    "RealmService/ListRealms",
    "RealmService/ListRules",
    "RealmService/ListTemplates",
    "SessionService/CreateChallenge",
    "SessionService/CreateOidcSignIn",
    "SessionService/Refresh",
    "SessionService/SignIn",
    "SessionService/SignInWithOidc",
    "StorageService/GetPresignedDownloadUrl",
    "StorageService/HeadFile",
    "StorageService/ListFiles",
    "StorageService/OpenFileLink",
    "TrustService/ExplainTrust",
    "TrustService/GetContextNorms",
    "TrustService/GetTrust",
    "TrustService/GetTrustChain",
    "TrustService/GetTrustDistribution",
    "TrustService/GetTrustHistory",
    "TrustService/GetTrustMetrics",
    "TrustService/ListCredentials",
    "TrustService/ListJudgements",
    "TrustService/ListRanking",
    "TrustService/ListTrust",
    "TrustService/ListVouches",
    "TrustService/PreviewAttestation",
];
const MEMBER: &[&str] = &[
    "DocumentService/DownloadDocument",
    "DocumentService/GetDocument",
    "DocumentService/ListDocuments",
    "DocumentService/RequestDocument",
    "NotificationService/CountUnreadNotifications",
    "NotificationService/GetNotificationSettings",
    "NotificationService/ListNotifications",
    "NotificationService/MarkNotificationsRead",
    "NotificationService/UpdateNotificationSettings",
    "NotificationService/WatchNotifications",
    "DocumentService/RequestReport",
    "PairingService/ClaimPairing",
    "SessionService/ClaimInstallation",
    "SessionService/GetSession",
    "StorageService/AbortUpload",
    "StorageService/CompleteUpload",
    "StorageService/CopyFile",
    "StorageService/CreateFileLink",
    "StorageService/DeleteFile",
    "StorageService/EmptyBin",
    "StorageService/GetPresignedUploadUrl",
    "StorageService/GetUpload",
    "StorageService/GetUsage",
    "StorageService/ListFileLinks",
    "StorageService/ListUploads",
    "StorageService/RestoreFile",
    "StorageService/RevokeFileLink",
    "StorageService/StartUpload",
    "StorageService/UpdateFile",
    "StorageService/UploadFile",
    "UserService/AcceptInvitation",
    "UserService/ExportAccount",
    "UserService/GetCurrentUser",
    "UserService/LinkIdentity",
    "UserService/ListSessions",
    "UserService/RevokeSession",
    "UserService/UpdateUser",
    "WorkflowService/CancelWorkflow",
    "WorkflowService/GetWorkflow",
    "WorkflowService/ListWorkflows",
    "WorkflowService/PreviewErasure",
    "WorkflowService/RetryWorkflow",
    "WorkflowService/StartDataExport",
    "WorkflowService/StartErasure",
    "WorkflowService/WatchWorkflow",
    // Last: it ends the session.
    "SessionService/SignOut",
];
const OPERATOR: &[&str] = &[
    "AuditService/ListAuditEntries",
    "AuditService/VerifyAuditLog",
    "MailService/ListMail",
    "MailService/ListMailTemplates",
    "MailService/RenderMailTemplate",
    "MailService/RetryMail",
    "DocumentService/ListVerifications",
    "DocumentService/RequestAuditReport",
    "OperationsService/GetConfiguration",
    "OperationsService/GetOverview",
    "PeerService/BanPeer",
    "PeerService/ConnectPeer",
    "PeerService/GetNode",
    "PeerService/ListPeers",
    "PeerService/UnbanPeer",
    "ProtectionService/ListFindings",
    "StorageService/GetIntegrityScan",
    "StorageService/GetStorageOverview",
    "StorageService/ListBuckets",
    "StorageService/StartIntegrityScan",
    "UserService/GetUser",
    "UserService/InviteUser",
    "UserService/ListUsers",
];
const ADMIN: &[&str] = &[
    "HomeService/HandOver",
    "HomeService/OfferHome",
    "StorageService/CreateBucket",
    "StorageService/DeleteBucket",
    "StorageService/DeleteOrphans",
    "UserService/CreateUser",
    "UserService/DeleteUser",
    "UserService/SetUserDisabled",
    "UserService/SetUserRoles",
];

fn described() -> BTreeSet<String> {
    let set = prost_types::FileDescriptorSet::decode(erynoa_proto::DESCRIPTORS).unwrap();
    set.file
        .iter()
        .flat_map(|file| &file.service)
        .flat_map(|service| {
            service.method.iter().map(|method| format!("{}/{}", service.name(), method.name()))
        })
        .collect()
}

/// Calls an RPC with an empty message; whether it gets past the policy.
async fn call(seat: &Seat, rpc: &str, token: Option<&str>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(seat.channel.clone());
    client.ready().await.unwrap();
    let path: PathAndQuery = format!("/erynoa.api.v1.{rpc}").parse().unwrap();
    let request = match token {
        Some(token) => with(token, ()),
        None => tonic::Request::new(()),
    };
    client.server_streaming(request, path, ProstCodec::<(), ()>::default()).await.map(drop)
}

fn passes(result: &Result<(), Status>) -> bool {
    // What a handler says about an empty request is no matter of access; only
    // the policy says these.
    !matches!(result, Err(status) if matches!(
        code_of(status).as_str(),
        "UNAUTHORIZED" | "FORBIDDEN" | "INVALID_TOKEN" | "METHOD_UNKNOWN"
    ))
}

fn grpc_code(code: &str) -> Code {
    if code == "FORBIDDEN" { Code::PermissionDenied } else { Code::Unauthenticated }
}

#[test]
fn every_rpc_has_an_authorisation_case() {
    let cases: BTreeSet<String> =
        [PUBLIC, MEMBER, OPERATOR, ADMIN].concat().into_iter().map(str::to_owned).collect();
    assert_eq!(cases, described());
}

#[tokio::test]
async fn every_rpc_lets_in_exactly_whom_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin_token, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, member_token) = seat.newcomer(2, "Mia Member").await;
    let (_, operator_token) = seat.newcomer(3, "Otto Operator").await;
    let user = seat.user(&operator_token).await;
    let roles = vec!["operator".to_owned()];
    let roles = api::SetUserRolesRequest { id: user.id, version: user.version, roles };
    seat.users().set_user_roles(with(&admin_token, roles)).await.unwrap();

    // Everything that is wrong at once, each with what was expected.
    let mut wrong = Vec::new();
    let mut expect = async |rpc: &'static str, token: Option<&String>, code: &'static str| {
        let answer = call(&seat, rpc, token.map(String::as_str)).await;
        let right = match &answer {
            _ if code == "ok" => passes(&answer),
            Ok(()) => false,
            Err(status) => code_of(status) == code && status.code() == grpc_code(code),
        };
        if !right {
            wrong.push(format!("{rpc}: expected {code}, {answer:?}"));
        }
    };
    let forged = "not.a.token".to_owned();
    for rpc in PUBLIC {
        expect(rpc, None, "ok").await;
        expect(rpc, Some(&forged), "INVALID_TOKEN").await;
    }
    for rpc in [MEMBER, OPERATOR, ADMIN].concat() {
        expect(rpc, None, "UNAUTHORIZED").await;
    }
    for rpc in OPERATOR {
        expect(rpc, Some(&member_token), "FORBIDDEN").await;
        expect(rpc, Some(&operator_token), "ok").await;
        expect(rpc, Some(&admin_token), "ok").await;
    }
    for rpc in ADMIN {
        expect(rpc, Some(&member_token), "FORBIDDEN").await;
        expect(rpc, Some(&operator_token), "FORBIDDEN").await;
        expect(rpc, Some(&admin_token), "ok").await;
    }
    for rpc in MEMBER {
        expect(rpc, Some(&member_token), "ok").await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let ended = call(&seat, "SessionService/GetSession", Some(&member_token)).await.unwrap_err();
    assert_eq!(code_of(&ended), "INVALID_TOKEN", "a session that was ended stays ended");
    seat.leave().await;
}

#[tokio::test]
async fn an_unknown_rpc_is_unimplemented_and_not_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    for rpc in ["EventService/Drop", "NoService/Get"] {
        let refused = call(&seat, rpc, None).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{rpc}");
        assert_eq!(code_of(&refused), "METHOD_UNKNOWN", "{rpc}");
    }
    seat.leave().await;
}
