//! What every call asks of its caller. A call that does not stand here is
//! refused; a test compares the table with the protos and the routes.

use erynoa_access::Access::{self, Admin, Member, Operator, Public};

const RPCS: &[(&str, Access)] = &[
    ("/erynoa.api.v1.HealthService/Check", Public),
    ("/erynoa.api.v1.HealthService/Ready", Public),
    ("/erynoa.api.v1.InfoService/GetInfo", Public),
    ("/erynoa.api.v1.IdentityService/GetIdentity", Public),
    ("/erynoa.api.v1.IdentityService/ListIdentities", Public),
    ("/erynoa.api.v1.IdentityService/GetKey", Public),
    ("/erynoa.api.v1.IdentityService/ResolveDid", Public),
    ("/erynoa.api.v1.IdentityService/ListControlled", Public),
    ("/erynoa.api.v1.IdentityService/ListDelegations", Public),
    ("/erynoa.api.v1.IdentityService/CheckDelegation", Public),
    ("/erynoa.api.v1.EventService/Submit", Public),
    ("/erynoa.api.v1.EventService/SubmitBatch", Public),
    ("/erynoa.api.v1.EventService/Get", Public),
    ("/erynoa.api.v1.EventService/List", Public),
    ("/erynoa.api.v1.EventService/Watch", Public),
    ("/erynoa.api.v1.EventService/GetMana", Public),
    ("/erynoa.api.v1.LogService/GetCheckpoint", Public),
    ("/erynoa.api.v1.LogService/ListEpochs", Public),
    ("/erynoa.api.v1.LogService/GetInclusionProof", Public),
    ("/erynoa.api.v1.LogService/GetConsistencyProof", Public),
    ("/erynoa.api.v1.TrustService/GetTrust", Public),
    ("/erynoa.api.v1.TrustService/ExplainTrust", Public),
    ("/erynoa.api.v1.TrustService/ListTrust", Public),
    ("/erynoa.api.v1.TrustService/GetTrustHistory", Public),
    ("/erynoa.api.v1.TrustService/GetTrustChain", Public),
    ("/erynoa.api.v1.TrustService/PreviewAttestation", Public),
    ("/erynoa.api.v1.TrustService/GetTrustDistribution", Public),
    ("/erynoa.api.v1.TrustService/GetContextNorms", Public),
    ("/erynoa.api.v1.TrustService/ListRanking", Public),
    ("/erynoa.api.v1.TrustService/GetTrustMetrics", Public),
    ("/erynoa.api.v1.TrustService/ListVouches", Public),
    ("/erynoa.api.v1.TrustService/ListCredentials", Public),
    ("/erynoa.api.v1.TrustService/ListJudgements", Public),
    ("/erynoa.api.v1.RealmService/ListRealms", Public),
    ("/erynoa.api.v1.RealmService/GetRealm", Public),
    ("/erynoa.api.v1.RealmService/ListRules", Public),
    ("/erynoa.api.v1.RealmService/ListMembers", Public),
    ("/erynoa.api.v1.RealmService/CheckCrossing", Public),
    ("/erynoa.api.v1.RealmService/ListTemplates", Public),
    ("/erynoa.api.v1.GovernanceService/ListProposals", Public),
    ("/erynoa.api.v1.GovernanceService/GetProposal", Public),
    ("/erynoa.api.v1.GovernanceService/ListVotes", Public),
    ("/erynoa.api.v1.GovernanceService/ListComments", Public),
    ("/erynoa.api.v1.GovernanceService/CheckProposal", Public),
    ("/erynoa.api.v1.GovernanceService/PreviewVote", Public),
    ("/erynoa.api.v1.ProtectionService/ListFindings", Operator),
    ("/erynoa.api.v1.ProtectionService/ListReports", Public),
    ("/erynoa.api.v1.ProtectionService/GetBreaker", Public),
    ("/erynoa.api.v1.SessionService/CreateChallenge", Public),
    ("/erynoa.api.v1.SessionService/SignIn", Public),
    ("/erynoa.api.v1.SessionService/CreateOidcSignIn", Public),
    ("/erynoa.api.v1.SessionService/SignInWithOidc", Public),
    ("/erynoa.api.v1.SessionService/Refresh", Public),
    ("/erynoa.api.v1.SessionService/SignOut", Member),
    ("/erynoa.api.v1.SessionService/GetSession", Member),
    ("/erynoa.api.v1.SessionService/ClaimInstallation", Member),
    ("/erynoa.api.v1.UserService/ListUsers", Operator),
    ("/erynoa.api.v1.UserService/GetUser", Operator),
    ("/erynoa.api.v1.UserService/GetCurrentUser", Member),
    ("/erynoa.api.v1.UserService/CreateUser", Admin),
    ("/erynoa.api.v1.UserService/UpdateUser", Member),
    ("/erynoa.api.v1.UserService/DeleteUser", Admin),
    ("/erynoa.api.v1.UserService/SetUserRoles", Admin),
    ("/erynoa.api.v1.UserService/SetUserDisabled", Admin),
    ("/erynoa.api.v1.UserService/InviteUser", Operator),
    ("/erynoa.api.v1.UserService/AcceptInvitation", Member),
    ("/erynoa.api.v1.UserService/LinkIdentity", Member),
    ("/erynoa.api.v1.UserService/ListSessions", Member),
    ("/erynoa.api.v1.UserService/RevokeSession", Member),
    ("/erynoa.api.v1.UserService/ExportAccount", Member),
    ("/erynoa.api.v1.DocumentService/RequestDocument", Member),
    ("/erynoa.api.v1.DocumentService/GetDocument", Member),
    ("/erynoa.api.v1.DocumentService/ListDocuments", Member),
    ("/erynoa.api.v1.DocumentService/DownloadDocument", Member),
    ("/erynoa.api.v1.DocumentService/RequestReport", Member),
    ("/erynoa.api.v1.DocumentService/RequestAuditReport", Operator),
    ("/erynoa.api.v1.DocumentService/VerifyDocument", Public),
    ("/erynoa.api.v1.DocumentService/ListVerifications", Operator),
    ("/erynoa.api.v1.AuditService/ListAuditEntries", Operator),
    ("/erynoa.api.v1.AuditService/VerifyAuditLog", Operator),
    ("/erynoa.api.v1.StorageService/UploadFile", Member),
    ("/erynoa.api.v1.StorageService/StartUpload", Member),
    ("/erynoa.api.v1.StorageService/GetUpload", Member),
    ("/erynoa.api.v1.StorageService/ListUploads", Member),
    ("/erynoa.api.v1.StorageService/GetPresignedUploadUrl", Member),
    ("/erynoa.api.v1.StorageService/CompleteUpload", Member),
    ("/erynoa.api.v1.StorageService/AbortUpload", Member),
    ("/erynoa.api.v1.StorageService/ListFiles", Public),
    ("/erynoa.api.v1.StorageService/HeadFile", Public),
    ("/erynoa.api.v1.StorageService/GetPresignedDownloadUrl", Public),
    ("/erynoa.api.v1.StorageService/UpdateFile", Member),
    ("/erynoa.api.v1.StorageService/CopyFile", Member),
    ("/erynoa.api.v1.StorageService/DeleteFile", Member),
    ("/erynoa.api.v1.StorageService/RestoreFile", Member),
    ("/erynoa.api.v1.StorageService/EmptyBin", Member),
    ("/erynoa.api.v1.StorageService/GetUsage", Member),
    ("/erynoa.api.v1.StorageService/CreateFileLink", Member),
    ("/erynoa.api.v1.StorageService/ListFileLinks", Member),
    ("/erynoa.api.v1.StorageService/RevokeFileLink", Member),
    ("/erynoa.api.v1.StorageService/OpenFileLink", Public),
    ("/erynoa.api.v1.StorageService/ListBuckets", Operator),
    ("/erynoa.api.v1.StorageService/CreateBucket", Admin),
    ("/erynoa.api.v1.StorageService/DeleteBucket", Admin),
    ("/erynoa.api.v1.StorageService/GetStorageOverview", Operator),
    ("/erynoa.api.v1.StorageService/StartIntegrityScan", Operator),
    ("/erynoa.api.v1.StorageService/GetIntegrityScan", Operator),
    ("/erynoa.api.v1.StorageService/DeleteOrphans", Admin),
    ("/erynoa.api.v1.PeerService/ListWitnesses", Public),
    ("/erynoa.api.v1.PeerService/GetNode", Operator),
    ("/erynoa.api.v1.PeerService/ListPeers", Operator),
    ("/erynoa.api.v1.PeerService/ConnectPeer", Operator),
    ("/erynoa.api.v1.PeerService/BanPeer", Operator),
    ("/erynoa.api.v1.PeerService/UnbanPeer", Operator),
    ("/erynoa.api.v1.PairingService/CreatePairing", Public),
    ("/erynoa.api.v1.PairingService/GetPairing", Public),
    ("/erynoa.api.v1.PairingService/ClaimPairing", Member),
    ("/erynoa.api.v1.PairingService/AnswerPairing", Public),
    ("/erynoa.api.v1.OperationsService/GetOverview", Operator),
    ("/erynoa.api.v1.OperationsService/GetConfiguration", Operator),
    ("/erynoa.api.v1.WorkflowService/StartDataExport", Member),
    ("/erynoa.api.v1.WorkflowService/PreviewErasure", Member),
    ("/erynoa.api.v1.WorkflowService/StartErasure", Member),
    ("/erynoa.api.v1.WorkflowService/ListWorkflows", Member),
    ("/erynoa.api.v1.WorkflowService/GetWorkflow", Member),
    ("/erynoa.api.v1.WorkflowService/WatchWorkflow", Member),
    ("/erynoa.api.v1.WorkflowService/CancelWorkflow", Member),
    ("/erynoa.api.v1.WorkflowService/RetryWorkflow", Member),
    ("/erynoa.api.v1.NotificationService/ListNotifications", Member),
    ("/erynoa.api.v1.NotificationService/CountUnreadNotifications", Member),
    ("/erynoa.api.v1.NotificationService/MarkNotificationsRead", Member),
    ("/erynoa.api.v1.NotificationService/GetNotificationSettings", Member),
    ("/erynoa.api.v1.NotificationService/UpdateNotificationSettings", Member),
    ("/erynoa.api.v1.NotificationService/WatchNotifications", Member),
    ("/erynoa.api.v1.MailService/ListMail", Operator),
    ("/erynoa.api.v1.MailService/RetryMail", Operator),
    ("/erynoa.api.v1.MailService/ListMailTemplates", Operator),
    ("/erynoa.api.v1.MailService/RenderMailTemplate", Operator),
    ("/erynoa.api.v1.HomeService/OfferHome", Admin),
    ("/erynoa.api.v1.HomeService/HandOver", Admin),
    ("/grpc.health.v1.Health/Check", Public),
    ("/grpc.health.v1.Health/List", Public),
    ("/grpc.health.v1.Health/Watch", Public),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Public),
];

/// REST routes, as axum matches them.
const ROUTES: &[(&str, Access)] = &[
    ("/api/v1/health", Public),
    ("/api/v1/ready", Public),
    ("/api/v1/info", Public),
    ("/api/v1/me", Member),
    ("/api/v1/users", Operator),
    ("/api/v1/users/{id}", Operator),
    ("/api/v1/oidc/logout", Public),
    ("/api/v1/identities/{did}", Public),
    ("/api/v1/trust/{did}", Public),
    ("/api/v1/events", Public),
    ("/api/v1/events/{id}", Public),
    ("/api/v1/verify", Public),
    ("/api/v1/storage/files", Public),
    ("/api/v1/storage/files/{id}", Public),
    ("/api/v1/storage/files/{id}/content", Public),
    ("/api/v1/storage/files/{id}/presigned", Public),
    (SIGNED, Public),
    ("/api/v1/openapi.json", Public),
    ("/log/checkpoint", Public),
    ("/log/tile/{*path}", Public),
    ("/log/keys", Public),
    ("/log/add-checkpoint", Public),
    ("/metrics", Public),
    // The token in the link is the authorisation.
    ("/unsubscribe", Public),
];

/// Files behind signed addresses.
const SIGNED: &str = "/api/v1/storage/signed/{bucket}/{*key}";

/// Whether a call may carry a file, which is larger and slower than anything
/// else.
pub(crate) fn carries_files(path: &str) -> bool {
    matches!(path, "/api/v1/storage/files" | SIGNED)
}

/// What the call to this RPC path or REST route asks; `None` when there is no
/// such call.
pub(crate) fn access_of(path: &str) -> Option<Access> {
    RPCS.iter().chain(ROUTES).find(|(known, _)| *known == path).map(|(_, access)| *access)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;

    use super::*;

    /// Paths of every RPC of our own services, from the descriptors.
    fn described() -> BTreeSet<String> {
        let set = prost_types::FileDescriptorSet::decode(erynoa_proto::DESCRIPTORS).unwrap();
        let mut paths = BTreeSet::new();
        for file in set.file {
            for service in &file.service {
                for method in &service.method {
                    paths.insert(format!(
                        "/{}.{}/{}",
                        file.package(),
                        service.name(),
                        method.name()
                    ));
                }
            }
        }
        paths
    }

    #[test]
    fn every_rpc_stands_in_the_policy_and_the_policy_names_only_rpcs() {
        let ours: BTreeSet<String> = RPCS
            .iter()
            .map(|(path, _)| (*path).to_owned())
            .filter(|path| path.starts_with("/erynoa."))
            .collect();
        assert_eq!(ours, described());
    }

    #[test]
    fn what_does_not_stand_in_the_policy_has_no_access() {
        assert_eq!(access_of("/erynoa.api.v1.OperationsService/Drop"), None);
    }
}
