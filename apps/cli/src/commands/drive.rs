//! Clients that keep a server busy.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use erynoa_proto::api::v1::SubmitRequest;
use erynoa_proto::protocol::v1::SignedEvent;
use prost::Message;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::{Client, full_body};
use crate::commands::events::{BATCH_EVENTS, refusal};
use crate::commands::measure::Measurement;
use crate::error::CliError;

/// Path of a read that touches the log.
pub(crate) const GET: &str = "/erynoa.api.v1.EventService/Get";
/// Path of a call that does nothing.
pub(crate) const CHECK: &str = "/erynoa.api.v1.HealthService/Check";
/// Batches in flight.
const BATCHES: usize = 4;

/// How a call comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Grpc,
    GrpcWeb,
}

impl Door {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::GrpcWeb => "gRPC-Web",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Grpc => "application/grpc",
            Self::GrpcWeb => "application/grpc-web+proto",
        }
    }
}

/// A message as both doors frame it: no compression, length u32 BE, bytes.
pub(crate) fn frame(message: &impl Message) -> Bytes {
    let bytes = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(bytes.len() + 5);
    frame.put_u8(0);
    // A message of more than 4 GiB cannot be built here.
    frame.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    frame.put_slice(&bytes);
    frame.freeze()
}

/// Clients that share a few connections.
pub(crate) struct Drive {
    /// At least one.
    pub(crate) connections: Vec<Client>,
    /// Requests in flight.
    pub(crate) clients: usize,
    /// Longest time of one measurement.
    pub(crate) limit: Duration,
}

impl Drive {
    pub(crate) fn first(&self) -> &Client {
        &self.connections[0]
    }

    fn connection(&self, place: usize) -> Client {
        self.connections[place % self.connections.len()].clone()
    }

    /// Joins the clients' measurements into one.
    async fn join(
        mut running: JoinSet<Result<Measurement, CliError>>,
        begun: Instant,
    ) -> Result<Measurement, CliError> {
        let mut all = Measurement::default();
        while let Some(client) = running.join_next().await {
            let client = client
                .map_err(|error| CliError::Local(format!("a client was cut off: {error}")))?;
            all.merge(client?);
        }
        Ok(all.finish(begun.elapsed()))
    }

    /// Single submits, one in flight per client.
    pub(crate) async fn submit(
        &self,
        chains: Vec<Vec<SignedEvent>>,
    ) -> Result<Measurement, CliError> {
        let begun = Instant::now();
        let end = begun + self.limit;
        let mut running = JoinSet::new();
        for (place, chain) in chains.into_iter().enumerate() {
            let client = self.connection(place);
            running.spawn(async move {
                let mut measurement = Measurement::default();
                let mut events = client.events();
                for event in chain {
                    let asked = Instant::now();
                    if asked > end {
                        break;
                    }
                    let request = SubmitRequest { event: Some(event), ..Default::default() };
                    events.submit(request).await.map_err(client.failed())?;
                    measurement.note(asked.elapsed(), 1);
                }
                Ok(measurement)
            });
        }
        Self::join(running, begun).await
    }

    /// Batches, a few in flight, each flight over chains of its own: the events
    /// of a chain must arrive in order.
    pub(crate) async fn batch(
        &self,
        chains: Vec<Vec<SignedEvent>>,
    ) -> Result<Measurement, CliError> {
        let begun = Instant::now();
        let end = begun + self.limit;
        let share = chains.len().div_ceil(BATCHES).max(1);
        let mut running = JoinSet::new();
        for (place, chains) in chains.chunks(share).enumerate() {
            let client = self.connection(place);
            let events: Vec<SignedEvent> = chains.concat();
            running.spawn(async move {
                let mut measurement = Measurement::default();
                for batch in events.chunks(BATCH_EVENTS) {
                    let asked = Instant::now();
                    if asked > end {
                        break;
                    }
                    let results = client.submit_batch(batch.to_vec()).await?;
                    measurement.note(asked.elapsed(), results.len() as u64);
                    for result in results {
                        if let Some(refusal) = refusal(client.server(), &result) {
                            return Err(CliError::Refused(Box::new(refusal)));
                        }
                    }
                }
                Ok(measurement)
            });
        }
        Self::join(running, begun).await
    }

    /// Unary calls, one in flight per client.
    pub(crate) async fn unary(
        &self,
        path: &'static str,
        frame: &Bytes,
        door: Door,
    ) -> Result<Measurement, CliError> {
        let begun = Instant::now();
        let end = begun + self.limit;
        let mut running = JoinSet::new();
        for place in 0..self.clients {
            let (client, frame) = (self.connection(place), frame.clone());
            running.spawn(async move {
                let mut measurement = Measurement::default();
                loop {
                    let asked = Instant::now();
                    if asked > end {
                        return Ok(measurement);
                    }
                    let request = http::Request::post(path)
                        .header(http::header::CONTENT_TYPE, door.content_type())
                        .header(http::header::TE, "trailers")
                        .body(full_body(frame.clone()))
                        .map_err(|error| CliError::Usage(error.to_string()))?;
                    let answer = client.call(request).await?;
                    // Only a refusal has no message in front of its trailers.
                    if answer.body().first() != Some(&0) {
                        return Err(CliError::Negative(format!(
                            "{path} was refused over {}; is the rate limit of the server above \
                             the load?",
                            door.name()
                        )));
                    }
                    measurement.note(asked.elapsed(), 1);
                }
            });
        }
        Self::join(running, begun).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use erynoa_proto::api::v1::GetRequest;

    #[test]
    fn a_frame_is_flag_length_message() {
        let frame = frame(&GetRequest { id: "ab".to_owned() });
        assert_eq!(&frame[..], [0, 0, 0, 0, 4, 0x0a, 2, b'a', b'b']);
    }
}
