//! The log as static files for transparency-log tools: C2SP tlog-tiles.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use erynoa_kernel::{Kind, Problem};

use super::problems::RestProblem;
use crate::app::App;

/// Entries or hashes in a full tile.
const WIDTH: u64 = 256;

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/tile/{*path}", get(tile))
        .with_state(app)
}

fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "NOT_FOUND", "the log has no such tile")
}

async fn checkpoint(State(app): State<Arc<App>>) -> Result<Response, RestProblem> {
    let head = app.ledger.read().checkpoint.clone();
    let note = head.map(|head| app.cosignatures.with_lines(&head)).ok_or_else(|| {
        Problem::new(
            Kind::NotFound,
            "CHECKPOINT_UNKNOWN",
            "the log has no checkpoint yet; the first one follows the first epoch",
        )
    })?;
    let mut response = note.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn tile(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
) -> Result<Response, RestProblem> {
    let Tile { level, index, width } = Tile::parse(&path).ok_or_else(not_found)?;
    let covered = app.ledger.read().checkpoint_size();
    let bytes = match level {
        Some(level) => {
            let models = app.ledger.read();
            // Only what the checkpoint covers is served: the rest may still move.
            let nodes = covered.checked_shr(8 * u32::from(level)).unwrap_or(0);
            let end = index.checked_mul(WIDTH).and_then(|first| first.checked_add(width.into()));
            end.filter(|end| *end <= nodes)
                .and_then(|_| models.log.tree().tile(level, index, width))
                .ok_or_else(not_found)?
        }
        None => {
            let first = index.checked_mul(WIDTH).ok_or_else(not_found)?;
            let end = first.checked_add(width.into()).filter(|end| *end <= covered);
            let sequences: Vec<u64> = (first..end.ok_or_else(not_found)?).collect();
            let mut bundle = Vec::new();
            for entry in app.ledger.entries(&sequences).await? {
                let length = u16::try_from(entry.len()).map_err(Problem::internal)?;
                bundle.extend_from_slice(&length.to_be_bytes());
                bundle.extend_from_slice(&entry);
            }
            bundle
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes).into_response())
}

/// A tile's path: `<level or entries>/<index>[.p/<width>]`.
#[derive(Debug, PartialEq, Eq)]
struct Tile {
    /// `None` for entry bundles.
    level: Option<u8>,
    index: u64,
    width: u16,
}

impl Tile {
    fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = match level {
            "entries" => None,
            digits => Some(plain_number(digits, 63)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, plain_number(width, 255).filter(|width| *width > 0)?),
            None => (rest, 256),
        };
        let level = match level {
            Some(level) => Some(u8::try_from(level).ok()?),
            None => None,
        };
        Some(Self { level, index: parse_index(index)?, width })
    }
}

/// A decimal number without leading zeros, at most `most`.
fn plain_number(text: &str, most: u16) -> Option<u16> {
    let number: u16 = text.parse().ok()?;
    (number <= most && number.to_string() == text).then_some(number)
}

/// `x001/x234/067`: groups of three digits, `x` before all but the last.
fn parse_index(text: &str) -> Option<u64> {
    let groups: Vec<&str> = text.split('/').collect();
    let (last, before) = groups.split_last()?;
    let mut index: u64 = 0;
    for group in before.iter().map(|group| group.strip_prefix('x')).chain([Some(*last)]) {
        let group = group.filter(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))?;
        index = index.checked_mul(1000)?.checked_add(group.parse().ok()?)?;
    }
    // Only one way to write an index.
    (before.first() != Some(&"x000")).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tile_paths_are_those_of_c2sp_and_no_others() {
        let tile = |level, index, width| Some(Tile { level, index, width });
        assert_eq!(Tile::parse("0/000"), tile(Some(0), 0, 256));
        assert_eq!(Tile::parse("1/x001/x234/067"), tile(Some(1), 1_234_067, 256));
        assert_eq!(Tile::parse("entries/x001/000.p/7"), tile(None, 1000, 7));
        for wrong in [
            "0/0",
            "0/1000",
            "00/000",
            "64/000",
            "0/000.p/0",
            "0/000.p/256",
            "0/x000/001",
            "0/x1/001",
            "0/",
            "a/000",
        ] {
            assert_eq!(Tile::parse(wrong), None, "{wrong}");
        }
    }
}
