//! Files by REST.

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Extension, Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use erynoa_access::{AccessError, Principal};
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_storage::{Action, FileAccess, FileId, StorageError};
use futures_util::future::join;
use futures_util::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use super::shapes::{FilePage, FileShape, PresignShape, PresignedShape, UploadForm};
use super::{Answer, Rest, bad_body, bad_query};
use crate::app::{Caller, invalid, request_id};
use crate::doors::files::{arriving, send_file};
use crate::doors::guard::Client;
use crate::doors::problems::{ErrorBody, RestProblem};
use crate::services::{self, NewFileFields};

type Who = Option<Extension<Principal>>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQuery {
    /// Only this folder.
    folder: Option<String>,
    /// Part of the name.
    query: Option<String>,
    /// Files of this realm, 64 hex digits, instead of the caller's own.
    realm: Option<String>,
    /// Public files of everybody instead.
    public: Option<bool>,
    /// What is in the bin.
    binned: Option<bool>,
    /// image, video, audio, text, application or font.
    media: Option<String>,
    /// name, newest or largest.
    order: Option<String>,
    /// 1 to 100, 20 when left out.
    page_size: Option<u32>,
    /// From the page before.
    page_token: Option<String>,
}

/// The access with this name as the API's number.
fn access_of(text: &str) -> Result<i32, Problem> {
    if text.is_empty() {
        return Ok(api::FileAccess::Unspecified.into());
    }
    let wrong = || invalid("access", "access is private, members, link or public".to_owned());
    FileAccess::from_name(text).map(|access| access as i32).ok_or_else(wrong)
}

/// Files that the caller may see.
#[utoipa::path(get, path = "/api/v1/storage/files", tag = "storage", params(FileQuery),
    responses((status = 200, body = FilePage), (status = 400, body = ErrorBody)))]
pub(super) async fn list_files(
    State(rest): State<Rest>,
    principal: Who,
    query: Result<Query<FileQuery>, QueryRejection>,
) -> Answer<FilePage> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let order = match query.order.as_deref() {
        None | Some("name") => api::FileOrder::Name,
        Some("newest") => api::FileOrder::Newest,
        Some("largest") => api::FileOrder::Largest,
        Some(_) => {
            let right = "an order is name, newest or largest".to_owned();
            return Err(invalid("order", right).into());
        }
    };
    let request = api::ListFilesRequest {
        folder: query.folder.unwrap_or_default(),
        query: query.query.unwrap_or_default(),
        realm: query.realm.unwrap_or_default(),
        binned: query.binned.unwrap_or_default(),
        media: query.media.unwrap_or_default(),
        order: order.into(),
        page_size: query.page_size.unwrap_or_default(),
        page_token: query.page_token.unwrap_or_default(),
        public: query.public.unwrap_or_default(),
    };
    let visitor = rest.app.visitor(principal.as_deref());
    Ok(Json(services::list_files(&rest.app, &visitor, request).await?.into()))
}

/// What a form says about its file.
#[derive(Default)]
struct Form {
    folder: String,
    realm: String,
    access: String,
    media_type: String,
    hash: String,
}

/// Longest text in a form, bytes.
const TEXT_MOST_BYTES: usize = 4096;

fn bad_form(error: &MultipartError) -> Problem {
    invalid("body", error.body_text())
}

async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut all = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| bad_form(&error))? {
        all.extend_from_slice(&piece);
        if all.len() > TEXT_MOST_BYTES {
            return Err(invalid("body", "a text is at most 4096 bytes".to_owned()));
        }
    }
    String::from_utf8(all).map_err(|_| invalid("body", "a text is UTF-8".to_owned()))
}

/// Stores a file. The answer means that it is on disk.
#[utoipa::path(post, path = "/api/v1/storage/files", tag = "storage",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = FileShape), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 422, body = ErrorBody)))]
pub(super) async fn upload_file(
    State(rest): State<Rest>,
    principal: Who,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<FileShape>), RestProblem> {
    let Extension(principal) = principal.ok_or(AccessError::Unauthorized)?;
    let mut fields = form.map_err(|rejection| invalid("body", rejection.body_text()))?;
    let mut form = Form::default();
    while let Some(field) = fields.next_field().await.map_err(|error| bad_form(&error))? {
        match field.name().unwrap_or_default() {
            "folder" => form.folder = text(field).await?,
            "realm" => form.realm = text(field).await?,
            "access" => form.access = text(field).await?,
            "media_type" => form.media_type = text(field).await?,
            "hash" => form.hash = text(field).await?,
            "file" => {
                let file = store(&rest, &principal, &headers, form, field).await?;
                return Ok((StatusCode::CREATED, Json(file.into())));
            }
            other => {
                let message = format!("there is no field {other:?}");
                return Err(invalid("body", message).into());
            }
        }
    }
    Err(invalid("file", "the form has no file".to_owned()).into())
}

async fn store(
    rest: &Rest,
    principal: &Principal,
    headers: &HeaderMap,
    mut form: Form,
    mut field: Field<'_>,
) -> Result<api::File, Problem> {
    if form.media_type.is_empty() {
        form.media_type = field.content_type().unwrap_or_default().to_owned();
    }
    let name = field.file_name().unwrap_or_default().to_owned();
    let hash = hex::decode(&form.hash);
    let hash = hash.map_err(|_| invalid("hash", "a hash is 64 hex digits".to_owned()))?;
    let new = services::new_file(NewFileFields {
        name: &name,
        folder: &form.folder,
        media_type: &form.media_type,
        realm: &form.realm,
        access: access_of(&form.access)?,
        hash: &hash,
    })?;
    let storage = &rest.app.files.storage;
    // The file is a little less than all of the body.
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let most = length.unwrap_or(u64::MAX).min(storage.rules.most_bytes);
    // The field is lent to us, and the store takes only what is its own.
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, MultipartError>>(4);
    let pump = async move {
        while let Some(piece) = field.chunk().await.transpose() {
            let broken = piece.is_err();
            if sender.send(piece).await.is_err() || broken {
                return;
            }
        }
    };
    let pieces = stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let (bytes, arrival) = arriving(pieces);
    let visitor = rest.app.visitor(Some(principal));
    let caller = visitor.caller();
    let (stored, ()) = join(storage.upload_stream(new, most, bytes, &caller), pump).await;
    let file = stored.map_err(|error| match error {
        StorageError::Size { .. } => StorageError::TooLarge { most }.into(),
        StorageError::Store(error) => arrival.problem(most, error),
        other => Problem::from(other),
    })?;
    services::encode_file(&rest.app, &visitor, file).await
}

/// What is known about a file.
#[utoipa::path(get, path = "/api/v1/storage/files/{id}", tag = "storage",
    params(("id" = String, Path, description = "32 hex digits")),
    responses((status = 200, body = FileShape), (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(super) async fn file(
    State(rest): State<Rest>,
    principal: Who,
    Path(id): Path<String>,
) -> Answer<FileShape> {
    let visitor = rest.app.visitor(principal.as_deref());
    Ok(Json(services::head_file(&rest.app, &visitor, &id).await?.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteQuery {
    /// Version that was read.
    version: u64,
    /// For good instead of into the bin.
    forever: Option<bool>,
}

/// Moves a file to the bin; one that is there goes for good.
#[utoipa::path(delete, path = "/api/v1/storage/files/{id}", tag = "storage",
    params(("id" = String, Path, description = "32 hex digits"), DeleteQuery),
    responses((status = 204, description = "It is in the bin, or gone"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody)))]
pub(super) async fn delete_file(
    State(rest): State<Rest>,
    principal: Who,
    client: Option<Extension<Client>>,
    Path(id): Path<String>,
    query: Result<Query<DeleteQuery>, QueryRejection>,
) -> Result<StatusCode, RestProblem> {
    let Extension(principal) = principal.ok_or(AccessError::Unauthorized)?;
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let request = api::DeleteFileRequest {
        id,
        version: query.version,
        forever: query.forever.unwrap_or_default(),
    };
    let visitor = rest.app.visitor(Some(&principal));
    let by = Caller {
        principal,
        request_id: request_id(),
        address: client.map(|client| client.0.0.to_string()).unwrap_or_default(),
    };
    services::delete_file(&rest.app, &visitor, &request, &by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The bytes of a file, whole or a range of them.
#[utoipa::path(get, path = "/api/v1/storage/files/{id}/content", tag = "storage",
    params(("id" = String, Path, description = "32 hex digits")),
    responses((status = 200, description = "The bytes"),
        (status = 206, description = "The bytes of the range"),
        (status = 304, description = "The caller has them"),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn content(
    State(rest): State<Rest>,
    principal: Who,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, RestProblem> {
    let id: FileId = id
        .parse()
        .map_err(|error: erynoa_storage::IdParseError| invalid("id", error.to_string()))?;
    let visitor = rest.app.visitor(principal.as_deref());
    let file = rest.app.files.storage.file_for(&id, Action::Read, &visitor.caller()).await?;
    Ok(send_file(&rest.app, &file, &file.disposition(false), &headers).await?.into_response())
}

/// A URL to read the bytes from, without a token.
#[utoipa::path(post, path = "/api/v1/storage/files/{id}/presigned", tag = "storage",
    params(("id" = String, Path, description = "32 hex digits")), request_body = PresignShape,
    responses((status = 200, body = PresignedShape), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn presign(
    State(rest): State<Rest>,
    principal: Who,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<PresignedShape> {
    let body = body.map_err(|rejection| bad_body(&rejection))?;
    let asked: PresignShape = if body.is_empty() {
        PresignShape::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| invalid("body", error.to_string()))?
    };
    let visitor = rest.app.visitor(principal.as_deref());
    let request = api::GetPresignedDownloadUrlRequest {
        id,
        expires_s: asked.expires_s,
        attachment: asked.attachment,
    };
    Ok(Json(services::presign_download(&rest.app, &visitor, &request).await?.into()))
}
