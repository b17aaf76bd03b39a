//! From the first key to explained trust, and through a restart.

use std::time::Duration;

use erynoa_api_gateway::Server;
use erynoa_api_gateway::config::Loaded;
use erynoa_api_gateway::wiring::Providers;
use erynoa_events::{Checkpoint, verify_inclusion};
use erynoa_kernel::PublicKey;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::info_service_client::InfoServiceClient;
use erynoa_proto::api::v1::log_service_client::LogServiceClient;
use erynoa_proto::api::v1::trust_service_client::TrustServiceClient;
use erynoa_proto::api::v1::watch_response::Item;
use erynoa_proto::protocol::v1::Dimension;

use crate::seat::{Person, Seat, code_of, config, identities, operator, signed, with};

#[tokio::test]
async fn an_attestation_of_the_founder_moves_trust_and_every_number_opens_to_its_event() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, realm) = operator(&seat, &mut founder).await;
    let mut bob = Person::new(2);
    let born = seat.submit(&bob.is_born("Bob")).await.unwrap();
    seat.epoch_over(born.sequence).await;

    let watch = api::WatchRequest::default();
    let mut watching = seat.events().watch(watch).await.unwrap().into_inner();
    let said = founder.attests(realm, bob.id);
    let receipt = seat.submit(&said).await.unwrap();
    assert!(!receipt.duplicate);
    assert!(seat.submit(&said).await.unwrap().duplicate, "the same event again changes nothing");

    let mut seen = Vec::new();
    while seen.len() < 3 {
        let next = tokio::time::timeout(Duration::from_secs(10), watching.message());
        match next.await.unwrap().unwrap().unwrap().item.unwrap() {
            Item::Event(event) => seen.push(event.id),
            Item::Epoch(epoch) => {
                assert_eq!(epoch.changed, [bob.did()]);
                seen.push("epoch".to_owned());
            }
            Item::Heartbeat(_) => {}
        }
    }
    assert_eq!(seen[0], receipt.id, "the event comes before the epoch that counts it");
    assert_eq!(seen[2], "epoch");

    let mut trust = TrustServiceClient::new(seat.channel.clone());
    let asked = api::GetTrustRequest { subject: bob.did(), ..Default::default() };
    let vector = trust.get_trust(asked).await.unwrap().into_inner().trust.unwrap();
    assert_eq!(vector.values[0].trust_ppm, 357_142, "worked example: one founder's positive");

    let asked = api::ExplainTrustRequest {
        subject: bob.did(),
        dimension: Dimension::Reliability.into(),
        ..Default::default()
    };
    let opened = trust.explain_trust(asked).await.unwrap().into_inner();
    let explanation = opened.explanation.unwrap();
    assert_eq!(opened.parts.len(), 1);
    assert_eq!(opened.parts[0].event, receipt.id);
    assert_eq!(opened.parts[0].comment, "kept every promise");
    let effects: i64 = opened.parts.iter().map(|part| part.effect_ppm).sum();
    let moved = 357_142 - i64::from(explanation.prior_ppm);
    assert_eq!(effects + explanation.floor_effect_ppm, moved, "the parts sum to the whole");

    let asked = api::GetInclusionProofRequest { sequence: receipt.sequence, size: 0 };
    let mut log = LogServiceClient::new(seat.channel.clone());
    let proof = log.get_inclusion_proof(asked).await.unwrap().into_inner();
    let info = InfoServiceClient::new(seat.channel.clone())
        .get_info(api::GetInfoRequest {})
        .await
        .unwrap()
        .into_inner()
        .log
        .unwrap();
    let key = PublicKey::try_from(info.public_key.as_slice()).unwrap();
    let note = proof.checkpoint.unwrap().note;
    let checkpoint = Checkpoint::parse_and_verify(&note, &info.origin, &key).unwrap();
    let hash = |bytes: &Vec<u8>| <[u8; 32]>::try_from(bytes.as_slice()).unwrap();
    let path: Vec<_> = proof.path.iter().map(hash).collect();
    assert!(verify_inclusion(
        &erynoa_events::leaf_hash(said.entry()),
        proof.sequence,
        checkpoint.size,
        &path,
        &checkpoint.root,
    ));
    seat.leave().await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart_with_the_same_trust() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut founder = Person::new(1);
    let (_, realm) = operator(&seat, &mut founder).await;
    let mut bob = Person::new(2);
    seat.submit(&bob.is_born("Bob")).await.unwrap();
    let receipt = seat.submit(&founder.attests(realm, bob.id)).await.unwrap();
    seat.epoch_over(receipt.sequence).await;
    let ask = async |seat: &Seat| {
        let asked = api::GetTrustRequest { subject: bob.did(), ..Default::default() };
        let mut trust = TrustServiceClient::new(seat.channel.clone());
        trust.get_trust(asked).await.unwrap().into_inner().trust.unwrap().values
    };
    let before = ask(&seat).await;
    seat.leave().await;

    let seat = Seat::take(config(folder.path())).await;
    assert_eq!(seat.claim_token, None, "a claimed installation prints no link");
    assert_eq!(ask(&seat).await, before);
    let get = api::GetRequest { id: receipt.id };
    let found = seat.events().get(get).await.unwrap().into_inner().event.unwrap();
    assert_eq!(found.sequence, receipt.sequence);
    let carol = seat.submit(&Person::new(3).is_born("Carol")).await.unwrap();
    assert!(carol.sequence > receipt.sequence);
    seat.leave().await;
}

#[tokio::test]
async fn the_link_makes_one_operator() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let link = seat.claim_token.clone().unwrap();
    let mut late = Person::new(2);
    seat.submit(&late.is_born("Late")).await.unwrap();
    let token = late.signs_in(&seat).await.unwrap().access_token;
    let claim = |claim_token: &str| {
        let realm_name = "Mine".to_owned();
        with(
            &token,
            api::ClaimInstallationRequest { claim_token: claim_token.to_owned(), realm_name },
        )
    };
    let guessed = seat.sessions().claim_installation(claim("guess")).await.unwrap_err();
    assert_eq!(code_of(&guessed), "CLAIM_TOKEN_INVALID");
    operator(&seat, &mut Person::new(1)).await;
    let second = seat.sessions().claim_installation(claim(&link)).await.unwrap_err();
    assert_eq!(code_of(&second), "ALREADY_CLAIMED");
    seat.leave().await;
}

#[tokio::test]
async fn a_batch_gives_one_verdict_for_each_event_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let seat = Seat::take(config(folder.path())).await;
    let mut people: Vec<Person> = (10..20).map(Person::new).collect();
    let mut events: Vec<_> =
        people.iter_mut().map(|person| signed(&person.is_born("Somebody"))).collect();
    let mut broken = events[4].signature.to_vec();
    broken[3] ^= 1;
    events[4].signature = broken.into();
    let request = api::SubmitBatchRequest { events };
    let results = seat.events().submit_batch(request).await.unwrap().into_inner().results;
    let codes: Vec<_> = results
        .into_iter()
        .map(|result| match result.outcome.unwrap() {
            api::submit_result::Outcome::Receipt(_) => "ok".to_owned(),
            api::submit_result::Outcome::Failure(failure) => failure.code,
        })
        .collect();
    let mut expected = vec!["ok"; 10];
    expected[4] = "EVENT_SIGNATURE_INVALID";
    assert_eq!(codes, expected);
    let list = api::ListIdentitiesRequest { query: "somebody".to_owned(), ..Default::default() };
    let found = identities(&seat).list_identities(list).await.unwrap().into_inner();
    assert_eq!(found.identities.len(), 9);
    seat.leave().await;
}

#[tokio::test]
async fn a_log_keeps_its_origin_when_the_address_changes() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.log.origin.clear();
    let origin = async |seat: &Seat| {
        let mut info = InfoServiceClient::new(seat.channel.clone());
        let answer = info.get_info(api::GetInfoRequest {}).await.unwrap().into_inner();
        answer.log.unwrap().origin
    };
    let seat = Seat::take(config.clone()).await;
    let born = seat.submit(&Person::new(1).is_born("A")).await.unwrap();
    seat.epoch_over(born.sequence).await;
    let first = origin(&seat).await;
    seat.leave().await;
    config.application.public_url = "http://erynoa.example:8000".to_owned();
    let server =
        Server::start(Loaded { config, values: Vec::new() }, Providers::default()).await.unwrap();
    assert!(server.public_url().ends_with(":8000"));
    assert!(first.starts_with("localhost:"), "{first} follows from the first address");
}
