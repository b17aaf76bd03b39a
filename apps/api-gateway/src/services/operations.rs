//! What operators see.

use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::operations_service_server::OperationsService;
use tonic::{Request, Response, Status};

use super::{Api, log};
use crate::doors::problems::status;

/// Epochs in the overview.
const EPOCHS: usize = 20;

/// Resident memory of this process; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    // Second field: resident pages.
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}

#[tonic::async_trait]
impl OperationsService for Api {
    async fn get_overview(
        &self,
        _: Request<api::GetOverviewRequest>,
    ) -> Result<Response<api::GetOverviewResponse>, Status> {
        let parts = self.parts.ask().await;
        let app = &self.app;
        let stored = app.ledger.store().bytes_on_disk().await;
        let bytes_on_disk = stored.map_err(Problem::from).map_err(status)?;
        let minutes = app.traffic.minutes().into_iter().map(|minute| api::TrafficMinute {
            start_us: minute.start_us,
            requests: minute.requests,
            errors: minute.errors,
            events: minute.events,
        });
        let methods = app.traffic.methods().into_iter().map(|method| api::MethodTraffic {
            method: method.name,
            requests: method.requests,
            errors: method.errors,
            p50_us: method.p50_us,
            p99_us: method.p99_us,
        });
        let models = app.ledger.read();
        let size = models.log.size();
        Ok(Response::new(api::GetOverviewResponse {
            parts,
            traffic: minutes.collect(),
            methods: methods.collect(),
            log: Some(api::LogGrowth {
                size,
                bytes_on_disk,
                identities: models.directory.len() as u64,
                open_epoch_events: models.log.open_epoch().events,
            }),
            epochs: log::epochs(&models, usize::MAX, EPOCHS),
            process: Some(api::ProcessInfo {
                uptime_s: app.uptime_s(),
                resident_bytes: resident_bytes(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                watchers: u32::try_from(app.ledger.watchers()).unwrap_or(u32::MAX),
            }),
        }))
    }

    async fn get_configuration(
        &self,
        _: Request<api::GetConfigurationRequest>,
    ) -> Result<Response<api::GetConfigurationResponse>, Status> {
        let values = self.app.values.iter().map(|value| api::ConfigurationValue {
            key: value.key.clone(),
            value: value.value.clone(),
            source: value.source.to_string(),
        });
        Ok(Response::new(api::GetConfigurationResponse { values: values.collect() }))
    }
}
