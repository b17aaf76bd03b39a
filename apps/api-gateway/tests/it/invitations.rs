//! Invitations in time: mailed, reminded, ended.

use std::path::Path;
use std::time::Duration;

use erynoa_fjall::FjallStore;
use erynoa_moving::{Kind, Record, Records as _};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::workflow_service_client::WorkflowServiceClient;
use erynoa_workflows::{Run, Runs as _};

use crate::seat::{Person, Seat, code_of, config, operator, with};

async fn invite(seat: &Seat, token: &str) -> api::InviteUserResponse {
    let request = api::InviteUserRequest {
        email: "mia@erynoa.example".into(),
        name: "Mia".into(),
        roles: vec!["member".into()],
        language: "de".into(),
        // As long as it may be, and most of its bytes take two in JSON.
        message: "\t".repeat(999) + "!",
    };
    seat.users().invite_user(with(token, request)).await.unwrap().into_inner()
}

/// What the mails of invitations say, the oldest first, without the folding of lines.
fn mails(folder: &Path) -> Vec<String> {
    let outbox = std::fs::read_dir(folder.join("outbox")).unwrap().map(|entry| entry.unwrap());
    let mut paths: Vec<_> =
        outbox.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let mails =
        paths.into_iter().map(read).filter(|mail| mail.contains("Message-ID: <invitation-"));
    mails.map(|mail| mail.replace("=\r\n", "").replace("=3D", "=")).collect()
}

async fn mails_are(folder: &Path, count: usize) -> Vec<String> {
    for _ in 0..400 {
        if mails(folder).len() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let found = mails(folder);
    assert_eq!(found.len(), count);
    found
}

fn store(folder: &Path) -> FjallStore {
    FjallStore::open(&folder.join("store")).unwrap()
}

/// The only run, in the store of a server that is away.
async fn run(store: &FjallStore) -> Run {
    let mut runs = store.records().read(Kind::Run, None, 9).await.unwrap();
    assert_eq!(runs.len(), 1);
    let Some(Record::Run(run)) = runs.pop() else { panic!("a run") };
    run
}

/// Lets the time come that the run waits for; the run's name.
async fn time_passes(folder: &Path, days: u64) {
    let store = store(folder);
    let mut run = run(&store).await;
    assert_eq!(run.status.name(), "waiting", "{run:?}");
    let waits_us = run.due_us.unwrap() - run.steps.last().unwrap().began_at_us;
    assert_eq!(waits_us, days * 86_400_000_000);
    let before = run.revision;
    run.due_us = Some(1);
    run.revision += 1;
    assert!(store.runs().put(&run, before).await.unwrap());
}

/// The only run, as an operator sees it.
async fn seen(seat: &Seat, token: &str) -> api::Workflow {
    let mut workflows = WorkflowServiceClient::new(seat.channel.clone());
    let list = api::ListWorkflowsRequest {
        workflow: "invitation".into(),
        ..api::ListWorkflowsRequest::default()
    };
    let listed = workflows.list_workflows(with(token, list)).await.unwrap().into_inner();
    listed.workflows.into_iter().next().unwrap()
}

async fn has_steps(seat: &Seat, token: &str, count: usize) {
    for _ in 0..400 {
        if seen(seat, token).await.steps.len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", seen(seat, token).await);
}

async fn until_over(seat: &Seat, token: &str) {
    for _ in 0..400 {
        if seen(seat, token).await.due_at_us == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", seen(seat, token).await);
}

#[tokio::test]
async fn who_does_not_come_is_reminded_once_with_the_same_link_and_then_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    let invited = invite(&seat, &token).await;
    assert!(invited.mail_sent);
    let (_, secret) = invited.link.rsplit_once('#').unwrap();
    assert!(mails_are(folder.path(), 1).await[0].contains(secret));
    seat.leave().await;

    time_passes(folder.path(), 3).await;
    let seat = Seat::take(config(folder.path())).await;
    assert!(mails_are(folder.path(), 2).await[1].contains(secret));
    let user = async |seat: &Seat| {
        let token = olga.signs_in(seat).await.unwrap().access_token;
        let get = api::GetUserRequest { id: invited.user.clone().unwrap().id };
        seat.users().get_user(with(&token, get)).await
    };
    user(&seat).await.unwrap();
    let token = olga.signs_in(&seat).await.unwrap().access_token;
    has_steps(&seat, &token, 4).await;
    seat.leave().await;

    time_passes(folder.path(), 11).await;
    let seat = Seat::take(config(folder.path())).await;
    let gone = async {
        loop {
            match user(&seat).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(25)).await,
                Err(status) => return code_of(&status),
            }
        }
    };
    let code = tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    assert_eq!(code, "NOT_FOUND");
    assert_eq!(mails(folder.path()).len(), 2);
    seat.leave().await;
}

#[tokio::test]
async fn who_has_come_is_not_reminded() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut olga = Person::new(1);
    let (token, _) = operator(&seat, &mut olga).await;
    let invited = invite(&seat, &token).await;
    mails_are(folder.path(), 1).await;
    let (_, mia) = seat.newcomer(2, "Mia").await;
    let token = invited.link.rsplit_once('#').unwrap().1.to_owned();
    let accept = api::AcceptInvitationRequest { token };
    seat.users().accept_invitation(with(&mia, accept)).await.unwrap();
    seat.leave().await;

    time_passes(folder.path(), 3).await;
    let seat = Seat::take(config(folder.path())).await;
    let token = olga.signs_in(&seat).await.unwrap().access_token;
    has_steps(&seat, &token, 3).await;
    until_over(&seat, &token).await;
    seat.leave().await;
    assert_eq!(run(&store(folder.path())).await.status.name(), "completed");
    assert_eq!(mails(folder.path()).len(), 1);
}

#[tokio::test]
async fn an_invitation_whose_start_a_crash_has_swallowed_is_mailed_after_the_restart() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let (token, _) = operator(&seat, &mut Person::new(1)).await;
    let invited = invite(&seat, &token).await;
    mails_are(folder.path(), 1).await;
    seat.leave().await;
    // As if the process had died behind the account: no start, no mail.
    let kept = store(folder.path());
    let runs = kept.records().read(Kind::Run, None, 9).await.unwrap();
    kept.records().remove(runs).await.unwrap();
    drop(kept);
    std::fs::remove_dir_all(folder.path().join("outbox")).unwrap();

    let seat = Seat::take(config(folder.path())).await;
    let mails = mails_are(folder.path(), 1).await;
    assert!(mails[0].contains(invited.link.rsplit_once('#').unwrap().1), "{}", mails[0]);
    seat.leave().await;
}
