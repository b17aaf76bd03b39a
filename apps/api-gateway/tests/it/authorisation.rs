//! Every RPC, called by nobody, by a member and by an operator.

use std::collections::BTreeSet;

use prost::Message;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use crate::seat::{Person, Seat, code_of, config, operator, with};

const PUBLIC: &[&str] = &[
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
    "ProtectionService/GetBreaker",
    "ProtectionService/ListReports",
    "RealmService/CheckCrossing",
    "RealmService/GetRealm",
    "RealmService/ListMembers",
    "RealmService/ListRealms",
    "RealmService/ListRules",
    "RealmService/ListTemplates",
    "SessionService/CreateChallenge",
    "SessionService/Refresh",
    "SessionService/SignIn",
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
    "PairingService/ClaimPairing",
    "SessionService/ClaimInstallation",
    "SessionService/GetSession",
    // Last: it ends the session.
    "SessionService/SignOut",
];
const OPERATOR: &[&str] = &[
    "OperationsService/GetConfiguration",
    "OperationsService/GetOverview",
    "ProtectionService/ListFindings",
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

#[test]
fn every_rpc_has_an_authorisation_case() {
    let cases: BTreeSet<String> =
        [PUBLIC, MEMBER, OPERATOR].concat().into_iter().map(str::to_owned).collect();
    assert_eq!(cases, described());
}

#[tokio::test]
async fn every_rpc_lets_in_exactly_whom_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (operator_token, _) = operator(&seat, &mut Person::new(1)).await;
    let mut member = Person::new(2);
    seat.submit(&member.is_born("Mia Member")).await.unwrap();
    let member_token = member.signs_in(&seat).await.unwrap().access_token;

    for rpc in PUBLIC {
        assert!(passes(&call(&seat, rpc, None).await), "{rpc} is public");
        let forged = call(&seat, rpc, Some("not.a.token")).await.unwrap_err();
        assert_eq!(code_of(&forged), "INVALID_TOKEN", "{rpc} refuses a forged token");
    }
    for rpc in [MEMBER, OPERATOR].concat() {
        let nobody = call(&seat, rpc, None).await.unwrap_err();
        assert_eq!(code_of(&nobody), "UNAUTHORIZED", "{rpc}");
        assert_eq!(nobody.code(), Code::Unauthenticated, "{rpc}");
    }
    for rpc in OPERATOR {
        let refused = call(&seat, rpc, Some(&member_token)).await.unwrap_err();
        assert_eq!(code_of(&refused), "FORBIDDEN", "{rpc}");
        assert_eq!(refused.code(), Code::PermissionDenied, "{rpc}");
        assert!(passes(&call(&seat, rpc, Some(&operator_token)).await), "{rpc}");
    }
    for rpc in MEMBER {
        assert!(passes(&call(&seat, rpc, Some(&member_token)).await), "{rpc}");
    }
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
