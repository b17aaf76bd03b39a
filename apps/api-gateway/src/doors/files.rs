//! Bytes of files: the addresses that this server signs itself, and how bytes go
//! out and come in.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use erynoa_kernel::{Kind, Problem, StoreError, StoreErrorKind};
use erynoa_storage::{
    ByteStream, Disposition, Entry, File, Grant, ObjectKey, Signed, StorageError, layout,
};
use futures_util::{Stream, StreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::timeout;
use tower_http::compression::predicate::Predicate;

use super::problems::RestProblem;
use crate::app::App;

/// Whoever sends nothing for so long is cut off.
const SILENCE: Duration = Duration::from_secs(30);
/// What may stand in an extended header value as it is (RFC 8187).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The signed addresses.
pub(crate) fn router(app: Arc<App>) -> axum::Router {
    axum::Router::new()
        .route("/api/v1/storage/signed/{bucket}/{*key}", get(read).put(write))
        .with_state(app)
}

/// Files go out as they are: most are packed already, and whoever compresses
/// does not know how long the answer will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotForFiles;

impl Predicate for NotForFiles {
    fn should_compress<B: axum::body::HttpBody>(&self, answer: &axum::http::Response<B>) -> bool {
        !answer.headers().contains_key(header::ACCEPT_RANGES)
    }
}

type Pairs = Query<Vec<(String, String)>>;

/// What the address allows, when it allows `asked`.
fn verify(
    app: &App,
    bucket: &str,
    key: &str,
    query: &[(String, String)],
    asked: Grant,
) -> Result<Signed, StorageError> {
    let signed = app.files.signed.as_ref().ok_or(StorageError::UrlInvalid)?;
    let signed = signed.verify(bucket, key, query, app.clock.now_us())?;
    if signed.grant == asked { Ok(signed) } else { Err(StorageError::UrlInvalid) }
}

/// The file whose bytes lie under a key.
async fn file_under(app: &App, key: &ObjectKey) -> Result<Option<File>, StorageError> {
    let Some(id) = layout::file_in(key) else {
        return Ok(None);
    };
    match app.files.storage.index.find(&id).await? {
        Some(Entry::File(file)) if file.key == *key => Ok(Some(file)),
        _ => Ok(None),
    }
}

async fn read(
    State(app): State<Arc<App>>,
    Path((bucket, key)): Path<(String, String)>,
    Query(query): Pairs,
    headers: HeaderMap,
) -> Result<Response, RestProblem> {
    let signed = verify(&app, &bucket, &key, &query, Grant::Get)?;
    match file_under(&app, &signed.key).await? {
        Some(file) => Ok(send_file(&app, &file, &signed.disposition, &headers).await?),
        None => Ok(send_object(&app, &signed, &headers).await?),
    }
}

/// The bytes of a file, or of a part of it that the caller asks for; nothing
/// when the caller has them.
pub(crate) async fn send_file(
    app: &App,
    file: &File,
    disposition: &Disposition,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let etag = format!("\"{}\"", hex::encode(file.hash));
    let outgoing = Outgoing::new(file.size, &etag, disposition, headers)?;
    let range = match &outgoing.part {
        Part::Nothing(_) => return Ok(outgoing.answer(None)),
        Part::All => None,
        Part::Range(range) => Some(range.clone()),
    };
    let bytes = app.files.storage.read_file(file, range).await?;
    Ok(outgoing.answer(Some(begun(bytes).await?)))
}

/// The stream, of which one piece has come: what fails at once can still be
/// told.
async fn begun(mut bytes: ByteStream) -> Result<ByteStream, StoreError> {
    let first = bytes.next().await.transpose()?;
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(bytes)))
}

/// The same for an object that is no file's, such as a part of an upload.
async fn send_object(app: &App, signed: &Signed, headers: &HeaderMap) -> Result<Response, Problem> {
    let missing = || Problem::from(StorageError::NotFound("object"));
    let objects = &app.files.storage.objects;
    let meta = objects.head(&signed.bucket, &signed.key).await?.ok_or_else(missing)?;
    let etag = format!("\"{:x}-{:x}\"", meta.modified_at_us, meta.size);
    let outgoing = Outgoing::new(meta.size, &etag, &signed.disposition, headers)?;
    let range = match &outgoing.part {
        Part::Nothing(_) => return Ok(outgoing.answer(None)),
        Part::All => None,
        Part::Range(range) => Some(range.clone()),
    };
    let (_, bytes) = objects.get(&signed.bucket, &signed.key, range).await?.ok_or_else(missing)?;
    Ok(outgoing.answer(Some(begun(bytes).await?)))
}

/// What of the bytes goes out.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Nothing(StatusCode),
    All,
    Range(Range<u64>),
}

/// An answer with the bytes of a file.
struct Outgoing {
    part: Part,
    size: u64,
    headers: HeaderMap,
}

impl Outgoing {
    fn new(
        size: u64,
        etag: &str,
        disposition: &Disposition,
        asked: &HeaderMap,
    ) -> Result<Self, Problem> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(Problem::internal);
        let media_type = match disposition.media_type.as_str() {
            "" => "application/octet-stream",
            media_type => media_type,
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, value(media_type)?);
        headers.insert(header::ETAG, value(etag)?);
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::CONTENT_SECURITY_POLICY, cage(media_type));
        let how = match &disposition.save_as {
            None => "inline".to_owned(),
            Some(name) => {
                format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
            }
        };
        headers.insert(header::CONTENT_DISPOSITION, value(&how)?);
        Ok(Self { part: part_of(size, etag, asked), size, headers })
    }

    fn answer(mut self, bytes: Option<ByteStream>) -> Response {
        let (status, length) = match &self.part {
            Part::Nothing(status) => (*status, None),
            Part::All => (StatusCode::OK, Some(self.size)),
            Part::Range(range) => (StatusCode::PARTIAL_CONTENT, Some(range.end - range.start)),
        };
        let place = match &self.part {
            Part::Range(range) => {
                Some(format!("bytes {}-{}/{}", range.start, range.end - 1, self.size))
            }
            Part::Nothing(StatusCode::RANGE_NOT_SATISFIABLE) => {
                Some(format!("bytes */{}", self.size))
            }
            _ => None,
        };
        if let Some(place) = place.and_then(|place| HeaderValue::from_str(&place).ok()) {
            self.headers.insert(header::CONTENT_RANGE, place);
        }
        if let Some(length) = length {
            self.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        let body = bytes.map_or_else(Body::empty, Body::from_stream);
        (status, self.headers, body).into_response()
    }
}

/// What shown bytes may do in a browser: nothing. (Readers of PDF need to be out
/// of the sandbox; they run no scripts of ours.)
fn cage(media_type: &str) -> HeaderValue {
    if media_type == "application/pdf" {
        HeaderValue::from_static(
            "default-src 'none'; object-src 'self'; plugin-types application/pdf; \
             style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
    } else {
        HeaderValue::from_static(
            "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; \
             style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
    }
}

/// What is asked of `size` bytes with this `etag`.
fn part_of(size: u64, etag: &str, asked: &HeaderMap) -> Part {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let known = text(header::IF_NONE_MATCH).is_some_and(|known| {
        known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == etag || tag == "*")
    });
    if known {
        return Part::Nothing(StatusCode::NOT_MODIFIED);
    }
    // A range of what has changed meanwhile is no range of this.
    let still = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
    match text(header::RANGE).filter(|_| still).and_then(|range| range_in(range, size)) {
        None => Part::All,
        Some(range) if range.start >= range.end => Part::Nothing(StatusCode::RANGE_NOT_SATISFIABLE),
        Some(range) => Part::Range(range),
    }
}

/// The range of `size` bytes that the header names, empty when none of it is
/// there; `None` for anything but one range of bytes, which means all.
fn range_in(header: &str, size: u64) -> Option<Range<u64>> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        // Nothing but digits: no sign, no second range.
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?
    };
    match (from, to) {
        ("", "") => None,
        ("", last) => Some(size.saturating_sub(number(last)?)..size),
        (from, "") => Some(number(from)?..size),
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            (from <= to).then(|| from..to.saturating_add(1).min(size))
        }
    }
}

/// How a body came.
#[derive(Default)]
pub(crate) struct Arrival {
    size: AtomicU64,
    silent: AtomicBool,
}

impl Arrival {
    /// What to tell the sender when storing has failed with `error`.
    pub(crate) fn problem(&self, most: u64, error: StoreError) -> Problem {
        if self.silent.load(Ordering::Relaxed) {
            Problem::new(
                Kind::Unavailable,
                "DEADLINE_EXCEEDED",
                "nothing has come for 30 seconds; send it again",
            )
            .retry_after_ms(1000)
        } else if self.size.load(Ordering::Relaxed) > most {
            StorageError::TooLarge { most }.into()
        } else {
            error.into()
        }
    }
}

/// A body as a store takes it, cut off when nothing comes.
pub(crate) fn arriving<E: std::error::Error + Send + Sync + 'static>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> (ByteStream, Arc<Arrival>) {
    let arrival = Arc::new(Arrival::default());
    let seen = Arc::clone(&arrival);
    let body = Box::pin(body);
    let bytes = stream::unfold(Some((body, seen)), |state| async {
        let (mut body, seen) = state?;
        let broken = |message: &str| StoreError::new(StoreErrorKind::Unavailable, message);
        match timeout(SILENCE, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(piece))) => {
                seen.size.fetch_add(piece.len() as u64, Ordering::Relaxed);
                Some((Ok(piece), Some((body, seen))))
            }
            Ok(Some(Err(error))) => Some((Err(broken(&error.to_string())), None)),
            Err(_) => {
                seen.silent.store(true, Ordering::Relaxed);
                Some((Err(broken("the sender is silent")), None))
            }
        }
    });
    (Box::pin(bytes), arrival)
}

/// Most bytes that may be written under a key: those of the part that it names.
async fn most_bytes(app: &App, key: &ObjectKey) -> Result<u64, StorageError> {
    let storage = &app.files.storage;
    let Some((id, part)) = layout::part_in(key) else {
        return Ok(storage.rules.most_bytes);
    };
    match storage.index.find(&id).await? {
        Some(Entry::Upload(upload)) => upload.part_bytes(part).ok_or(StorageError::UploadUnknown),
        _ => Err(StorageError::UploadUnknown),
    }
}

async fn write(
    State(app): State<Arc<App>>,
    Path((bucket, key)): Path<(String, String)>,
    Query(query): Pairs,
    request: Request,
) -> Result<StatusCode, RestProblem> {
    let signed = verify(&app, &bucket, &key, &query, Grant::Put)?;
    let most = most_bytes(&app, &signed.key).await?;
    // What says itself that it is too large is not read at all.
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(StorageError::TooLarge { most }.into());
    }
    let (bytes, arrival) = arriving(request.into_body().into_data_stream());
    let put = app.files.storage.objects.put(&signed.bucket, &signed.key, bytes, most).await;
    put.map_err(|error| arrival.problem(most, error))?;
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_range_of_bytes_or_everything() {
        for (header, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=5-9", Some(5..10)),
            ("bytes=5-", Some(5..100)),
            ("bytes=-10", Some(90..100)),
            ("bytes=-1000", Some(0..100)),
            ("bytes=90-1000", Some(90..100)),
            ("bytes=0-18446744073709551615", Some(0..100)),
            ("bytes=9-5", None),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("bytes=+1-5", None),
            ("bytes=1-5,7-9", None),
            ("bytes=99999999999999999999-", None),
            ("items=0-5", None),
        ] {
            assert_eq!(range_in(header, 100), expected, "{header}");
        }
        for (header, status) in [
            ("bytes=100-", StatusCode::RANGE_NOT_SATISFIABLE),
            ("bytes=200-300", StatusCode::RANGE_NOT_SATISFIABLE),
            ("bytes=-0", StatusCode::RANGE_NOT_SATISFIABLE),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(header::RANGE, HeaderValue::from_static(header));
            assert_eq!(part_of(100, "\"x\"", &asked), Part::Nothing(status), "{header}");
        }
    }

    #[test]
    fn whoever_has_the_bytes_gets_none_and_changed_bytes_are_sent_whole() {
        let part = |name: header::HeaderName, value: &'static str| {
            let mut asked = HeaderMap::new();
            asked.insert(header::RANGE, HeaderValue::from_static("bytes=0-4"));
            asked.insert(name, HeaderValue::from_static(value));
            part_of(100, "\"x\"", &asked)
        };
        let nothing = Part::Nothing(StatusCode::NOT_MODIFIED);
        for known in ["\"x\"", "W/\"x\"", "\"y\", \"x\"", "*"] {
            assert_eq!(part(header::IF_NONE_MATCH, known), nothing, "{known}");
        }
        assert_eq!(part(header::IF_NONE_MATCH, "\"y\""), Part::Range(0..5));
        assert_eq!(part(header::IF_RANGE, "\"x\""), Part::Range(0..5));
        assert_eq!(part(header::IF_RANGE, "\"y\""), Part::All);
    }
}
