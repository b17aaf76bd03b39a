//! Limits at the door, at both sides.

use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::health_service_client::HealthServiceClient;
use tonic::Code;
use tonic_types::StatusExt;

use crate::seat::{Person, Seat, code_of, config, signed, with};

#[tokio::test]
async fn a_burst_above_the_limit_gets_a_delay_and_is_served_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.limits.requests_per_second = 20;
    config.limits.burst = 5;
    let seat = Seat::take(config).await;
    let mut client = HealthServiceClient::new(seat.channel.clone());
    let mut refused = None;
    for _ in 0..40 {
        if let Err(status) = client.check(api::CheckRequest {}).await {
            refused = Some(status);
            break;
        }
    }
    let status = refused.expect("40 calls at once are above 5 + 20 a second");
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(code_of(&status), "RATE_LIMITED");
    let delay = status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap();
    tokio::time::sleep(delay + std::time::Duration::from_millis(20)).await;
    client.check(api::CheckRequest {}).await.unwrap();
    seat.leave().await;
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_and_one_below_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.limits.body_bytes = 65_536;
    let seat = Seat::take(config).await;
    let event = signed(&Person::new(1).is_born("A"));
    let each = prost::Message::encoded_len(&event) + 3;
    let batch =
        |bytes: usize| api::SubmitBatchRequest { events: vec![event.clone(); bytes / each] };
    seat.events().submit_batch(batch(60_000)).await.unwrap();
    let refused = seat.events().submit_batch(batch(70_000)).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    assert_eq!(code_of(&refused), "PAYLOAD_TOO_LARGE");
    seat.leave().await;
}

#[tokio::test]
async fn where_registration_is_closed_only_the_first_operator_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.features.registration = Some(false);
    let seat = Seat::take(config).await;
    crate::seat::operator(&seat, &mut Person::new(1)).await;
    let refused = seat.submit(&Person::new(2).is_born("B")).await.unwrap_err();
    assert_eq!(code_of(&refused), "REGISTRATION_CLOSED");
    seat.leave().await;
}

#[tokio::test]
async fn a_client_is_whom_a_trusted_proxy_names_and_nobody_else() {
    let named = "198.51.100.1, 192.0.2.9, 10.1.2.3";
    for (trusted, expected) in [
        (&["127.0.0.0/8", "10.0.0.0/8"][..], "192.0.2.9"),
        (&["127.0.0.0/8"][..], "10.1.2.3"),
        (&["10.0.0.0/8"][..], "127.0.0.1"),
        (&[][..], "127.0.0.1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        config.application.trusted_proxies =
            trusted.iter().map(|network| (*network).to_owned()).collect();
        let seat = Seat::take(config).await;
        let (ada, token) = seat.newcomer(1, "Ada").await;
        let mut challenge =
            tonic::Request::new(api::CreateChallengeRequest { identity: ada.did() });
        challenge.metadata_mut().insert("x-forwarded-for", named.parse().unwrap());
        let mut sessions = seat.sessions();
        let given = sessions.create_challenge(challenge).await.unwrap().into_inner();
        let mut answer = tonic::Request::new(ada.answers(&given));
        answer.metadata_mut().insert("x-forwarded-for", named.parse().unwrap());
        sessions.sign_in(answer).await.unwrap();
        let list = with(&token, api::ListSessionsRequest::default());
        let found = seat.users().list_sessions(list).await.unwrap().into_inner().sessions;
        let mut seen: Vec<_> = found.iter().map(|session| session.address.as_str()).collect();
        seen.sort_unstable();
        let mut both = ["127.0.0.1", expected];
        both.sort_unstable();
        assert_eq!(seen, both, "{trusted:?} are trusted");
        seat.leave().await;
    }
}
