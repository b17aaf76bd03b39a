//! The endpoint at which Restate calls the steps.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use erynoa_kernel::Clock;
use erynoa_workflows::{Definitions, Effects};
use restate_sdk::endpoint::ServiceOptions;
use restate_sdk::http_server::HttpServer;
use restate_sdk::service::IntoServiceDefinition as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::object::ErynoaRun;

/// First pause before Restate tries a cut-off handler again.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// Longest such pause: how long a run stands still at most after we are back.
const RETRY_MOST: Duration = Duration::from_secs(2);
/// Longest silence of a handler, that is, longest step: Restate cuts it off and
/// tries it again.
const STEP_MOST: Duration = Duration::from_secs(600);

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint of workflows cannot listen on {address}: {source}")]
pub struct EndpointError {
    address: SocketAddr,
    source: std::io::Error,
}

/// An endpoint that is served until it is dropped; steps under way end first.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Endpoint {
    /// Serves the steps at `address`. Needs a runtime of tokio around it.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn serve(
        address: SocketAddr,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EndpointError> {
        let failed = |source| EndpointError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // No number of attempts: Restate would pause the run for good.
        let options = ServiceOptions::new()
            .retry_policy_initial_interval(RETRY_FIRST)
            .retry_policy_exponentiation_factor(2.0)
            .retry_policy_max_interval(RETRY_MOST)
            .retry_policy_max_attempts(u64::from(u32::MAX))
            .inactivity_timeout(STEP_MOST)
            .abort_timeout(STEP_MOST);
        let object = ErynoaRun { definitions, effects, clock };
        let endpoint = restate_sdk::endpoint::Endpoint::builder()
            .bind(object.into_service_definition().options(options))
            .build();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(HttpServer::new(endpoint).serve_with_cancel(listener, stopped));
        Ok(Self { address, _stop: stop })
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}
