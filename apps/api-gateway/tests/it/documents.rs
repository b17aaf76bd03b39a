//! Certificates through every door.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use erynoa_documents::{Step, Verdict, attachment, is_sealed, read, verify};
use erynoa_events::{AttestationRevoked, Body};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::document_service_client::DocumentServiceClient;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, operator, with};
use crate::signed::Http;
use erynoa_storage::contract::presigned::Browser as _;

fn documents(seat: &Seat) -> DocumentServiceClient<Channel> {
    DocumentServiceClient::new(seat.channel.clone())
}

async fn request(seat: &Seat, token: &str, subject: &str) -> api::Document {
    let request = api::RequestDocumentRequest {
        subject: subject.to_owned(),
        language: api::DocumentLanguage::De.into(),
        ..Default::default()
    };
    let answer = documents(seat).request_document(with(token, request)).await.unwrap();
    answer.into_inner().document.unwrap()
}

async fn download(
    seat: &Seat,
    token: &str,
    id: &str,
    format: api::DocumentFormat,
) -> api::DownloadDocumentResponse {
    let request = api::DownloadDocumentRequest { id: id.to_owned(), format: format.into() };
    documents(seat).download_document(with(token, request)).await.unwrap().into_inner()
}

async fn check(seat: &Seat, document: &[u8]) -> api::VerifyDocumentResponse {
    let request = api::VerifyDocumentRequest { document: document.to_vec() };
    documents(seat).verify_document(request).await.unwrap().into_inner()
}

fn step<'a>(found: &'a api::VerifyDocumentResponse, name: &str) -> &'a api::VerificationStep {
    found.steps.iter().find(|step| step.name == name).unwrap()
}

#[tokio::test]
async fn a_certificate_is_issued_kept_downloaded_and_checked_and_grows_old() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, root) = operator(&seat, &mut olga).await;
    let (mia, mia_token) = seat.newcomer(2, "Mia Größe").await;
    let word = olga.attests(root, mia.id);
    let said = seat.submit(&word).await.unwrap();
    seat.epoch_over(said.sequence).await;

    let issued = request(&seat, &token, &mia.did()).await;
    assert_eq!((issued.subject_name.as_str(), issued.realm_name.as_str()), ("Mia Größe", "Test"));
    assert!(issued.name.starts_with("Vertrauenszertifikat Mia Größe "), "{}", issued.name);
    assert!(issued.norm_ppm > 100_000);
    let got = documents(&seat)
        .get_document(with(&token, api::GetDocumentRequest { id: issued.id.clone() }))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(got.document.as_ref(), Some(&issued));
    let listed = documents(&seat)
        .list_documents(with(&token, api::ListDocumentsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.documents, std::slice::from_ref(&issued));

    let pdf = download(&seat, &token, &issued.id, api::DocumentFormat::Pdf).await.data;
    let json = download(&seat, &token, &issued.id, api::DocumentFormat::Json).await;
    assert_eq!(attachment(&pdf).unwrap(), json.data);
    assert_eq!(String::from_utf8(json.data.clone()).unwrap(), got.certificate);
    assert!(json.file_name.ends_with(".json"));
    assert!(is_sealed(&pdf, &read(&pdf).unwrap().key));
    let alone = verify(&pdf, None, None);
    assert_eq!(alone.verdict(), Verdict::Unattributed, "{:#?}", alone.steps);
    let evidence = &alone.certificate.as_ref().unwrap().top_evidence;
    assert_eq!(evidence[0].comment, "kept every promise");

    for document in [&pdf, &json.data] {
        let found = check(&seat, document).await;
        assert_eq!(found.verdict(), api::VerificationVerdict::Genuine, "{:#?}", found.steps);
        assert_eq!(found.verification_hash, issued.verification_hash);
        assert!(found.gone.is_empty());
        for name in ["issuer", "log", "current"] {
            assert_eq!(step(&found, name).outcome(), api::VerificationOutcome::Passed, "{name}");
        }
    }

    // The log goes on, and the word is taken back.
    let revoked = AttestationRevoked { attestation: word.id(), reason: String::new() };
    let back = olga.says(root, Body::AttestationRevoked(revoked));
    let said = seat.submit(&back).await.unwrap();
    seat.epoch_over(said.sequence).await;
    let found = check(&seat, &pdf).await;
    assert_eq!(found.verdict(), api::VerificationVerdict::Outdated, "{:#?}", found.steps);
    assert_eq!(step(&found, "log").outcome(), api::VerificationOutcome::Passed);
    assert_eq!(step(&found, "current").code, "CERTIFICATE_OUTDATED");
    assert_eq!(found.gone, [word.id().to_string()]);

    // What is somebody's own is not for others, until it is shared as a file is.
    let others = api::GetDocumentRequest { id: issued.id.clone() };
    let refused = documents(&seat).get_document(with(&mia_token, others)).await.unwrap_err();
    assert_eq!(code_of(&refused), "NOT_FOUND");
    let link = api::CreateFileLinkRequest { file_id: issued.id.clone(), ..Default::default() };
    let mut files = StorageServiceClient::new(seat.channel.clone());
    let link = files.create_file_link(with(&token, link)).await.unwrap().into_inner().link;
    assert!(link.unwrap().url.contains("/platform/f"));
    seat.leave().await;
}

#[tokio::test]
async fn every_byte_class_of_a_document_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    seat.epoch_over(2).await;
    let issued = request(&seat, &token, &olga.did()).await;
    let pdf = download(&seat, &token, &issued.id, api::DocumentFormat::Pdf).await.data;
    let json = download(&seat, &token, &issued.id, api::DocumentFormat::Json).await.data;

    let mut changed = pdf.clone();
    changed[20] ^= 1;
    let found = check(&seat, &changed).await;
    assert_eq!(step(&found, "seal").code, "CERTIFICATE_PDF_CHANGED");
    assert_eq!(step(&found, "signature").outcome(), api::VerificationOutcome::Passed);
    assert_eq!(found.verdict(), api::VerificationVerdict::Refused);

    let text = String::from_utf8(json).unwrap();
    let changed = text.replacen("Olga", "Olgo", 1);
    let found = check(&seat, changed.as_bytes()).await;
    assert_eq!(step(&found, "signature").code, "CERTIFICATE_SIGNATURE_INVALID");

    let found = check(&seat, b"%PDF-1.7 nothing").await;
    assert_eq!(step(&found, "document").code, "CERTIFICATE_MALFORMED");
    assert_eq!(found.steps.len(), 1);

    let large = api::VerifyDocumentRequest { document: vec![b' '; (1 << 20) + 1] };
    let refused = documents(&seat).verify_document(large).await.unwrap_err();
    assert_eq!(code_of(&refused), "PAYLOAD_TOO_LARGE");

    // By REST, without a token.
    let url = format!("{}/api/v1/verify", seat.url);
    let reply = Http::default().send("POST", &url, &[], Bytes::from(pdf)).await;
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(body["verdict"], "genuine", "{body}");
    assert_eq!(body["steps"].as_array().unwrap().len(), Step::ALL.len());
    seat.leave().await;
}

#[tokio::test]
async fn what_cannot_be_certified_is_refused_and_other_files_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    seat.epoch_over(2).await;
    let ask = async |request: api::RequestDocumentRequest| {
        let answer = documents(&seat).request_document(with(&token, request)).await;
        code_of(&answer.unwrap_err())
    };
    let nobody = Person::new(99).did();
    let about = |subject: &str| api::RequestDocumentRequest {
        subject: subject.to_owned(),
        ..Default::default()
    };
    assert_eq!(ask(about(&nobody)).await, "NOT_FOUND");
    assert_eq!(ask(about("Olga")).await, "VALIDATION_ERROR");
    let own = olga.did();
    let language = api::RequestDocumentRequest { language: 9, ..about(&own) };
    assert_eq!(ask(language).await, "VALIDATION_ERROR");
    let realm = api::RequestDocumentRequest { realm: "x".to_owned(), ..about(&own) };
    assert_eq!(ask(realm).await, "VALIDATION_ERROR");

    let other = api::UploadFileRequest {
        name: "letter.pdf".to_owned(),
        folder: "/Certificates".to_owned(),
        data: b"%PDF-1.7\nno certificate\nstartxref\n0\n%%EOF\n".to_vec(),
        ..Default::default()
    };
    let mut files = StorageServiceClient::new(seat.channel.clone());
    let letter = files.upload_file(with(&token, other)).await.unwrap().into_inner().file.unwrap();
    let issued = request(&seat, &token, &own).await;
    let listed = documents(&seat)
        .list_documents(with(
            &token,
            api::ListDocumentsRequest { page_size: 1, ..Default::default() },
        ))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.documents, [issued]);
    let rest = api::ListDocumentsRequest { page_size: 1, page_token: listed.next_page_token };
    let listed = documents(&seat).list_documents(with(&token, rest)).await.unwrap().into_inner();
    assert_eq!((listed.documents.len(), listed.next_page_token.as_str()), (0, ""));
    let letter = api::GetDocumentRequest { id: letter.id };
    let refused = documents(&seat).get_document(with(&token, letter)).await.unwrap_err();
    assert_eq!(code_of(&refused), "NOT_FOUND");
    seat.leave().await;
}

/// A run once its state is no longer one of these.
async fn run_after(seat: &Seat, token: &str, key: &str, states: &[&str]) -> api::Workflow {
    let mut workflows = WorkflowServiceClient::new(seat.channel.clone());
    for _ in 0..400 {
        let get = with(token, api::GetWorkflowRequest { key: key.to_owned() });
        let run = workflows.get_workflow(get).await.unwrap().into_inner().workflow.unwrap();
        let state = run.status().as_str_name().trim_start_matches("WORKFLOW_STATUS_");
        if !states.contains(&state) {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{key} stays as it is");
}

/// Mails about certificates.
fn mails(folder: &Path) -> Vec<String> {
    let outbox = std::fs::read_dir(folder.join("outbox")).unwrap().map(|entry| entry.unwrap());
    let mails = outbox.map(|entry| entry.path()).filter(|path| path.is_file());
    let mails = mails.map(|path| std::fs::read_to_string(path).unwrap());
    mails.filter(|mail| mail.contains("Message-ID: <certificate-")).collect()
}

async fn own_files(seat: &Seat, token: &str) -> Vec<api::File> {
    let mut files = StorageServiceClient::new(seat.channel.clone());
    let request = api::ListFilesRequest::default();
    files.list_files(with(token, request)).await.unwrap().into_inner().files
}

async fn has_address(seat: &Seat, token: &str, email: &str) {
    let user = seat.user(token).await;
    let update = api::UpdateUserRequest {
        id: user.id,
        version: user.version,
        email: Some(email.to_owned()),
        language: Some("de".to_owned()),
        ..Default::default()
    };
    seat.users().update_user(with(token, update)).await.unwrap();
}

#[tokio::test]
async fn the_same_certificate_asked_for_again_is_made_and_mailed_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    has_address(&seat, &token, "olga@erynoa.example").await;
    seat.epoch_over(2).await;
    let about = |subject: String, idempotency_key: &str| api::RequestDocumentRequest {
        subject,
        idempotency_key: idempotency_key.to_owned(),
        ..Default::default()
    };
    let ask = async |seat: &Seat, token: &str, request| {
        documents(seat).request_document(with(token, request)).await.map(|a| a.into_inner())
    };
    let first = ask(&seat, &token, about(olga.did(), "one")).await.unwrap();
    assert!(first.key.starts_with("certificate:") && first.key.ends_with(":one"), "{}", first.key);
    let run = run_after(&seat, &token, &first.key, &["RUNNING"]).await;
    let steps: Vec<_> = run.steps.iter().map(|step| (&*step.name, &*step.state)).collect();
    assert_eq!(
        steps,
        [("freeze", "done"), ("render", "done"), ("store", "done"), ("mail", "done")]
    );
    assert_eq!(run.status(), api::WorkflowStatus::Completed);
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    let token = olga.signs_in(&seat).await.unwrap().access_token;
    assert_eq!(ask(&seat, &token, about(olga.did(), "one")).await.unwrap(), first);
    let files = own_files(&seat, &token).await;
    assert_eq!(files.len(), 1, "the proof is within the pages: {files:?}");
    assert_eq!(
        (files[0].id.as_str(), files[0].folder.as_str()),
        (&*first.document.unwrap().id, "/Certificates")
    );
    let mails = mails(folder.path());
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ") && mails[0].contains("olga@erynoa.example"), "{}", mails[0]);
    assert!(mails[0].contains("Content-Language: de"), "{}", mails[0]);

    let other = about(Person::new(9).did(), "one");
    assert_eq!(code_of(&ask(&seat, &token, other).await.unwrap_err()), "NOT_FOUND");
    let (nils, _) = seat.newcomer(3, "Nils").await;
    seat.epoch_over(4).await;
    let taken = ask(&seat, &token, about(nils.did(), "one")).await.unwrap_err();
    assert_eq!(code_of(&taken), "WORKFLOW_KEY_TAKEN");
    let longest = "k".repeat(64);
    ask(&seat, &token, about(olga.did(), &longest)).await.unwrap();
    for wrong in ["k".repeat(65).as_str(), "a b", "ä"] {
        let refused = ask(&seat, &token, about(olga.did(), wrong)).await.unwrap_err();
        assert_eq!(code_of(&refused), "VALIDATION_ERROR", "{wrong}");
    }
    seat.leave().await;
}

#[tokio::test]
async fn a_certificate_is_there_although_its_mail_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.mail.from = "nobody".to_owned();
    let seat = Seat::take(config).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    has_address(&seat, &token, "olga@erynoa.example").await;
    seat.epoch_over(2).await;
    let ask = api::RequestDocumentRequest { subject: olga.did(), ..Default::default() };
    let answer = documents(&seat).request_document(with(&token, ask)).await.unwrap().into_inner();
    let run = run_after(&seat, &token, &answer.key, &["RUNNING"]).await;
    assert_eq!(run.status(), api::WorkflowStatus::Completed);
    assert_eq!((&*run.steps[3].state, own_files(&seat, &token).await.len()), ("refused", 1));
    seat.leave().await;
}

#[tokio::test]
async fn a_certificate_that_finds_no_room_says_so_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.storage.quota_bytes = 1000;
    let seat = Seat::take(config).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    seat.epoch_over(2).await;
    let ask = || api::RequestDocumentRequest {
        subject: olga.did(),
        idempotency_key: "one".to_owned(),
        ..Default::default()
    };
    for _ in 0..2 {
        let refused = documents(&seat).request_document(with(&token, ask())).await.unwrap_err();
        assert_eq!(code_of(&refused), "DOCUMENT_NOT_MADE");
        assert!(refused.message().contains("QUOTA_EXCEEDED"), "{}", refused.message());
    }
    assert_eq!(own_files(&seat, &token).await, []);
    seat.leave().await;
}

#[tokio::test]
async fn one_account_cannot_keep_the_press_busy() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    seat.epoch_over(2).await;
    let asked = (0..30).map(|_| {
        let request = api::RequestDocumentRequest { subject: olga.did(), ..Default::default() };
        let (mut client, request) = (documents(&seat), with(&token, request));
        async move { client.request_document(request).await.map(drop).map_err(|e| code_of(&e)) }
    });
    let answers = futures_util::future::join_all(asked).await;
    let limited = answers.iter().filter(|answer| **answer == Err("RATE_LIMITED".to_owned()));
    assert!(limited.count() >= 10, "{answers:?}");
    assert!(answers.iter().any(Result::is_ok), "{answers:?}");
    seat.leave().await;
}
