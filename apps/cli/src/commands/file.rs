//! `file`: what people store beside the log.

use std::path::{Path, PathBuf};

use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_proto::api::v1::{self as api, File, FileAccess, FileOrder, PresignedUrl, Upload};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tonic::transport::Channel;

use crate::commands::signed::Signed;
use crate::commands::{Context, collect};
use crate::error::CliError;
use crate::event_view::fields;
use crate::file_arguments::{FileCommand, PutArguments};
use crate::output::{safe, table};
use crate::time_text::{date_time, parse_moment};

/// Attempts to send a part or to begin a download.
const TRIES: u32 = 4;

/// Somebody who is signed in, with a way to presigned URLs.
struct Desk {
    signed: Signed,
    files: StorageServiceClient<Channel>,
    web: reqwest::Client,
    realm: String,
}

pub(crate) async fn run(context: &Context, command: FileCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let desk = Desk {
        files: StorageServiceClient::new(signed.client.channel()),
        web: reqwest::Client::builder()
            .user_agent(concat!("erynoa-cli/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(crate::client::CONNECT_TIMEOUT)
            .build()
            .map_err(|error| CliError::Local(error.to_string()))?,
        realm: context.realm_filter(&signed.client).await?,
        signed,
    };
    match command {
        FileCommand::List { query, folder, bin, public, limit } => {
            let request = api::ListFilesRequest {
                realm: desk.realm.clone(),
                folder,
                query: query.unwrap_or_default(),
                binned: bin,
                public,
                order: FileOrder::Name.into(),
                ..api::ListFilesRequest::default()
            };
            desk.list(context, request, limit).await
        }
        FileCommand::Put(arguments) => desk.put(context, arguments).await,
        FileCommand::Get { file, out, force } => desk.get(context, file, out, force).await,
        FileCommand::Share { file, expires } => desk.share(context, file, expires).await,
        FileCommand::Remove { file, forever } => desk.remove(context, file, forever).await,
        FileCommand::Restore { file } => {
            let request = desk.signed.with(api::RestoreFileRequest { id: file })?;
            let answer = desk.signed.read(desk.files.clone().restore_file(request).await)?;
            desk.show(context, answer.file)
        }
        FileCommand::Usage => desk.usage(context).await,
    }
}

impl Desk {
    async fn list(
        &self,
        context: &Context,
        request: api::ListFilesRequest,
        limit: u32,
    ) -> Result<(), CliError> {
        let found = collect(limit, async |page_size, page_token| {
            let request = api::ListFilesRequest { page_size, page_token, ..request.clone() };
            let page = self.files.clone().list_files(self.signed.with(request)?).await;
            let page = self.signed.read(page)?;
            Ok((page.files, page.next_page_token))
        })
        .await?;
        let rows: Vec<_> = found
            .iter()
            .map(|file| {
                vec![
                    safe(&path_of(file)),
                    file.size.to_string(),
                    safe(&file.media_type),
                    access(file).to_owned(),
                    date_time(file.created_at_us),
                    file.id.clone(),
                ]
            })
            .collect();
        let document = json!({ "files": found.iter().map(document).collect::<Vec<_>>() });
        let headings = ["name", ">bytes", "type", "access", "since", "id"];
        context.output.result(&document, &table(&headings, &rows));
        Ok(())
    }

    async fn put(&self, context: &Context, arguments: PutArguments) -> Result<(), CliError> {
        let mut stored = Vec::new();
        for path in &arguments.paths {
            stored.push(self.put_one(context, path, &arguments).await?);
        }
        let document = json!({ "files": stored.iter().map(document).collect::<Vec<_>>() });
        let lines: Vec<_> =
            stored.iter().map(|file| format!("{}  {}", file.id, safe(&path_of(file)))).collect();
        context.output.result(&document, &lines.join("\n"));
        Ok(())
    }

    async fn put_one(
        &self,
        context: &Context,
        path: &Path,
        arguments: &PutArguments,
    ) -> Result<File, CliError> {
        let lost = |error: std::io::Error| CliError::file(path, error);
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| CliError::Usage(format!("{}: has no name in UTF-8", path.display())))?;
        let mut file = tokio::fs::File::open(path).await.map_err(lost)?;
        let size = file.metadata().await.map_err(lost)?.len();
        let bar = context.output.bar(size, "upload");
        let hash = hash_of(&mut file).await.map_err(lost)?;
        let upload = match self.begun(name, size, &arguments.folder).await? {
            Some(begun) => begun,
            None => {
                let request = api::StartUploadRequest {
                    name: name.to_owned(),
                    folder: arguments.folder.clone(),
                    size,
                    realm: self.realm.clone(),
                    access: FileAccess::from(arguments.access).into(),
                    hash: hash.as_bytes().to_vec(),
                    ..api::StartUploadRequest::default()
                };
                let answer = self.files.clone().start_upload(self.signed.with(request)?).await;
                self.some(self.signed.read(answer)?.upload)?
            }
        };
        for part in 1..=upload.parts {
            let begin = u64::from(part - 1) * upload.part_size;
            let length = upload.part_size.min(size - begin);
            if !upload.received.contains(&part) {
                self.put_part(&mut file, path, &upload, (part, begin, length)).await?;
            }
            bar.set_position(begin + length);
        }
        let request = api::CompleteUploadRequest { id: upload.id, hash: hash.as_bytes().to_vec() };
        let answer = self.files.clone().complete_upload(self.signed.with(request)?).await;
        bar.finish_and_clear();
        self.some(self.signed.read(answer)?.file)
    }

    /// An upload of the same file that was cut short.
    async fn begun(&self, name: &str, size: u64, folder: &str) -> Result<Option<Upload>, CliError> {
        let uploads = collect(0, async |page_size, page_token| {
            let request = self.signed.with(api::ListUploadsRequest { page_size, page_token })?;
            let page = self.signed.read(self.files.clone().list_uploads(request).await)?;
            Ok((page.uploads, page.next_page_token))
        })
        .await?;
        Ok(uploads.into_iter().find(|upload| {
            upload.name == name
                && upload.size == size
                && upload.folder == folder
                && upload.realm == self.realm
        }))
    }

    async fn put_part(
        &self,
        file: &mut tokio::fs::File,
        path: &Path,
        upload: &Upload,
        (part, begin, length): (u32, u64, u64),
    ) -> Result<(), CliError> {
        let lost = |error: std::io::Error| CliError::file(path, error);
        file.seek(std::io::SeekFrom::Start(begin)).await.map_err(lost)?;
        let mut bytes = Vec::new();
        (&mut *file).take(length).read_to_end(&mut bytes).await.map_err(lost)?;
        if bytes.len() as u64 != length {
            return Err(CliError::Local(format!(
                "{}: became shorter while it was sent",
                path.display()
            )));
        }
        let bytes = bytes::Bytes::from(bytes);
        let upload_id = upload.id.clone();
        let request = api::GetPresignedUploadUrlRequest { upload_id, part, expires_s: 0 };
        let answer = self.files.clone().get_presigned_upload_url(self.signed.with(request)?).await;
        let url = self.some(self.signed.read(answer)?.url)?;
        self.ask(|| self.web.put(&url.url).body(bytes.clone())).await.map(drop)
    }

    async fn get(
        &self,
        context: &Context,
        id: String,
        out: Option<PathBuf>,
        force: bool,
    ) -> Result<(), CliError> {
        let request = self.signed.with(api::HeadFileRequest { id: id.clone() })?;
        let file = self.signed.read(self.files.clone().head_file(request).await)?.file;
        let file = self.some(file)?;
        let request = api::GetPresignedDownloadUrlRequest { id, expires_s: 0, attachment: true };
        let answer =
            self.files.clone().get_presigned_download_url(self.signed.with(request)?).await;
        let url = self.some(self.signed.read(answer)?.url)?;
        // A name has no slashes, so it cannot lead out of this folder.
        let out = out.unwrap_or_else(|| PathBuf::from(&file.name));
        if out.exists() && !force {
            let shown = out.display();
            return Err(CliError::Usage(format!("{shown} exists; --force writes over it")));
        }
        let bar = context.output.bar(file.size, "download");
        self.fetch(&url, &file, &out, &bar).await?;
        bar.finish_and_clear();
        let document = json!({ "file": document(&file), "path": out.display().to_string() });
        context.output.result(&document, &format!("{} ({} bytes)", out.display(), file.size));
        Ok(())
    }

    /// Writes beside the place first: what is there is whole.
    async fn fetch(
        &self,
        url: &PresignedUrl,
        file: &File,
        out: &Path,
        bar: &ProgressBar,
    ) -> Result<(), CliError> {
        let mut part = out.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let lost = |error: std::io::Error| CliError::file(&part, error);
        let mut answer = self.ask(|| self.web.get(&url.url)).await?;
        let mut written = tokio::fs::File::create(&part).await.map_err(lost)?;
        let mut hasher = blake3::Hasher::new();
        while let Some(bytes) = answer.chunk().await.map_err(|error| self.cut_off(error))? {
            hasher.update(&bytes);
            written.write_all(&bytes).await.map_err(lost)?;
            bar.inc(bytes.len() as u64);
        }
        written.sync_all().await.map_err(lost)?;
        if hasher.finalize().as_bytes() != file.hash.as_slice() {
            tokio::fs::remove_file(&part).await.map_err(lost)?;
            return Err(CliError::Negative(format!(
                "{}: the bytes that came are not those of the file",
                file.id
            )));
        }
        tokio::fs::rename(&part, out).await.map_err(lost)
    }

    async fn share(
        &self,
        context: &Context,
        file_id: String,
        expires: Option<String>,
    ) -> Result<(), CliError> {
        let expires_s = match &expires {
            None => 0,
            Some(span) => parse_moment(span, 0)
                .and_then(|us| u32::try_from(us / 1_000_000).ok())
                .filter(|seconds| *seconds > 0)
                .ok_or_else(|| CliError::Usage(format!("--expires {span}: such as 12h or 7d")))?,
        };
        let request = self.signed.with(api::CreateFileLinkRequest { file_id, expires_s })?;
        let link = self.signed.read(self.files.clone().create_file_link(request).await)?.link;
        let link = self.some(link)?;
        let until = match link.expires_at_us {
            0 => "for ever".to_owned(),
            at_us => format!("until {}", date_time(at_us)),
        };
        let document = json!({
            "id": link.id,
            "file_id": link.file_id,
            "url": link.url,
            "expires_at_us": link.expires_at_us,
        });
        context.output.result(&document, &format!("{}\ngood {until}", link.url));
        Ok(())
    }

    async fn remove(&self, context: &Context, id: String, forever: bool) -> Result<(), CliError> {
        let request = self.signed.with(api::HeadFileRequest { id: id.clone() })?;
        let file = self.signed.read(self.files.clone().head_file(request).await)?.file;
        let version = self.some(file)?.version;
        let request = api::DeleteFileRequest { id: id.clone(), version, forever };
        let answer = self.files.clone().delete_file(self.signed.with(request)?).await;
        match self.signed.read(answer)?.file {
            Some(binned) => self.show(context, Some(binned)),
            None => {
                context.output.result(&json!({ "deleted": id }), &format!("{id} is deleted"));
                Ok(())
            }
        }
    }

    async fn usage(&self, context: &Context) -> Result<(), CliError> {
        let request = self.signed.with(api::GetUsageRequest { realm: self.realm.clone() })?;
        let usage =
            self.some(self.signed.read(self.files.clone().get_usage(request).await)?.usage)?;
        let document = json!({
            "files": usage.files,
            "bytes": usage.bytes,
            "binned_bytes": usage.binned_bytes,
            "quota_bytes": usage.quota_bytes,
        });
        context.output.result(&document, &fields(&document));
        Ok(())
    }

    fn show(&self, context: &Context, file: Option<File>) -> Result<(), CliError> {
        let document = document(&self.some(file)?);
        context.output.result(&document, &fields(&document));
        Ok(())
    }

    fn some<T>(&self, part: Option<T>) -> Result<T, CliError> {
        self.signed.some(part)
    }

    /// Asks a presigned URL, again after a pause when it cannot answer now.
    async fn ask(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CliError> {
        let mut tries = 1;
        loop {
            let answer = request().send().await;
            let is_transient = match &answer {
                Ok(answer) => answer.status().is_server_error() || answer.status() == 429,
                Err(error) => error.is_connect() || error.is_timeout(),
            };
            if is_transient && tries < TRIES {
                tokio::time::sleep(std::time::Duration::from_secs(1 << tries)).await;
                tries += 1;
                continue;
            }
            let answer = answer.map_err(|error| self.cut_off(error))?;
            let (status, address) = (answer.status(), answer.url().origin().ascii_serialization());
            if status.is_success() {
                return Ok(answer);
            }
            return Err(CliError::Negative(format!("{address} answered {status}")));
        }
    }

    /// An address is a secret until it expires, so it is not told.
    fn cut_off(&self, error: reqwest::Error) -> CliError {
        CliError::unreachable(self.signed.client.server(), &error.without_url())
    }
}

async fn hash_of(file: &mut tokio::fs::File) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0; 1 << 20];
    loop {
        match file.read(&mut chunk).await? {
            0 => return Ok(hasher.finalize()),
            read => hasher.update(&chunk[..read]),
        };
    }
}

fn path_of(file: &File) -> String {
    format!("{}/{}", file.folder.trim_end_matches('/'), file.name)
}

fn access(file: &File) -> &'static str {
    let access = u8::try_from(file.access).ok().and_then(erynoa_storage::FileAccess::from_number);
    access.map_or("", erynoa_storage::FileAccess::name)
}

fn document(file: &File) -> Value {
    json!({
        "id": file.id,
        "name": file.name,
        "folder": file.folder,
        "media_type": file.media_type,
        "size": file.size,
        "blake3": hex::encode(&file.hash),
        "owner_id": file.owner_id,
        "owner_name": file.owner_name,
        "realm": file.realm,
        "access": access(file),
        "created_at_us": file.created_at_us,
        "updated_at_us": file.updated_at_us,
        "binned_at_us": file.binned_at_us,
        "version": file.version,
        "links": file.links,
    })
}
