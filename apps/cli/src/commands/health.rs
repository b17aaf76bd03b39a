//! `health`.

use erynoa_proto::api::v1::{CheckRequest, ReadyRequest};
use serde_json::json;

use crate::commands::Context;
use crate::error::CliError;
use crate::output::table;

/// Asks the server and its parts; not ready is exit code 1.
pub(crate) async fn health(context: &Context) -> Result<(), CliError> {
    let client = context.connect().await?;
    let info = client.info().await?;
    let uptime_s = client
        .health()
        .check(CheckRequest {})
        .await
        .map_err(client.failed())?
        .into_inner()
        .uptime_s;
    let ready = client.health().ready(ReadyRequest {}).await.map_err(client.failed())?.into_inner();
    let parts: Vec<_> = ready
        .parts
        .iter()
        .map(|part| {
            json!({
                "name": part.name,
                "healthy": part.healthy,
                "latency_us": part.latency_us,
                "message": part.message,
            })
        })
        .collect();
    let log = info.log.clone().unwrap_or_default();
    let document = json!({
        "ready": ready.ready,
        "version": info.version,
        "build": info.build,
        "environment": info.environment,
        "uptime_s": uptime_s,
        "parts": parts,
        "log": {
            "origin": log.origin,
            "public_key": hex::encode(&log.public_key),
            "identity": log.identity,
            "root_realm": log.root_realm,
            "claimed": log.claimed,
            "clock": log.clock,
        },
    });
    let rows: Vec<_> = ready
        .parts
        .iter()
        .map(|part| {
            let state = if part.healthy { "healthy" } else { "unhealthy" };
            vec![
                part.name.clone(),
                state.to_owned(),
                format!("{} µs", part.latency_us),
                part.message.clone(),
            ]
        })
        .collect();
    let text = format!(
        "{} at {}: version {}, up {uptime_s} s\nlog {} key {}\n\n{}",
        if ready.ready { "ready" } else { "not ready" },
        context.server(),
        info.version,
        log.origin,
        hex::encode(&log.public_key),
        table(&["part", "state", ">latency", "message"], &rows),
    );
    context.output.result(&document, &text);
    if ready.ready {
        Ok(())
    } else {
        Err(CliError::Negative(format!("{} is not ready", context.server())))
    }
}
