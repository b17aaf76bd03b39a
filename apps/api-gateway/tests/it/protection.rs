//! Mana, reports and the breaker, as clients see them.

use erynoa_events::{AnomalyClass, AnomalyJudged, AnomalyReported, Body, Severity};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::protection_service_client::ProtectionServiceClient;

use crate::seat::{Person, Seat, code_of, config, operator};

fn report(subject: &Person, severity: Severity) -> Body {
    Body::AnomalyReported(AnomalyReported {
        subjects: vec![subject.id],
        class: AnomalyClass::Other,
        severity,
        evidence: Vec::new(),
        comment: "look here".into(),
    })
}

#[tokio::test]
async fn newcomers_share_an_account_that_runs_empty_and_the_founder_does_not_pay_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, root) = operator(&seat, &mut founder).await;
    let mut noisy = Person::new(2);
    let born = seat.submit(&noisy.is_born("Noisy")).await.unwrap();
    seat.epoch_over(born.sequence).await;
    let mut refused = None;
    'flood: for _ in 0..20 {
        let events = (0..1000)
            .map(|_| {
                let word = erynoa_events::Custom { type_number: 7, version: 1, data: "x".into() };
                crate::seat::signed(&noisy.says(root, Body::Custom(word)))
            })
            .collect();
        let batch = api::SubmitBatchRequest { events };
        let results = seat.events().submit_batch(batch).await.unwrap().into_inner().results;
        for result in results {
            if let Some(api::submit_result::Outcome::Failure(failure)) = result.outcome {
                refused = Some(failure.code);
                break 'flood;
            }
        }
    }
    assert_eq!(refused.as_deref(), Some("MANA_EXHAUSTED"));
    let mut quiet = Person::new(3);
    let event = founder.attests(root, noisy.id);
    seat.submit(&event).await.expect("the founder has an account of their own");
    let status = seat.submit(&quiet.is_born("Quiet")).await.err();
    assert!(status.is_none_or(|status| code_of(&status) == "MANA_EXHAUSTED"));
    let request = api::GetManaRequest { identity: founder.did() };
    let mana = seat.events().get_mana(request).await.unwrap().into_inner();
    assert!(mana.enforced && !mana.shared && mana.left > 0 && mana.left <= mana.max, "{mana:?}");
    seat.leave().await;
}

#[tokio::test]
async fn an_event_that_stands_a_thousand_times_in_a_batch_pays_once() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, root) = operator(&seat, &mut founder).await;
    let mut bob = Person::new(2);
    let born = seat.submit(&bob.is_born("Bob")).await.unwrap();
    seat.epoch_over(born.sequence).await;
    let event = crate::seat::signed(&bob.attests(root, founder.id));
    let batch = api::SubmitBatchRequest { events: vec![event; 1000] };
    let results = seat.events().submit_batch(batch).await.unwrap().into_inner().results;
    let duplicates = results.iter().filter(|result| {
        use api::submit_result::Outcome::Receipt;
        matches!(&result.outcome, Some(Receipt(receipt)) if receipt.duplicate)
    });
    assert_eq!(duplicates.count(), 999);
    let request = api::GetManaRequest { identity: bob.did() };
    let mana = seat.events().get_mana(request).await.unwrap().into_inner();
    assert!(mana.left + 10_000 > mana.max, "a thousand would be 20 000: {mana:?}");
    seat.leave().await;
}

#[tokio::test]
async fn a_report_stands_open_until_a_judge_decides_and_nobody_else_can() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, root) = operator(&seat, &mut founder).await;
    let (mut bob, mut eve, mut carl) = (Person::new(2), Person::new(3), Person::new(4));
    for person in [&mut bob, &mut eve, &mut carl] {
        seat.submit(&person.is_born("somebody")).await.unwrap();
    }
    let filed = bob.says(root, report(&eve, Severity::High));
    seat.submit(&filed).await.unwrap();
    let mut guard = ProtectionServiceClient::new(seat.channel.clone());
    let open = api::ListReportsRequest { open_only: true, ..Default::default() };
    let reports = guard.list_reports(open.clone()).await.unwrap().into_inner().reports;
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].comment, "look here");

    let decision = |reporter: &Person| {
        Body::AnomalyJudged(AnomalyJudged {
            report: filed.id(),
            reporter: reporter.id,
            confirmed: Some(Severity::Medium),
            reason: "so it is".into(),
        })
    };
    let presumed = carl.says(root, decision(&bob));
    let refused = seat.submit(&presumed).await.unwrap_err();
    assert_eq!(code_of(&refused), "JUDGE_REQUIRED");
    seat.submit(&founder.says(root, decision(&bob))).await.unwrap();
    assert!(guard.list_reports(open).await.unwrap().into_inner().reports.is_empty());
    let all = api::ListReportsRequest::default();
    let decided = guard.list_reports(all).await.unwrap().into_inner().reports;
    assert!(decided[0].confirmed && decided[0].judge == founder.did());
    seat.leave().await;
}

#[tokio::test]
async fn reports_about_somebody_name_them_or_show_their_events() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, root) = operator(&seat, &mut founder).await;
    let (mut bob, mut eve, mut carl) = (Person::new(2), Person::new(3), Person::new(4));
    for person in [&mut bob, &mut eve, &mut carl] {
        seat.submit(&person.is_born("somebody")).await.unwrap();
    }
    let deed = eve.attests(root, founder.id);
    seat.submit(&deed).await.unwrap();
    let about_carl = Body::AnomalyReported(AnomalyReported {
        subjects: vec![carl.id],
        class: AnomalyClass::Other,
        severity: Severity::Low,
        evidence: vec![deed.id()],
        comment: "carl made eve say it".into(),
    });
    seat.submit(&bob.says(root, report(&eve, Severity::High))).await.unwrap();
    seat.submit(&bob.says(root, about_carl)).await.unwrap();
    let mut guard = ProtectionServiceClient::new(seat.channel.clone());
    let mut comments = async |of: &Person, page_token: String| {
        let request = api::ListReportsRequest {
            subject: of.did(),
            page_size: 1,
            page_token,
            ..Default::default()
        };
        let page = guard.list_reports(request).await.unwrap().into_inner();
        let comments: Vec<_> = page.reports.into_iter().map(|report| report.comment).collect();
        (comments, page.next_page_token)
    };
    let (first, more) = comments(&eve, String::new()).await;
    assert_eq!(first, ["carl made eve say it"]);
    assert_eq!(comments(&eve, more).await, (vec!["look here".to_owned()], String::new()));
    assert_eq!(comments(&carl, String::new()).await.0, ["carl made eve say it"]);
    assert!(comments(&bob, String::new()).await.0.is_empty());
    seat.leave().await;
}

#[tokio::test]
async fn critical_reports_of_newcomers_do_not_close_a_realm() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, root) = operator(&seat, &mut founder).await;
    for seed in 10..22 {
        let mut person = Person::new(seed);
        seat.submit(&person.is_born("crowd")).await.unwrap();
        seat.submit(&person.says(root, report(&founder, Severity::Critical))).await.unwrap();
    }
    let mut guard = ProtectionServiceClient::new(seat.channel.clone());
    let view = guard.get_breaker(api::GetBreakerRequest::default()).await.unwrap().into_inner();
    assert_eq!(view.state(), api::BreakerState::Normal);
    assert_eq!(view.critical_reports, 0);
    seat.leave().await;
}
