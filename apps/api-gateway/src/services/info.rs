//! What a client needs to know before it signs in.

use erynoa_kernel::{IdentityId, Namespace};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::info_service_server::InfoService;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::App;
use crate::config::LogClock;

/// The installation as anybody may see it.
pub(crate) fn info(app: &App) -> api::GetInfoResponse {
    let config = &app.config;
    let application = &config.application;
    let (root_realm, claimed, log_key) = {
        let models = app.ledger.read();
        // The key of the newest checkpoint, also in the moments after a hand-over
        // in which that is still the earlier home's.
        let key = *models.log.keys().at(models.checkpoint_size());
        (models.root_realm(), models.is_claimed(), key)
    };
    api::GetInfoResponse {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: option_env!("ERYNOA_BUILD").unwrap_or("source").to_owned(),
        environment: config.environment.name().to_owned(),
        auth: Some(api::AuthInfo {
            mode: if config.auth.is_oidc() { "oidc" } else { "local" }.to_owned(),
            issuer: if config.auth.is_oidc() {
                config.auth.issuer.clone()
            } else {
                application.public_url.clone()
            },
            provider_name: config.auth.name_of_provider(),
        }),
        urls: Some(api::AppUrls {
            public: application.public_url.clone(),
            platform: application.platform_url.clone(),
            console: application.console_url.clone(),
            docs: application.docs_url.clone(),
        }),
        features: Some(api::Features {
            registration: config.registration_is_open() || !claimed,
            demo_data: config.features.demo_data,
        }),
        log: Some(api::LogInfo {
            origin: config.log.origin.clone(),
            public_key: log_key.as_bytes().to_vec(),
            identity: IdentityId::of(Namespace::Craft, &app.log_key).to_string(),
            root_realm: root_realm.to_string(),
            claimed,
            epoch_max_events: config.log.epoch_max_events,
            epoch_max_seconds: config.log.epoch_max_seconds,
            clock: match config.log.clock {
                LogClock::System => "system",
                LogClock::Events => "events",
            }
            .to_owned(),
        }),
    }
}

#[tonic::async_trait]
impl InfoService for Api {
    async fn get_info(
        &self,
        _: Request<api::GetInfoRequest>,
    ) -> Result<Response<api::GetInfoResponse>, Status> {
        Ok(Response::new(info(&self.app)))
    }
}
