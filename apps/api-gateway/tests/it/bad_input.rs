//! What bad input gets: its code, its field, and nothing stored.

use erynoa_events::{Body, Custom, sign_event};
use erynoa_kernel::{Coordinate, EventId, RealmId};
use erynoa_proto::api::v1 as api;
use erynoa_proto::protocol::v1 as protocol;

use crate::seat::{Person, Seat, code_of, config, operator, signed};

async fn size(seat: &Seat) -> u64 {
    // The newest entry that is no epoch's end: those come by themselves.
    let kinds = (1..=10).filter(|kind| *kind != i32::from(api::EventKind::EpochClosed as u8));
    let filter = api::EventFilter { kinds: kinds.collect(), ..Default::default() };
    let list = api::ListRequest { filter: Some(filter), page_size: 1, ..Default::default() };
    let page = seat.events().list(list).await.unwrap().into_inner();
    page.events.first().map_or(0, |event| event.sequence + 1)
}

async fn refused(seat: &Seat, event: protocol::SignedEvent) -> String {
    let request = api::SubmitRequest { event: Some(event), ..Default::default() };
    code_of(&seat.events().submit(request).await.unwrap_err())
}

#[tokio::test]
async fn every_bad_event_gets_its_code_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, realm) = operator(&seat, &mut founder).await;
    let mut bob = Person::new(2);
    seat.submit(&bob.is_born("Bob")).await.unwrap();
    let mut stranger = Person::new(3);
    let before = size(&seat).await;

    let mut unknown_parent = bob.would_say(realm, custom(b"x"));
    unknown_parent.parents = vec![EventId::from_bytes([7; 32])];
    let mut future = bob.would_say(realm, custom(b"x"));
    future.coordinate = Coordinate { wall_us: future.coordinate.wall_us + 600_000_000, counter: 0 };
    let elsewhere = bob.would_say(RealmId::from_bytes([9; 32]), custom(b"x"));
    let good = signed(&bob.says(realm, custom(b"x")));
    let mut cut = good.clone();
    cut.event = cut.event.slice(..cut.event.len() - 1);
    let mut forged = good.clone();
    forged.public_key = founder.key.public_key().as_bytes().to_vec().into();
    let nowhere = stranger.says(realm, custom(b"x"));
    let mut head = Person::new(2);
    let first_again = head.says(realm, custom(b"again"));
    let sign = |event| signed(&sign_event(event, &bob.key).unwrap());

    for (event, code) in [
        (cut, "EVENT_NOT_CANONICAL"),
        (forged, "EVENT_SIGNATURE_INVALID"),
        (signed(&nowhere), "EVENT_KEY_UNKNOWN"),
        (signed(&first_again), "EVENT_PREV_STALE"),
        (sign(&unknown_parent), "EVENT_PARENT_UNKNOWN"),
        (sign(&future), "EVENT_FROM_FUTURE"),
        (sign(&elsewhere), "REALM_UNKNOWN"),
    ] {
        let got = refused(&seat, event).await;
        assert!(got == code, "expected {code}, got {got}");
    }
    let nothing = seat.events().submit(api::SubmitRequest::default()).await.unwrap_err();
    assert_eq!(code_of(&nothing), "VALIDATION_ERROR");
    assert_eq!(size(&seat).await, before);
    seat.leave().await;
}

fn custom(data: &'static [u8]) -> Body {
    Body::Custom(Custom { type_number: 1, version: 1, data: data.into() })
}

#[tokio::test]
async fn a_batch_of_none_or_of_more_than_a_thousand_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let event = signed(&Person::new(1).is_born("A"));
    for count in [0, 1001] {
        let request = api::SubmitBatchRequest { events: vec![event.clone(); count] };
        let refused = seat.events().submit_batch(request).await.unwrap_err();
        assert_eq!(code_of(&refused), "BATCH_SIZE");
    }
    let request = api::SubmitBatchRequest { events: vec![event; 1000] };
    seat.events().submit_batch(request).await.unwrap();
    seat.leave().await;
}

#[tokio::test]
async fn pages_hold_one_to_a_hundred_and_tokens_belong_to_their_query() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    for seed in 1..=3 {
        seat.submit(&Person::new(seed).is_born("P")).await.unwrap();
    }
    let list = |page_size, page_token: &str, author: &str| api::ListRequest {
        filter: Some(api::EventFilter { author: author.to_owned(), ..Default::default() }),
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    let too_many = seat.events().list(list(101, "", "")).await.unwrap_err();
    assert_eq!(code_of(&too_many), "VALIDATION_ERROR");
    let page = seat.events().list(list(1, "", "")).await.unwrap().into_inner();
    let token = page.next_page_token;
    let next = seat.events().list(list(100, &token, "")).await.unwrap().into_inner();
    assert!(next.events.iter().all(|event| event.id != page.events[0].id));
    let other = seat.events().list(list(1, &token, &Person::new(1).did())).await.unwrap_err();
    assert_eq!(code_of(&other), "PAGE_TOKEN_INVALID");
    seat.leave().await;
}
