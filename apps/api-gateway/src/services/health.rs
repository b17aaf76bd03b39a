//! Whether the parts work.

use std::sync::Arc;
use std::time::Duration;

use erynoa_access::AccountFilter;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::health_service_server::HealthService;
use tokio::time::{Instant, timeout};
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

/// Longest that one part may take; one that takes longer is as good as away.
const PATIENCE: Duration = Duration::from_millis(1200);

async fn part(name: &str, ask: impl Future<Output = Result<(), String>>) -> api::Part {
    let begun = Instant::now();
    let silent = || Err(format!("no answer within {} ms", PATIENCE.as_millis()));
    let result = timeout(PATIENCE, ask).await.unwrap_or_else(|_| silent());
    api::Part {
        name: name.to_owned(),
        healthy: result.is_ok(),
        latency_us: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        message: result.err().unwrap_or_default(),
    }
}

impl Parts {
    /// Every part with its state and latency, each asked for real, all at once.
    pub(crate) async fn ask(&self) -> Vec<api::Part> {
        let (log, accounts, sequencer, storage, mail, cache, provider) = tokio::join!(
            part("log", self.log()),
            part("accounts", self.accounts()),
            part("sequencer", self.sequencer()),
            part("storage", self.storage()),
            part("mail", self.mail()),
            self.cache(),
            self.provider(),
        );
        [log, accounts, sequencer, storage, mail].into_iter().chain(cache).chain(provider).collect()
    }

    /// Something empty goes through the writer's queue and back.
    async fn sequencer(&self) -> Result<(), String> {
        let ledger = &self.app.ledger;
        if ledger.is_recovering() {
            return Err("the log's store is away; it is tried again by itself".to_owned());
        }
        ledger.probe().await?;
        if ledger.write_failed() {
            let what = "the last write failed; see the store and the space on its disk";
            return Err(what.to_owned());
        }
        Ok(())
    }

    async fn cache(&self) -> Option<api::Part> {
        let cache = self.app.cache.as_ref()?;
        let ask = async {
            cache.get("health").await.map(drop).map_err(|error| {
                format!(
                    "{error}; until it is back limits and mana count for each gateway alone, and \
                     a sign-in ends at the gateway where it began"
                )
            })
        };
        Some(part("cache", ask).await)
    }

    async fn provider(&self) -> Option<api::Part> {
        let provider = self.app.provider.as_ref()?;
        let ask = async { provider.check().await.map_err(|error| error.to_string()) };
        Some(part("identity provider", ask).await)
    }

    async fn mail(&self) -> Result<(), String> {
        let waits = |error| format!("{error}; messages wait and leave by themselves");
        self.app.mailer.check().await.map_err(waits)
    }

    async fn log(&self) -> Result<(), String> {
        // Not from the models: nobody reads them while a write does not end.
        let known = *self.app.ledger.sizes().borrow();
        let stored = self.app.ledger.store().size().await.map_err(|error| error.to_string())?;
        if stored < known {
            return Err(format!("the store holds {stored} of {known} entries"));
        }
        if known > 0 {
            let last = self.app.ledger.store().read(known - 1, 1).await;
            last.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Looks for a part that cannot be there, in the bucket of new files.
    async fn storage(&self) -> Result<(), String> {
        let storage = &self.app.files.storage;
        let usage = storage.usage_of(erynoa_storage::Share::Everything).await;
        usage.map_err(|error| error.to_string())?;
        let objects = storage.objects.list(&storage.rules.bucket, "ready/", None, 1).await;
        objects.map(drop).map_err(|error| error.to_string())
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
