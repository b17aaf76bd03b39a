//! What waits is bounded, and gossip gives way first.

use bytes::Bytes;
use erynoa_kernel::PublicKey;
use erynoa_sync::{
    Inbox, MAX_GOSSIP_BYTES, MAX_QUEUED_EVENTS, MAX_QUEUED_GOSSIP_BYTES, NetworkEvent, NodeId,
    Protocol, Ticket,
};

const WHO: NodeId = NodeId(PublicKey::from_bytes([1; 32]));

fn gossip(number: usize, len: usize) -> NetworkEvent {
    NetworkEvent::Gossip {
        from: WHO,
        topic: "/erynoa/log/news/checkpoints/v1".to_owned(),
        bytes: Bytes::from(vec![0; len]),
        ticket: Ticket(number as u64),
    }
}

fn request(number: usize) -> NetworkEvent {
    let (protocol, bytes) = (Protocol::Log, Bytes::new());
    NetworkEvent::Request { from: WHO, protocol, bytes, ticket: Ticket(number as u64) }
}

const GONE: NetworkEvent = NetworkEvent::Disconnected { node: WHO };

#[tokio::test]
async fn as_many_events_wait_as_are_allowed_and_no_more() {
    let inbox = Inbox::new();
    for number in 0..MAX_QUEUED_EVENTS {
        assert_eq!(inbox.push(gossip(number, 1)), None);
    }
    assert_eq!(inbox.push(gossip(7_000, 1)), Some(gossip(7_000, 1)), "gossip turns itself away");
    assert_eq!(
        inbox.push(request(1)),
        Some(gossip(0, 1)),
        "a request takes the oldest one's place"
    );
    assert_eq!(inbox.push(GONE), Some(gossip(1, 1)));
    inbox.close();
    let mut taken = Vec::new();
    while let Some(event) = inbox.next().await {
        taken.push(event);
    }
    assert_eq!(taken.len(), MAX_QUEUED_EVENTS);
    assert_eq!(taken[0], gossip(2, 1), "the order stays");
    assert_eq!(taken[MAX_QUEUED_EVENTS - 2..], [request(1), GONE]);
}

#[test]
fn gossip_has_as_many_bytes_as_are_allowed_and_no_more() {
    let inbox = Inbox::new();
    let whole = MAX_QUEUED_GOSSIP_BYTES / MAX_GOSSIP_BYTES;
    for number in 0..whole {
        assert_eq!(inbox.push(gossip(number, MAX_GOSSIP_BYTES)), None);
    }
    let rest = MAX_QUEUED_GOSSIP_BYTES - whole * MAX_GOSSIP_BYTES;
    assert_eq!(inbox.push(gossip(1, rest + 1)), Some(gossip(1, rest + 1)));
    assert_eq!(inbox.push(gossip(2, rest)), None);
    assert_eq!(inbox.push(gossip(3, 1)), Some(gossip(3, 1)));
    assert_eq!(inbox.push(request(1)), None, "requests are not gossip");
}

#[tokio::test]
async fn bytes_that_were_taken_make_room() {
    let inbox = Inbox::new();
    for round in 0..3 * MAX_QUEUED_GOSSIP_BYTES / MAX_GOSSIP_BYTES {
        assert_eq!(inbox.push(gossip(round, MAX_GOSSIP_BYTES)), None);
        assert_eq!(inbox.next().await, Some(gossip(round, MAX_GOSSIP_BYTES)));
    }
}

#[test]
fn among_requests_the_newest_gives_way_and_to_news_of_connections_the_oldest() {
    let inbox = Inbox::new();
    for number in 0..MAX_QUEUED_EVENTS {
        assert_eq!(inbox.push(request(number)), None);
    }
    assert_eq!(inbox.push(request(9_999)), Some(request(9_999)));
    for number in 0..MAX_QUEUED_EVENTS {
        assert_eq!(inbox.push(GONE), Some(request(number)));
    }
    assert_eq!(inbox.push(GONE), Some(GONE), "the oldest news goes when there is nothing else");
}

#[tokio::test]
async fn every_waiter_gets_its_event_and_all_are_told_of_the_end() {
    let inbox = std::sync::Arc::new(Inbox::new());
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            let inbox = std::sync::Arc::clone(&inbox);
            tokio::spawn(async move {
                let mut taken = 0;
                while inbox.next().await.is_some() {
                    taken += 1;
                }
                taken
            })
        })
        .collect();
    for number in 0..100 {
        inbox.push(request(number));
        if number % 10 == 0 {
            tokio::task::yield_now().await;
        }
    }
    inbox.close();
    assert_eq!(inbox.push(GONE), Some(GONE), "a closed queue takes nothing");
    let mut taken = 0;
    for waiter in waiters {
        taken += waiter.await.expect("the waiter does not panic");
    }
    assert_eq!(taken, 100);
}
