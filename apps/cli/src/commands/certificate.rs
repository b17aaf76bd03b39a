//! `certificate request|list|download`.

use std::path::{Path, PathBuf};

use erynoa_kernel::Entropy as _;
use erynoa_proto::api::v1::{
    Document, DocumentFormat, DownloadDocumentRequest, DownloadDocumentResponse,
    ListDocumentsRequest, RequestDocumentRequest, RequestDocumentResponse,
};
use serde_json::{Value, json};

use crate::commands::signed::Signed;
use crate::commands::{Context, collect};
use crate::document_arguments::{CertificateCommand, FormatArgument};
use crate::error::CliError;
use crate::output::{safe, table};
use crate::time_text::date_time;

/// How often a certificate is asked for until it is there; the server waits two
/// seconds each time.
const WAITS: usize = 15;

pub(crate) async fn run(context: &Context, command: CertificateCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let mut documents = signed.client.documents();
    match command {
        CertificateCommand::Request { subject, context: weights, language, out, force } => {
            if let Some(out) = &out {
                demand_free(out, force)?;
            }
            let request = RequestDocumentRequest {
                subject: context.subject(subject)?,
                realm: context.realm_filter(&signed.client).await?,
                context: weights.number(),
                language: language.number(),
                // Asked again it is the same certificate.
                idempotency_key: format!("cli-{}", hex::encode(&context.entropy.bytes32()[..8])),
            };
            let (mut issued, mut key) = (None, String::new());
            for _ in 0..WAITS {
                let answer = documents.request_document(signed.with(request.clone())?).await;
                RequestDocumentResponse { document: issued, key } = signed.read(answer)?;
                if issued.is_some() {
                    break;
                }
            }
            let Some(issued) = issued else {
                let text = format!("it is still being made: erynoa workflow show {key}");
                context.output.result(&json!({ "key": key }), &text);
                return Ok(());
            };
            let mut document = described(&issued);
            let mut text = lines(&issued);
            if let Some(out) = out {
                let bytes = download(&signed, &issued.id, FormatArgument::Pdf).await?.data;
                write(&out, &bytes)?;
                document["path"] = json!(out.display().to_string());
                text.push_str(&format!("saved    {}\n", out.display()));
            }
            context.output.result(&document, &text);
        }
        CertificateCommand::List { limit } => {
            let found = collect(limit, async |page_size, page_token| {
                let request = signed.with(ListDocumentsRequest { page_size, page_token })?;
                let answer = signed.client.documents().list_documents(request).await;
                let page = signed.read(answer)?;
                Ok((page.documents, page.next_page_token))
            })
            .await?;
            let rows: Vec<Vec<String>> = found
                .iter()
                .map(|one| {
                    let name = safe(&one.subject_name);
                    vec![one.id.clone(), name, one.epoch.to_string(), date_time(one.created_at_us)]
                })
                .collect();
            let document: Vec<Value> = found.iter().map(described).collect();
            let text = match rows.is_empty() {
                true => "no certificates yet: `erynoa certificate request`".to_owned(),
                false => table(&["id", "of", "epoch", "issued"], &rows),
            };
            context.output.result(&json!(document), &text);
        }
        CertificateCommand::Download { id, format, out, force } => {
            let found = download(&signed, &id, format).await?;
            // The name comes from the server: only its last part is one of ours.
            let own = Path::new(&found.file_name).file_name().unwrap_or(id.as_ref());
            let out = out.unwrap_or_else(|| PathBuf::from(own));
            demand_free(&out, force)?;
            write(&out, &found.data)?;
            let document = json!({ "path": out.display().to_string(), "bytes": found.data.len() });
            let text = format!("{} ({} bytes)", out.display(), found.data.len());
            context.output.result(&document, &text);
        }
    }
    Ok(())
}

async fn download(
    signed: &Signed,
    id: &str,
    format: FormatArgument,
) -> Result<DownloadDocumentResponse, CliError> {
    let format = match format {
        FormatArgument::Pdf => DocumentFormat::Pdf,
        FormatArgument::Json => DocumentFormat::Json,
    };
    let request = DownloadDocumentRequest { id: id.to_owned(), format: format.into() };
    let answer = signed.client.documents().download_document(signed.with(request)?).await;
    signed.read(answer)
}

fn demand_free(out: &Path, force: bool) -> Result<(), CliError> {
    if out.exists() && !force {
        let shown = out.display();
        return Err(CliError::Usage(format!("{shown} exists; --force writes over it")));
    }
    Ok(())
}

fn write(out: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(out, bytes).map_err(|error| CliError::file(out, error))
}

fn described(issued: &Document) -> Value {
    json!({
        "id": issued.id,
        "name": issued.name,
        "subject": issued.subject,
        "subject_name": issued.subject_name,
        "realm": issued.realm,
        "context": issued.context,
        "norm_ppm": issued.norm_ppm,
        "epoch": issued.epoch,
        "closed_at_us": issued.closed_at_us,
        "created_at_us": issued.created_at_us,
        "size": issued.size,
        "verification_hash": issued.verification_hash,
    })
}

fn lines(issued: &Document) -> String {
    format!(
        "id       {}\nfile     {}\nof       {} {}\nas of    epoch {}, {}\nhash     {}\n",
        issued.id,
        safe(&issued.name),
        safe(&issued.subject_name),
        issued.subject,
        issued.epoch,
        date_time(issued.closed_at_us),
        issued.verification_hash,
    )
}
