//! An account that is erased, with what stays.

use std::time::Duration;

use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::storage_service_client::StorageServiceClient;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use crate::seat::{Person, Seat, code_of, config, identities, operator, with};

fn workflows(seat: &Seat) -> WorkflowServiceClient<Channel> {
    WorkflowServiceClient::new(seat.channel.clone())
}

async fn preview(seat: &Seat, token: &str) -> api::PreviewErasureResponse {
    let request = with(token, api::PreviewErasureRequest {});
    workflows(seat).preview_erasure(request).await.unwrap().into_inner()
}

async fn erase(
    seat: &Seat,
    token: &str,
    confirmation: &str,
) -> Result<api::StartErasureResponse, Status> {
    let request = api::StartErasureRequest { confirmation: confirmation.to_owned() };
    Ok(workflows(seat).start_erasure(with(token, request)).await?.into_inner())
}

async fn upload(seat: &Seat, token: &str, name: &str) {
    let request = api::UploadFileRequest {
        name: name.to_owned(),
        data: b"Dear Mia".to_vec(),
        ..api::UploadFileRequest::default()
    };
    let mut files = StorageServiceClient::new(seat.channel.clone());
    files.upload_file(with(token, request)).await.unwrap();
}

async fn file_count(seat: &Seat, token: &str) -> usize {
    let mut files = StorageServiceClient::new(seat.channel.clone());
    let request = with(token, api::ListFilesRequest::default());
    files.list_files(request).await.unwrap().into_inner().files.len()
}

fn fate(items: &[api::ErasureItem], what: &str) -> (bool, Option<u64>) {
    let item = items.iter().find(|item| item.what == what).unwrap();
    assert!(!item.reason.is_empty());
    (item.erased, item.count)
}

#[tokio::test]
async fn an_erasure_takes_what_it_names_leaves_what_it_names_and_wants_to_be_typed() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (admin, realm) = operator(&seat, &mut Person::new(1)).await;
    let (mut mia, token) = seat.newcomer(3, "Mia").await;
    seat.submit(&mia.attests(realm, Person::new(1).id)).await.unwrap();
    for name in ["one.txt", "two.txt"] {
        upload(&seat, &token, name).await;
    }
    let id = seat.user(&token).await.id;

    let shown = preview(&seat, &token).await;
    assert_eq!(shown.confirmation, mia.did(), "there is no address to type");
    assert_eq!(fate(&shown.items, "account"), (true, Some(1)));
    assert_eq!(fate(&shown.items, "files"), (true, Some(2)));
    assert_eq!(fate(&shown.items, "events"), (false, Some(2)));
    for what in ["statements", "audit", "certificates", "workflows", "mail", "backups"] {
        assert!(!fate(&shown.items, what).0, "{what}");
    }
    for wrong in ["", "yes", &shown.confirmation[1..]] {
        let refused = erase(&seat, &token, wrong).await.unwrap_err();
        assert_eq!(code_of(&refused), "VALIDATION_ERROR", "{wrong}");
    }
    assert_eq!(file_count(&seat, &token).await, 2);

    let begun = erase(&seat, &token, &shown.confirmation).await.unwrap();
    assert_eq!(begun.items, shown.items);
    let run = async {
        loop {
            let get = with(&admin, api::GetWorkflowRequest { key: begun.key.clone() });
            let run = workflows(&seat).get_workflow(get).await.unwrap().into_inner();
            let run = run.workflow.unwrap();
            if run.status() == api::WorkflowStatus::Completed {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let run = tokio::time::timeout(Duration::from_secs(20), run).await.unwrap();
    let steps: Vec<_> = run.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["close", "files", "account"]);

    let gone = with(&token, api::GetCurrentUserRequest {});
    assert_eq!(code_of(&seat.users().get_current_user(gone).await.unwrap_err()), "INVALID_TOKEN");
    let get = with(&admin, api::GetUserRequest { id: id.clone() });
    assert_eq!(code_of(&seat.users().get_user(get).await.unwrap_err()), "NOT_FOUND");
    // The log knows the identity as before; whoever signs in with it is new here.
    let request = api::GetIdentityRequest { identity: mia.did() };
    identities(&seat).get_identity(request).await.unwrap();
    let token = mia.signs_in(&seat).await.unwrap().access_token;
    assert_ne!(seat.user(&token).await.id, id);
    assert_eq!(file_count(&seat, &token).await, 0);
    seat.leave().await;
}

#[tokio::test]
async fn the_last_admin_cannot_be_erased() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (token, _) = operator(&seat, &mut Person::new(1)).await;
    let typed = preview(&seat, &token).await.confirmation;
    let refused = erase(&seat, &token, &typed).await.unwrap_err();
    assert_eq!(code_of(&refused), "LAST_ADMIN");
    seat.user(&token).await;
    seat.leave().await;
}
