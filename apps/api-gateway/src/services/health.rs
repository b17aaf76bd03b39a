//! Whether the parts work.

use std::sync::Arc;

use erynoa_access::AccountFilter;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::health_service_server::HealthService;
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::App;

/// Asks each part of the installation.
pub(crate) struct Parts {
    app: Arc<App>,
}

pub(crate) const fn parts(app: Arc<App>) -> Parts {
    Parts { app }
}

fn part(name: &str, begun: Instant, result: Result<(), String>) -> api::Part {
    api::Part {
        name: name.to_owned(),
        healthy: result.is_ok(),
        latency_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        message: result.err().unwrap_or_default(),
    }
}

impl Parts {
    /// Every part with its state and latency, each asked for real.
    pub(crate) async fn ask(&self) -> Vec<api::Part> {
        let begun = Instant::now();
        let log = self.log().await;
        let log = part("log", begun, log);
        let begun = Instant::now();
        let accounts = self.accounts().await;
        let accounts = part("accounts", begun, accounts);
        let begun = Instant::now();
        // An empty submission goes through the sequencer's queue and back.
        let answered = self.app.ledger.submit(Vec::new()).await;
        let answered = answered.map_err(|problem| problem.to_string()).and_then(|_| {
            if self.app.ledger.write_failed() {
                return Err(
                    "the last write failed; free space on the disk, then restart".to_owned()
                );
            }
            Ok(())
        });
        let sequencer = part("sequencer", begun, answered);
        let mut parts = vec![log, accounts, sequencer];
        if let Some(provider) = &self.app.provider {
            let begun = Instant::now();
            let answered = provider.metadata().await;
            let answered = answered.map(drop).map_err(|error| error.to_string());
            parts.push(part("identity provider", begun, answered));
        }
        parts
    }

    async fn log(&self) -> Result<(), String> {
        let stored = self.app.ledger.store().size().await.map_err(|error| error.to_string())?;
        let known = self.app.ledger.read().log.size();
        if stored < known {
            return Err(format!("the store holds {stored} of {known} entries"));
        }
        if known > 0 {
            let last = self.app.ledger.store().read(known - 1, 1).await;
            last.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn accounts(&self) -> Result<(), String> {
        let newest = self.app.accounts.list(&AccountFilter::default(), None, 1).await;
        newest.map(drop).map_err(|error| error.to_string())
    }
}

#[tonic::async_trait]
impl HealthService for Api {
    async fn check(
        &self,
        _: Request<api::CheckRequest>,
    ) -> Result<Response<api::CheckResponse>, Status> {
        Ok(Response::new(api::CheckResponse { uptime_s: self.app.uptime_s() }))
    }

    async fn ready(
        &self,
        _: Request<api::ReadyRequest>,
    ) -> Result<Response<api::ReadyResponse>, Status> {
        let parts = self.parts.ask().await;
        let ready = parts.iter().all(|part| part.healthy);
        Ok(Response::new(api::ReadyResponse { ready, parts }))
    }
}
