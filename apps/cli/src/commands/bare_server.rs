//! An empty tonic service in a process of its own: the raw limit that the
//! gateway is measured against.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use erynoa_proto::api::v1::health_service_server::{HealthService, HealthServiceServer};
use erynoa_proto::api::v1::{CheckRequest, CheckResponse, ReadyRequest, ReadyResponse};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_web::GrpcWebLayer;

use crate::commands::Context;
use crate::error::CliError;

struct Empty;

#[tonic::async_trait]
impl HealthService for Empty {
    async fn check(&self, _: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        // Not the default value, so that the answer has a message to carry.
        Ok(Response::new(CheckResponse { uptime_s: 1 }))
    }

    async fn ready(&self, _: Request<ReadyRequest>) -> Result<Response<ReadyResponse>, Status> {
        Ok(Response::new(ReadyResponse { ready: true, parts: Vec::new() }))
    }
}

/// Serves the empty service on a free port, whose address it prints first.
pub(crate) async fn serve(context: &Context) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Local(format!("bare server: {error}"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    context.output.raw(&format!("http://{address}"));
    Server::builder()
        .accept_http1(true)
        .layer(GrpcWebLayer::new())
        .add_service(HealthServiceServer::new(Empty))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .map_err(|error| failed(&error))
}

/// The running process; ends when dropped.
pub(crate) struct BareServer {
    process: Child,
    url: String,
}

impl BareServer {
    pub(crate) fn start() -> Result<Self, CliError> {
        let failed = |error: std::io::Error| CliError::Local(format!("bare server: {error}"));
        let mut process = Command::new(std::env::current_exe().map_err(failed)?)
            .arg("bare-server")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut url = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut url).map_err(failed)?;
        }
        Ok(Self { process, url: url.trim().to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for BareServer {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
