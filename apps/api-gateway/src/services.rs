//! The gRPC services: decode, use case, encode. Authorisation has happened in
//! `doors/guard.rs` before a handler runs.

mod audit;
mod document;
mod event;
mod governance;
mod health;
mod home;
mod identity;
mod info;
mod log;
mod mail;
mod notification;
mod operations;
mod pairing;
mod peer;
mod protection;
mod ranking;
pub(crate) mod realm;
mod session;
mod statements;
mod storage;
mod trust;
mod user;
mod watching;
mod workflow;

use std::sync::Arc;

use erynoa_proto::api::v1 as api;
use tonic::service::Routes;

use crate::app::App;
use crate::workflows::Workflows;

pub(crate) use document::check as check_document;
pub(crate) use event::{get as get_event, list as list_events};
pub(crate) use health::{Parts, parts};
pub(crate) use identity::resolve;
pub(crate) use info::info;
pub(crate) use session::{provider, session};
pub(crate) use storage::{
    NewFileFields, delete as delete_file, encode_file, head as head_file, list as list_files,
    new_file, presign_download,
};
pub(crate) use trust::trust_of;
pub(crate) use user::{get as get_user, list as list_users};

/// Every service of the API, for one app.
#[derive(Clone)]
struct Api {
    app: Arc<App>,
    parts: Arc<Parts>,
    rankings: Arc<trust::Rankings>,
    workflows: Arc<Workflows>,
}

/// All services, with reflection and the standard health service.
pub(crate) fn routes(app: Arc<App>, parts: Arc<Parts>, workflows: Arc<Workflows>) -> axum::Router {
    let most = app.config.limits.body_bytes as usize;
    let api = Api { app, parts, rankings: Arc::default(), workflows };
    let (_, standard_health) = tonic_health::server::health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(erynoa_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    let v1 = reflection.build_v1().expect("the descriptors were compiled with the binary");
    macro_rules! service {
        ($module:ident, $server:ident) => {
            api::$module::$server::new(api.clone()).max_decoding_message_size(most)
        };
    }
    Routes::new(service!(health_service_server, HealthServiceServer))
        .add_service(service!(info_service_server, InfoServiceServer))
        .add_service(service!(identity_service_server, IdentityServiceServer))
        .add_service(service!(event_service_server, EventServiceServer))
        .add_service(service!(log_service_server, LogServiceServer))
        .add_service(service!(trust_service_server, TrustServiceServer))
        .add_service(service!(realm_service_server, RealmServiceServer))
        .add_service(service!(governance_service_server, GovernanceServiceServer))
        .add_service(service!(protection_service_server, ProtectionServiceServer))
        .add_service(service!(peer_service_server, PeerServiceServer))
        .add_service(service!(session_service_server, SessionServiceServer))
        .add_service(service!(user_service_server, UserServiceServer))
        .add_service(service!(storage_service_server, StorageServiceServer))
        .add_service(service!(document_service_server, DocumentServiceServer))
        .add_service(service!(audit_service_server, AuditServiceServer))
        .add_service(service!(pairing_service_server, PairingServiceServer))
        .add_service(service!(operations_service_server, OperationsServiceServer))
        .add_service(service!(workflow_service_server, WorkflowServiceServer))
        .add_service(service!(notification_service_server, NotificationServiceServer))
        .add_service(service!(mail_service_server, MailServiceServer))
        .add_service(service!(home_service_server, HomeServiceServer))
        .add_service(standard_health)
        .add_service(v1)
        .prepare()
        .into_axum_router()
        .reset_fallback()
}
