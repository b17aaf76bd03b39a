//! Work that survives, as people and operators see it.

use std::io::Read as _;
use std::time::Duration;

use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, operator, with};

fn workflows(seat: &Seat) -> WorkflowServiceClient<Channel> {
    WorkflowServiceClient::new(seat.channel.clone())
}

async fn upload(seat: &Seat, token: &str, name: &str, data: &'static str) {
    let upload = api::UploadFileRequest {
        name: name.into(),
        data: data.into(),
        ..api::UploadFileRequest::default()
    };
    let mut files = StorageServiceClient::new(seat.channel.clone());
    files.upload_file(with(token, upload)).await.unwrap();
}

async fn export(seat: &Seat, token: &str, key: &str) -> api::Workflow {
    let request = api::StartDataExportRequest { idempotency_key: key.into() };
    let started = workflows(seat).start_data_export(with(token, request)).await.unwrap();
    started.into_inner().workflow.unwrap()
}

/// Watches a run until it has this status.
async fn until(seat: &Seat, token: &str, key: &str, status: api::WorkflowStatus) -> api::Workflow {
    let request = api::WatchWorkflowRequest { key: key.into() };
    let watched = workflows(seat).watch_workflow(with(token, request)).await.unwrap();
    let mut watched = watched.into_inner();
    let seen = async {
        loop {
            let run = watched.message().await.unwrap().expect("goes on").workflow.unwrap();
            if run.status() == status {
                return run;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap()
}

async fn own_files(seat: &Seat, token: &str) -> Vec<api::File> {
    let mut files = StorageServiceClient::new(seat.channel.clone());
    let request = api::ListFilesRequest::default();
    files.list_files(with(token, request)).await.unwrap().into_inner().files
}

async fn content(seat: &Seat, token: &str, id: &str) -> Vec<u8> {
    let url = format!("{}/api/v1/storage/files/{id}/content", seat.url);
    let answer = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
    answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
}

fn entry(zip: &mut zip::ZipArchive<std::io::Cursor<Vec<u8>>>, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip.by_name(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn an_export_holds_all_that_belongs_to_somebody_and_its_manifest_says_what() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    upload(&seat, &token, "letter.txt", "Dear Mia").await;
    let key = export(&seat, &token, "one").await.key;
    let run = until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
    let steps: Vec<_> = run.steps.iter().map(|step| (&*step.name, &*step.state)).collect();
    assert_eq!(steps, [("store", "done"), ("mail", "done"), ("keep", "waiting")]);
    let week_us = run.due_at_us - run.steps[2].began_at_us;
    assert_eq!(week_us, 7 * 86_400_000_000);

    let output: serde_json::Value = serde_json::from_str(&run.steps[0].output).unwrap();
    let bytes = content(&seat, &token, output["file_id"].as_str().unwrap()).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let manifest: serde_json::Value =
        serde_json::from_slice(&entry(&mut zip, "manifest.json")).unwrap();
    let listed = manifest["entries"].as_array().unwrap();
    assert_eq!((listed.len(), zip.len()), (2, 3));
    for item in listed {
        let bytes = entry(&mut zip, item["path"].as_str().unwrap());
        assert_eq!(item["blake3"], blake3::hash(&bytes).to_string());
        assert_eq!(item["size"], bytes.len());
    }
    let account: serde_json::Value =
        serde_json::from_slice(&entry(&mut zip, "account.json")).unwrap();
    assert_eq!(account["account"]["did"], mia.did());
    let letter = listed[1]["path"].as_str().unwrap().to_owned();
    assert!(letter.starts_with("files/") && letter.ends_with("/letter.txt"), "{letter}");
    assert_eq!(entry(&mut zip, &letter), b"Dear Mia");
    seat.leave().await;
}

#[tokio::test]
async fn the_same_export_asked_for_again_is_made_once_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    let key = export(&seat, &token, "one").await.key;
    let before = until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    let token = mia.signs_in(&seat).await.unwrap().access_token;
    assert_eq!(export(&seat, &token, "one").await, before);
    assert_eq!(own_files(&seat, &token).await.len(), 1);
    seat.leave().await;
}

#[tokio::test]
async fn a_cancelled_export_leaves_no_file_and_cannot_be_cancelled_again() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (_, token) = seat.newcomer(3, "Mia").await;
    let key = export(&seat, &token, "").await.key;
    until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
    assert_eq!(own_files(&seat, &token).await.len(), 1);
    let cancel = || with(&token, api::CancelWorkflowRequest { key: key.clone() });
    workflows(&seat).cancel_workflow(cancel()).await.unwrap();
    until(&seat, &token, &key, api::WorkflowStatus::Cancelled).await;
    assert_eq!(own_files(&seat, &token).await, []);
    let again = workflows(&seat).cancel_workflow(cancel()).await.unwrap_err();
    assert_eq!(code_of(&again), "WORKFLOW_OVER");
    seat.leave().await;
}

#[tokio::test]
async fn what_does_not_fit_into_an_export_is_named_and_its_end_is_mailed() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    // Half of it is room for files.
    config.storage.max_upload_size = 2 << 20;
    let seat = Seat::take(config).await;
    let (_, token) = seat.newcomer(3, "Mia").await;
    let user = seat.user(&token).await;
    let update = api::UpdateUserRequest {
        id: user.id,
        version: user.version,
        email: Some("mia@erynoa.example".into()),
        ..api::UpdateUserRequest::default()
    };
    seat.users().update_user(with(&token, update)).await.unwrap();
    let upload = async |name: &str, bytes: usize| {
        let data = vec![7; bytes];
        let request =
            api::UploadFileRequest { name: name.into(), data, ..api::UploadFileRequest::default() };
        let mut files = StorageServiceClient::new(seat.channel.clone());
        files.upload_file(with(&token, request)).await.unwrap();
    };
    let manifest = async |key: &str| {
        let key = export(&seat, &token, key).await.key;
        let run = until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
        let output: serde_json::Value = serde_json::from_str(&run.steps[0].output).unwrap();
        let bytes = content(&seat, &token, output["file_id"].as_str().unwrap()).await;
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let bytes = entry(&mut zip, "manifest.json");
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
    };
    upload("whole.bin", 1 << 20).await;
    let full = manifest("full").await;
    assert_eq!(full["left_out"], serde_json::json!([]));
    assert!(full["entries"][1]["path"].as_str().unwrap().ends_with("/whole.bin"));
    upload("one-byte.bin", 1).await;
    let over = manifest("over").await;
    assert!(over["entries"][1]["path"].as_str().unwrap().ends_with("/one-byte.bin"));
    let left_out = over["left_out"].as_array().unwrap();
    assert_eq!((left_out.len(), left_out[0]["size"].as_u64()), (1, Some(1 << 20)));
    assert!(left_out[0]["path"].as_str().unwrap().ends_with("/whole.bin"), "{over}");

    let outbox = std::fs::read_dir(folder.path().join("outbox")).unwrap();
    let files = outbox.map(|entry| entry.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    let ready = mails.filter(|path| {
        std::fs::read_to_string(path).unwrap().contains("Subject: Your data is ready")
    });
    assert_eq!(ready.count(), 2, "one for each export");
    seat.leave().await;
}

#[tokio::test]
async fn an_export_has_every_file_where_an_answer_says_that_it_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (_, token) = seat.newcomer(3, "Mia").await;
    let answer = async || {
        let request = with(&token, api::ExportAccountRequest {});
        let json = seat.users().export_account(request).await.unwrap().into_inner().json;
        let known: serde_json::Value = serde_json::from_str(&json).unwrap();
        (known["files"].as_array().unwrap().len(), known["incomplete"].clone())
    };
    for number in 0..1000 {
        upload(&seat, &token, &format!("{number}.txt"), "x").await;
    }
    assert_eq!(answer().await, (1000, serde_json::json!([])));
    upload(&seat, &token, "last.txt", "x").await;
    assert_eq!(answer().await, (1000, serde_json::json!(["files"])));

    let key = export(&seat, &token, "one").await.key;
    let run = until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
    let output: serde_json::Value = serde_json::from_str(&run.steps[0].output).unwrap();
    let bytes = content(&seat, &token, output["file_id"].as_str().unwrap()).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(zip.len(), 1003, "every file, account.json and manifest.json");
    let known: serde_json::Value =
        serde_json::from_slice(&entry(&mut zip, "account.json")).unwrap();
    assert_eq!(known["files"].as_array().unwrap().len(), 1001);
    assert_eq!(known["incomplete"], serde_json::json!([]));
    seat.leave().await;
}

#[tokio::test]
async fn people_see_and_stop_their_own_runs_and_operators_all() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (operator_token, _) = operator(&seat, &mut Person::new(1)).await;
    let (_, mia) = seat.newcomer(3, "Mia").await;
    let (_, nils) = seat.newcomer(4, "Nils").await;
    let key = export(&seat, &mia, "one").await.key;
    until(&seat, &mia, &key, api::WorkflowStatus::Waiting).await;

    let get = |token: &str| with(token, api::GetWorkflowRequest { key: key.clone() });
    let cancel = with(&nils, api::CancelWorkflowRequest { key: key.clone() });
    let retry = with(&nils, api::RetryWorkflowRequest { key: key.clone() });
    let watch = with(&nils, api::WatchWorkflowRequest { key: key.clone() });
    for refused in [
        workflows(&seat).get_workflow(get(&nils)).await.map(drop),
        workflows(&seat).cancel_workflow(cancel).await.map(drop),
        workflows(&seat).retry_workflow(retry).await.map(drop),
        workflows(&seat).watch_workflow(watch).await.map(drop),
    ] {
        assert_eq!(code_of(&refused.unwrap_err()), "WORKFLOW_NOT_FOUND");
    }
    let owner_id = seat.user(&mia).await.id;
    for (token, owner_id, expected) in [
        (&mia, "", 1),
        (&nils, "", 0),
        // What others own is not theirs to ask for.
        (&nils, owner_id.as_str(), 0),
        (&operator_token, "", 1),
        (&operator_token, owner_id.as_str(), 1),
    ] {
        let request = api::ListWorkflowsRequest {
            owner_id: owner_id.to_owned(),
            ..api::ListWorkflowsRequest::default()
        };
        let listed = workflows(&seat).list_workflows(with(token, request)).await.unwrap();
        assert_eq!(listed.into_inner().workflows.len(), expected);
    }
    workflows(&seat).get_workflow(get(&operator_token)).await.unwrap();
    seat.leave().await;
}

/// On the Restate server of the tests, or where nobody answers.
fn on_restate(folder: &std::path::Path, is_away: bool) -> erynoa_api_gateway::config::Config {
    let variable = |name: &str| {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is missing; run `make services`"))
    };
    let mut config = config(folder);
    config.workflows.backend = erynoa_api_gateway::config::WorkflowBackend::Restate;
    config.workflows.endpoint_bind = ([127, 0, 0, 1], 0).into();
    config.workflows.ingress_url = variable("ERYNOA_TEST_RESTATE_INGRESS");
    config.workflows.admin_url = variable("ERYNOA_TEST_RESTATE_ADMIN");
    if is_away {
        config.workflows.ingress_url = "http://127.0.0.1:1".to_owned();
        config.workflows.admin_url = "http://127.0.0.1:1".to_owned();
    }
    config
}

#[tokio::test]
async fn a_start_waits_while_restate_is_away_and_runs_as_soon_as_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(on_restate(folder.path(), true)).await;
    let (mia, token) = seat.newcomer(3, "Mia").await;
    let request = api::StartDataExportRequest { idempotency_key: "one".into() };
    let started = workflows(&seat).start_data_export(with(&token, request)).await.unwrap();
    let api::StartDataExportResponse { key, workflow } = started.into_inner();
    assert_eq!(workflow, None);
    seat.leave().await;

    let seat = Seat::take(on_restate(folder.path(), false)).await;
    let token = mia.signs_in(&seat).await.unwrap().access_token;
    let there = async {
        let get = || with(&token, api::GetWorkflowRequest { key: key.clone() });
        while workflows(&seat).get_workflow(get()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap();
    until(&seat, &token, &key, api::WorkflowStatus::Waiting).await;
    assert_eq!(own_files(&seat, &token).await.len(), 1);
    let cancel = with(&token, api::CancelWorkflowRequest { key: key.clone() });
    workflows(&seat).cancel_workflow(cancel).await.unwrap();
    until(&seat, &token, &key, api::WorkflowStatus::Cancelled).await;
    assert_eq!(own_files(&seat, &token).await, []);
    seat.leave().await;
}
