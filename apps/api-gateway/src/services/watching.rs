//! What streams have in common: they are counted, and end with the server.

use std::net::IpAddr;

use erynoa_access::AccessError;
use erynoa_kernel::Problem;
use tokio::sync::watch;
use tonic::{Request, Status};

use crate::app::{App, Caller};
use crate::doors::guard::Client;
use crate::seats::Seat;

/// Counts a watcher until the seat is dropped.
///
/// # Errors
/// `RATE_LIMITED`.
pub(super) fn seat<T>(app: &App, request: &Request<T>) -> Result<Seat, Problem> {
    let nowhere = Client(IpAddr::from([0, 0, 0, 0]));
    let Client(client) = request.extensions().get().copied().unwrap_or(nowhere);
    app.ledger.watching(client)
}

/// Whether the session with which somebody began to watch is still there.
///
/// # Errors
/// `UNAUTHORIZED`; `SERVICE_UNAVAILABLE` when the store does not answer.
pub(super) async fn signed_in(app: &App, caller: &Caller) -> Result<(), Problem> {
    let session = app.sessions.find(&caller.principal.session_id).await?;
    session.map(drop).ok_or_else(|| AccessError::Unauthorized.into())
}

/// Waits until the server stops.
pub(super) async fn stopped(closing: &mut watch::Receiver<bool>) {
    // An error means that the ledger is gone, which is stopping too.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// What the watchers of a server that stops are told.
pub(super) fn stopping() -> Status {
    Status::unavailable("the server is stopping; watch again")
}
