//! Files.

mod decode;
mod encode;
mod operate;

use erynoa_access::Principal;
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::storage_service_server::StorageService;
use erynoa_storage::{Action, FileChanges, Listing};
use serde_json::json;
use tonic::{Request, Response, Status};

use self::decode::{
    changed_access, folder_filter, link_id, listing_order, media, new_name, optional_hash,
    optional_realm,
};
use self::encode::{encode_files, encode_link, encode_upload, encode_url, encode_usage};
use super::Api;
use crate::app::{App, Caller, caller, invalid};
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::files::Visitor;

pub(crate) use self::decode::{NewFileFields, new_file};
pub(super) use self::decode::{file_id, place_of, position_in};
pub(crate) use self::encode::encode_file;

/// Longest part of a name to search for, bytes.
const MAX_QUERY_BYTES: usize = 128;

/// What is known about a file.
pub(crate) async fn head(app: &App, visitor: &Visitor, id: &str) -> Result<api::File, Problem> {
    let id = file_id(id, "id")?;
    let file = app.files.storage.file_for(&id, Action::See, &visitor.caller()).await?;
    encode_file(app, visitor, file).await
}

/// One page of files.
pub(crate) async fn list(
    app: &App,
    visitor: &Visitor,
    request: api::ListFilesRequest,
) -> Result<api::ListFilesResponse, Problem> {
    let size = page_size(request.page_size)?;
    if request.query.len() > MAX_QUERY_BYTES {
        return Err(invalid("query", "a query is at most 128 bytes".to_owned()));
    }
    let order = listing_order(request.order)?;
    let account = visitor.account();
    let cursor = Cursor::of(&[
        b"files",
        account.as_ref().map_or(&[], |account| account.as_bytes().as_slice()),
        request.folder.as_bytes(),
        request.query.as_bytes(),
        request.realm.as_bytes(),
        request.media.as_bytes(),
        &[u8::from(request.binned), u8::from(request.public)],
        &request.order.to_be_bytes(),
    ]);
    let listing = Listing {
        realm: optional_realm(&request.realm)?,
        public: request.public,
        binned: request.binned,
        folder: folder_filter(&request.folder)?,
        name_part: request.query,
        media: media(&request.media)?,
        order,
        after: cursor
            .decode_any(&request.page_token)?
            .map(|bytes| position_in(&bytes))
            .transpose()?,
        limit: size + 1,
    };
    let mut page = app.files.storage.list_files(listing, &visitor.caller()).await?;
    let more = page.files.len() > size;
    page.files.truncate(size);
    let next = page.files.last().filter(|_| more).map(|last| order.position(last));
    Ok(api::ListFilesResponse {
        next_page_token: next.map(|next| cursor.encode_any(&place_of(&next))).unwrap_or_default(),
        files: encode_files(app, visitor, page.files).await?,
        folders: page.folders.iter().map(|folder| folder.as_str().to_owned()).collect(),
    })
}

/// To the bin, or for good. What operators do with files of others is written
/// down.
pub(crate) async fn delete(
    app: &App,
    visitor: &Visitor,
    request: &api::DeleteFileRequest,
    by: &Caller,
) -> Result<Option<api::File>, Problem> {
    let id = file_id(&request.id, "id")?;
    let storage = &app.files.storage;
    let file = storage.file_for(&id, Action::Delete, &visitor.caller()).await?;
    let deleted =
        storage.delete_file(&id, request.version, request.forever, &visitor.caller()).await?;
    if visitor.account() != Some(file.owner) {
        let details = json!({
            "name": file.name.as_str(),
            "owner": file.owner.to_string(),
            "for_good": deleted.is_none(),
        });
        app.audit(by, "file.delete", id.to_string(), details).await?;
    }
    match deleted {
        Some(file) => encode_file(app, visitor, file).await.map(Some),
        None => Ok(None),
    }
}

/// A URL to read a file from.
pub(crate) async fn presign_download(
    app: &App,
    visitor: &Visitor,
    request: &api::GetPresignedDownloadUrlRequest,
) -> Result<api::PresignedUrl, Problem> {
    let storage = &app.files.storage;
    let id = file_id(&request.id, "id")?;
    let file = storage.file_for(&id, Action::Read, &visitor.caller()).await?;
    let url = storage.presign_download(&file, request.expires_s, request.attachment).await?;
    Ok(encode_url(url))
}

impl Api {
    fn visitor<T>(&self, request: &Request<T>) -> Visitor {
        self.app.visitor(request.extensions().get::<Principal>())
    }
}

#[tonic::async_trait]
impl StorageService for Api {
    async fn upload_file(
        &self,
        request: Request<api::UploadFileRequest>,
    ) -> Result<Response<api::UploadFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let fields = NewFileFields {
                name: &request.name,
                folder: &request.folder,
                media_type: &request.media_type,
                realm: &request.realm,
                access: request.access,
                hash: &request.hash,
            };
            let new = new_file(fields)?;
            let storage = &self.app.files.storage;
            let file = storage.upload_file(new, request.data.into(), &visitor.caller()).await?;
            encode_file(&self.app, &visitor, file).await
        };
        let file = Some(run.await.map_err(status)?);
        Ok(Response::new(api::UploadFileResponse { file }))
    }

    async fn start_upload(
        &self,
        request: Request<api::StartUploadRequest>,
    ) -> Result<Response<api::StartUploadResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let fields = NewFileFields {
                name: &request.name,
                folder: &request.folder,
                media_type: &request.media_type,
                realm: &request.realm,
                access: request.access,
                hash: &request.hash,
            };
            let new = new_file(fields)?;
            let storage = &self.app.files.storage;
            let upload = storage.start_upload(new, request.size, &visitor.caller()).await?;
            Ok::<_, Problem>(encode_upload(upload, Vec::new()))
        };
        let upload = Some(run.await.map_err(status)?);
        Ok(Response::new(api::StartUploadResponse { upload }))
    }

    async fn get_upload(
        &self,
        request: Request<api::GetUploadRequest>,
    ) -> Result<Response<api::GetUploadResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let storage = &self.app.files.storage;
            let id = file_id(&request.get_ref().id, "id")?;
            let upload = storage.upload_for(&id, &visitor.caller()).await?;
            let received = storage.received(&upload).await?;
            Ok::<_, Problem>(encode_upload(upload, received))
        };
        let upload = Some(run.await.map_err(status)?);
        Ok(Response::new(api::GetUploadResponse { upload }))
    }

    async fn list_uploads(
        &self,
        request: Request<api::ListUploadsRequest>,
    ) -> Result<Response<api::ListUploadsResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let storage = &self.app.files.storage;
            let size = page_size(request.page_size)?;
            let cursor = Cursor::of(&[b"uploads"]);
            let after = cursor.decode_id(&request.page_token)?;
            let after = after.map(erynoa_storage::FileId::from_bytes);
            let mut uploads = storage.list_uploads(after, size + 1, &visitor.caller()).await?;
            let more = uploads.len() > size;
            uploads.truncate(size);
            let next = uploads.last().filter(|_| more);
            let next = next.map(|last| cursor.encode_any(last.id.as_bytes()));
            let mut encoded = Vec::with_capacity(uploads.len());
            for upload in uploads {
                let received = storage.received(&upload).await?;
                encoded.push(encode_upload(upload, received));
            }
            Ok::<_, Problem>(api::ListUploadsResponse {
                uploads: encoded,
                next_page_token: next.unwrap_or_default(),
            })
        };
        run.await.map(Response::new).map_err(status)
    }

    async fn get_presigned_upload_url(
        &self,
        request: Request<api::GetPresignedUploadUrlRequest>,
    ) -> Result<Response<api::GetPresignedUploadUrlResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let id = file_id(&request.upload_id, "upload_id")?;
            let storage = &self.app.files.storage;
            let caller = visitor.caller();
            let url = storage.presign_part(&id, request.part, request.expires_s, &caller).await?;
            Ok::<_, Problem>(encode_url(url))
        };
        let url = Some(run.await.map_err(status)?);
        Ok(Response::new(api::GetPresignedUploadUrlResponse { url }))
    }

    async fn complete_upload(
        &self,
        request: Request<api::CompleteUploadRequest>,
    ) -> Result<Response<api::CompleteUploadResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let id = file_id(&request.id, "id")?;
            let hash = optional_hash(&request.hash)?;
            let storage = &self.app.files.storage;
            let file = storage.complete_upload(&id, hash, &visitor.caller()).await?;
            encode_file(&self.app, &visitor, file).await
        };
        let file = Some(run.await.map_err(status)?);
        Ok(Response::new(api::CompleteUploadResponse { file }))
    }

    async fn abort_upload(
        &self,
        request: Request<api::AbortUploadRequest>,
    ) -> Result<Response<api::AbortUploadResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let id = file_id(&request.get_ref().id, "id")?;
            Ok::<_, Problem>(self.app.files.storage.abort_upload(&id, &visitor.caller()).await?)
        };
        run.await.map_err(status)?;
        Ok(Response::new(api::AbortUploadResponse {}))
    }

    async fn list_files(
        &self,
        request: Request<api::ListFilesRequest>,
    ) -> Result<Response<api::ListFilesResponse>, Status> {
        let visitor = self.visitor(&request);
        list(&self.app, &visitor, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn head_file(
        &self,
        request: Request<api::HeadFileRequest>,
    ) -> Result<Response<api::HeadFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let file = head(&self.app, &visitor, &request.get_ref().id).await.map_err(status)?;
        Ok(Response::new(api::HeadFileResponse { file: Some(file) }))
    }

    async fn get_presigned_download_url(
        &self,
        request: Request<api::GetPresignedDownloadUrlRequest>,
    ) -> Result<Response<api::GetPresignedDownloadUrlResponse>, Status> {
        let visitor = self.visitor(&request);
        let url = presign_download(&self.app, &visitor, request.get_ref()).await.map_err(status)?;
        Ok(Response::new(api::GetPresignedDownloadUrlResponse { url: Some(url) }))
    }

    async fn update_file(
        &self,
        request: Request<api::UpdateFileRequest>,
    ) -> Result<Response<api::UpdateFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let id = file_id(&request.id, "id")?;
            let changes = FileChanges {
                name: request.name.as_deref().map(new_name).transpose()?,
                folder: request.folder.as_deref().map(decode::new_folder).transpose()?,
                realm: request.realm.as_deref().map(optional_realm).transpose()?,
                access: changed_access(request.access)?,
            };
            let storage = &self.app.files.storage;
            let caller = visitor.caller();
            let file = storage.update_file(&id, request.version, changes, &caller).await?;
            encode_file(&self.app, &visitor, file).await
        };
        let file = Some(run.await.map_err(status)?);
        Ok(Response::new(api::UpdateFileResponse { file }))
    }

    async fn copy_file(
        &self,
        request: Request<api::CopyFileRequest>,
    ) -> Result<Response<api::CopyFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let request = request.into_inner();
        let run = async {
            let id = file_id(&request.id, "id")?;
            let given = |text: &String| !text.is_empty();
            let name = Some(&request.name).filter(|name| given(name));
            let folder = Some(&request.folder).filter(|folder| given(folder));
            let name = name.map(|name| new_name(name)).transpose()?;
            let folder = folder.map(|folder| decode::new_folder(folder)).transpose()?;
            let storage = &self.app.files.storage;
            let file = storage.copy_file(&id, name, folder, &visitor.caller()).await?;
            encode_file(&self.app, &visitor, file).await
        };
        let file = Some(run.await.map_err(status)?);
        Ok(Response::new(api::CopyFileResponse { file }))
    }

    async fn delete_file(
        &self,
        request: Request<api::DeleteFileRequest>,
    ) -> Result<Response<api::DeleteFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let by = caller(&request).map_err(status)?;
        let file = delete(&self.app, &visitor, request.get_ref(), &by).await;
        Ok(Response::new(api::DeleteFileResponse { file: file.map_err(status)? }))
    }

    async fn restore_file(
        &self,
        request: Request<api::RestoreFileRequest>,
    ) -> Result<Response<api::RestoreFileResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let id = file_id(&request.get_ref().id, "id")?;
            let file = self.app.files.storage.restore_file(&id, &visitor.caller()).await?;
            encode_file(&self.app, &visitor, file).await
        };
        let file = Some(run.await.map_err(status)?);
        Ok(Response::new(api::RestoreFileResponse { file }))
    }

    async fn empty_bin(
        &self,
        request: Request<api::EmptyBinRequest>,
    ) -> Result<Response<api::EmptyBinResponse>, Status> {
        let visitor = self.visitor(&request);
        let emptied = self.app.files.storage.empty_bin(&visitor.caller()).await;
        let (files, bytes) = emptied.map_err(Problem::from).map_err(status)?;
        Ok(Response::new(api::EmptyBinResponse { files, bytes }))
    }

    async fn get_usage(
        &self,
        request: Request<api::GetUsageRequest>,
    ) -> Result<Response<api::GetUsageResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let realm = optional_realm(&request.get_ref().realm)?;
            let usage = self.app.files.storage.usage(realm, &visitor.caller()).await?;
            Ok::<_, Problem>(encode_usage(&usage.0, usage.1))
        };
        let usage = Some(run.await.map_err(status)?);
        Ok(Response::new(api::GetUsageResponse { usage }))
    }

    async fn create_file_link(
        &self,
        request: Request<api::CreateFileLinkRequest>,
    ) -> Result<Response<api::CreateFileLinkResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let request = request.get_ref();
            let id = file_id(&request.file_id, "file_id")?;
            let storage = &self.app.files.storage;
            let made = storage.create_link(&id, request.expires_s, &visitor.caller()).await?;
            let url = format!("{}/f/{}", self.app.config.application.platform_url, made.1);
            Ok::<_, Problem>(encode_link(made.0, url))
        };
        let link = Some(run.await.map_err(status)?);
        Ok(Response::new(api::CreateFileLinkResponse { link }))
    }

    async fn list_file_links(
        &self,
        request: Request<api::ListFileLinksRequest>,
    ) -> Result<Response<api::ListFileLinksResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let id = file_id(&request.get_ref().file_id, "file_id")?;
            Ok::<_, Problem>(self.app.files.storage.links_of(&id, &visitor.caller()).await?)
        };
        let links = run.await.map_err(status)?;
        let links = links.into_iter().map(|link| encode_link(link, String::new())).collect();
        Ok(Response::new(api::ListFileLinksResponse { links }))
    }

    async fn revoke_file_link(
        &self,
        request: Request<api::RevokeFileLinkRequest>,
    ) -> Result<Response<api::RevokeFileLinkResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let id = link_id(&request.get_ref().id)?;
            Ok::<_, Problem>(self.app.files.storage.revoke_link(&id, &visitor.caller()).await?)
        };
        run.await.map_err(status)?;
        Ok(Response::new(api::RevokeFileLinkResponse {}))
    }

    async fn open_file_link(
        &self,
        request: Request<api::OpenFileLinkRequest>,
    ) -> Result<Response<api::OpenFileLinkResponse>, Status> {
        let visitor = self.visitor(&request);
        let run = async {
            let storage = &self.app.files.storage;
            let (file, link) = storage.open_link(&request.get_ref().token).await?;
            let url = storage.presign_download(&file, 0, false).await?;
            let attachment_url = storage.presign_download(&file, 0, true).await?;
            Ok::<_, Problem>(api::OpenFileLinkResponse {
                attachment_url: Some(encode_url(attachment_url)),
                file: Some(encode_file(&self.app, &visitor, file).await?),
                url: Some(encode_url(url)),
                expires_at_us: link.expires_at_us.unwrap_or_default(),
            })
        };
        run.await.map(Response::new).map_err(status)
    }

    async fn list_buckets(
        &self,
        _: Request<api::ListBucketsRequest>,
    ) -> Result<Response<api::ListBucketsResponse>, Status> {
        operate::list_buckets(&self.app).await.map(Response::new).map_err(status)
    }

    async fn create_bucket(
        &self,
        request: Request<api::CreateBucketRequest>,
    ) -> Result<Response<api::CreateBucketResponse>, Status> {
        let by = caller(&request).map_err(status)?;
        let bucket = operate::create_bucket(&self.app, &by, &request.get_ref().name).await;
        Ok(Response::new(api::CreateBucketResponse { bucket: Some(bucket.map_err(status)?) }))
    }

    async fn delete_bucket(
        &self,
        request: Request<api::DeleteBucketRequest>,
    ) -> Result<Response<api::DeleteBucketResponse>, Status> {
        let by = caller(&request).map_err(status)?;
        operate::delete_bucket(&self.app, &by, &request.get_ref().name).await.map_err(status)?;
        Ok(Response::new(api::DeleteBucketResponse {}))
    }

    async fn get_storage_overview(
        &self,
        request: Request<api::GetStorageOverviewRequest>,
    ) -> Result<Response<api::GetStorageOverviewResponse>, Status> {
        let visitor = self.visitor(&request);
        operate::overview(&self.app, &visitor).await.map(Response::new).map_err(status)
    }

    async fn start_integrity_scan(
        &self,
        request: Request<api::StartIntegrityScanRequest>,
    ) -> Result<Response<api::StartIntegrityScanResponse>, Status> {
        let by = caller(&request).map_err(status)?;
        let scan = operate::start_scan(&self.app, &by).await.map_err(status)?;
        Ok(Response::new(api::StartIntegrityScanResponse { scan: Some(scan) }))
    }

    async fn get_integrity_scan(
        &self,
        _: Request<api::GetIntegrityScanRequest>,
    ) -> Result<Response<api::GetIntegrityScanResponse>, Status> {
        let scan = self.app.files.newest_scan().map(encode::encode_scan);
        Ok(Response::new(api::GetIntegrityScanResponse { scan }))
    }

    async fn delete_orphans(
        &self,
        request: Request<api::DeleteOrphansRequest>,
    ) -> Result<Response<api::DeleteOrphansResponse>, Status> {
        let by = caller(&request).map_err(status)?;
        operate::delete_orphans(&self.app, &by).await.map(Response::new).map_err(status)
    }
}
